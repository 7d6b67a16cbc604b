# In Havana midnight of 2025-11-02 happens twice (01:00 becomes 00:00 at 05:00 UTC): the day begins
# with the first, lasts twenty-five hours, and a wall clock's hour comes again. In Samoa the day
# 2011-12-30 never was.
metadata
  account organization due:datetime
  contact organization wall:datetime(time-zone-independent)
  lead organization wall:datetime(time-zone-independent)
profile
  profile "p" { members { user "anna" } limits modern
    item account { download where due today }
    item contact { download where wall last-x-days 1 }
    item lead    { download where wall next-x-days 1 }
  }
at 2025-11-02T03:59:59.999Z
  systemuser u1 domainname=anna
  usersettings s1 systemuserid=u1 timezone=America/Havana
  account a1 due=2025-11-02T04:00:00Z
  account a2 due=2025-11-03T04:59:59.999Z
  account a3 due=2025-11-03T05:00:00Z
  contact c1 wall=2025-11-02T00:30:00
  contact c2 wall=2025-11-01T00:00:00
  lead l1 wall=2025-11-02T00:30:00
holds
  u1 contact c2 lead l1
at 2025-11-02T04:00:00Z
holds
  u1 account a1 a2 contact c2 lead l1
at 2025-11-02T04:45:00Z
holds
  u1 account a1 a2 contact c1 c2
at 2025-11-02T05:00:00Z
holds
  u1 account a1 a2 contact c2 lead l1
at 2025-11-02T05:30:00Z
holds
  u1 account a1 a2 contact c1 c2 lead l1
at 2025-11-03T05:00:00Z
holds
  u1 account a3 contact c1
