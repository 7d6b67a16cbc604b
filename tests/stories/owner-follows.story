# `owninguser` and `owningteam` follow from the owner, as a user or team comes into being or goes;
# relationships and columns through them as well.
metadata
  account user-or-team name:string
  contact user-or-team
  systemuser system
  user_accounts 1:N systemuser account owninguser
profile
  profile "p" { members { user "anna" } limits modern
    item systemuser { download where domainname eq "anna" include account via user_accounts }
    item account    { download related columns owningteam }
    item contact    { download where owningteam null and owninguser ne-userid }
  }
at 2026-03-02T08:00:00Z
  systemuser u1 domainname=anna
  team t1 name=x
  account a1 ownerid=u1
  account a2 ownerid=t1
  contact c1 ownerid=u1
  contact c2 ownerid=t1
  contact c3 ownerid=x9
  contact c4
holds
  u1 systemuser u1 account a1 contact c3 c4
at 2026-03-02T08:00:01Z
  - team t1
holds
  u1 systemuser u1 account a1 contact c2 c3 c4
at 2026-03-02T08:00:02Z
  account a1 ownerid=t1
  team t1 name=back
holds
  u1 systemuser u1 contact c3 c4
