# Negative operators are true of NULL, `not-in` is not; positive ones never are.
metadata
  account organization name:string n:integer agent:lookup(systemuser)
  contact organization name:string n:integer agent:lookup(systemuser)
  lead organization name:string
  product organization name:string other:string
profile
  profile "p" { members { user "anna" } limits modern
    item account { download where n ne 1 and name not-like "a%" and name not-begin-with "a" and name not-end-with "a" and agent ne-userid }
    item contact { download where n not-in (1) or name eq "" or name like "%" or agent eq-userid }
    item lead    { download where not any account on name = name }
    item product { download where name ne attribute other }
  }
at 2026-03-02T08:00:00Z
  systemuser u1 domainname=anna
  account a1
  account a2 n=1
  account a3 n=2 name=b agent=u2
  account a4 agent=u1
  account a5 name=Apple
  contact c1
  contact c2 n=2
  contact c3 name=""
  contact c4 n=1 name=x
  lead l1
  lead l2 name=B
  lead l3 name=c
  product p1
  product p2 name=a
  product p3 name=a other=A
  product p4 name=a other=b
holds
  u1 account a1 a3 contact c2 c3 c4 lead l1 l3 product p1 p2 p4
