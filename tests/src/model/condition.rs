//! Conditions (SEMANTICS §5.1 to §5.3): the operator is known by its token alone.

use std::cmp::Ordering;

use rust_decimal::Decimal;
use weir_grammar::ast;
use weir_ir::schema::{AttrId, AttributeType, EntityId, RelationshipKind};
use weir_ir::time::{Day, Instant, WallClock};
use weir_ir::value::{Guid, Value};

use super::clock::{self, Clock, Kind};
use super::{Eye, Model, literal, pattern, text};

impl Model<'_> {
    /// Whether a row satisfies a condition.
    pub(super) fn holds(
        &self,
        condition: &ast::Condition,
        entity: EntityId,
        id: Guid,
        eye: Eye,
    ) -> bool {
        let token = match condition.token.text.as_str() {
            "neq" => "ne",
            token => token,
        };
        let by_other = condition.values.first().map(|value| value.kind);
        if by_other == Some(ast::ValueKind::Attribute) {
            let says = self.compares_attributes(token, condition, entity, id);
            return self.says("valueof", self.says(token, says));
        }
        let attribute = self.attribute(entity, &condition.attribute.text);
        let value = self.value(entity, id, attribute);
        let ty = self.schema.attribute(entity, attribute).ty;
        let says = match token {
            "null" => value.is_null(),
            "not-null" => !value.is_null(),
            _ if value.is_null() => self.on_null(token),
            "above" | "eq-or-above" | "under" | "eq-or-under" | "not-under" => self.true_in_tree(
                token,
                (entity, attribute),
                &value,
                &condition.values[0].text,
            ),
            _ => self.true_of(token, &value, ty, &condition.values, eye),
        };
        self.says(token, says)
    }

    /// What an operator says of NULL: only the negative ones may say yes.
    fn on_null(&self, token: &str) -> bool {
        self.settings.null_matches.contains(token)
    }

    /// `attribute x`: another attribute of the row; the NULL rule holds for either side.
    fn compares_attributes(
        &self,
        token: &str,
        condition: &ast::Condition,
        entity: EntityId,
        id: Guid,
    ) -> bool {
        let value = |name: &str| self.value(entity, id, self.attribute(entity, name));
        let left = value(&condition.attribute.text);
        let right = value(&condition.values[0].text);
        if left.is_null() || right.is_null() {
            return self.on_null(token);
        }
        self.compares(token, &left, &right)
    }

    /// What an operator says of a value that is not NULL.
    fn true_of(
        &self,
        token: &str,
        value: &Value,
        ty: AttributeType,
        literals: &[ast::Value],
        eye: Eye,
    ) -> bool {
        let first = literals.first().map_or("", |literal| literal.text.as_str());
        let like = |pattern: String| {
            let text = value.text().unwrap_or_default();
            pattern::matches(&self.fold(text), &self.fold(&pattern))
        };
        let one_of = || {
            literals
                .iter()
                .any(|one| self.equal(value, &literal::read(ty, &one.text)))
        };
        let set = || {
            let mut all: Vec<i64> = literals
                .iter()
                .filter_map(|one| one.text.parse().ok())
                .collect();
            all.sort_unstable();
            all.dedup();
            all
        };
        let meets = || {
            set()
                .iter()
                .any(|choice| value_choices(value).contains(choice))
        };
        let between = || {
            let order = |place: usize| self.order(value, &literal::read(ty, &literals[place].text));
            order(0).is_some_and(Ordering::is_ge) && order(1).is_some_and(Ordering::is_le)
        };
        match token {
            "eq" if ty == AttributeType::Multichoice => value_choices(value) == set(),
            "ne" if ty == AttributeType::Multichoice => value_choices(value) != set(),
            "contain-values" => meets(),
            "not-contain-values" => !meets(),
            "between" => between(),
            "not-between" => !between(),
            "eq" | "ne" | "gt" | "ge" | "lt" | "le" => {
                self.compares(token, value, &literal::read(ty, first))
            }
            "in" => one_of(),
            "not-in" => !one_of(),
            "like" => like(first.to_owned()),
            "not-like" => !like(first.to_owned()),
            "begins-with" => like(format!("{first}%")),
            "not-begin-with" => !like(format!("{first}%")),
            "ends-with" => like(format!("%{first}")),
            "not-end-with" => !like(format!("%{first}")),
            _ => match eye.user {
                Some(user) if token.contains("-user") || token.ends_with("-businessid") => {
                    self.true_for_user(token, value, user)
                }
                user => self.true_now(token, value, ty, literals, user),
            },
        }
    }

    /// The operators on a hierarchy.
    fn true_in_tree(
        &self,
        token: &str,
        (entity, attribute): (EntityId, AttrId),
        value: &Value,
        literal: &str,
    ) -> bool {
        let (Some(own), Some(named)) = (value.guid(), Guid::parse(literal.trim())) else {
            unreachable!("hierarchies are of GUIDs");
        };
        let of = self.tree_of(entity, attribute);
        match token {
            "under" => own != named && self.above(of, own).contains(&named),
            "not-under" => own == named || !self.above(of, own).contains(&named),
            "eq-or-under" => own == named || self.above(of, own).contains(&named),
            "above" => own != named && self.above(of, named).contains(&own),
            _ => own == named || self.above(of, named).contains(&own),
        }
    }

    /// The entity whose rows an attribute names, and its lookup to itself.
    fn tree_of(&self, entity: EntityId, attribute: AttrId) -> (EntityId, AttrId) {
        let found = self.schema.entity(entity);
        let own = found.attribute(attribute);
        let mut entities = self.schema.entities().filter(|(id, other)| {
            if attribute == found.primary_id {
                *id == entity
            } else {
                own.may_point_to(&other.name)
            }
        });
        let tree = entities.find_map(|(id, _)| Some((id, self.parent_of(id)?)));
        tree.unwrap_or_else(|| unreachable!("the compiler has found the hierarchy"))
    }

    /// The lookup of an entity's hierarchy.
    fn parent_of(&self, entity: EntityId) -> Option<AttrId> {
        let system = &self.schema.system;
        let declared = self.schema.relationships().find_map(|r| match r.kind {
            RelationshipKind::OneToMany {
                referenced,
                referencing,
                lookup,
                hierarchical,
            } => (hierarchical && (referenced, referencing) == (entity, entity)).then_some(lookup),
            RelationshipKind::ManyToMany { .. } => None,
        });
        match declared {
            None if entity == system.systemuser => Some(system.parentsystemuserid),
            None if entity == system.businessunit => Some(system.parentbusinessunitid),
            declared => declared,
        }
    }

    /// The ids above a row, a hundred at most.
    fn above(&self, (entity, parent): (EntityId, AttrId), id: Guid) -> Vec<Guid> {
        let mut all = Vec::new();
        let mut at = id;
        while all.len() < 100
            && let Some(upper) = self.value(entity, at, parent).guid()
            && upper != id
            && self.exists(entity, at)
        {
            all.push(upper);
            at = upper;
        }
        all
    }

    /// The operators of SEMANTICS §5.2.
    fn true_for_user(&self, token: &str, value: &Value, user: Guid) -> bool {
        let id = value.guid();
        let teams = |users: &[Guid]| {
            let mut all = users.iter().flat_map(|user| self.teams(*user));
            all.any(|team| Some(team) == id)
        };
        let hierarchy = || {
            let mut users = vec![user];
            if self.settings.hierarchy_operators_act() {
                users.extend(self.below(user));
            }
            users
        };
        match token {
            "eq-userid" => id == Some(user),
            "ne-userid" => id != Some(user),
            "eq-userteams" => teams(&[user]),
            "eq-useroruserteams" => id == Some(user) || teams(&[user]),
            "eq-useroruserhierarchy" => id.is_some_and(|id| hierarchy().contains(&id)),
            "eq-useroruserhierarchyandteams" => {
                let users = hierarchy();
                id.is_some_and(|id| users.contains(&id)) || teams(&users)
            }
            "eq-businessid" => id == self.unit_of_user(user),
            "ne-businessid" => id != self.unit_of_user(user),
            "eq-userlanguage" => {
                let wildcard = self.settings.language_wildcard && *value == Value::Int(-1);
                wildcard || *value == self.language(user)
            }
            _ => unreachable!("`{token}` is no operator on the user"),
        }
    }

    /// The operators of SEMANTICS §5.3.
    fn true_now(
        &self,
        token: &str,
        value: &Value,
        ty: AttributeType,
        literals: &[ast::Value],
        user: Option<Guid>,
    ) -> bool {
        let measured = match value {
            Value::Instant(Instant(ms)) => (Kind::Instant, *ms),
            Value::WallClock(WallClock(ms)) => (Kind::Wall, *ms),
            Value::Day(Day(days)) => (Kind::Day, i64::from(*days)),
            _ => unreachable!("the clock operators are for datetimes"),
        };
        let zone = match user {
            Some(user) if !self.settings.clock_is_utc => self.zone(user),
            _ => clock::zone(None),
        };
        let named = matches!(token, "on" | "on-or-before" | "on-or-after");
        let day = if named {
            literal::day(ty, &literals[0].text, &zone)
        } else {
            0
        };
        let numbers = literals
            .iter()
            .map(|one| one.text.parse().unwrap_or(i64::MAX));
        let clock = Clock {
            settings: &self.settings,
            zone: &zone,
            now: self.now.0,
        };
        clock.inside(token, measured, &numbers.collect::<Vec<i64>>(), day)
    }

    fn compares(&self, token: &str, left: &Value, right: &Value) -> bool {
        match token {
            "eq" => self.equal(left, right),
            "ne" => !self.equal(left, right),
            "gt" => self.order(left, right) == Some(Ordering::Greater),
            "ge" => self.order(left, right).is_some_and(Ordering::is_ge),
            "lt" => self.order(left, right) == Some(Ordering::Less),
            "le" => self.order(left, right).is_some_and(Ordering::is_le),
            _ => unreachable!("`{token}` does not compare two values"),
        }
    }

    /// Equality of two values that are not NULL: texts folded, numbers as numbers.
    pub(super) fn equal(&self, left: &Value, right: &Value) -> bool {
        match (left, right) {
            (Value::Text(a), Value::Text(b)) => self.fold(a) == self.fold(b),
            (Value::Int(a), Value::Decimal(b)) | (Value::Decimal(b), Value::Int(a)) => {
                Decimal::from(*a) == *b
            }
            _ => left == right,
        }
    }

    fn order(&self, left: &Value, right: &Value) -> Option<Ordering> {
        let number = |value: &Value| match value {
            Value::Int(whole) => Some(Decimal::from(*whole)),
            Value::Decimal(number) => Some(*number),
            _ => None,
        };
        match (left, right) {
            (Value::Text(a), Value::Text(b)) => {
                Some(self.fold(a).chars().cmp(self.fold(b).chars()))
            }
            (Value::Instant(a), Value::Instant(b)) => Some(a.cmp(b)),
            (Value::Day(a), Value::Day(b)) => Some(a.cmp(b)),
            (Value::WallClock(a), Value::WallClock(b)) => Some(a.cmp(b)),
            _ => Some(number(left)?.cmp(&number(right)?)),
        }
    }

    /// The text as it compares in this organisation.
    pub(super) fn fold(&self, text: &str) -> String {
        text::fold(text, self.settings.accents_count)
    }
}

/// The choices of a value.
fn value_choices(value: &Value) -> &[i64] {
    match value {
        Value::Choices(choices) => choices,
        _ => &[],
    }
}
