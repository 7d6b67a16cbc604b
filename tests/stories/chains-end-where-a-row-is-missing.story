# A unit or position that has no row ends the chain, though users stand in it and others name it as
# their parent: who stands there has nobody below. The place itself counts by its id alone.
metadata
  account user-or-team name:string
  contact user-or-team name:string
profile
  profile "p" { members { user "anna" user "bob" }
    item account { download all }
    item contact { download where ownerid eq-useroruserhierarchy } }
  organization { security roles hierarchy-model position }
at 2026-03-02T08:00:00Z
  businessunit b2 parentbusinessunitid=b1
  position p2 parentpositionid=p1
  systemuser u1 domainname=anna businessunitid=b1 positionid=p1
  systemuser u2 domainname=bob businessunitid=b2 positionid=p2
  roleprivilege r1 systemuserid=u1 entity=mobileofflineprofile depth=basic
  roleprivilege r2 systemuserid=u2 entity=mobileofflineprofile depth=basic
  roleprivilege r3 systemuserid=u1 entity=account depth=deep
  roleprivilege r4 systemuserid=u1 entity=contact depth=global
  account a1 owningbusinessunit=b1
  account a2 owningbusinessunit=b2
  contact c1 ownerid=u1
  contact c2 ownerid=u2
holds
  u1 account a1 contact c1
  u2
at 2026-03-02T08:00:01Z
  businessunit b1
  position p1
holds
  u1 account a1 a2 contact c1 c2
at 2026-03-02T08:00:02Z
  - businessunit b1
  - position p1
holds
  u1 account a1 contact c1
