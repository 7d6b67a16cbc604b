# Windows in the user's zone: in Berlin midnight is an hour before UTC's, summer time begins on
# 2026-03-29; Kiritimati is fourteen hours ahead; an unknown zone is UTC.
metadata
  account organization due:datetime
  contact organization due:datetime
  lead organization day:datetime(date-only)
  product organization wall:datetime(time-zone-independent)
  site organization due:datetime
profile
  profile "p" { members { user "berlin" user "line" user "mars" } limits modern
    item account { download where due today }
    item contact { download where due last-x-days 1 }
    item lead    { download where day next-x-days 1 }
    item product { download where wall tomorrow }
    item site    { download where due next-x-days 1 }
  }
at 2026-03-28T22:59:59.999Z
  systemuser u1 domainname=berlin
  systemuser u2 domainname=line
  systemuser u3 domainname=mars
  usersettings s1 systemuserid=u1 timezone=europe/BERLIN
  usersettings s2 systemuserid=u2 timezone=Pacific/Kiritimati
  usersettings s3 systemuserid=u3 timezone=Mars/Olympus
  account a1 due=2026-03-28T23:00:00Z
  account a2 due=2026-03-29T22:00:00Z
  account a3 due=2026-03-28T10:00:00Z
  contact c1 due=2026-03-26T23:00:00Z
  contact c2 due=2026-03-28T22:59:59.999Z
  contact c3 due=2026-03-28T23:00:00Z
  lead l1 day=2026-03-29
  lead l2 day=2026-03-30
  lead l3 day=2026-03-28
  product p1 wall=2026-03-29T00:00:00
  product p2 wall=2026-03-30T23:59:59.999
  site d1 due=2026-03-29T21:59:59.999Z
  site d2 due=2026-03-29T22:00:00Z
  site d3 due=2026-03-28T22:59:59.998Z
holds
  u1 account a3 contact c1 c2 lead l1 l3 product p1 site d1
  u2 account a1 a3 contact c2 lead l1 l2 product p2 site d1 d2
  u3 account a1 a3 contact c2 lead l1 l3 product p1 site d1 d2
at 2026-03-28T23:00:00Z
holds
  u1 account a1 contact c2 c3 lead l1 l2 product p2 site d1 d2
at 2026-03-28T23:00:00.001Z
holds
  u1 account a1 contact c2 c3 lead l1 l2 product p2 site d1 d2
at 2026-03-29T22:00:00Z
holds
  u1 account a2 contact c3 lead l2 site d2
  u3 account a2 contact c2 c3 lead l1 l2 product p2 site d2
