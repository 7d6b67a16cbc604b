# Each download choice on rows of users and teams: mine, my team's, my unit's without the units
# below, all; rows of an owner that does not exist are nobody's.
metadata
  account user-or-team name:string
  contact user-or-team name:string
  task user-or-team
  lead user-or-team
profile
  profile "p" {
    members { user "anna" user "bob" }
    item account { download mine }
    item contact { download team }
    item task    { download business-unit }
    item lead    { download mine, team }
  }
at 2026-03-02T08:00:00Z
  businessunit b1
  businessunit b2 parentbusinessunitid=b1
  systemuser u1 domainname=Anna businessunitid=b1
  systemuser u2 internalemailaddress=BOB businessunitid=b2
  systemuser u3 domainname=clara businessunitid=b1
  team t1 name=field
  teammembership m1 teamid=t1 systemuserid=u1
  teammembership m2 teamid=t9 systemuserid=u2
  account a1 ownerid=u1
  account a2 ownerid=u2
  account a3 ownerid=t1
  account a4 ownerid=x9
  account a5
  contact c1 ownerid=t1
  contact c2 ownerid=u1
  contact c3 ownerid=t9
  task k1 owningbusinessunit=b1
  task k2 owningbusinessunit=b2
  task k3
  lead l1 ownerid=u1
  lead l2 ownerid=t1
  lead l3 ownerid=u2
holds
  u1 account a1 contact c1 task k1 lead l1 l2
  u2 account a2 task k2 lead l3
  u3
