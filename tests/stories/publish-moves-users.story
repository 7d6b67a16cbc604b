# Another publication in the middle of the stream: other members, other filters, a column more.
metadata
  account organization name:string n:integer
profile
  profile "p" { members { user "anna" } item account { download where n eq 1 columns name } }
at 2026-03-02T08:00:00Z
  systemuser u1 domainname=anna
  systemuser u2 domainname=bob
  account a1 n=1
  account a2 n=2
holds
  u1 account a1
  u2
publish
  profile "p" { members { user "bob" } item account { download all } }
at 2026-03-02T08:00:01Z
  account a2 n=1
holds
  u1
  u2 account a1 a2
publish
  profile "p" { members { user "bob" user "anna" } item account { download where n eq 1 columns n, name } }
at 2026-03-02T08:00:02Z
holds
  u1 account a1 a2
  u2 account a1 a2
