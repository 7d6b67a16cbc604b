# Hours slide on both edges, weeks begin where the organization says, months end with the shorter
# one, fiscal periods follow the organization's calendar, and what is older only ever comes.
metadata
  account organization due:datetime
  contact organization due:datetime
  lead organization day:datetime(date-only)
  product organization day:datetime(date-only)
  task organization due:datetime
profile
  profile "p" { members { user "berlin" } limits modern
    item account { download where due last-x-hours 2 or due next-x-hours 1 }
    item contact { download where due this-week }
    item lead    { download where day last-x-months 1 }
    item product { download where day this-fiscal-period }
    item task    { download where due olderthan-x-hours 1 }
  }
  organization { week-start monday fiscal { start 04-01 periods half } }
at 2026-03-29T00:30:00Z
  systemuser u1 domainname=berlin
  usersettings s1 systemuserid=u1 timezone=Europe/Berlin
  account a1 due=2026-03-28T22:30:00Z
  account a2 due=2026-03-29T01:30:00Z
  account a3 due=2026-03-29T01:30:00.001Z
  contact c1 due=2026-03-22T23:00:00Z
  contact c2 due=2026-03-29T21:59:59.999Z
  contact c3 due=2026-03-29T22:00:00Z
  lead l1 day=2026-02-28
  lead l2 day=2026-03-01
  lead l3 day=2026-03-30
  product p1 day=2025-10-01
  product p2 day=2026-03-31
  product p3 day=2026-04-01
  task t1 due=2026-03-28T23:29:59.999Z
  task t2 due=2026-03-28T23:30:00Z
holds
  u1 account a1 a2 contact c1 c2 lead l1 l2 product p1 p2 task t1
at 2026-03-29T00:30:00.001Z
holds
  u1 account a2 a3 contact c1 c2 lead l1 l2 product p1 p2 task t1 t2
at 2026-03-29T22:00:00Z
holds
  u1 account contact c3 lead l1 l2 l3 product p1 p2 task t1 t2
at 2026-03-31T22:00:00Z
holds
  u1 account contact c3 lead l2 l3 product p3 task t1 t2
