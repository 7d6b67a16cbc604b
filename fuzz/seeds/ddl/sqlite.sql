-- dialect: sqlite
CREATE TABLE a (aid TEXT PRIMARY KEY, x, ownerid TEXT) STRICT;
CREATE TABLE pairs (aid TEXT REFERENCES a, bid TEXT REFERENCES b(bid), PRIMARY KEY (aid, bid)) WITHOUT ROWID;
