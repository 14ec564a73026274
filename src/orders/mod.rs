//! Places: taking them, holding them, giving them back, coming in.
//!
//! An order's state follows from its facts alone (`verify` replays them); who ordered and who comes stands
//! in tables of their own. Places are taken by one verb, [`take`].
pub mod answering;
pub mod api;
pub mod asked;
pub mod attendee_api;
pub mod bulk;
pub mod check_in;
pub mod claiming;
pub mod codes_store;
pub mod door_pages;
pub mod ending;
pub mod facts;
pub mod forms;
pub mod given_api;
pub mod giving;
pub mod giving_back;
pub mod giving_pages;
pub mod guest_api;
pub mod guest_file_pages;
pub mod guest_pages;
mod guest_paging;
pub mod guest_place_pages;
pub mod guests;
pub mod holds;
pub mod importing;
pub mod importing_pages;
pub mod keys;
pub mod letters;
pub mod mine;
pub mod naming;
pub mod opened;
pub mod pages;
pub mod party;
pub mod party_pages;
pub mod paying;
pub mod price;
pub mod promo_codes;
pub mod refund_rule;
pub mod refusal;
pub mod reminding;
pub mod repricing;
mod situation;
pub mod store;
pub mod stub;
pub mod taking;
pub mod taxes;
pub mod telling;
pub mod ticket_files;
pub mod ticket_letters;
pub mod ticket_pages;
pub mod ticket_sheet;
pub mod tickets;
mod unconfirmed;
pub mod verify;
pub mod waiting;
mod wish;

use crate::app::App;
use crate::clock::Instant;
use crate::events::taxes::TaxRate;
use crate::events::{Event, PayLater, TicketType};
use crate::forms::Email;
use crate::i18n::{Locale, Money};
use crate::ids::Id;
use crate::letters::Reader;
use crate::members::{Member, Portrait};

pub use claiming::claim;
pub use ending::{cancel, cancel_ticket, confirm};
pub use facts::OrderFact;
pub use holds::{close_hold, end_hold, sweep_holds};
pub use keys::{confirm_token, form_key, key, opened_by, opening};
pub use promo_codes::PromoCode;
pub use refund_rule::RefundRule;
pub use refusal::Refusal;
pub use taking::take;
pub use wish::{Buyer, Taken, Way, Wish};

words! {
    pub enum OrderState {
        /// Its places are kept until `held_until`.
        Held = "held",
        Confirmed = "confirmed",
        /// Given back by a person.
        Cancelled = "cancelled",
        /// Its hold was not used in time.
        Ended = "ended",
        /// Given back; the places are free once the money is.
        Refunding = "refunding",
    }
}
words! {
    pub enum TicketState {
        Held = "held",
        Valid = "valid",
        Cancelled = "cancelled",
        /// Lets nobody in; its place is free once the money is given back.
        Refunding = "refunding",
    }
}
words! {
    /// Why places are kept for an order that is not confirmed.
    pub enum Hold {
        /// A guest's free places, until the mailed link is used.
        Confirm = "confirm",
        /// Before paying begins.
        Checkout = "checkout",
        /// Sent to the payment provider.
        Paying = "paying",
        /// A delayed way of paying was used: until the provider says how it ended.
        OnItsWay = "on_its_way",
        /// The waiting list's head, at its turn.
        Offer = "offer",
        /// Paid at the door or by transfer, until the host's deadline.
        Owed = "owed",
    }
}

/// How long a guest's free places wait for the mailed link.
pub const CONFIRM: jiff::SignedDuration = crate::clock::minutes(30);
/// How long places are kept before paying begins.
pub const CHECKOUT: jiff::SignedDuration = crate::clock::minutes(30);
/// How long an offer of the waiting list stands, unless sales end sooner.
pub const OFFER: jiff::SignedDuration = crate::clock::hours(24);

/// One act of taking places: one buyer, one or more tickets, one total.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Order {
    pub id: Id<Order>,
    pub event_id: Id<Event>,
    pub member_id: Option<Id<Member>>,
    pub state: OrderState,
    pub hold: Option<Hold>,
    pub held_until: Option<Instant>,
    /// Places that its tickets have now.
    pub places: i64,
    /// In minor units of `currency`.
    pub total: i64,
    pub currency: String,
    /// The code that it was placed with, and what that took off; `total` is without it.
    pub promo_id: Option<Id<PromoCode>>,
    pub discount: i64,
    /// Names the version of the site's terms that held then; '' where there were none.
    pub terms: String,
    pub placed_at: Instant,
    pub confirmed_at: Option<Instant>,
    pub ended_at: Option<Instant>,
}

/// Who ordered.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Person {
    pub order_id: Id<Order>,
    pub name: String,
    pub email: String,
    pub email_key: String,
    pub locale: String,
}

/// One place for one attendee, with its secret code.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Ticket {
    pub id: Id<Ticket>,
    pub order_id: Id<Order>,
    pub event_id: Id<Event>,
    pub ticket_type_id: Id<TicketType>,
    pub type_name: String,
    pub position: i64,
    pub state: TicketState,
    /// What was to be paid for it, in minor units of the order's currency.
    pub price: i64,
    /// What a promo code took off before.
    pub discount: i64,
    /// What of `price` is tax, and how much of that came on top of what the host asks.
    pub tax: i64,
    pub added: i64,
    pub tax_rate_id: Option<Id<TaxRate>>,
    pub checked_in_at: Option<Instant>,
    /// How many times it was given, and got a new code.
    pub code_version: i64,
    pub code: String,
    /// The attendee; '' when a companion's name is not known yet.
    pub name: String,
    pub email: String,
    /// The address that it was given to, as it is compared; '' while it is the buyer's to show.
    pub given_to: String,
}

impl Order {
    pub fn path(&self) -> String {
        format!("/orders/{}", self.id)
    }
    pub fn stream(&self) -> String {
        stream(self.id)
    }
    pub fn money(&self) -> Money {
        crate::payments::money(self.total, &self.currency)
    }
    pub fn is_live(&self) -> bool {
        matches!(self.state, OrderState::Held | OrderState::Confirmed)
    }
    pub fn is_confirmed(&self) -> bool {
        self.state == OrderState::Confirmed
    }
    pub fn is_held(&self) -> bool {
        self.state == OrderState::Held
    }
    /// Whether its places are kept for whoever pays later.
    pub fn is_owed(&self) -> bool {
        self.is_held() && self.hold == Some(Hold::Owed)
    }
    /// Whether its people come although it is not paid yet: it is paid later, or its money is on its way.
    pub fn is_expected(&self) -> bool {
        self.is_owed() || (self.is_held() && self.hold == Some(Hold::OnItsWay))
    }
    /// Whether its people are told what only those who come are, as a hidden place: it is confirmed, its money is on its
    /// way, or is taken at the door. Who transfers it is told with the tickets.
    pub fn is_coming(&self, event: &Event) -> bool {
        let at_the_door = self.is_owed() && event.terms.pay_later == PayLater::Door;
        self.is_confirmed() || at_the_door || (self.is_held() && self.hold == Some(Hold::OnItsWay))
    }
    /// What people say to each other: the last eight letters of the id.
    pub fn number(&self) -> String {
        number(self.id)
    }
}

impl Person {
    pub fn locale(&self) -> Locale {
        self.locale.parse().unwrap_or_default()
    }
    /// As a reader of letters.
    pub fn reader(self, order: &Order) -> Reader {
        Reader { member: order.member_id, locale: self.locale(), name: self.name, email: self.email }
    }
}

impl Ticket {
    /// What the QR code holds; opening it checks nobody in.
    pub fn url(&self, app: &App) -> String {
        app.config.url(&format!("/t/{}", self.code))
    }
    /// What the host asks for it, before any promo code, and without tax that comes on top.
    pub fn list_price(&self) -> i64 {
        self.price + self.discount - self.added
    }
    pub fn is_valid(&self) -> bool {
        self.state == TicketState::Valid
    }
    /// Whether it lets its attendee in, or will once it is paid: its money is not back, and not on its way.
    pub fn is_live(&self) -> bool {
        matches!(self.state, TicketState::Held | TicketState::Valid)
    }
    /// Whether somebody else has it: then its code is not the buyer's to see.
    pub fn is_given(&self) -> bool {
        !self.given_to.is_empty()
    }
    /// Whether its attendee has this address.
    pub fn is_for(&self, email_key: &str) -> bool {
        Email::parse(&self.email).is_some_and(|email| email.key == email_key)
    }
}

/// What the QR code of a party holds.
pub fn party_url(app: &App, code: &str) -> String {
    app.config.url(&format!("/t/{code}"))
}

/// An order's number of its id.
pub fn number(id: Id<Order>) -> String {
    let id = id.to_string();
    format!("M-{}", id[id.len() - 8..].to_uppercase())
}

/// The stream of an order's facts.
pub fn stream(id: Id<Order>) -> String {
    format!("order/{id}")
}

/// The picture of an event on its tickets: the cover, else the poster.
pub fn poster_path(event: &Event) -> String {
    crate::events::picture_pages::poster_path(event)
}

/// Forgets who asked for what ended before anybody confirmed it.
pub async fn forget_person(tx: &mut crate::db::Tx, order: Id<Order>) -> crate::db::Result<()> {
    unconfirmed::forget_one(tx, order).await
}

/// Removes what has ended.
pub async fn tidy(app: &App) -> anyhow::Result<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    store::forget_forms(&mut tx, now - crate::clock::days(2)).await?;
    tx.commit().await?;
    waiting::tidy(app).await?;
    unconfirmed::forget(app).await
}

/// Who comes, as far as the host lets everyone see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guests {
    /// First names and portraits of some, where names are shown.
    pub faces: Vec<Face>,
    /// People with a valid ticket.
    pub total: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Face {
    pub first_name: String,
    pub portrait: Portrait,
}

/// `None` when the host hides it or nobody comes yet.
pub async fn guests_shown(app: &App, event: &Event) -> crate::db::Result<Option<Guests>> {
    use crate::events::GuestList;
    if event.guest_list == GuestList::Hidden || event.taken == 0 {
        return Ok(None);
    }
    let total = store::count_valid(&app.db, event.id).await?;
    let rows =
        if event.guest_list == GuestList::Names { store::some_names(&app.db, event.id, 5).await? } else { Vec::new() };
    let faces = rows
        .into_iter()
        .map(|(id, name, picture)| Face {
            first_name: name.split_whitespace().next().unwrap_or_default().to_owned(),
            portrait: Portrait::of(id, &name, picture.as_deref()),
        })
        .collect();
    Ok((total > 0).then_some(Guests { faces, total }))
}
