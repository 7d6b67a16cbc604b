# A user whose position is not in the data has nobody below, however many members the owning team
# has: as the user is not above a member, the user is not above the team either.
metadata
  account user-or-team
profile
  profile "p" { members { user "anna" }
    item account { download where ownerid eq-useroruserhierarchyandteams } }
  organization { hierarchy-model position }
at 2026-03-02T08:00:00Z
  systemuser u1 domainname=anna positionid=p1
  position p2 parentpositionid=p1
  systemuser u2 positionid=p2
  systemuser u3 positionid=p2
  systemuser u4 positionid=p2
  systemuser u5 positionid=p2
  systemuser u6 positionid=p2
  systemuser u7 positionid=p2
  systemuser u8 positionid=p2
  systemuser u9 positionid=p2
  systemuser u10 positionid=p2
  systemuser u11 positionid=p2
  systemuser u12 positionid=p2
  systemuser u13 positionid=p2
  systemuser u14 positionid=p2
  systemuser u15 positionid=p2
  systemuser u16 positionid=p2
  systemuser u17 positionid=p2
  systemuser u18 positionid=p2
  systemuser u19 positionid=p2
  team t1
  teammembership m2 teamid=t1 systemuserid=u2
  teammembership m3 teamid=t1 systemuserid=u3
  teammembership m4 teamid=t1 systemuserid=u4
  teammembership m5 teamid=t1 systemuserid=u5
  teammembership m6 teamid=t1 systemuserid=u6
  teammembership m7 teamid=t1 systemuserid=u7
  teammembership m8 teamid=t1 systemuserid=u8
  teammembership m9 teamid=t1 systemuserid=u9
  teammembership m10 teamid=t1 systemuserid=u10
  teammembership m11 teamid=t1 systemuserid=u11
  teammembership m12 teamid=t1 systemuserid=u12
  teammembership m13 teamid=t1 systemuserid=u13
  teammembership m14 teamid=t1 systemuserid=u14
  teammembership m15 teamid=t1 systemuserid=u15
  teammembership m16 teamid=t1 systemuserid=u16
  teammembership m17 teamid=t1 systemuserid=u17
  teammembership m18 teamid=t1 systemuserid=u18
  teammembership m19 teamid=t1 systemuserid=u19
  account a1 ownerid=t1
  account a2 ownerid=u1
holds
  u1 account a2
at 2026-03-02T08:00:01Z
  position p1
holds
  u1 account a1 a2
at 2026-03-02T08:00:02Z
  - position p1
holds
  u1 account a2
