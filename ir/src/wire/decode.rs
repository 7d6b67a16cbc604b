//! A change line against a schema: `{"at":"…","changes":[…],"publish":[…]}`.
//!
//! Reads the shape strictly (an unknown or doubled key is an error), so that a slip never passes
//! for something else. Cost: linear in the line, but for the sorting of each object's keys.

use super::json::{Fault, Member, Part, Text, excerpt};
use super::{Line, PublishedPath, Skipped, value};
use crate::codes;
use crate::diagnostic::{Diagnostic, FileId, Span, did_you_mean};
use crate::limits;
use crate::plan::Depth;
use crate::schema::{AttrId, Entity, EntityId, Schema};
use crate::time::Instant;
use crate::transaction::{Change, Transaction};
use crate::value::{Guid, Value};

/// What follows from `ownerid`: read past in `values`.
const FOLLOWS_FROM_OWNER: [&str; 2] = ["owninguser", "owningteam"];

/// Reads the lines of one stream, in order.
#[derive(Clone, Debug)]
pub struct Decoder<'s> {
    schema: &'s Schema,
    ignore_unknown: bool,
    last: Option<Instant>,
    skipped: Skipped,
}

impl<'s> Decoder<'s> {
    /// A decoder at the start of a stream. With `ignore_unknown`, what the metadata lacks is
    /// counted and skipped.
    #[must_use]
    pub fn new(schema: &'s Schema, ignore_unknown: bool) -> Self {
        Self {
            schema,
            ignore_unknown,
            last: None,
            skipped: Skipped::default(),
        }
    }

    /// What was left out so far.
    #[must_use]
    pub fn skipped(&self) -> Skipped {
        self.skipped
    }

    /// Reads the next line; spans bear `file` and count the line's bytes.
    ///
    /// # Errors
    /// The first thing in the line that is wrong. The decoder stays as it was before the line.
    pub fn line(&mut self, file: FileId, bytes: &[u8]) -> Result<Line, Box<Diagnostic>> {
        if bytes.len() > limits::LINE_BYTES {
            return Err(Box::new(
                Diagnostic::new(
                    codes::LINE_TOO_LONG,
                    Span::new(file, 0, 0),
                    format!("the line has more than {} bytes", limits::LINE_BYTES),
                )
                .help("spread the changes over several transactions; they may bear the same `at`"),
            ));
        }
        let text = utf8(file, bytes)?;
        let mut reading = Reading {
            schema: self.schema,
            ignore_unknown: self.ignore_unknown,
            last: self.last,
            line: Text { file, text },
            skipped: self.skipped,
        };
        let line = reading.line()?;
        self.skipped = reading.skipped;
        self.last = Some(line.transaction.at);
        Ok(line)
    }
}

/// The line as text.
fn utf8(file: FileId, bytes: &[u8]) -> Result<&str, Fault> {
    std::str::from_utf8(bytes).map_err(|error| {
        let start = error.valid_up_to();
        let end = error.error_len().map_or(bytes.len(), |len| start + len);
        Box::new(
            Diagnostic::new(
                codes::NOT_UTF8,
                Span::new(file, start, end),
                "these bytes are not UTF-8",
            )
            .help("save the stream as UTF-8"),
        )
    })
}

/// One line while it is read.
struct Reading<'s, 'a> {
    schema: &'s Schema,
    ignore_unknown: bool,
    last: Option<Instant>,
    line: Text<'a>,
    skipped: Skipped,
}

impl<'a> Reading<'_, 'a> {
    fn line(&mut self) -> Result<Line, Fault> {
        let whole = self.line.parse()?;
        let members = self.line.object(whole, "a line")?;
        self.known(&members, &["at", "changes", "publish"])?;
        let at = self.at(self.required(whole, &members, "at")?)?;
        let changes = match optional(&members, "changes") {
            Some(part) => self.changes(part)?,
            None => Vec::new(),
        };
        let publish = optional(&members, "publish")
            .map(|part| self.publish(part))
            .transpose()?;
        Ok(Line {
            transaction: Transaction { at, changes },
            publish,
        })
    }

    fn at(&self, part: Part<'a>) -> Result<Instant, Fault> {
        let text = self.line.text(part, "`at`")?;
        let at = Instant::parse(&text).ok_or_else(|| {
            self.line.fault(
                codes::NOT_AN_INSTANT,
                part,
                format!("`at` is not a date and time: `{}`", excerpt(&text)),
                "write it in ISO 8601, as in `2026-03-02T08:00:00Z`",
            )
        })?;
        match self.last {
            Some(last) if at < last => Err(self.line.fault(
                codes::TIME_GOES_BACK,
                part,
                format!("time goes back: `{at}` comes after `{last}`"),
                "sort the lines by `at`; equal instants are fine",
            )),
            _ => Ok(at),
        }
    }

    fn publish(&self, part: Part<'a>) -> Result<Vec<PublishedPath>, Fault> {
        self.line
            .array(part, "`publish`")?
            .into_iter()
            .map(|path| {
                Ok(PublishedPath {
                    path: self.line.text(path, "a path of `publish`")?.into_owned(),
                    span: self.line.span(path),
                })
            })
            .collect()
    }

    fn changes(&mut self, part: Part<'a>) -> Result<Vec<Change>, Fault> {
        let parts = self.line.array(part, "`changes`")?;
        if let Some(first_beyond) = parts.get(limits::CHANGES_PER_TRANSACTION) {
            return Err(self.line.fault(
                codes::TOO_MANY_CHANGES,
                *first_beyond,
                format!(
                    "a transaction has at most {} changes",
                    limits::CHANGES_PER_TRANSACTION
                ),
                "spread them over several transactions; they may bear the same `at`",
            ));
        }
        let mut changes = Vec::with_capacity(parts.len());
        for change in parts {
            changes.extend(self.change(change)?);
        }
        Ok(changes)
    }

    /// A change; none if its entity is unknown and that is to be ignored.
    fn change(&mut self, part: Part<'a>) -> Result<Option<Change>, Fault> {
        let members = self.line.object(part, "a change")?;
        let op_part = self.required(part, &members, "op")?;
        let op = self.line.text(op_part, "`op`")?;
        let keys: &[&str] = match &*op {
            "upsert" => &["op", "entity", "id", "values"],
            "delete" => &["op", "entity", "id"],
            _ => {
                return Err(self.line.fault(
                    codes::UNKNOWN_OP,
                    op_part,
                    format!("`{}` is not an operation", excerpt(&op)),
                    "`op` is `upsert` or `delete`",
                ));
            }
        };
        self.known(&members, keys)?;
        let entity_part = self.required(part, &members, "entity")?;
        let name = self.line.text(entity_part, "`entity`")?;
        let id = value::guid(self.line, self.required(part, &members, "id")?, "`id`")?;
        let Some(entity) = self.schema.find(&name) else {
            if self.ignore_unknown {
                self.skipped.changes += 1;
                return Ok(None);
            }
            return Err(self.unknown_entity(entity_part, &name));
        };
        if op == "delete" {
            return Ok(Some(Change::Delete { entity, id }));
        }
        let values = match optional(&members, "values") {
            Some(part) => self.values(entity, id, part)?,
            None => Vec::new(),
        };
        Ok(Some(Change::Upsert { entity, id, values }))
    }

    fn values(
        &mut self,
        entity: EntityId,
        id: Guid,
        part: Part<'a>,
    ) -> Result<Vec<(AttrId, Value)>, Fault> {
        let found = self.schema.entity(entity);
        let mut values = Vec::new();
        for member in self.line.object(part, "`values`")? {
            let Some(attribute) = found.find(&member.key) else {
                if self.ignore_unknown {
                    self.skipped.values += 1;
                    continue;
                }
                return Err(self.unknown_attribute(found, &member));
            };
            if attribute == found.primary_id {
                self.same_id(found, id, member.value)?;
            } else if !FOLLOWS_FROM_OWNER.contains(&&*member.key) {
                let value = value::read(self.line, found.attribute(attribute), member.value)?;
                let system = &self.schema.system;
                if (entity, attribute) == (system.roleprivilege, system.privilege_depth) {
                    self.is_depth(&value, member.value)?;
                }
                values.push((attribute, value));
            }
        }
        Ok(values)
    }

    /// A depth that is none would grant nothing, in silence.
    fn is_depth(&self, value: &Value, part: Part<'a>) -> Result<(), Fault> {
        let Some(text) = value.text() else {
            return Ok(());
        };
        if text == "none" || Depth::from_name(text).is_some() {
            return Ok(());
        }
        Err(self.line.fault(
            codes::NO_DEPTH,
            part,
            format!("`{}` is not the depth of a privilege", excerpt(text)),
            "it is `basic`, `local`, `deep` or `global`, or `none`",
        ))
    }

    fn same_id(&self, entity: &Entity, id: Guid, part: Part<'a>) -> Result<(), Fault> {
        let attribute = entity.attribute(entity.primary_id);
        match value::read(self.line, attribute, part)? {
            Value::Guid(named) if named == id => Ok(()),
            _ => Err(self.line.fault(
                codes::OTHER_PRIMARY_ID,
                part,
                format!("`{}` must be the row's own id, `{id}`", attribute.name),
                "leave it out, or write the same GUID as in `id`",
            )),
        }
    }

    fn required(
        &self,
        whole: Part<'a>,
        members: &[Member<'a>],
        key: &str,
    ) -> Result<Part<'a>, Fault> {
        optional(members, key).ok_or_else(|| {
            let span = self.line.span(whole);
            // The bracket alone: underlining the whole object would show nothing.
            let bracket = Span {
                end: span.start + 1,
                ..span
            };
            Box::new(
                Diagnostic::new(
                    codes::MISSING_KEY,
                    bracket,
                    format!("`{key}` is missing here"),
                )
                .help(missing_help(key)),
            )
        })
    }

    /// Refuses keys that aren't among `keys`.
    fn known(&self, members: &[Member<'a>], keys: &[&str]) -> Result<(), Fault> {
        let Some(member) = members.iter().find(|m| !keys.contains(&&*m.key)) else {
            return Ok(());
        };
        Err(self.line.fault(
            codes::UNKNOWN_KEY,
            member.raw_key,
            format!("`{}` is not a key here", excerpt(&member.key)),
            suggestion(&member.key, keys.iter().copied())
                .unwrap_or_else(|| format!("the keys are `{}`", keys.join("`, `"))),
        ))
    }

    fn unknown_entity(&self, part: Part<'a>, name: &str) -> Fault {
        let names = self.schema.entities().map(|(_, entity)| &*entity.name);
        self.line.fault(
            codes::UNKNOWN_ENTITY,
            part,
            format!("the metadata has no entity `{}`", excerpt(name)),
            suggestion(name, names).unwrap_or_else(|| IGNORE_HELP.to_owned()),
        )
    }

    fn unknown_attribute(&self, entity: &Entity, member: &Member<'a>) -> Fault {
        let names = entity.attributes.keys().map(|name| &**name);
        self.line.fault(
            codes::UNKNOWN_ATTRIBUTE,
            member.raw_key,
            format!(
                "`{}` has no attribute `{}` in the metadata",
                entity.name,
                excerpt(&member.key)
            ),
            suggestion(&member.key, names).unwrap_or_else(|| IGNORE_HELP.to_owned()),
        )
    }
}

/// The way out where no name is alike.
const IGNORE_HELP: &str = "add it to the metadata, or skip what it lacks with `--ignore-unknown`";

fn suggestion<'n>(wrong: &str, names: impl Iterator<Item = &'n str>) -> Option<String> {
    // Long names are no typing errors, and comparing them is quadratic.
    const LONGEST_BYTES: usize = 100;
    if wrong.len() > LONGEST_BYTES {
        return None;
    }
    did_you_mean(wrong, names).map(|name| format!("did you mean `{name}`?"))
}

fn missing_help(key: &str) -> &'static str {
    match key {
        "at" => "a line begins `{\"at\":\"2026-03-02T08:00:00Z\"`",
        "op" => "`op` is `upsert` or `delete`",
        "entity" => "`entity` is the logical name of the row's entity",
        _ => "`id` is the GUID of the row",
    }
}

/// The value of a key.
fn optional<'a>(members: &[Member<'a>], key: &str) -> Option<Part<'a>> {
    members
        .iter()
        .find(|member| member.key == key)
        .map(|member| member.value)
}
