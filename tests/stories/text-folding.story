# Case and accents fold, expansions too; blanks at the end count; patterns fold as a whole.
metadata
  account organization name:string
  contact organization name:string
  lead organization name:string
  product organization name:string
  site organization name:string
profile
  profile "p" { members { user "ÄNNA" } limits modern
    item account { download where name eq "Straße" }
    item contact { download where name like "_[a-c]%" }
    item lead    { download where name gt "b" }
    item product { download where name begins-with "a[%]" or name ends-with "%z" }
    item site    { download where name in ("É", "x ") or name like "[" or name like "[]" }
  }
at 2026-03-02T08:00:00Z
  systemuser u1 domainname=anna
  account a1 name=STRASSE
  account a2 name=strasse
  account a3 name="strasse "
  account a4 name=STRAßE
  contact c1 name=xÁ
  contact c2 name=Xbz
  contact c3 name=xd
  contact c4 name=a
  lead l1 name=b
  lead l2 name=B
  lead l3 name=ba
  lead l4 name=Ç
  lead l5 name=a
  product p1 name=A%b
  product p2 name=ab
  product p3 name=z
  product p4 name=aZ
  site s1 name=e
  site s2 name=x
  site s3 name="X "
  site s4 name="["
holds
  u1 account a1 a2 a4 contact c1 c2 lead l3 l4 product p1 p3 p4 site s1 s3
