# Read privileges by depth, of the user and of a team whose unit counts, shares, hierarchy security;
# without read on profiles nothing comes.
metadata
  account user-or-team name:string
  product organization name:string
  site business name:string owningbusinessunit:lookup(businessunit)
profile
  profile "p" { members { user "anna" user "bob" user "clara" user "dora" }
    item account { download all }
    item product { download all }
    item site    { download all }
  }
  organization { security roles  hierarchy-security on  hierarchy-depth 1 }
at 2026-03-02T08:00:00Z
  businessunit b1
  businessunit b2 parentbusinessunitid=b1
  businessunit b3 parentbusinessunitid=b2
  systemuser u1 domainname=anna businessunitid=b1
  systemuser u2 domainname=bob businessunitid=b1
  systemuser u3 domainname=clara businessunitid=b3
  systemuser u4 domainname=dora businessunitid=b3 parentsystemuserid=u3
  team t1 businessunitid=b2
  teammembership m1 teamid=t1 systemuserid=u1
  teammembership m2 teamid=t1 systemuserid=u4
  roleprivilege r1 systemuserid=u1 entity=mobileofflineprofile depth=basic
  roleprivilege r3 systemuserid=u3 entity=mobileofflineprofile depth=global
  roleprivilege r4 systemuserid=u4 entity=mobileofflineprofile depth=local
  roleprivilege q1 systemuserid=u1 entity=Account depth=basic
  roleprivilege q2 systemuserid=u2 entity=account depth=global
  roleprivilege q3 systemuserid=u3 entity=account depth=local
  roleprivilege q5 teamid=t1 entity=site depth=deep
  roleprivilege q6 systemuserid=u1 entity=product depth=deep
  roleprivilege q7 systemuserid=u3 entity=product depth=global
  roleprivilege q8 systemuserid=u3 entity=site depth=basic
  share s1 entity=ACCOUNT rowid=a4 principalid=t1
  share s2 entity=account rowid=a4 principalid=u4
  account a1 ownerid=u1 owningbusinessunit=b1
  account a2 ownerid=t1 owningbusinessunit=b2
  account a3 ownerid=u2 owningbusinessunit=b3
  account a4 ownerid=u2 owningbusinessunit=b2
  account a5 ownerid=u4 owningbusinessunit=b1
  product p1
  site s1 owningbusinessunit=b1
  site s2 owningbusinessunit=b2
  site s3 owningbusinessunit=b3
holds
  u1 account a1 a2 a4 site s2 s3
  u2
  u3 account a2 a3 a5 product p1
  u4 site s2 s3
at 2026-03-02T08:00:01Z
  roleprivilege r2 teamid=t1 systemuserid=u2 entity=mobileofflineprofile depth=Global
holds
  u2
at 2026-03-02T08:00:02Z
  roleprivilege r2 depth=global
  - teammembership m1
holds
  u1 account a1
  u2 account a1 a2 a3 a4 a5
