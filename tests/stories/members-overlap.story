# A user whom several profiles reach belongs to the first by folded name; all that bear a member's
# name are meant; a disabled user holds nothing.
metadata
  account organization name:string
  contact organization name:string
profile
  profile "Zulu" { members { user "anna" } item account { download all } }
  profile "éclair" { members { team "FIELD" } item contact { download all } }
at 2026-03-02T08:00:00Z
  systemuser u1 domainname=ANNA
  systemuser u2 internalemailaddress=änna
  systemuser u3 domainname=x
  team t1 name=field
  team t2 name=Field
  teammembership m1 teamid=t1 systemuserid=u2
  teammembership m2 teamid=t2 systemuserid=u3
  account a1
  contact c1
holds
  u1 account a1
  u2 contact c1
  u3 contact c1
at 2026-03-02T08:00:01Z
  - team t1
  systemuser u3 isdisabled=true
holds
  u2 account a1
  u3
at 2026-03-02T08:00:02Z
  systemuser u3 isdisabled=null
  - systemuser u1
holds
  u1
  u3 contact c1
