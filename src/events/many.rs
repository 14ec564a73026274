//! Lists of events for programs: what belongs to them is read for all at once, not for each.
use std::collections::{HashMap, HashSet};

use super::api::{EventJson, Eyes, written};
use super::place::Viewer;
use super::store::many;
use super::{Event, Host, Role, TicketType};
use crate::app::App;
use crate::db::Result;
use crate::ids::Id;
use crate::members::Member;
use crate::orders;

/// These events in their order, as this caller sees them.
pub async fn shown(app: &App, events: &[&Event], me: Option<&Member>) -> Result<Vec<EventJson>> {
    let ids: Vec<Id<Event>> = events.iter().map(|event| event.id).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut types: HashMap<Id<Event>, Vec<TicketType>> = HashMap::new();
    for of in many::ticket_types(&app.db, &ids).await? {
        types.entry(of.event_id).or_default().push(of);
    }
    let mut waiters = orders::waiting::waiters_of(&app.db, &ids).await?;
    let mut hosts: HashMap<Id<Event>, Vec<Host>> = HashMap::new();
    for of in many::hosts(&app.db, &ids).await? {
        hosts.entry(of.event_id).or_default().push(of.host);
    }
    let holds: HashSet<Id<Event>> = match me {
        Some(me) => orders::mine::holds_among(app, me, &ids).await?,
        None => HashSet::new(),
    };
    let now = app.clock.now();
    let shown = events.iter().map(|event| {
        let hosts = hosts.remove(&event.id).unwrap_or_default();
        let eyes = eyes(&hosts, me, holds.contains(&event.id));
        let (types, waiters) =
            (types.remove(&event.id).unwrap_or_default(), waiters.remove(&event.id).unwrap_or_default());
        let types = orders::waiting::seen_by_others(event, types, &waiters, now);
        written(app, event, &eyes, &types, hosts)
    });
    Ok(shown.collect())
}

/// What a caller is to an event with these hosts.
fn eyes(hosts: &[Host], me: Option<&Member>, holds: bool) -> Eyes {
    let Some(me) = me else { return Eyes { viewer: Viewer::Public, role: None } };
    let role: Option<Role> = hosts.iter().find(|host| host.member_id == me.id).map(|host| host.role);
    let viewer = match (role, me.admin, holds) {
        (Some(_), ..) | (None, true, _) => Viewer::Host,
        (None, false, true) => Viewer::Holder,
        (None, false, false) => Viewer::Public,
    };
    Eyes { viewer, role }
}
