//! Operators that speak of the user (SEMANTICS §5.2). Such a condition is not evaluated user by
//! user: the attribute's value *is* a set of users.

use super::{Arity, NullRule, Operator, OperatorFamily, Spec, Types};
use crate::schema::EntityId;

const fn spec(
    operator: Operator,
    token: &'static str,
    types: Types,
    meaning: &'static str,
) -> Spec {
    let on_null = match operator {
        Operator::NeUserId | Operator::NeBusinessId => NullRule::Switch(true),
        _ => NullRule::Fixed(false),
    };
    Spec {
        operator,
        token,
        aliases: &[],
        family: OperatorFamily::User,
        arity: Arity::None,
        types,
        on_null,
        classic: true,
        meaning,
    }
}

pub(super) static SPECS: [Spec; 9] = [
    spec(
        Operator::EqUserId,
        "eq-userid",
        Types::UserOrGuid,
        "is the user",
    ),
    spec(
        Operator::NeUserId,
        "ne-userid",
        Types::UserOrGuid,
        "is not the user",
    ),
    spec(
        Operator::EqUserTeams,
        "eq-userteams",
        Types::Team,
        "is one of the user's teams",
    ),
    spec(
        Operator::EqUserOrUserTeams,
        "eq-useroruserteams",
        Types::Lookup,
        "is the user or one of the user's teams",
    ),
    spec(
        Operator::EqUserOrUserHierarchy,
        "eq-useroruserhierarchy",
        Types::User,
        "is the user or a user below in the hierarchy",
    ),
    spec(
        Operator::EqUserOrUserHierarchyAndTeams,
        "eq-useroruserhierarchyandteams",
        Types::Lookup,
        "is the user, a user below in the hierarchy, or a team of one of those users",
    ),
    spec(
        Operator::EqBusinessId,
        "eq-businessid",
        Types::UnitOrGuid,
        "is the user's business unit",
    ),
    spec(
        Operator::NeBusinessId,
        "ne-businessid",
        Types::UnitOrGuid,
        "is not the user's business unit",
    ),
    spec(
        Operator::EqUserLanguage,
        "eq-userlanguage",
        Types::Integer,
        "is the language of the user's interface, or -1",
    ),
];

/// How the value of an attribute stands for a set of users: those for whom it is …
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Relation {
    /// … the user.
    Itself,
    /// … one of the user's teams.
    Team,
    /// … the user or one of the user's teams.
    SelfOrTeam,
    /// … the user or a user below.
    Hierarchy,
    /// … the user, a user below, or a team of one of those.
    HierarchyAndTeams,
    /// … a user below (hierarchy security).
    Subordinate,
    /// … a team that a user below is a member of (hierarchy security).
    TeamOfSubordinate,
    /// … the user's business unit.
    BusinessUnit,
    /// … the language of the user's interface.
    Language,
    /// … a business unit by which the user may read that entity (`local` or more).
    ReadUnit(EntityId),
    /// … that unit or one below it (`deep` or more).
    ReadUnitTree(EntityId),
}

/// The relation that a user operator asks for, and whether it is negated. None for other operators.
#[must_use]
pub fn relation(operator: Operator) -> Option<(Relation, bool)> {
    Some(match operator {
        Operator::EqUserId => (Relation::Itself, false),
        Operator::NeUserId => (Relation::Itself, true),
        Operator::EqUserTeams => (Relation::Team, false),
        Operator::EqUserOrUserTeams => (Relation::SelfOrTeam, false),
        Operator::EqUserOrUserHierarchy => (Relation::Hierarchy, false),
        Operator::EqUserOrUserHierarchyAndTeams => (Relation::HierarchyAndTeams, false),
        Operator::EqBusinessId => (Relation::BusinessUnit, false),
        Operator::NeBusinessId => (Relation::BusinessUnit, true),
        Operator::EqUserLanguage => (Relation::Language, false),
        _ => return None,
    })
}
