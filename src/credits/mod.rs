//! Credits: what members have prepaid. What comes and goes is a line of a ledger that follows from facts, and nobody
//! spends what is not there.
pub mod admin_pages;
pub mod api;
pub mod facts;
pub mod featuring;
pub mod featuring_pages;
pub mod letters;
pub mod pages;
pub mod price;
mod refusal;
pub mod store;
pub mod verify;

use crate::app::App;
use crate::clock::Instant;
use crate::db::{self, Tx};
use crate::events::Event;
use crate::forms::Reader;
use crate::ids::{self, Id};
use crate::journal::{self, Actor};
use crate::members::{self, Member};
use crate::payments::Payment;
use crate::plans::{Bill, Tier};

pub use facts::{CreditFact, FeaturingFact};
pub use refusal::Refusal;

words! {
    /// Why a balance changes.
    pub enum Kind {
        Purchase = "purchase",
        /// An admin gave them.
        Grant = "grant",
        /// They came with a month of a plan.
        Plan = "plan",
        Spend = "spend",
        /// The payment went back: what of it is spent leaves the balance below 0.
        Debt = "debt",
        /// The payment stands after all.
        Restored = "restored",
    }
}

/// One line of a member's ledger.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Line {
    pub member_id: Id<Member>,
    /// From 1, without gaps.
    pub number: i64,
    pub kind: Kind,
    /// Below 0 for what goes.
    pub credits: i64,
    /// What was there after it.
    pub balance: i64,
    pub payment_id: Option<Id<Payment>>,
    /// The event that is on the front page for it, from and until when.
    pub event_id: Option<Id<Event>>,
    pub from_at: Option<Instant>,
    pub until_at: Option<Instant>,
    /// Why an admin gave them, or the plan that they came with; '' else.
    pub reason: String,
    pub at: Instant,
}

impl Line {
    /// How many went, if it is not that some came.
    pub fn less(&self) -> Option<i64> {
        (self.credits < 0).then_some(-self.credits)
    }
}

/// The stream of a member's facts about credits.
pub fn stream(member: Id<Member>) -> String {
    format!("credits/{member}")
}

/// Nobody else changes this member's credits before the transaction ends.
pub async fn lock(tx: &mut Tx, member: Id<Member>) -> db::Result<i64> {
    Ok(store::lock(tx, member).await?.balance)
}

/// A number that must be there.
fn number(reader: &mut Reader, field: &str, typed: &str, (least, most): (i64, i64)) -> i64 {
    if typed.trim().is_empty() {
        reader.errors.add(field, t!("Say how many."));
    }
    reader.number(field, typed, least, most).unwrap_or_default()
}

/// What a member has; below 0 what they owe.
pub async fn balance(app: &App, member: Id<Member>) -> db::Result<i64> {
    store::balance(&app.db, member).await
}

async fn write(
    tx: &mut Tx,
    member: Id<Member>,
    fact: &CreditFact,
    form: Option<&str>,
    by: Actor,
    now: Instant,
) -> db::Result<Line> {
    let account = store::lock(tx, member).await?;
    let written = fact.written();
    let line = Line {
        member_id: member,
        number: account.lines + 1,
        kind: written.kind,
        credits: written.credits,
        balance: account.balance + written.credits,
        payment_id: written.payment,
        event_id: written.featured.map(|(event, ..)| event),
        from_at: written.featured.map(|(_, from, _)| from),
        until_at: written.featured.map(|(.., until)| until),
        reason: written.reason,
        at: now,
    };
    store::add(tx, &line, form).await?;
    journal::append(tx, &stream(member), fact, by, now).await?;
    Ok(line)
}

/// Spends what a fact says, if it is there: two who spend at the same time go one after the other.
async fn spend(
    tx: &mut Tx,
    member: Id<Member>,
    fact: &CreditFact,
    form: Option<&str>,
    now: Instant,
) -> Result<Line, Refusal> {
    let (left, cost) = (lock(tx, member).await?, -fact.written().credits);
    if left < cost {
        return Err(Refusal::TooFew { cost, left });
    }
    Ok(write(tx, member, fact, form, Actor::Member(member), now).await?)
}

/// Gives credits without money, for a reason.
pub async fn grant(
    tx: &mut Tx,
    member: Id<Member>,
    credits: i64,
    reason: &str,
    by: Actor,
    now: Instant,
) -> Result<Line, Refusal> {
    grant_once(tx, member, (credits, reason), "", by, now).await
}

/// The same for the form that asks, by its id ('' for none): pressing it twice gives once.
pub async fn grant_once(
    tx: &mut Tx,
    member: Id<Member>,
    (credits, reason): (i64, &str),
    form: &str,
    by: Actor,
    now: Instant,
) -> Result<Line, Refusal> {
    let known = members::store::lock(tx, member).await?.filter(|member| member.erased_at.is_none());
    known.ok_or(Refusal::Gone)?;
    let form = (!form.is_empty() && form.len() <= 100).then(|| ids::hash(&format!("grant/{member}/{form}")));
    if let Some(form) = &form
        && let Some(before) = store::by_form(tx, form).await?
    {
        let same = before.credits == credits && before.reason == reason;
        return if same { Ok(before) } else { Err(Refusal::OtherContents) };
    }
    let fact = CreditFact::CreditsGranted { credits, reason: reason.to_owned() };
    Ok(write(tx, member, &fact, form.as_deref(), by, now).await?)
}

/// Gives what comes with a month of a plan. Whoever calls has made sure that this bill is new.
pub async fn with_plan(
    tx: &mut Tx,
    member: Id<Member>,
    bill: Id<Bill>,
    (tier, credits): (Tier, i64),
    now: Instant,
) -> db::Result<()> {
    write(tx, member, &CreditFact::CreditsWithPlan { bill, tier, credits }, None, Actor::Site, now).await.map(drop)
}

/// A payment has bought credits. Doing it twice is harmless.
pub async fn bought(
    tx: &mut Tx,
    member: Id<Member>,
    payment: Id<Payment>,
    credits: i64,
    now: Instant,
) -> db::Result<()> {
    lock(tx, member).await?;
    if store::of_payment(tx, payment).await?.0 == 0 {
        let fact = CreditFact::CreditsBought { payment, credits };
        write(tx, member, &fact, None, Actor::Site, now).await?;
    }
    Ok(())
}

/// Whether a payment gave credits, whatever became of them.
pub async fn were_given(tx: &mut Tx, payment: Id<Payment>) -> db::Result<bool> {
    Ok(store::of_payment(tx, payment).await?.0 > 0)
}

/// So many credits are what stays of a payment that had given some: the others are taken back, or given again.
pub async fn stays(tx: &mut Tx, member: Id<Member>, payment: Id<Payment>, due: i64, now: Instant) -> db::Result<()> {
    lock(tx, member).await?;
    let (lines, has) = store::of_payment(tx, payment).await?;
    let fact = match due - has {
        _ if lines == 0 => return Ok(()),
        0 => return Ok(()),
        more @ 1.. => CreditFact::CreditsRestored { payment, credits: more },
        less => CreditFact::CreditsTakenBack { payment, credits: -less },
    };
    write(tx, member, &fact, None, Actor::Site, now).await.map(drop)
}
