//! Statements written by hand for five items of a technicians' profile, by someone who knows the
//! data: a resource is of one user, a user has settings once, what is due today or in the seven days
//! to come is one stretch of time in each zone, and the team of all is found by its name as it is
//! written. All of this stands in the text.

use weir_compiler::sql::Dialect;
use weir_ir::plan::{Node, Plan};
use weir_ir::schema::Behavior;
use weir_ir::time::{Instant, Zone};
use weir_ir::value::Guid;

/// The entities of the items.
pub const METADATA: &str = r#"{"entities":[
  {"name":"account","offline":true,"ownership":"user-or-team","primary_id":"accountid","attributes":[]},
  {"name":"contact","offline":true,"ownership":"user-or-team","primary_id":"contactid","attributes":[
    {"name":"parentcustomerid","type":"customer","targets":["account","contact"]}]},
  {"name":"bookableresource","offline":true,"ownership":"user-or-team","primary_id":"bookableresourceid","attributes":[
    {"name":"userid","type":"lookup","targets":["systemuser"]}]},
  {"name":"bookableresourcebooking","offline":true,"ownership":"user-or-team","primary_id":"bookableresourcebookingid","attributes":[
    {"name":"resource","type":"lookup","targets":["bookableresource"]},
    {"name":"msdyn_workorder","type":"lookup","targets":["msdyn_workorder"]},
    {"name":"starttime","type":"datetime","behavior":"user-local"}]},
  {"name":"msdyn_workorder","offline":true,"ownership":"user-or-team","primary_id":"msdyn_workorderid","attributes":[
    {"name":"msdyn_systemstatus","type":"choice"}]},
  {"name":"msdyn_workorderservicetask","offline":true,"ownership":"user-or-team","primary_id":"msdyn_workorderservicetaskid","attributes":[
    {"name":"msdyn_workorder","type":"lookup","targets":["msdyn_workorder"]}]}]
}"#;

/// The profile: bookings of mine from today to the seventh day, their open work orders and what is to
/// be done there; accounts of mine and of my teams; contacts of these, and my own.
pub const PROFILE: &str = r#"profile "Technicians" {
  limits modern
  members { team "All" }
  item bookableresourcebooking {
    download where (starttime today or starttime next-seven-days)
      and any bookableresource on bookableresourceid = resource (userid eq-userid)
  }
  item msdyn_workorder {
    download where msdyn_systemstatus in (690970000, 690970001, 690970002, 690970003)
      and any bookableresourcebooking on msdyn_workorder = msdyn_workorderid (
        (starttime today or starttime next-seven-days)
        and any bookableresource on bookableresourceid = resource (userid eq-userid))
  }
  item msdyn_workorderservicetask {
    download where any msdyn_workorder on msdyn_workorderid = msdyn_workorder (
      msdyn_systemstatus in (690970000, 690970001, 690970002, 690970003)
      and any bookableresourcebooking on msdyn_workorder = msdyn_workorderid (
        (starttime today or starttime next-seven-days)
        and any bookableresource on bookableresourceid = resource (userid eq-userid)))
  }
  item account { download where ownerid eq-useroruserteams }
  item contact {
    download where ownerid eq-userid
      or any account on accountid = parentcustomerid (ownerid eq-useroruserteams)
  }
}"#;

/// The statements of the rows of a user, or of all pairs (row, user), by the name of their entity.
#[must_use]
pub fn statements(
    plan: &Plan,
    dialect: Dialect,
    now: Instant,
    user: Option<Guid>,
) -> [(&'static str, String); 5] {
    let zones = zones(plan, dialect, now);
    let enabled = match dialect {
        Dialect::Postgres => "u.isdisabled IS NOT TRUE",
        _ => "COALESCE(u.isdisabled, 0) = 0",
    };
    let only = user.map_or(String::new(), |user| {
        format!(" AND u.systemuserid = '{user}'")
    });
    let person = format!(
        "WITH zone (name, low, high) AS (VALUES {zones}),
person AS (
  SELECT u.systemuserid AS id, z.low, z.high
  FROM systemuser u
  JOIN teammembership m ON m.systemuserid = u.systemuserid
  JOIN team t ON t.teamid = m.teamid AND t.name = 'All'
  LEFT JOIN usersettings s ON s.systemuserid = u.systemuserid
  JOIN zone z ON z.name = COALESCE(s.timezone, '')
  WHERE {enabled}{only})"
    );
    let booked = "person p
JOIN bookableresource r ON r.userid = p.id
JOIN bookableresourcebooking b ON b.resource = r.bookableresourceid AND b.starttime BETWEEN p.low AND p.high";
    let ordered = format!(
        "{booked}
JOIN msdyn_workorder w ON w.msdyn_workorderid = b.msdyn_workorder
  AND w.msdyn_systemstatus IN (690970000, 690970001, 690970002, 690970003)"
    );
    let accounts = "SELECT a.accountid AS row, p.id
  FROM person p JOIN account a ON a.ownerid = p.id
  UNION ALL
  SELECT a.accountid, p.id
  FROM person p
  JOIN teammembership m ON m.systemuserid = p.id
  JOIN account a ON a.ownerid = m.teamid";
    [
        (
            "bookableresourcebooking",
            format!("{person}\nSELECT b.bookableresourcebookingid, p.id FROM {booked}"),
        ),
        (
            "msdyn_workorder",
            format!("{person}\nSELECT DISTINCT w.msdyn_workorderid, p.id FROM {ordered}"),
        ),
        (
            "msdyn_workorderservicetask",
            format!(
                "{person}
SELECT k.msdyn_workorderservicetaskid, o.id
FROM (SELECT DISTINCT w.msdyn_workorderid, p.id FROM {ordered}) o
JOIN msdyn_workorderservicetask k ON k.msdyn_workorder = o.msdyn_workorderid"
            ),
        ),
        ("account", format!("{person}\n{accounts}")),
        (
            "contact",
            format!(
                "{person},
held AS ({accounts})
SELECT c.contactid, h.id FROM held h JOIN contact c ON c.parentcustomerid = h.row
UNION
SELECT c.contactid, p.id FROM person p JOIN contact c ON c.ownerid = p.id"
            ),
        ),
    ]
}

/// From the beginning of today to the end of the seventh day, in each zone of the organisation.
fn zones(plan: &Plan, dialect: Dialect, now: Instant) -> String {
    let windows = plan.nodes.ids().filter_map(|id| match plan.nodes.get(id) {
        Node::Window(_, window, _) => Some(*window),
        _ => None,
    });
    let windows: Vec<_> = windows.collect();
    let moment = |ms: i64| {
        let text = Instant(ms).storage_text();
        match dialect {
            Dialect::Postgres => format!("TIMESTAMPTZ '{text}'"),
            _ => format!("'{text}'"),
        }
    };
    let names = [
        "",
        "America/Toronto",
        "America/Vancouver",
        "America/Halifax",
    ];
    let zones = names.map(|name| {
        let zone = Zone::named(name).unwrap_or(Zone::UTC);
        let bounds = windows
            .iter()
            .map(|w| w.bounds(Behavior::UserLocal, &zone, now));
        let bounds: Vec<_> = bounds.collect();
        let low = bounds.iter().map(|b| b.low).min().unwrap_or(0);
        let high = bounds.iter().map(|b| b.high).max().unwrap_or(0);
        format!("('{name}', {}, {})", moment(low), moment(high))
    });
    zones.join(", ")
}
