# Rows below a row and above it: a moved row takes its subtree along, a loop ends where it closes
# (nobody is below oneself), a missing row ends the way, and NULL is below nothing.
metadata
  account organization parentid:lookup(account)
  contact organization accountid:lookup(account)
  lead organization accountid:lookup(account)
  task organization accountid:lookup(account)
  account_tree 1:N account account parentid hierarchical
profile
  profile "p" { members { user "anna" } limits modern
    item account { download where accountid under "61310000-0000-0000-0000-000000000000" }
    item contact { download where accountid eq-or-under "61310000-0000-0000-0000-000000000000" }
    item lead    { download where accountid above "61330000-0000-0000-0000-000000000000" }
    item task    { download where accountid not-under "61310000-0000-0000-0000-000000000000" }
  }
at 2026-03-02T08:00:00Z
  systemuser u1 domainname=anna
  account a1
  account a2 parentid=a1
  account a3 parentid=a2
  account a4 parentid=a5
  contact c1 accountid=a1
  contact c3 accountid=a3
  contact c4 accountid=a4
  contact c0
  lead l1 accountid=a1
  lead l3 accountid=a3
  lead l4 accountid=a4
  task t0
  task t1 accountid=a1
  task t3 accountid=a3
holds
  u1 account a2 a3 contact c1 c3 lead l1 task t0 t1
at 2026-03-02T08:00:01Z
  account a2 parentid=a4
holds
  u1 contact c1 lead l4 task t0 t1 t3
at 2026-03-02T08:00:02Z
  account a5 parentid=a1
holds
  u1 account a2 a3 a4 a5 contact c1 c3 c4 lead l1 l4 task t0 t1
at 2026-03-02T08:00:03Z
  account a1 parentid=a3
holds
  u1 account a2 a3 a4 a5 contact c1 c3 c4 lead l1 l4 task t0 t1
at 2026-03-02T08:00:04Z
  - account a4
holds
  u1 account a5 contact c1 lead l4 task t0 t1 t3
