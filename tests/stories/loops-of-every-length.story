# Loops of managers and of units of one, two and three: nobody is below oneself, everybody else in
# the loop is, as deep as the depth goes.
metadata
  account user-or-team
  contact user-or-team
profile
  profile "p" { members { team "all" } limits modern
    item account { download where ownerid eq-useroruserhierarchy and ownerid ne-userid }
    item contact { download all } }
  organization { security roles }
at 2026-03-02T08:00:00Z
  team t0 name=all
  systemuser u1 parentsystemuserid=u1 businessunitid=b1
  systemuser u2 parentsystemuserid=u3 businessunitid=b2
  systemuser u3 parentsystemuserid=u2 businessunitid=b3
  systemuser u4 parentsystemuserid=u6 businessunitid=b4
  systemuser u5 parentsystemuserid=u4 businessunitid=b5
  systemuser u6 parentsystemuserid=u5 businessunitid=b6
  teammembership m1 teamid=t0 systemuserid=u1
  teammembership m2 teamid=t0 systemuserid=u2
  teammembership m3 teamid=t0 systemuserid=u3
  teammembership m4 teamid=t0 systemuserid=u4
  teammembership m5 teamid=t0 systemuserid=u5
  teammembership m6 teamid=t0 systemuserid=u6
  businessunit b1 parentbusinessunitid=b1
  businessunit b2 parentbusinessunitid=b3
  businessunit b3 parentbusinessunitid=b2
  businessunit b4 parentbusinessunitid=b6
  businessunit b5 parentbusinessunitid=b4
  businessunit b6 parentbusinessunitid=b5
  businessunit b7 parentbusinessunitid=b6
  roleprivilege r1 teamid=t0 entity=mobileofflineprofile depth=basic
  roleprivilege r2 teamid=t0 entity=account depth=global
  roleprivilege q1 systemuserid=u1 entity=contact depth=deep
  roleprivilege q2 systemuserid=u2 entity=contact depth=deep
  roleprivilege q4 systemuserid=u4 entity=contact depth=deep
  account a1 ownerid=u1
  account a2 ownerid=u2
  account a3 ownerid=u3
  account a4 ownerid=u4
  account a5 ownerid=u5
  account a6 ownerid=u6
  contact c1 owningbusinessunit=b1
  contact c2 owningbusinessunit=b2
  contact c3 owningbusinessunit=b3
  contact c4 owningbusinessunit=b4
  contact c5 owningbusinessunit=b5
  contact c7 owningbusinessunit=b7
holds
  u1 contact c1
  u2 account a3 contact c2 c3
  u3 account a2
  u4 account a5 a6 contact c4 c5 c7
  u5 account a4 a6
  u6 account a4 a5
