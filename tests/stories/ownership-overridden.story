# The organization block says another ownership than the metadata: choices and the depths of
# privileges follow it. The organisation owns account: basic opens nothing, not even what is one's
# own. Business units own site: basic opens nothing, a share included. Users own visit.
metadata
  account user-or-team name:string
  site organization name:string owningbusinessunit:lookup(businessunit)
  visit none name:string ownerid:owner(systemuser,team)
profile
  profile "p" { members { user "anna" user "bob" }
    item account { download all }
    item site    { download business-unit }
    item visit   { download mine }
  }
  organization { security roles
    entity account { ownership organization }
    entity site    { ownership business }
    entity visit   { ownership user-or-team }
  }
at 2026-03-02T08:00:00Z
  businessunit b1
  businessunit b2
  systemuser u1 domainname=anna businessunitid=b1
  systemuser u2 domainname=bob businessunitid=b2
  roleprivilege r1 systemuserid=u1 entity=mobileofflineprofile depth=basic
  roleprivilege r2 systemuserid=u2 entity=mobileofflineprofile depth=basic
  roleprivilege q1 systemuserid=u1 entity=account depth=basic
  roleprivilege q2 systemuserid=u2 entity=account depth=global
  roleprivilege q3 systemuserid=u1 entity=site depth=local
  roleprivilege q4 systemuserid=u2 entity=site depth=basic
  roleprivilege q5 systemuserid=u1 entity=visit depth=basic
  roleprivilege q6 systemuserid=u2 entity=visit depth=local
  share x1 entity=site rowid=s2 principalid=u2
  account a1 ownerid=u1 owningbusinessunit=b1
  account a2 ownerid=u2 owningbusinessunit=b2
  site s1 owningbusinessunit=b1
  site s2 owningbusinessunit=b2
  visit v1 ownerid=u1
  visit v2 ownerid=u2
holds
  u1 site s1 visit v1
  u2 account a1 a2 visit v2
# Without the word on account its rows have owners again; with users and teams owning site, basic
# lets in what is shared.
publish
  profile "p" { members { user "anna" user "bob" }
    item account { download all }
    item site    { download business-unit }
    item visit   { download mine }
  }
  organization { security roles
    entity site  { ownership user-or-team }
    entity visit { ownership user-or-team }
  }
at 2026-03-02T08:00:01Z
holds
  u1 account a1 site s1 visit v1
  u2 account a1 a2 site s2 visit v2
