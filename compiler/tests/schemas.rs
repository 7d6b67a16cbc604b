//! What DDL scripts and `$metadata` documents say, in the schema.

#![expect(clippy::expect_used, reason = "a test that can't go on fails")]

use weir_compiler::metadata::Builder;
use weir_ir::diagnostic::Sources;
use weir_ir::schema::{RelationshipKind, Schema};

/// A schema of a script or a document, and the codes of what was found.
fn read(text: &str) -> (Schema, Vec<&'static str>) {
    let mut sources = Sources::default();
    let file = sources.add("source", text);
    let mut builder = Builder::new();
    let mut found = if text.trim_start().starts_with('<') {
        builder.csdl(&sources, file)
    } else {
        builder.ddl(&sources, file)
    };
    let (schema, rest) = builder.finish();
    found.extend(rest);
    for span in found.iter().filter_map(|found| found.span) {
        let range = span.start as usize..span.end as usize;
        assert!(text.get(range).is_some(), "{found:?}");
    }
    (schema, found.iter().map(|found| found.code.id).collect())
}

/// An entity in a line: ownership and the attributes named, with column, targets and precision.
#[track_caller]
fn entity(schema: &Schema, name: &str, attributes: &[&str]) -> String {
    let found = schema.entity(schema.find(name).expect("the entity"));
    let ownership = found.ownership.map_or("?", |ownership| ownership.name());
    let key = &found.attribute(found.primary_id).name;
    let mut line = format!("{name} {ownership} {key}");
    if let Some(table) = &found.table {
        line += &format!(" `{table}`");
    }
    for name in attributes {
        let id = found.find(name).expect("the attribute");
        let attribute = found.attribute(id);
        line += &format!("; {name} {}", attribute.ty);
        if let Some(column) = &attribute.column {
            line += &format!(" `{column}`");
        }
        if let Some(precision) = attribute.precision {
            line += &format!(" .{precision}");
        }
        if !attribute.targets.is_empty() {
            line += &format!(" -> {}", attribute.targets.join(", "));
        }
    }
    line
}

/// A relationship in a line.
#[track_caller]
fn relationship(schema: &Schema, name: &str) -> String {
    let id = schema.find_relationship(name).expect("the relationship");
    let entity = |id| &schema.entity(id).name;
    match schema.relationship(id).kind {
        RelationshipKind::OneToMany {
            referenced,
            referencing,
            lookup,
            ..
        } => format!(
            "{} <- {}.{}",
            entity(referenced),
            entity(referencing),
            schema.attribute(referencing, lookup).name
        ),
        RelationshipKind::ManyToMany {
            intersect,
            entity1,
            attribute1,
            entity2,
            attribute2,
        } => format!(
            "{} <-> {} through {} ({}, {})",
            entity(entity1),
            entity(entity2),
            entity(intersect),
            schema.attribute(intersect, attribute1).name,
            schema.attribute(intersect, attribute2).name
        ),
    }
}

#[test]
fn postgresql() {
    let (schema, codes) = read(
        r#"SET client_encoding = 'UTF8';
CREATE TYPE public.mood AS ENUM ('ok', 'bad');
CREATE FUNCTION f() RETURNS trigger AS $$ BEGIN CREATE TABLE x (id int); END; $$ LANGUAGE plpgsql;
CREATE TABLE public.Account (
    AccountId uuid DEFAULT gen_random_uuid() NOT NULL,
    "Name" character varying(160) COLLATE "C",
    revenue numeric(19,4),
    created timestamp with time zone DEFAULT now(),
    founded date, score double precision, active boolean, tags text[], notes text,
    feeling public.mood,
    owner_id uuid NOT NULL,
    parentaccountid uuid CONSTRAINT account_parent REFERENCES public.account ON DELETE SET NULL
);
COMMENT ON TABLE public.account IS 'It''s; a table';
CREATE TABLE public.contact (contactid uuid PRIMARY KEY, "AccountId" uuid, businessunitid uuid);
ALTER TABLE ONLY public.account ADD CONSTRAINT account_pkey PRIMARY KEY (accountid);
ALTER TABLE ONLY public.contact ADD CONSTRAINT contact_account FOREIGN KEY ("AccountId") REFERENCES public.account(accountid) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE public.contact OWNER TO postgres;
"#,
    );
    assert_eq!(codes, ["N0221", "W0204"]);
    let names = [
        "name", "revenue", "created", "founded", "score", "active", "tags",
    ];
    assert_eq!(
        entity(&schema, "account", &names),
        "account user-or-team accountid; name string `Name`; revenue decimal .4; created datetime; \
         founded datetime (date-only); score double; active boolean; tags virtual"
    );
    assert_eq!(
        entity(
            &schema,
            "account",
            &["notes", "feeling", "ownerid", "parentaccountid"]
        ),
        "account user-or-team accountid; notes memo; feeling virtual; \
         ownerid owner `owner_id` -> systemuser, team; parentaccountid lookup -> account"
    );
    assert_eq!(
        entity(&schema, "contact", &["accountid"]),
        "contact organization contactid; accountid lookup `AccountId` -> account"
    );
    assert_eq!(
        relationship(&schema, "account_parent"),
        "account <- account.parentaccountid"
    );
    assert_eq!(
        relationship(&schema, "contact_account"),
        "account <- contact.accountid"
    );
    assert_eq!(schema.entity(schema.find("account").unwrap()).offline, None);
}

#[test]
fn t_sql() {
    let (schema, codes) = read(
        "USE [Crm]\nGO\nSET ANSI_NULLS ON\nGO
CREATE TABLE [dbo].[Work Order](
	[Id] [uniqueidentifier] ROWGUIDCOL NOT NULL CONSTRAINT [DF_Id] DEFAULT (newsequentialid()),
	[Total] [money] NULL, [Price] [decimal](18, 2) SPARSE NULL, [Version] [timestamp] NOT NULL,
	[Due] [datetimeoffset](7) NULL, [Done] [bit] NOT NULL, [Text] [nvarchar](max) NULL,
	[Both] AS ([Total]+[Price]) PERSISTED, [statecode] [int] NOT NULL,
	[OwningBusinessUnit] [uniqueidentifier] NULL, [AccountId] [uniqueidentifier] NULL,
 CONSTRAINT [PK_WorkOrder] PRIMARY KEY CLUSTERED ([Id] ASC)
   WITH (PAD_INDEX = OFF, FILLFACTOR = 80) ON [PRIMARY]
) ON [PRIMARY] TEXTIMAGE_ON [PRIMARY]
GO
CREATE TABLE [dbo].[Account]([AccountId] uniqueidentifier PRIMARY KEY NONCLUSTERED)
GO
ALTER TABLE [dbo].[Work Order]  WITH CHECK ADD  CONSTRAINT [FK Work] FOREIGN KEY([AccountId])
REFERENCES [dbo].[Account] ([AccountId])
GO
ALTER TABLE [dbo].[Work Order] CHECK CONSTRAINT [FK Work]
GO
CREATE TABLE #temporary (x int)\nGO\n",
    );
    assert_eq!(codes, ["N0221"]);
    let names = [
        "total",
        "price",
        "version",
        "due",
        "done",
        "text",
        "both",
        "statecode",
    ];
    assert_eq!(
        entity(&schema, "work_order", &names),
        "work_order business id `Work Order`; total money `Total`; price decimal `Price` .2; \
         version bigint `Version`; due datetime `Due`; done boolean `Done`; text string `Text`; \
         both virtual `Both`; statecode state"
    );
    // The constraint's name can't be a relationship's.
    assert_eq!(
        relationship(&schema, "account_work_order_accountid"),
        "account <- work_order.accountid"
    );
}

#[test]
fn mysql() {
    let (schema, codes) = read(
        "/*!40101 SET NAMES utf8 */;\nDROP TABLE IF EXISTS `asset`;
CREATE TABLE `asset` (
  `assetid` binary(16) NOT NULL COMMENT 'it\\'s; a key', `flag` tinyint(1) DEFAULT '0', `size` int unsigned DEFAULT NULL,
  `kind` enum('x','y') NOT NULL, `data` json, `made` datetime(3) DEFAULT CURRENT_TIMESTAMP, `placeid` char(36),
  PRIMARY KEY (`assetid`), KEY `k` (`size`), UNIQUE KEY `u` (`flag`),
  CONSTRAINT `fk_place` FOREIGN KEY (`placeid`) REFERENCES `place` (`placeid`) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE `place` (`placeid` char(36) NOT NULL PRIMARY KEY, `parent` char(36),
  CONSTRAINT `fk_place` FOREIGN KEY (`parent`) REFERENCES `place` (`placeid`)) ENGINE=InnoDB;
CREATE TABLE `log` (`id` int NOT NULL AUTO_INCREMENT PRIMARY KEY, `assetid` binary(16),
  FOREIGN KEY (`assetid`) REFERENCES `asset` (`assetid`));
INSERT INTO `place` VALUES ('a;b','it\\'s');\n",
    );
    assert_eq!(codes, ["N0221", "W0221"]);
    let names = ["flag", "size", "kind", "data", "made", "placeid"];
    assert_eq!(
        entity(&schema, "asset", &names),
        "asset organization assetid; flag boolean; size integer; kind string; data virtual; \
         made datetime; placeid lookup -> place"
    );
    let asset = schema.entity(schema.find("asset").unwrap());
    let key = asset.attribute(asset.primary_id);
    assert_eq!(key.encoding.as_deref(), Some("binary(16)"));
    assert_eq!(relationship(&schema, "fk_place"), "place <- asset.placeid");
    // The name is taken: two tables may share it, relationships can't.
    assert_eq!(
        relationship(&schema, "place_place_parent"),
        "place <- place.parent"
    );
    assert!(schema.find("log").is_none());
    assert_eq!(
        schema.unusable("asset_log_assetid").unwrap().missing,
        ["log"]
    );
}

#[test]
fn sqlite() {
    let (schema, codes) = read(
        "PRAGMA foreign_keys = ON;
CREATE TABLE IF NOT EXISTS account (accountid TEXT PRIMARY KEY, anything, ownerid TEXT, createdon TEXT, statecode INTEGER);
CREATE TABLE tag (tagid UUID PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE account_tag (accountid TEXT REFERENCES account, tagid TEXT REFERENCES tag(tagid), note TEXT, PRIMARY KEY (accountid, tagid));
CREATE TABLE tag_tag (tag_tagid TEXT PRIMARY KEY, one TEXT REFERENCES tag, two TEXT REFERENCES tag, versionnumber INTEGER);
CREATE TABLE visit (visitid TEXT PRIMARY KEY, accountid TEXT REFERENCES account, tagid TEXT REFERENCES tag, length INTEGER);",
    );
    assert_eq!(codes, ["N0221"]);
    assert_eq!(
        entity(
            &schema,
            "account",
            &["anything", "ownerid", "createdon", "statecode"]
        ),
        "account user-or-team accountid; anything string; ownerid owner -> systemuser, team; \
         createdon datetime; statecode state"
    );
    assert_eq!(
        relationship(&schema, "account_tag"),
        "account <-> tag through account_tag (accountid, tagid)"
    );
    assert_eq!(
        relationship(&schema, "tag_tag"),
        "tag <-> tag through tag_tag (one, two)"
    );
    // A table of two references that says more of them is an entity.
    assert_eq!(
        relationship(&schema, "tag_visit_tagid"),
        "tag <- visit.tagid"
    );
    assert!(schema.entity(schema.find("account_tag").unwrap()).internal);
}

#[test]
fn a_script_names_its_dialect() {
    let script = "CREATE TABLE Asset (AssetId uuid PRIMARY KEY, Size timestamp);";
    let column = |dialect: &str| {
        let (schema, codes) = read(&format!("-- made by hand\n-- dialect: {dialect}\n{script}"));
        assert!(codes.is_empty(), "{codes:?}");
        entity(&schema, "asset", &["size"])
    };
    // PostgreSQL lowers names without quotes; T-SQL's timestamp is a version.
    assert_eq!(
        column("postgresql"),
        "asset organization assetid; size datetime"
    );
    assert_eq!(
        column("tsql"),
        "asset organization assetid `Asset`; size bigint `Size`"
    );
}

const METADATA: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>
<Schema Namespace="Microsoft.Dynamics.CRM" Alias="mscrm" xmlns="http://docs.oasis-open.org/odata/ns/edm">
 <EnumType Name="Color"><Member Name="Red" Value="1"/><Member Name="Blue" Value="2"/></EnumType>
 <ComplexType Name="BooleanManagedProperty"/>
 <EntityType Name="crmbaseentity" Abstract="true"/>
 <EntityType Name="principal" BaseType="mscrm.crmbaseentity"><Key><PropertyRef Name="ownerid"/></Key><Property Name="ownerid" Type="Edm.Guid"/></EntityType>
 <EntityType Name="systemuser" BaseType="mscrm.principal"><Property Name="systemuserid" Type="Edm.Guid"/></EntityType>
 <EntityType Name="activitypointer" BaseType="mscrm.crmbaseentity"><Key><PropertyRef Name="activityid"/></Key>
  <Property Name="activityid" Type="Edm.Guid"/><Property Name="subject" Type="Edm.String" Unicode="false"/>
  <Property Name="_ownerid_value" Type="Edm.Guid"/><Property Name="_regardingobjectid_value" Type="Edm.Guid"/>
 </EntityType>
 <EntityType Name="visit" BaseType="mscrm.activitypointer"><Property Name="statecode" Type="Edm.Int32"/>
  <NavigationProperty Name="regardingobjectid_account_visit" Type="mscrm.account" Partner="Account_Visits">
   <ReferentialConstraint Property="_regardingobjectid_value" ReferencedProperty="accountid"/></NavigationProperty>
  <NavigationProperty Name="ownerid" Type="mscrm.principal" Partner="owner_visit"><ReferentialConstraint Property="_ownerid_value" ReferencedProperty="ownerid"/></NavigationProperty>
 </EntityType>
 <EntityType Name="account" BaseType="mscrm.crmbaseentity"><Key><PropertyRef Name="accountid"/></Key>
  <Property Name="accountid" Type="Edm.Guid"><Annotation Term="Org.OData.Core.V1.Description" String="Key"/></Property>
  <Property Name="revenue" Type="Edm.Decimal" Scale="4"><Annotation Term="Org.OData.Validation.V1.Minimum" Decimal="-5"/></Property>
  <Property Name="opened" Type="Edm.Date"/><Property Name="createdon" Type="Edm.DateTimeOffset"/>
  <Property Name="color" Type="mscrm.Color"/><Property Name="can" Type="mscrm.BooleanManagedProperty"/>
  <Property Name="_ownerid_value" Type="Edm.Guid"/><Property Name="_primarycontactid_value" Type="Edm.Guid"/>
  <NavigationProperty Name="Account_Visits" Type="Collection(mscrm.visit)" Partner="regardingobjectid_account_visit"/>
  <NavigationProperty Name="accountleads_association" Type="Collection(mscrm.lead)" Partner="accountleads_association"/>
  <NavigationProperty Name="account_ghosts" Type="Collection(mscrm.ghost)" Partner="parent"/>
 </EntityType>
 <EntityType Name="lead" BaseType="mscrm.crmbaseentity"><Key><PropertyRef Name="leadid"/></Key><Property Name="leadid" Type="Edm.Guid"/>
  <Property Name="_organizationid_value" Type="Edm.Guid"/>
  <NavigationProperty Name="accountleads_association" Type="Collection(mscrm.account)" Partner="accountleads_association"/>
  <NavigationProperty Name="lead_one" Type="Collection(mscrm.lead)" Partner="lead_two"/>
  <NavigationProperty Name="lead_two" Type="Collection(mscrm.lead)" Partner="lead_one"/>
 </EntityType>
 <EntityType Name="accountleads" BaseType="mscrm.crmbaseentity"><Key><PropertyRef Name="accountleadid"/></Key>
  <Property Name="accountleadid" Type="Edm.Guid"/><Property Name="accountid" Type="Edm.Guid"/><Property Name="leadid" Type="Edm.Guid"/></EntityType>
 <EntityType Name="leadpairs"><Key><PropertyRef Name="leadpairid"/></Key><Property Name="leadpairid" Type="Edm.Guid"/>
  <Property Name="leadidtwo" Type="Edm.Guid"/><Property Name="leadidone" Type="Edm.Guid"/></EntityType>
</Schema></edmx:DataServices></edmx:Edmx>"#;

#[test]
fn csdl() {
    let (schema, codes) = read(METADATA);
    assert!(codes.is_empty(), "{codes:?}");
    let names = [
        "revenue",
        "opened",
        "color",
        "can",
        "ownerid",
        "primarycontactid",
    ];
    assert_eq!(
        entity(&schema, "account", &names),
        "account user-or-team accountid; revenue decimal .4; opened datetime (date-only); \
         color choice; can virtual; ownerid owner -> systemuser, team; primarycontactid lookup"
    );
    assert_eq!(
        entity(
            &schema,
            "visit",
            &["subject", "regardingobjectid", "statecode"]
        ),
        "visit user-or-team activityid; subject string; regardingobjectid regarding; statecode state"
    );
    assert_eq!(entity(&schema, "lead", &[]), "lead organization leadid");
    assert_eq!(
        entity(&schema, "leadpairs", &[]),
        "leadpairs none leadpairid"
    );
    assert_eq!(
        relationship(&schema, "account_visits"),
        "account <- visit.regardingobjectid"
    );
    assert_eq!(
        relationship(&schema, "accountleads_association"),
        "account <-> lead through accountleads (accountid, leadid)"
    );
    assert_eq!(
        relationship(&schema, "lead_one"),
        "lead <-> lead through leadpairs (leadidone, leadidtwo)"
    );
    assert_eq!(
        schema.unusable("account_ghosts").unwrap().missing,
        ["ghost"]
    );
    let account = schema.entity(schema.find("account").unwrap());
    let attribute = |name: &str| account.attribute(account.find(name).unwrap());
    assert_eq!(attribute("color").options[1].label, "Blue");
    assert_eq!(attribute("revenue").min, Some((-5).into()));
    assert_eq!((account.offline, account.activity), (None, false));
    assert!(schema.find("principal").is_none() && schema.find("crmbaseentity").is_none());
}

#[test]
fn later_sources_override_databases() {
    let mut sources = Sources::default();
    let sql = sources.add(
        "a.sql",
        "CREATE TABLE asset (assetid uuid PRIMARY KEY, \"Kind\" int, size int);",
    );
    let json = sources.add(
        "b.json",
        r#"{"entities":[{"name":"asset","ownership":"none","offline":true,"attributes":[{"name":"kind","type":"choice","column":"Kind"}]}]}"#,
    );
    let mut builder = Builder::new();
    assert_eq!(builder.ddl(&sources, sql), []);
    assert_eq!(builder.json(&sources, json), []);
    let (schema, found) = builder.finish();
    assert_eq!(found, []);
    assert_eq!(
        entity(&schema, "asset", &["kind", "size"]),
        "asset none assetid; kind choice `Kind`; size integer"
    );
    assert_eq!(
        schema.entity(schema.find("asset").unwrap()).offline,
        Some(true)
    );
}

#[test]
fn no_cut_of_a_source_is_beyond_its_reader() {
    let seeds = [
        METADATA,
        include_str!("../../fuzz/seeds/ddl/postgresql.sql"),
        include_str!("../../fuzz/seeds/ddl/tsql.sql"),
        include_str!("../../fuzz/seeds/ddl/mysql.sql"),
        include_str!("../../fuzz/seeds/ddl/sqlite.sql"),
    ];
    for seed in seeds {
        for at in (0..seed.len()).filter(|at| seed.is_char_boundary(*at)) {
            // Cut short there, and with a few characters taken out there: `read` looks at the spans.
            read(&seed[..at]);
            let behind = seed.char_indices().map(|(behind, _)| behind);
            let behind = behind.skip_while(|behind| *behind < at).nth(3);
            read(&format!("{}{}", &seed[..at], &seed[behind.unwrap_or(at)..]));
        }
    }
}
