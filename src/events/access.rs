//! Who may know of an event: the one question that its pages, its pictures and the API ask.
use tower_sessions::Session;

use super::{Event, Visibility, store};
use crate::app::App;
use crate::error::{OrNotFound, Result};
use crate::ids::Id;
use crate::invitations::{self, Invitation};
use crate::members::Member;
use crate::orders::waiting::{self, Party};
use crate::orders::{self, Order};
use crate::web::{Visitor, sessions};

/// The event, if whoever looks may know of it; else it does not exist.
pub async fn seen(app: &App, visitor: &Visitor, slug: &str) -> Result<Event> {
    let event = store::by_slug(&app.db, slug).await?.or_404()?;
    may_see(app, &event, visitor.me.as_deref(), &visitor.invited).await?.then_some(event).or_404()
}

/// The same for what others than those who run it may use at all.
pub async fn published(app: &App, visitor: &Visitor, slug: &str) -> Result<Event> {
    let event = store::by_slug(&app.db, slug).await?.filter(|event| !event.is_draft()).or_404()?;
    may_see(app, &event, visitor.me.as_deref(), &visitor.invited).await?.then_some(event).or_404()
}

/// Drafts are for those who run them; where only those may come who were asked, for them, for those who have a place,
/// and for admins. `invited` is by what this browser was let in as a guest: it counts as long as that stands.
pub async fn may_see(app: &App, event: &Event, me: Option<&Member>, invited: &[String]) -> Result<bool> {
    if !event.is_draft() && event.visibility != Visibility::Invited {
        return Ok(true);
    }
    if !event.is_draft() && still_invited(app, event, invited).await? {
        return Ok(true);
    }
    let Some(me) = me else { return Ok(false) };
    if store::hosted_by(&app.db, &event.slug, me.id).await?.is_some() {
        return Ok(true);
    }
    if event.is_draft() {
        return Ok(false);
    }
    Ok(me.admin
        || invitations::is_welcome(&app.db, event, &me.email_key).await?
        || orders::store::of_member_at(&app.db, event.id, me.id).await?.is_some()
        || orders::mine::was_given(app, event.id, me).await?)
}

/// Whether one of the ways in that a guest's browser remembers is open still: an invitation may be taken back, and a
/// place given back.
async fn still_invited(app: &App, event: &Event, ways: &[String]) -> Result<bool> {
    let event = event.id.to_string();
    let ways: Vec<Way> = ways.iter().filter_map(|way| Way::read(way, &event)).collect();
    for way in ways {
        let stands = match way {
            Way::Invitation(id) => invitations::stands(&app.db, id).await?,
            Way::Order(id) => orders::store::by_id(&app.db, id).await?.is_some_and(|order| order.is_live()),
            Way::Waiting(id) => waiting::store::by_id(&app.db, id).await?.is_some_and(|party| party.is_live()),
        };
        if stands {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The addresses that a guest's browser has proven at an event, by what let it in: (as written, as it is compared).
pub async fn proven(app: &App, event: &Event, ways: &[String]) -> Result<Vec<(String, String)>> {
    let event = event.id.to_string();
    let mut proven = Vec::new();
    for way in ways.iter().filter_map(|way| Way::read(way, &event)) {
        proven.extend(match way {
            Way::Invitation(id) => {
                invitations::store::by_id(&app.db, id).await?.map(|asked| (asked.email, asked.email_key))
            }
            Way::Order(id) => orders::store::person(&app.db, id).await?.map(|person| (person.email, person.email_key)),
            Way::Waiting(id) => {
                waiting::store::person(&app.db, id).await?.map(|person| (person.email, person.email_key))
            }
        });
    }
    Ok(proven)
}

/// How a guest came to an event to which only those come who were asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    Invitation(Id<Invitation>),
    /// By the secret address of their places.
    Order(Id<Order>),
    /// By the secret address of their place on the waiting list.
    Waiting(Id<Party>),
}

impl Way {
    /// As a session remembers it.
    fn written(self, event: &Event) -> String {
        match self {
            Self::Invitation(id) => format!("{}/invitation/{id}", event.id),
            Self::Order(id) => format!("{}/order/{id}", event.id),
            Self::Waiting(id) => format!("{}/waiting/{id}", event.id),
        }
    }
    fn read(text: &str, event: &str) -> Option<Self> {
        let (kind, id) = text.strip_prefix(event)?.strip_prefix('/')?.split_once('/')?;
        match kind {
            "invitation" => id.parse().ok().map(Self::Invitation),
            "order" => id.parse().ok().map(Self::Order),
            "waiting" => id.parse().ok().map(Self::Waiting),
            _ => None,
        }
    }
}

/// Lets a browser in that has no account by which the event's page could know it.
pub async fn let_in(session: &Session, event: &Event, way: Way) -> Result<()> {
    if event.visibility == Visibility::Invited {
        sessions::invite(session, &way.written(event)).await?;
    }
    Ok(())
}
