# The manager tree to the default depth of three, a loop that ends where it closes, a disabled
# manager who keeps the place, a deleted one who ends the chain.
metadata
  account user-or-team
  contact user-or-team
profile
  profile "p" {
    members { team "all" }
    item account { download where ownerid eq-useroruserhierarchy }
    item contact { download where ownerid eq-useroruserhierarchyandteams }
  }
at 2026-03-02T08:00:00Z
  team t0 name=all
  team t1 name=far
  systemuser u1
  systemuser u2 parentsystemuserid=u1 isdisabled=true
  systemuser u3 parentsystemuserid=u2
  systemuser u4 parentsystemuserid=u3
  systemuser u5 parentsystemuserid=u4
  teammembership m1 teamid=t0 systemuserid=u1
  teammembership m2 teamid=t0 systemuserid=u2
  teammembership m3 teamid=t0 systemuserid=u3
  teammembership m5 teamid=t0 systemuserid=u5
  teammembership m6 teamid=t1 systemuserid=u4
  account a1 ownerid=u1
  account a2 ownerid=u2
  account a3 ownerid=u3
  account a4 ownerid=u4
  account a5 ownerid=u5
  contact c1 ownerid=t1
  contact c2 ownerid=u4
  contact c3 ownerid=u5
holds
  u1 account a1 a2 a3 a4 contact c1 c2
  u2
  u3 account a3 a4 a5 contact c1 c2 c3
  u4
  u5 account a5 contact c3
at 2026-03-02T08:00:01Z
  systemuser u1 parentsystemuserid=u3
holds
  u1 account a1 a2 a3 a4 contact c1 c2
  u3 account a1 a2 a3 a4 a5 contact c1 c2 c3
at 2026-03-02T08:00:02Z
  - systemuser u2
holds
  u1 account a1
  u3 account a1 a3 a4 a5 contact c1 c2 c3
