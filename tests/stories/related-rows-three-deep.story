# Related-row conditions under `any` and `not any`, three links deep, with the user and the clock at
# the far end: what happens there reaches the near end at once.
metadata
  asset organization name:string
  visit user-or-team assetid:lookup(asset) state:state
  slot user-or-team visitid:lookup(visit) starts:datetime
  asset_visits 1:N asset visit assetid
  visit_slots 1:N visit slot visitid
profile
  profile "p" { members { user "anna" } limits modern
    item asset { download where any visit via asset_visits (state eq 0 and any slot via visit_slots (ownerid eq-userid and starts today))
                             or not any visit on assetid = assetid (state ne 0 or not any slot on visitid = visitid) and name eq "spare" } }
at 2026-03-02T08:00:00Z
  systemuser u1 domainname=anna
  asset a1 name=x
  asset a2 name=spare
  asset a3 name=spare
  asset a4 name=y
  visit v1 assetid=a1 state=0
  visit v2 assetid=a2 state=0
  visit v3 assetid=a2 state=1
  visit v4 assetid=a4 state=1
  slot s1 visitid=v1 ownerid=u1 starts=2026-03-02T23:00:00Z
  slot s4 visitid=v4 ownerid=u1 starts=2026-03-02T23:00:00Z
holds
  u1 asset a1 a3
at 2026-03-02T09:00:00Z
  visit v4 state=0
  visit v3 state=0
  slot s2 visitid=v2 ownerid=u2
  slot s3 visitid=v3
holds
  u1 asset a1 a2 a3 a4
at 2026-03-03T00:00:00Z
  - slot s2
holds
  u1 asset a3
