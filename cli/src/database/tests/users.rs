//! Sets of users and relations of values to users.

use std::collections::BTreeSet;

use weir_ir::operators::Relation;
use weir_ir::plan::{Depth, Member, PlanMember, PlanProfile, ProfileId, UserSet};
use weir_ir::settings::{ClockZone, Fiscal, FiscalPeriods, HierarchyModel};
use weir_ir::time::Instant;
use weir_ir::value::Guid;
use weir_ir::window::Window;

use super::{Organisation, guid, instant};

#[test]
fn users_are_active_and_rows_of_one_are_those_of_all() {
    let mut org = Organisation::new();
    org.put("systemuser", 1, &[]);
    org.put("systemuser", 2, &[("isdisabled", "1")]);
    org.put("systemuser", 3, &[("isdisabled", "0")]);
    org.put("thing", 9, &[]);
    let all = org.nodes.all();
    org.check(all, &[(9, 1), (9, 3)]);
    let active = org.nodes.users(UserSet::Active);
    org.check(active, &[(9, 1), (9, 3)]);
    let nobody = org.nodes.not(active);
    org.check(nobody, &[]);
    let none = org.nodes.none();
    org.check(none, &[]);
    let users: Vec<Guid> = org.database.users().expect("users");
    assert_eq!(users, [guid(1), guid(2), guid(3)]);
}

#[test]
fn members_belong_to_the_first_profile_that_means_them() {
    let mut org = Organisation::new();
    org.put("systemuser", 1, &[("domainname", "ÀLICE")]);
    org.put("systemuser", 2, &[("internalemailaddress", "bob")]);
    org.put("systemuser", 3, &[]);
    org.put("systemuser", 4, &[]);
    org.put(
        "systemuser",
        5,
        &[("domainname", "alice"), ("isdisabled", "1")],
    );
    org.put("team", 6, &[("name", "Nörth")]);
    org.put(
        "teammembership",
        7,
        &[("teamid", "#6"), ("systemuserid", "#3")],
    );
    org.put(
        "teammembership",
        8,
        &[("teamid", "#6"), ("systemuserid", "#1")],
    );
    org.put("thing", 9, &[]);
    let profile = |members: Vec<Member>| PlanProfile {
        name: "P".into(),
        members: members.into_iter().map(PlanMember::from).collect(),
        items: Vec::new(),
    };
    let profiles = vec![
        profile(vec![Member::UserNamed("alice".into())]),
        profile(vec![
            Member::TeamNamed("north".into()),
            Member::User(guid(4)),
        ]),
        profile(vec![Member::UserNamed("bob".into()), Member::Team(guid(6))]),
        profile(Vec::new()),
    ];
    for (number, expected) in [
        (0, &[(9, 1)][..]),
        (1, &[(9, 3), (9, 4)]),
        (2, &[(9, 2)]),
        (3, &[]),
    ] {
        let node = org.nodes.users(UserSet::Member(ProfileId(number)));
        let plan = org.plan(node, profiles.clone());
        let expected: BTreeSet<_> = expected.iter().copied().collect();
        assert_eq!(org.pairs_of(&plan, Instant(0)), expected, "{number}");
    }
    let node = org.nodes.users(UserSet::Member(ProfileId(0)));
    let nobody = org.plan(node, vec![profile(Vec::new())]);
    assert_eq!(org.pairs_of(&nobody, Instant(0)), BTreeSet::new());
}

#[test]
fn relations_of_users_to_values() {
    let mut org = Organisation::new();
    org.put("systemuser", 1, &[("businessunitid", "#20")]);
    org.put("systemuser", 2, &[("parentsystemuserid", "#1")]);
    org.put(
        "systemuser",
        3,
        &[("parentsystemuserid", "#2"), ("isdisabled", "1")],
    );
    org.put("systemuser", 4, &[("parentsystemuserid", "#3")]);
    org.put("team", 10, &[]);
    org.put(
        "teammembership",
        11,
        &[("teamid", "#10"), ("systemuserid", "#2")],
    );
    // Of a team that isn't there: no team.
    org.put(
        "teammembership",
        12,
        &[("teamid", "#13"), ("systemuserid", "#2")],
    );
    for (row, owner) in [
        (101, "#1"),
        (102, "#2"),
        (103, "#3"),
        (104, "#4"),
        (110, "#10"),
        (113, "#13"),
    ] {
        org.put(
            "thing",
            row,
            &[("ownerid", owner), ("owningbusinessunit", "#20")],
        );
    }
    org.put("thing", 199, &[]);
    let itself = org.matched("ownerid", Relation::Itself);
    org.check(itself, &[(101, 1), (102, 2), (104, 4)]);
    let team = org.matched("ownerid", Relation::Team);
    org.check(team, &[(110, 2)]);
    let either = org.matched("ownerid", Relation::SelfOrTeam);
    org.check(either, &[(101, 1), (102, 2), (104, 4), (110, 2)]);
    let unit = org.matched("owningbusinessunit", Relation::BusinessUnit);
    let of_unit = [101, 102, 103, 104, 110, 113].map(|row| (row, 1));
    org.check(unit, &of_unit);

    org.settings.hierarchy_depth = 2;
    let hierarchy = org.matched("ownerid", Relation::Hierarchy);
    org.check(
        hierarchy,
        &[
            (101, 1),
            (102, 1),
            (103, 1),
            (102, 2),
            (103, 2),
            (104, 2),
            (104, 4),
        ],
    );
    let below = org.matched("ownerid", Relation::Subordinate);
    org.check(below, &[(102, 1), (103, 1), (103, 2), (104, 2)]);
    let with_teams = org.matched("ownerid", Relation::HierarchyAndTeams);
    org.check(
        with_teams,
        &[
            (101, 1),
            (102, 1),
            (103, 1),
            (110, 1),
            (102, 2),
            (103, 2),
            (104, 2),
            (110, 2),
            (104, 4),
        ],
    );
    let teams_below = org.matched("ownerid", Relation::TeamOfSubordinate);
    org.check(teams_below, &[(110, 1)]);
    org.settings.hierarchy_depth = 0;
    org.check(hierarchy, &[(101, 1), (102, 2), (104, 4)]);

    // A loop ends where it closes, and nobody is below themselves.
    org.put("systemuser", 1, &[("parentsystemuserid", "#2")]);
    org.settings.hierarchy_depth = 100;
    org.check(
        below,
        &[(102, 1), (103, 1), (104, 1), (101, 2), (103, 2), (104, 2)],
    );
    // Whoever isn't there ends the chain.
    org.delete("systemuser", 3);
    org.check(below, &[(102, 1), (101, 2)]);
}

#[test]
fn positions_stand_for_the_users_at_them() {
    let mut org = Organisation::new();
    org.settings.hierarchy_model = HierarchyModel::Position;
    org.put("position", 50, &[("parentpositionid", "#52")]);
    org.put("position", 51, &[("parentpositionid", "#50")]);
    org.put("position", 52, &[("parentpositionid", "#51")]);
    org.put("position", 53, &[("parentpositionid", "#59")]);
    for (user, position) in [
        (1, "#50"),
        (2, "#50"),
        (3, "#51"),
        (4, "#52"),
        (5, "#53"),
        (6, "#59"),
        (7, "null"),
    ] {
        org.put("systemuser", user, &[("positionid", position)]);
        org.put("thing", 100 + user, &[("ownerid", &format!("#{user}"))]);
    }
    let below = org.matched("ownerid", Relation::Subordinate);
    org.settings.hierarchy_depth = 1;
    org.check(below, &[(103, 1), (103, 2), (104, 3), (101, 4), (102, 4)]);
    org.settings.hierarchy_depth = 9;
    org.check(
        below,
        &[
            (103, 1),
            (104, 1),
            (103, 2),
            (104, 2),
            (104, 3),
            (101, 3),
            (102, 3),
            (101, 4),
            (102, 4),
            (103, 4),
        ],
    );
    let hierarchy = org.matched("ownerid", Relation::Hierarchy);
    org.settings.hierarchy_depth = 1;
    let themselves = (1..=7).map(|user| (100 + user, user));
    let expected: Vec<_> = themselves
        .chain([(103, 1), (103, 2), (104, 3), (101, 4), (102, 4)])
        .collect();
    org.check(hierarchy, &expected);
}

#[test]
fn settings_with_the_greatest_id_give_language_and_zone() {
    let mut org = Organisation::new();
    for user in [1, 2, 3] {
        org.put("systemuser", user, &[]);
    }
    org.put(
        "usersettings",
        10,
        &[
            ("systemuserid", "#1"),
            ("uilanguageid", "1031"),
            ("timezone", "Asia/Tokyo"),
        ],
    );
    org.put(
        "usersettings",
        20,
        &[("systemuserid", "#2"), ("uilanguageid", "1031")],
    );
    org.put(
        "usersettings",
        21,
        &[("systemuserid", "#2"), ("timezone", "Mars/Olympus")],
    );
    org.put(
        "thing",
        101,
        &[
            ("count", "1031"),
            ("at", "2026-03-02T15:30:00Z"),
            ("born", "2026-03-03"),
            ("opens", "2026-03-02T23:00"),
        ],
    );
    org.put(
        "thing",
        102,
        &[
            ("count", "-1"),
            ("at", "2026-03-02T00:00:00Z"),
            ("born", "2026-03-02"),
            ("opens", "2026-03-03T00:00"),
        ],
    );
    org.put("thing", 103, &[]);
    let language = org.matched("count", Relation::Language);
    org.check(language, &[(101, 1), (102, 1), (102, 2), (102, 3)]);
    org.settings.language_wildcard = false;
    org.check(language, &[(101, 1)]);

    // In Tokyo the day after has begun; elsewhere it is UTC.
    let now = "2026-03-02T15:30:00Z";
    let thing = org.thing();
    for (attribute, zone, expected) in [
        (
            "at",
            ClockZone::User,
            &[(101, 1), (101, 2), (102, 2), (101, 3), (102, 3)][..],
        ),
        (
            "at",
            ClockZone::Utc,
            &[(101, 1), (102, 1), (101, 2), (102, 2), (101, 3), (102, 3)],
        ),
        ("born", ClockZone::User, &[(101, 1), (102, 2), (102, 3)]),
        ("opens", ClockZone::User, &[(102, 1), (101, 2), (101, 3)]),
    ] {
        let attr = org.attr("thing", attribute);
        let today = org.nodes.window(thing, attr, Window::TODAY, zone);
        org.check_at(today, now, expected);
        let not = org.nodes.not(today);
        let not: BTreeSet<_> = org.pairs_of(&org.plan(not, Vec::new()), instant(now));
        assert_eq!(not.len() + expected.len(), 9, "{attribute}");
    }
    let attr = org.attr("thing", "at");
    let last = org
        .nodes
        .window(thing, attr, Window::last_days(1), ClockZone::User);
    let next = org.nodes.window(
        thing,
        attr,
        Window::next_days(i32::MAX.unsigned_abs()),
        ClockZone::Utc,
    );
    org.check_at(
        last,
        "2026-03-02T15:29:59.999Z",
        &[(102, 1), (102, 2), (102, 3)],
    );
    org.check_at(
        next,
        "2026-03-02T15:30:00Z",
        &[(101, 1), (101, 2), (101, 3)],
    );
    org.check_at(next, "2026-03-02T15:30:00.001Z", &[]);
    assert_eq!(
        org.database.zones().expect("zones"),
        ["Asia/Tokyo", "Mars/Olympus"]
    );
}

#[test]
fn a_fiscal_period_recurs_in_the_zone() {
    let mut org = Organisation::new();
    for user in [1, 2] {
        org.put("systemuser", user, &[]);
    }
    let zone = [("systemuserid", "#1"), ("timezone", "Asia/Tokyo")];
    org.put("usersettings", 31, &zone);
    let fiscal = Fiscal {
        month: 4,
        day: 1,
        periods: FiscalPeriods::Quarter,
    };
    let thing = org.thing();
    let mut window = |attribute: &str, zone| {
        let attribute = org.attr("thing", attribute);
        let window = Window::EachYear(fiscal, 1);
        org.nodes.window(thing, attribute, window, zone)
    };
    let (zoned, utc) = (window("at", ClockZone::User), window("at", ClockZone::Utc));
    let (born, opens) = (
        window("born", ClockZone::User),
        window("opens", ClockZone::Utc),
    );
    // Nothing is there whose days could be asked.
    org.check(zoned, &[]);
    for (row, at) in [
        (101, "0000-05-01T00:00:00Z"),
        (102, "1999-03-31T15:00:00Z"),
        (103, "2019-06-30T14:59:59.999Z"),
        (104, "2020-06-30T15:00:00Z"),
        (105, "9999-05-01T00:00:00Z"),
        (106, "2020-08-01T00:00:00Z"),
        (107, "null"),
    ] {
        let date = at.get(..10).unwrap_or(at);
        let wall = at.trim_end_matches('Z');
        org.put("thing", row, &[("at", at), ("born", date), ("opens", wall)]);
    }
    let both = |rows: &[u32]| -> Vec<(u32, u32)> {
        let pairs = rows.iter().flat_map(|row| [(*row, 1), (*row, 2)]);
        pairs.collect()
    };
    let by_utc = both(&[101, 103, 104, 105]);
    org.check(utc, &by_utc);
    org.check(opens, &by_utc);
    org.check(born, &by_utc);
    let not = org.nodes.not(utc);
    org.check(not, &both(&[102, 106, 107]));
    let mut expected = both(&[101, 103, 105]);
    expected.extend([(102, 1), (104, 2)]);
    org.check(zoned, &expected);

    // What is no date tells no years: all of them are laid out.
    let text = "UPDATE thing SET at = 'never' WHERE at IS NULL";
    org.database.connection.batch(text).expect("updated");
    let at = (thing, org.attr("thing", "at"));
    assert_eq!(org.database.days(&[at].into()).expect("days"), None);
    org.check(zoned, &expected);
    let born = (thing, org.attr("thing", "born"));
    let days = org.database.days(&[born].into()).expect("days");
    let texts = days.map(|(first, last)| (first.to_string(), last.to_string()));
    assert_eq!(texts, Some(("0000-05-01".into(), "9999-05-01".into())));
}

#[test]
fn privileges_come_by_users_and_teams_each_with_its_unit() {
    let mut org = Organisation::new();
    org.put("businessunit", 20, &[]);
    org.put("businessunit", 21, &[("parentbusinessunitid", "#20")]);
    org.put("businessunit", 22, &[("parentbusinessunitid", "#21")]);
    // A loop, and a unit below one that isn't there.
    org.put("businessunit", 20, &[("parentbusinessunitid", "#22")]);
    org.put("businessunit", 24, &[("parentbusinessunitid", "#29")]);
    org.put("systemuser", 1, &[("businessunitid", "#20")]);
    org.put("systemuser", 2, &[("businessunitid", "#21")]);
    org.put("systemuser", 3, &[("businessunitid", "#29")]);
    org.put("team", 10, &[("businessunitid", "#24")]);
    org.put(
        "teammembership",
        11,
        &[("teamid", "#10"), ("systemuserid", "#2")],
    );
    org.put(
        "roleprivilege",
        30,
        &[
            ("systemuserid", "#1"),
            ("entity", "Thing"),
            ("depth", "local"),
        ],
    );
    org.put(
        "roleprivilege",
        31,
        &[("teamid", "#10"), ("entity", "thing"), ("depth", "deep")],
    );
    org.put(
        "roleprivilege",
        32,
        &[
            ("systemuserid", "#2"),
            ("entity", "thing"),
            ("depth", "Global"),
        ],
    );
    org.put(
        "roleprivilege",
        33,
        &[
            ("systemuserid", "#3"),
            ("entity", "thing"),
            ("depth", "deep"),
        ],
    );
    for (row, unit) in [
        (120, "#20"),
        (121, "#21"),
        (122, "#22"),
        (124, "#24"),
        (129, "#29"),
        (199, "null"),
    ] {
        org.put("thing", row, &[("owningbusinessunit", unit)]);
    }
    let thing = org.thing();
    for (depth, users) in [
        (Depth::Basic, &[1, 2, 3][..]),
        (Depth::Local, &[1, 2, 3]),
        (Depth::Deep, &[2, 3]),
        (Depth::Global, &[]),
    ] {
        let node = org.nodes.users(UserSet::Reads(thing, depth));
        let rows = [120, 121, 122, 124, 129, 199];
        let pairs: Vec<_> = users
            .iter()
            .flat_map(|user| rows.map(|row| (row, *user)))
            .collect();
        org.check(node, &pairs);
    }
    let unit = org.matched("owningbusinessunit", Relation::ReadUnit(thing));
    org.check(unit, &[(120, 1), (124, 2), (129, 3)]);
    let tree = org.matched("owningbusinessunit", Relation::ReadUnitTree(thing));
    org.check(tree, &[(124, 2), (129, 3)]);
    org.put(
        "roleprivilege",
        34,
        &[
            ("systemuserid", "#1"),
            ("entity", "THING"),
            ("depth", "global"),
        ],
    );
    org.check(tree, &[(120, 1), (121, 1), (122, 1), (124, 2), (129, 3)]);
}

#[test]
fn shares_open_rows_to_users_and_their_teams() {
    let mut org = Organisation::new();
    for user in [1, 2, 3] {
        org.put("systemuser", user, &[]);
    }
    org.put("team", 10, &[]);
    org.put(
        "teammembership",
        11,
        &[("teamid", "#10"), ("systemuserid", "#2")],
    );
    org.put("thing", 1, &[]);
    org.put("thing", 2, &[]);
    org.put(
        "share",
        40,
        &[("entity", "THING"), ("rowid", "#1"), ("principalid", "#1")],
    );
    org.put(
        "share",
        41,
        &[("entity", "thing"), ("rowid", "#1"), ("principalid", "#10")],
    );
    org.put(
        "share",
        42,
        &[("entity", "task"), ("rowid", "#2"), ("principalid", "#3")],
    );
    org.put("share", 43, &[("entity", "thing"), ("principalid", "#3")]);
    let thing = org.thing();
    let shared = org.nodes.shared(thing);
    org.check(shared, &[(1, 1), (1, 2)]);
    let not = org.nodes.not(shared);
    org.check(not, &[(2, 1), (2, 2), (1, 3), (2, 3)]);
}
