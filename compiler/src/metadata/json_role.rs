//! A role in metadata JSON: `{"name": "Inspector", "reads": {"account": "deep"}}`. What it reads is
//! named as privileges are: after an entity, or `activity` for all activities.

use indexmap::IndexMap;
use rustc_hash::FxHashMap;
use smol_str::SmolStr;
use weir_ir::plan::Depth;
use weir_ir::schema::Role;

use super::codes;
use super::declared::Declared;
use super::json::{Fields, Reader};
use super::json_node::Node;
use super::report::Spanned;

/// Reads the roles of a file.
pub(super) fn read<'t>(reader: &mut Reader<'t, '_>, file: &Fields<'t>, declared: &mut Declared) {
    let mut seen = FxHashMap::default();
    for node in reader.list(file, "roles") {
        if let Some((name, role)) = role(reader, node)
            && reader.first_of(&mut seen, "role", &name)
        {
            declared.role(role);
        }
    }
}

fn role<'t>(reader: &mut Reader<'t, '_>, node: Node<'t>) -> Option<(Spanned<SmolStr>, Role)> {
    let fields = reader.fields(node, "a role", &["name", "id", "reads"])?;
    reader.required(&fields, "name", "a role")?;
    let name = reader.text(&fields, "name")?;
    let id = reader.text(&fields, "id");
    let role = Role {
        name: SmolStr::new(&name.value),
        id: id.map(|id| SmolStr::new(id.value)),
        reads: reads(reader, &fields),
    };
    let folded = Spanned {
        value: SmolStr::new(name.value.to_lowercase()),
        span: name.span,
    };
    Some((folded, role))
}

fn reads<'t>(reader: &mut Reader<'t, '_>, fields: &Fields<'t>) -> IndexMap<SmolStr, Depth> {
    let mut reads = IndexMap::new();
    let Some(node) = fields.get("reads") else {
        return reads;
    };
    let Some(entries) = reader.file.object(node) else {
        reader.wrong_type(node, "`reads`", "an object");
        return reads;
    };
    let words =
        [Depth::Basic, Depth::Local, Depth::Deep, Depth::Global].map(|depth| (depth.name(), depth));
    for entry in entries {
        let name = reader
            .report
            .logical_name(&entry.key, entry.key_span, codes::BAD_NAME);
        let depth = reader.word(entry.value, "reads", &words);
        if let (Some(name), Some(depth)) = (name, depth) {
            reads.insert(name.value, depth.value);
        }
    }
    reads
}
