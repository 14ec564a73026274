//! One's own events as a calendar under a secret address, for programs that cannot sign in.
pub mod pages;
mod store;

use super::Event;
use super::place::Viewer;
use crate::app::App;
use crate::clock::{self, Instant};
use crate::db::{self, Tx};
use crate::ids;
use crate::journal::{self, Actor};
use crate::members::{Member, MemberFact};

/// How long what is over stays.
const KEPT: jiff::SignedDuration = clock::days(90);
/// Events of one calendar.
const MOST: i64 = 500;

/// Makes a new address, whose secret is answered and kept nowhere. The one before is dead.
pub async fn make(tx: &mut Tx, me: &Member, now: Instant) -> db::Result<String> {
    let secret = ids::secret();
    store::put(tx, me.id, &ids::hash(&secret), now).await?;
    journal::append(tx, &me.stream(), &MemberFact::CalendarMade, Actor::Member(me.id), now).await?;
    Ok(secret)
}

/// The address is dead. Doing it twice is harmless.
pub async fn revoke(tx: &mut Tx, me: &Member, now: Instant) -> db::Result<()> {
    if store::remove(tx, me.id).await? {
        journal::append(tx, &me.stream(), &MemberFact::CalendarRevoked, Actor::Member(me.id), now).await?;
    }
    Ok(())
}

/// Since when there is an address.
pub async fn since(app: &App, me: &Member) -> db::Result<Option<Instant>> {
    store::since(&app.db, me.id).await
}

/// The events where its owner has places or a role, with what they may see of them; what was cancelled stays, and is
/// nobody's place any more. `None`: there is no such address.
pub async fn events(app: &App, secret: &str) -> db::Result<Option<Vec<(Event, Viewer)>>> {
    let Some(member) = store::member(&app.db, &ids::hash(secret)).await? else { return Ok(None) };
    let rows = store::events(&app.db, member, app.clock.now() - KEPT, MOST).await?;
    let seen = |own: store::Own| {
        let viewer = match (own.hosts, own.event.is_cancelled()) {
            (true, _) => Viewer::Host,
            (false, true) => Viewer::Public,
            (false, false) => Viewer::Holder,
        };
        (own.event, viewer)
    };
    Ok(Some(rows.into_iter().map(seen).collect()))
}
