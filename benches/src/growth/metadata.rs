//! Metadata of any size, in each form that is read.

use std::fmt::Write as _;

use super::{Input, Row};

/// The forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Metadata JSON.
    Json,
    /// A `$metadata`.
    Csdl,
    /// A script of `CREATE TABLE`.
    Ddl,
    /// The one file of an exported zip.
    Solution,
}

/// How much there is of everything.
#[derive(Clone, Copy)]
pub struct Size {
    /// Entities `e0`, `e1`, …
    pub entities: usize,
    /// Attributes of each besides its own id: `a0` a number, `a1` a text, `a2` a choice, `a3` a
    /// date, `a4` a number, and so on.
    pub attributes: usize,
    /// Relationships of each, `e0_0`, `e0_1`, …, each through a lookup `l0`, `l1`, … of the entity.
    pub relationships: usize,
    /// How far on the entity stands that the first of them leads to; the second leads to the one
    /// after it, and so on.
    pub distance: usize,
    /// How many of the entities have relationships.
    pub sources: usize,
}

/// What grows, alone.
pub const DIMENSIONS: &[Row] = &[
    ("json: entities", 125, |n| input(Format::Json, n, 8, 2)),
    ("json: attributes", 500, |n| input(Format::Json, 4, n, 2)),
    ("json: relationships", 500, |n| input(Format::Json, 4, 8, n)),
    ("csdl: entities", 125, |n| input(Format::Csdl, n, 8, 2)),
    ("csdl: attributes", 500, |n| input(Format::Csdl, 4, n, 2)),
    ("csdl: relationships", 500, |n| input(Format::Csdl, 4, 8, n)),
    ("ddl: entities", 100, |n| input(Format::Ddl, n, 8, 2)),
    ("ddl: attributes", 250, |n| input(Format::Ddl, 4, n, 2)),
    ("ddl: relationships", 250, |n| input(Format::Ddl, 4, 8, n)),
    ("solution: entities", 125, |n| {
        input(Format::Solution, n, 8, 2)
    }),
    ("solution: attributes", 500, |n| {
        input(Format::Solution, 4, n, 2)
    }),
    ("solution: relationships", 500, |n| {
        input(Format::Solution, 4, 8, n)
    }),
    ("json: mistakes", 2_000, |n| {
        Input::Metadata(
            Format::Json,
            json(sized(4, n, 2)).replace("choice", "chioce"),
        )
    }),
];

/// So many of everything, all entities alike.
#[must_use]
pub const fn sized(entities: usize, attributes: usize, relationships: usize) -> Size {
    Size {
        entities,
        attributes,
        relationships,
        distance: 1,
        sources: entities,
    }
}

fn input(format: Format, entities: usize, attributes: usize, relationships: usize) -> Input {
    let size = sized(entities, attributes, relationships);
    let text = match format {
        Format::Json => json(size),
        Format::Csdl => csdl(size),
        Format::Ddl => ddl(size),
        Format::Solution => solution(size),
    };
    Input::Metadata(format, text)
}

/// The types of attributes, in turn: in JSON, in CSDL, in SQL, in a solution.
const TYPES: [[&str; 4]; 4] = [
    ["integer", "Edm.Int32", "integer", "int"],
    ["string", "Edm.String", "varchar(100)", "nvarchar"],
    ["choice", "Edm.Int32", "integer", "picklist"],
    ["datetime", "Edm.DateTimeOffset", "timestamptz", "datetime"],
];

fn ty(attribute: usize, format: usize) -> &'static str {
    TYPES[attribute % TYPES.len()][format]
}

/// The entity that the relationship of an entity leads to.
fn target(size: Size, entity: usize, relationship: usize) -> usize {
    (entity + size.distance + relationship) % size.entities
}

/// Writes into a text, which can't fail.
macro_rules! put {
    ($out:expr, $($arguments:tt)*) => {
        let _ = write!($out, $($arguments)*);
    };
}

/// As metadata JSON.
#[must_use]
pub fn json(size: Size) -> String {
    let mut out = String::from("{\"entities\":[");
    for entity in 0..size.entities {
        let comma = if entity > 0 { "," } else { "" };
        put!(
            out,
            "{comma}\n{{\"name\":\"e{entity}\",\"ownership\":\"user-or-team\",\"offline\":true,\"attributes\":["
        );
        for attribute in 0..size.attributes {
            let comma = if attribute > 0 { "," } else { "" };
            put!(
                out,
                "{comma}{{\"name\":\"a{attribute}\",\"type\":\"{}\"}}",
                ty(attribute, 0)
            );
        }
        out += "]}";
    }
    out += "],\"relationships\":[";
    for entity in 0..size.sources {
        for relationship in 0..size.relationships {
            let comma = if entity + relationship > 0 { "," } else { "" };
            let to = target(size, entity, relationship);
            put!(
                out,
                "{comma}\n{{\"name\":\"e{entity}_{relationship}\",\"kind\":\"1:N\",\"referenced\":\"e{to}\",\"referencing\":\"e{entity}\",\"lookup\":\"l{relationship}\"}}"
            );
        }
    }
    out += "]}";
    out
}

fn csdl(size: Size) -> String {
    let mut out = String::from("<Edmx><DataServices><Schema>");
    for entity in 0..size.entities {
        put!(
            out,
            "<EntityType Name=\"e{entity}\"><Key><PropertyRef Name=\"e{entity}id\"/></Key><Property Name=\"e{entity}id\" Type=\"Edm.Guid\"/>"
        );
        for attribute in 0..size.attributes {
            put!(
                out,
                "<Property Name=\"a{attribute}\" Type=\"{}\"/>\n",
                ty(attribute, 1)
            );
        }
        for relationship in 0..size.relationships {
            let to = target(size, entity, relationship);
            put!(
                out,
                "<Property Name=\"_l{relationship}_value\" Type=\"Edm.Guid\"/><NavigationProperty Name=\"n{relationship}\" Type=\"mscrm.e{to}\" Partner=\"e{entity}_{relationship}\"><ReferentialConstraint Property=\"_l{relationship}_value\" ReferencedProperty=\"e{to}id\"/></NavigationProperty>\n"
            );
        }
        // The other ends of those that lead here.
        for relationship in 0..size.relationships {
            let all = size.entities;
            let from = (entity + all * (relationship / all + 2) - relationship - 1) % all;
            put!(
                out,
                "<NavigationProperty Name=\"e{from}_{relationship}\" Type=\"Collection(mscrm.e{from})\" Partner=\"n{relationship}\"/>\n"
            );
        }
        out += "</EntityType>\n";
    }
    out + "</Schema></DataServices></Edmx>"
}

fn ddl(size: Size) -> String {
    let mut out = String::from("-- dialect: postgresql\n");
    for entity in 0..size.entities {
        put!(
            out,
            "CREATE TABLE e{entity} (\n  e{entity}id uuid PRIMARY KEY"
        );
        for attribute in 0..size.attributes {
            put!(out, ",\n  a{attribute} {}", ty(attribute, 2));
        }
        for relationship in 0..size.relationships {
            put!(out, ",\n  l{relationship} uuid");
        }
        out += "\n);\n";
    }
    for entity in 0..size.entities {
        for relationship in 0..size.relationships {
            let to = target(size, entity, relationship);
            put!(
                out,
                "ALTER TABLE e{entity} ADD CONSTRAINT e{entity}_{relationship} FOREIGN KEY (l{relationship}) REFERENCES e{to} (e{to}id);\n"
            );
        }
    }
    out
}

fn solution(size: Size) -> String {
    let mut out = String::from("<ImportExportXml><Entities>\n");
    for entity in 0..size.entities {
        put!(
            out,
            "<Entity><Name>e{entity}</Name><EntityInfo><entity Name=\"e{entity}\"><attributes>"
        );
        for attribute in 0..size.attributes {
            let ty = ty(attribute, 3);
            put!(
                out,
                "<attribute PhysicalName=\"a{attribute}\"><Type>{ty}</Type><LogicalName>a{attribute}</LogicalName></attribute>\n"
            );
        }
        out += "</attributes><OwnershipTypeMask>UserOwned</OwnershipTypeMask></entity></EntityInfo></Entity>\n";
    }
    out += "</Entities><EntityRelationships>\n";
    for entity in 0..size.entities {
        for relationship in 0..size.relationships {
            let to = target(size, entity, relationship);
            put!(
                out,
                "<EntityRelationship Name=\"e{entity}_{relationship}\"><EntityRelationshipType>OneToMany</EntityRelationshipType><ReferencedEntityName>e{to}</ReferencedEntityName><ReferencingEntityName>e{entity}</ReferencingEntityName><ReferencingAttributeName>l{relationship}</ReferencingAttributeName></EntityRelationship>\n"
            );
        }
    }
    out + "</EntityRelationships></ImportExportXml>"
}
