# The hierarchy by positions: users below stand at positions below; those at the same position do
# not; a user without a position has nobody below.
metadata
  account user-or-team
profile
  profile "p" { members { user "anna" user "bob" user "clara" }
    item account { download where ownerid eq-useroruserhierarchy } }
  organization { hierarchy-model position  hierarchy-depth 1 }
at 2026-03-02T08:00:00Z
  position p1
  position p2 parentpositionid=p1
  position p3 parentpositionid=p2
  systemuser u1 domainname=anna positionid=p1
  systemuser u2 domainname=bob positionid=p2 parentsystemuserid=u3
  systemuser u3 domainname=clara
  systemuser u4 positionid=p1
  systemuser u5 positionid=p3
  account a1 ownerid=u1
  account a2 ownerid=u2
  account a3 ownerid=u3
  account a4 ownerid=u4
  account a5 ownerid=u5
holds
  u1 account a1 a2
  u2 account a2 a5
  u3 account a3
at 2026-03-02T08:00:01Z
  position p1 parentpositionid=p2
holds
  u1 account a1 a2
  u2 account a1 a2 a4 a5
