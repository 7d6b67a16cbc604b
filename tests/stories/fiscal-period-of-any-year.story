# A fiscal period comes again every year, and no clock moves it. Its edges stand in the user's zone:
# a user who changes zone gains and loses what lies between the edges of the two, in every year.
# Wall clocks and dates know no zone.
metadata
  account organization due:datetime
  contact organization wall:datetime(time-zone-independent)
  lead organization day:datetime(date-only)
profile
  profile "p" { members { user "anna" user "bob" } limits modern
    item account { download where due in-fiscal-period 1 }
    item contact { download where wall in-fiscal-period 4 }
    item lead    { download where day in-fiscal-period 4 }
  }
  organization { fiscal { start 04-01 periods quarter } }
at 2026-03-31T21:59:59.999Z
  systemuser u1 domainname=anna
  systemuser u2 domainname=bob
  usersettings s1 systemuserid=u1 timezone=Europe/Berlin
  account a1 due=1987-03-31T22:00:00Z
  account a2 due=2019-06-30T21:59:59.999Z
  account a3 due=2019-06-30T22:00:00Z
  account a4 due=2024-05-20T12:00:00Z
  account a5 due=2031-03-31T21:59:59.999Z
  account a6
  contact c1 wall=2020-01-01T00:00:00
  contact c2 wall=2020-03-31T23:59:59.999
  contact c3 wall=2020-04-01T00:00:00
  lead l1 day=2024-02-29
  lead l2 day=2024-12-31
  lead l3 day=1999-03-31
holds
  u1 account a1 a2 a4 contact c1 c2 lead l1 l3
  u2 account a2 a3 a4 contact c1 c2 lead l1 l3
at 2026-04-01T00:00:00Z
holds
  u1 account a1 a2 a4 contact c1 c2 lead l1 l3
  u2 account a2 a3 a4 contact c1 c2 lead l1 l3
at 2026-04-02T00:00:00Z
  usersettings s1 timezone=America/Havana
  usersettings s2 systemuserid=u2 timezone=Asia/Tokyo
holds
  u1 account a2 a3 a4 contact c1 c2 lead l1 l3
  u2 account a1 a4 a5 contact c1 c2 lead l1 l3
at 2026-04-03T00:00:00Z
  account a4 due=2024-07-01T03:59:59.999Z
  account a6 due=2044-04-01T04:00:00Z
holds
  u1 account a2 a3 a4 a6 contact c1 c2 lead l1 l3
  u2 account a1 a5 a6 contact c1 c2 lead l1 l3
