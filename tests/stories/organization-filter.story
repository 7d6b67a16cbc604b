# The organisation's filter cuts off what associations bring, too, and what they would bring on; its
# clock is UTC whatever the user's zone.
metadata
  account organization name:string modifiedon:datetime
  contact organization accountid:lookup(account)
  account_contacts 1:N account contact accountid
profile
  profile "p" { members { user "anna" }
    item account { download all include contact via account_contacts }
    item contact { download related }
  }
  organization { entity account { offline on filter modifiedon last-x-days 1 and name not-null } }
at 2026-03-02T23:30:00Z
  systemuser u1 domainname=anna
  usersettings s1 systemuserid=u1 timezone=Europe/Berlin
  account a1 name=x modifiedon=2026-03-01T00:00:00Z
  account a2 name=x modifiedon=2026-02-28T23:59:59Z
  account a3 modifiedon=2026-03-02T00:00:00Z
  contact c1 accountid=a1
  contact c2 accountid=a2
  contact c3 accountid=a3
holds
  u1 account a1 contact c1
at 2026-03-03T00:00:00Z
holds
  u1
