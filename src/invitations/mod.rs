//! Asking people to an event by mail. Whoever has the letter has proven the address, and nobody else can answer.
pub mod accepting;
pub mod api;
pub mod forgetting;
pub mod friends;
pub mod friends_api;
pub mod friends_pages;
pub mod friends_store;
pub mod host_pages;
pub mod inviting;
pub mod letters;
pub mod listing;
pub mod over_pages;
pub mod pages;
pub mod refusal;
pub mod store;
pub mod verify;

use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::clock::{self, Instant};
use crate::db::{self, Db, On};
use crate::events::{Event, Visibility};
use crate::i18n::Locale;
use crate::ids::{self, Id};
use crate::journal::Fact;
use crate::letters::Mail;
use crate::orders::Order;

pub use refusal::Refusal;

words! {
    /// Where an invitation stands, as its facts say.
    pub enum State { Waiting = "waiting", Accepted = "accepted", Declined = "declined", Revoked = "revoked" }
}

/// How long a letter's link works.
pub const DAYS: i64 = 30;
/// Letters of one event at most.
pub const MOST: i64 = 5_000;

/// One address that is asked to come.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Invitation {
    pub id: Id<Invitation>,
    pub event_id: Id<Event>,
    /// Whose friend this is, where not a host asks.
    pub by_order: Option<Id<Order>>,
    pub state: State,
    /// As it was on the list; '' if nobody said.
    pub name: String,
    pub email: String,
    pub email_key: String,
    pub locale: String,
    pub invited_at: Instant,
    /// When the letter was queued last; `None` until its turn comes.
    pub queued_at: Option<Instant>,
    /// That letter; `None` where the address had too many.
    pub mail_id: Option<Id<Mail>>,
    pub opened_at: Option<Instant>,
    pub answered_at: Option<Instant>,
    /// The places that were taken by accepting.
    pub order_id: Option<Id<Order>>,
}

impl Invitation {
    pub fn stream(&self) -> String {
        stream(self.id)
    }
    pub fn is_waiting(&self) -> bool {
        self.state == State::Waiting
    }
    pub fn locale(&self) -> Locale {
        self.locale.parse().unwrap_or_default()
    }
}

fn stream(id: Id<Invitation>) -> String {
    format!("invitation/{id}")
}

/// What happened to an invitation. Who it is for stands in its row alone.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum InvitationFact {
    /// Also of one that was taken back before.
    InvitationMade {
        event: Id<Event>,
        by_order: Option<Id<Order>>,
    },
    /// Its letter was queued once more.
    InvitationSentAgain,
    InvitationAccepted {
        order: Option<Id<Order>>,
    },
    InvitationDeclined,
    InvitationRevoked,
}
impl Fact for InvitationFact {}

impl InvitationFact {
    /// The state that it leads to; `None` leaves it as it was.
    fn state(&self) -> Option<State> {
        match self {
            Self::InvitationMade { .. } => Some(State::Waiting),
            Self::InvitationAccepted { .. } => Some(State::Accepted),
            Self::InvitationDeclined => Some(State::Declined),
            Self::InvitationRevoked => Some(State::Revoked),
            Self::InvitationSentAgain => None,
        }
    }
}

/// Whether this address may come to an event at which only those are welcome who were asked.
pub async fn is_welcome(on: impl Into<On<'_>>, event: &Event, email_key: &str) -> db::Result<bool> {
    if event.visibility != Visibility::Invited {
        return Ok(true);
    }
    let found = store::of_address(on, event.id, email_key).await?;
    Ok(found.is_some_and(|asked| matches!(asked.state, State::Waiting | State::Accepted)))
}

/// Whether whoever was asked may still know of the event: it waits for an answer, or they said yes, or have the places.
pub async fn stands(db: &Db, id: Id<Invitation>) -> db::Result<bool> {
    let Some(invitation) = store::by_id(db, id).await? else { return Ok(false) };
    if matches!(invitation.state, State::Waiting | State::Accepted) {
        return Ok(true);
    }
    match invitation.order_id {
        Some(order) => Ok(crate::orders::store::by_id(db, order).await?.is_some_and(|order| order.is_live())),
        None => Ok(false),
    }
}

/// A link as a letter carries it: its secret stands nowhere but there.
async fn mint(app: &App, id: Id<Invitation>) -> anyhow::Result<String> {
    let (token, now) = (ids::secret(), app.clock.now());
    let hash = ids::hash(&token);
    decide!(app.db, tx, store::insert_link(tx, &hash, id, now + clock::days(DAYS)).await)?;
    Ok(token)
}

/// The invitation that a letter's link is about, while the link can be used.
pub async fn opened_by(app: &App, token: &str) -> db::Result<Option<Invitation>> {
    store::of_link(&app.db, &ids::hash(token), app.clock.now()).await
}

/// Removes links that have ended, and who was asked to events that are long over.
pub async fn tidy(app: &App) -> anyhow::Result<()> {
    let mut tx = app.db.write().await?;
    store::forget_links(&mut tx, app.clock.now() - clock::days(1)).await?;
    tx.commit().await?;
    forgetting::run(app).await
}
