# Groups of one kind with four arms and more, in both kinds, nested: none is lost, and a dozen
# literals keep their order. (Three terms and ten parameters went wrong elsewhere.)
metadata
  account organization a:integer b:integer c:integer d:integer name:string
  contact organization a:integer b:integer c:integer d:integer name:string
profile
  profile "p" { members { user "anna" }
    item account { download where a eq 1 and b eq 2 and c eq 3 and d eq 4 and (name eq "x" or name eq "y" or name eq "z") }
    item contact { download where a in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12) or b eq 21 or c eq 31 or d eq 41 and name eq "w" } }
at 2026-03-02T08:00:00Z
  systemuser u1 domainname=anna
  account r1 a=1 b=2 c=3 d=4 name=x
  account r2 a=1 b=2 c=3 d=4 name=z
  account r3 a=1 b=2 c=3 d=5 name=x
  account r4 a=0 b=2 c=3 d=4 name=y
  account r5 a=1 b=2 c=3 d=4 name=w
  contact s1 a=12
  contact s2 a=13
  contact s3 b=21
  contact s4 c=31
  contact s5 d=41
  contact s6 d=41 name=W
  contact s7 a=2
holds
  u1 account r1 r2 contact s1 s3 s4 s6 s7
