# Rows come along associations in either direction, through pairs, filtered, in chains; what the
# source's filter keeps out brings nothing, and a related-only item holds what is brought alone.
metadata
  account user-or-team name:string parentid:lookup(account) statecode:state
  contact user-or-team name:string accountid:lookup(account)
  task user-or-team contactid:lookup(contact) done:boolean
  product organization name:string
  account_contacts 1:N account contact accountid
  contact_tasks 1:N contact task contactid
  account_products N:N account product accountproduct oneid twoid
profile
  profile "p" {
    members { user "anna" }
    item account { download where statecode eq 0   include contact via ACCOUNT_contacts  include product via account_products }
    item contact { download related   include task via contact_tasks where done eq false }
    item task    { download related }
    item product { download related }
  }
at 2026-03-02T08:00:00Z
  systemuser u1 domainname=anna
  account a1 statecode=0
  account a2 statecode=1
  contact c1 accountid=a1
  contact c2 accountid=a2
  contact c3
  task k1 contactid=c1 done=false
  task k2 contactid=c1 done=true
  task k3 contactid=c2 done=false
  task k4 contactid=c1
  product p1
  product p2
  product p3
  accountproduct x1 oneid=a1 twoid=p1
  accountproduct x2 oneid=a1 twoid=p1
  accountproduct x3 oneid=a2 twoid=p2
  accountproduct x4 oneid=a1 twoid=p9
holds
  u1 account a1 contact c1 task k1 product p1
at 2026-03-02T08:00:01Z
  - accountproduct x1
  account a2 statecode=0
holds
  u1 account a1 a2 contact c1 c2 task k1 k3 product p1 p2
at 2026-03-02T08:00:02Z
  - accountproduct x2
  - account a2
holds
  u1 account a1 contact c1 task k1
