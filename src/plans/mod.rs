//! Plans: what members may do as hosts, and what they pay for it every month. Off, so that everybody may everything,
//! until the products are set up.
//!
//! How a subscription stands is the provider's word: [`settle`] asks it and writes down what follows. Notices, the page
//! that members come back to and the sweep only decide when it asks.
pub mod admin_pages;
pub mod api;
pub mod bill_admin_pages;
pub mod bill_pages;
pub mod bills;
pub mod change_pages;
pub mod changing;
pub mod facts;
pub mod fitting;
pub mod former_api;
pub mod forms;
pub mod init;
pub mod letters;
pub mod limits;
pub mod pages;
pub mod paying_pages;
pub mod product_api;
pub mod products;
mod refusal;
pub mod settling;
pub mod sheet;
pub mod standing;
pub mod store;
pub mod subscribing;
pub mod subscription_pages;
pub mod terminal;
pub mod verify;

use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::clock::{self, Instant};
use crate::db;
use crate::i18n::{Currency, Money};
use crate::ids::Id;
use crate::members::Member;
use crate::payments::{Payment, Provider, money};

pub use facts::{PlanFact, ProductFact, SubscriptionFact};
pub use refusal::Refusal;
pub use settling::settle;

/// For so long a plan goes on that could not be paid; then it is Free until it is.
pub const GRACE: jiff::SignedDuration = clock::days(14);
/// The same in days, as people are told.
pub const GRACE_DAYS: i64 = 14;

words! {
    pub enum Tier {
        Free = "free",
        Individual = "individual",
        Team = "team",
        Enterprise = "enterprise",
    }
}

impl Tier {
    /// A proper name: the same in every language.
    pub fn name(self) -> &'static str {
        match self {
            Self::Free => "Free",
            Self::Individual => "Individual",
            Self::Team => "Team",
            Self::Enterprise => "Enterprise",
        }
    }
    /// What its product is called at the provider.
    pub fn key(self) -> String {
        format!("plan:{}", self.word())
    }
    pub fn of_key(key: &str) -> Option<Self> {
        key.strip_prefix("plan:").and_then(|word| word.parse().ok())
    }
}

/// What a plan allows and costs. None is no limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct Plan {
    pub tier: Tier,
    /// A month, in minor units of `currency`.
    pub price: i64,
    pub currency: String,
    /// That are published and not over, of which a member is the owner.
    pub events: Option<i64>,
    /// At one event.
    pub attendees: Option<i64>,
    /// Beside the owner, at one event; who only works at the door does not count.
    pub hosts: Option<i64>,
    /// A month.
    pub announcements: Option<i64>,
    /// Given with each month that is paid.
    pub credits: i64,
}

impl Plan {
    pub fn money(&self) -> Money {
        money(self.price, &self.currency)
    }

    /// What holds until an admin says otherwise.
    pub fn default_of(tier: Tier, currency: Currency) -> Self {
        let (units, [events, attendees, hosts, announcements], credits) = match tier {
            Tier::Free => (0, [Some(3), Some(100), Some(1), Some(2)], 0),
            Tier::Individual => (9, [Some(20), Some(500), Some(3), Some(20)], 50),
            Tier::Team => (29, [Some(100), Some(5_000), Some(20), Some(200)], 250),
            Tier::Enterprise => (99, [None; 4], 1_000),
        };
        let price = units * 10_i64.pow(currency.exponent().into());
        // Where a unit is worth so little that a payment of so few is none, the least that can be paid.
        let price = if price == 0 { 0 } else { price.max(crate::money::least(currency)) };
        let currency = currency.code().to_owned();
        Self { tier, price, currency, events, attendees, hosts, announcements, credits }
    }
}

/// Something that is for sale.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Product {
    pub id: Id<Product>,
    /// `plan:TIER`, `credits` or `product:SLUG`.
    pub key: String,
    /// In minor units of `currency`.
    pub amount: i64,
    pub currency: String,
    pub monthly: bool,
    pub made_at: Instant,
    pub archived_at: Option<Instant>,
    pub name: String,
    /// At whom it is listed, and how that one calls it and its price.
    pub provider: Option<Provider>,
    pub reference: Option<String>,
    pub price: Option<String>,
}

impl Product {
    pub fn money(&self) -> Money {
        money(self.amount, &self.currency)
    }
    pub fn tier(&self) -> Option<Tier> {
        Tier::of_key(&self.key)
    }
    pub fn path(&self) -> String {
        format!("/admin/products/{}", self.id)
    }
}

words! {
    pub enum State {
        /// It is not paid for the first time yet.
        Incomplete = "incomplete",
        Active = "active",
        /// A month could not be paid.
        PastDue = "past_due",
        Ended = "ended",
    }
}

/// A plan that a member pays every month.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Subscription {
    pub id: Id<Subscription>,
    pub member_id: Id<Member>,
    pub provider: Provider,
    pub tier: Tier,
    pub state: State,
    pub ends_at_period_end: bool,
    pub period_ends_at: Option<Instant>,
    /// Since when a month is owed.
    pub past_due_at: Option<Instant>,
    pub started_at: Instant,
    /// The version of the site's terms that held; '' where there were none.
    pub terms: String,
    /// Counts changes of the plan.
    pub attempt: i64,
    /// The provider's name for what was chosen at the start, and what that was.
    pub price: String,
    pub amount: i64,
    pub currency: String,
    /// Until when the first payment can be made.
    pub expires_at: Instant,
    pub checkout: Option<String>,
    /// The provider's page.
    pub url: Option<String>,
    /// The provider's name for it, once there is one.
    pub reference: Option<String>,
    pub customer: Option<String>,
    pub return_url: Option<String>,
    pub cancel_url: Option<String>,
    pub asked_at: Option<Instant>,
}

impl Subscription {
    pub fn stream(&self) -> String {
        stream(self.id)
    }
    pub fn path(&self) -> String {
        format!("/subscriptions/{}", self.id)
    }
    pub fn is_ended(&self) -> bool {
        self.state == State::Ended
    }
    pub fn is_incomplete(&self) -> bool {
        self.state == State::Incomplete
    }
    pub fn is_past_due(&self) -> bool {
        self.state == State::PastDue
    }
    /// Whether it can be changed, cancelled and taken back.
    pub fn runs(&self) -> bool {
        matches!(self.state, State::Active | State::PastDue)
    }
    /// Until when a plan goes on that could not be paid.
    pub fn grace_until(&self) -> Option<Instant> {
        self.past_due_at.map(|at| at + GRACE)
    }
    /// The plan that it gives now.
    pub fn gives(&self, now: Instant) -> Tier {
        match self.state {
            State::Active => self.tier,
            State::PastDue if self.grace_until().is_some_and(|until| now < until) => self.tier,
            State::PastDue | State::Incomplete | State::Ended => Tier::Free,
        }
    }
}

/// What was paid for a subscription.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Bill {
    pub id: Id<Bill>,
    pub subscription_id: Id<Subscription>,
    pub member_id: Id<Member>,
    pub tier: Tier,
    /// None where nothing was to be paid.
    pub payment_id: Option<Id<Payment>>,
    pub amount: i64,
    pub currency: String,
    pub starts_at: Instant,
    pub ends_at: Instant,
    /// Those that came with it.
    pub credits: i64,
    pub paid_at: Instant,
    pub reference: String,
    pub hosted_url: Option<String>,
}

impl Bill {
    pub fn money(&self) -> Money {
        money(self.amount, &self.currency)
    }
}

/// The stream of a subscription's facts.
pub fn stream(id: Id<Subscription>) -> String {
    format!("subscription/{id}")
}

/// The stream of a member's plan.
pub fn account_stream(member: Id<Member>) -> String {
    format!("plan/{member}")
}

/// The stream of products and of what plans are.
pub const PRODUCTS: &str = "products";

/// What can be chosen, the smallest first; none while plans are off.
pub async fn offered(app: &App) -> db::Result<Vec<Plan>> {
    store::plans(&app.db).await
}

/// Until when a member's plan goes on that could not be paid, while it does.
pub async fn warning(app: &App, member: Id<Member>) -> db::Result<Option<Instant>> {
    let (live, now) = (store::live_of(&app.db, member).await?, app.clock.now());
    Ok(live.filter(Subscription::is_past_due).and_then(|of| of.grace_until()).filter(|until| now < *until))
}
