# A child takes another parent in the transaction in which both parents change hands: what counts is
# before and after alone. (Link columns that changed during a pending move left stale rows elsewhere.)
metadata
  account user-or-team
  contact user-or-team parentid:lookup(account)
  task user-or-team contactid:lookup(contact)
  parent_contacts 1:N account contact parentid
  contact_tasks 1:N contact task contactid
profile
  profile "p" { members { user "anna" user "bob" }
    item account { download mine include contact via parent_contacts }
    item contact { download related include task via contact_tasks }
    item task { download related } }
at 2026-03-02T08:00:00Z
  systemuser u1 domainname=anna
  systemuser u2 domainname=bob
  account a1 ownerid=u1
  account a2 ownerid=u2
  contact c1 parentid=a1
  task k1 contactid=c1
holds
  u1 account a1 contact c1 task k1
  u2 account a2
at 2026-03-02T08:00:01Z
  contact c1 parentid=a2
  account a2 ownerid=u1
  account a1 ownerid=u2
holds
  u1 account a2 contact c1 task k1
  u2 account a1
at 2026-03-02T08:00:02Z
  - account a2
  contact c1 parentid=a1
  account a1 ownerid=u1
  account a1 ownerid=u2
holds
  u1
  u2 account a1 contact c1 task k1
at 2026-03-02T08:00:03Z
  - contact c1
  contact c1 parentid=a2
  account a2 ownerid=u1
holds
  u1 account a2 contact c1 task k1
  u2 account a1
