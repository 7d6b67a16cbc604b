//! Where a metadata JSON declares a thing: what an editor goes to. The file is read anew, as far as the
//! thing is deep in it.

use weir_ir::diagnostic::{FileId, Sources, Span};

use super::json_node::{JsonFile, Node};
use super::report::Report;

/// A thing that metadata declare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thing<'a> {
    /// An entity.
    Entity(&'a str),
    /// An attribute of an entity.
    Attribute(&'a str, &'a str),
    /// A relationship.
    Relationship(&'a str),
}

/// The name of the thing where a metadata JSON declares it; none where the file doesn't, or is no
/// JSON.
#[must_use]
pub fn place(sources: &Sources, file: FileId, thing: Thing<'_>) -> Option<Span> {
    let text = sources.get(file)?.text.as_str();
    if !text.trim_start().starts_with('{') {
        return None;
    }
    let json = JsonFile { id: file, text };
    let root = json.root(&mut Report::default())?;
    match thing {
        Thing::Entity(entity) => Some(listed(json, root, "entities", entity)?.1),
        Thing::Relationship(name) => Some(listed(json, root, "relationships", name)?.1),
        Thing::Attribute(entity, name) => {
            let (entity, _) = listed(json, root, "entities", entity)?;
            Some(listed(json, entity, "attributes", name)?.1)
        }
    }
}

/// The object of that name in a list, and its name.
fn listed<'t>(json: JsonFile<'t>, of: Node<'t>, key: &str, name: &str) -> Option<(Node<'t>, Span)> {
    let list = value(json, of, key)?;
    json.array(list)?.into_iter().find_map(|object| {
        let own = value(json, object, "name")?;
        let same = own.string()?.eq_ignore_ascii_case(name);
        same.then_some((object, own.span))
    })
}

fn value<'t>(json: JsonFile<'t>, of: Node<'t>, key: &str) -> Option<Node<'t>> {
    let mut entries = json.object(of)?.into_iter();
    Some(entries.find(|entry| entry.key == key)?.value)
}
