# Two associations lead to one item: a row that one of them brings stays while the other still does,
# and goes with the last. (An OR of two sub-queries on one table lost an arm elsewhere.)
metadata
  account user-or-team name:string
  contact user-or-team parentid:lookup(account) billid:lookup(account)
  parent_contacts 1:N account contact parentid
  bill_contacts 1:N account contact billid
profile
  profile "p" { members { user "anna" }
    item account { download mine include contact via parent_contacts include contact via bill_contacts }
    item contact { download related } }
at 2026-03-02T08:00:00Z
  systemuser u1 domainname=anna
  account a1 ownerid=u1
  account a2 ownerid=u1
  contact c1 parentid=a1 billid=a2
  contact c2 billid=a1
  contact c3
holds
  u1 account a1 a2 contact c1 c2
at 2026-03-02T08:00:01Z
  contact c1 parentid=null
holds
  u1 account a1 a2 contact c1 c2
at 2026-03-02T08:00:02Z
  account a2 ownerid=null
holds
  u1 account a1 contact c2
at 2026-03-02T08:00:03Z
  contact c1 parentid=a1
  contact c2 billid=null
holds
  u1 account a1 contact c1
