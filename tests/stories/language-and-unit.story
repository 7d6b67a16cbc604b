# The language of the settings row with the greatest id counts alone; -1 is everybody's; whoever has
# no unit differs from every unit.
metadata
  account organization lang:integer branch:lookup(businessunit)
  contact organization lang:integer branch:lookup(businessunit)
  site business name:string businessunitid:lookup(businessunit)
profile
  profile "p" { members { user "anna" user "bob" }
    item account { download where lang eq-userlanguage }
    item contact { download where branch ne-businessid }
    item site    { download business-unit }
  }
at 2026-03-02T08:00:00Z
  systemuser u1 domainname=anna businessunitid=b1
  systemuser u2 domainname=bob
  usersettings s1 systemuserid=u1 uilanguageid=1033
  usersettings s2 systemuserid=u2 uilanguageid=1031
  usersettings s3 systemuserid=u2
  account a1 lang=1033
  account a2 lang=1031
  account a3 lang=-1
  account a4
  contact c1 branch=b1
  contact c2 branch=b2
  contact c3
  site d1 businessunitid=b1
  site d2
holds
  u1 account a1 a3 contact c2 c3 site d1
  u2 account a3 contact c1 c2 c3
at 2026-03-02T08:00:01Z
  - usersettings s3
holds
  u2 account a2 a3 contact c1 c2 c3
