# Only before and after a transaction count: a value that goes there and back, a row that is deleted
# and inserted again, another row that takes a deleted one's id.
metadata
  account user-or-team name:string n:integer
profile
  profile "p" { members { user "anna" } item account { download mine columns name } }
at 2026-03-02T08:00:00Z
  systemuser u1 domainname=anna
  account a1 ownerid=u1 name=x
  account a2 ownerid=u1 name=x
  account a3 ownerid=u1 name=x n=1
holds
  u1 account a1 a2 a3
at 2026-03-02T08:00:00Z
  account a1 ownerid=null
  account a1 ownerid=u1
  - account a2
  account a2 ownerid=u1 name=x
  account a3 n=2
holds
  u1 account a1 a2 a3
at 2026-03-02T08:00:00Z
  - account a1
  account a1 name=x
  - account a2
holds
  u1 account a3
