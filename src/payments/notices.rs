//! What payment providers tell us. A notice is stored once its signature is proven, answered, and handled by a
//! job; it only says about which checkout the provider is to be asked.
mod store;

use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::{Payment, Provider, refunds, settle};
use crate::app::App;
use crate::clock::{self, Instant};
use crate::db::Tx;
use crate::ids::Id;
use crate::jobs::{self, Job};
use crate::members::Member;
use crate::orders::Order;
use crate::plans::{self, Subscription};

/// A signature older or newer than this is refused (<https://docs.stripe.com/webhooks#replay-attacks>).
const TOLERANCE: i64 = 300;
/// Texts that are removed in one transaction.
const BATCH: i64 = 500;

#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Notice {
    pub id: Id<Notice>,
    pub provider: Provider,
    /// The provider's id of it.
    pub event: String,
    pub kind: String,
    /// The checkout that it speaks of, or the payment at the provider; '' if we could not read one.
    pub reference: String,
    /// The payment that it says it is for, '' if it does not say.
    pub payment: String,
    /// None once it is old, or once whoever paid has deleted their account.
    pub payload: Option<String>,
    pub received_at: Instant,
    pub handled_at: Option<Instant>,
    pub outcome: String,
}

/// What we read of a notice, in the shape of Stripe's events.
#[derive(Deserialize)]
struct Body {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    data: Data,
}
#[derive(Deserialize)]
struct Data {
    object: serde_json::Value,
}

fn mac(secret: &[u8], at: i64, body: &[u8]) -> Vec<u8> {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else { return Vec::new() };
    mac.update(format!("{at}.").as_bytes());
    mac.update(body);
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The `Stripe-Signature` of a body (<https://docs.stripe.com/webhooks#verify-manually>).
pub fn sign(secret: &[u8], body: &[u8], now: Instant) -> String {
    sign_at(secret, body, now.timestamp().as_second())
}

/// The same at any second that the header can name.
pub fn sign_at(secret: &[u8], body: &[u8], at: i64) -> String {
    format!("t={at},v1={}", hex(&mac(secret, at, body)))
}

/// Whether one of the signatures of the header is ours, and fresh. No header is no signature.
pub fn signed(secret: &[u8], header: &str, body: &[u8], now: Instant) -> bool {
    let parts = || header.split(',').filter_map(|part| part.trim().split_once('='));
    let Some(at) = parts().find(|(name, _)| *name == "t").and_then(|(_, at)| at.parse::<i64>().ok()) else {
        return false;
    };
    let right = hex(&mac(secret, at, body));
    let ours = parts().any(|(name, given)| name == "v1" && bool::from(right.as_bytes().ct_eq(given.as_bytes())));
    !secret.is_empty() && ours && now.timestamp().as_second().saturating_sub(at).saturating_abs() <= TOLERANCE
}

/// The subscription that a bill is for, in newer words or in older ones
/// (<https://docs.stripe.com/api/invoices/object#invoice_object-parent>).
fn subscription_of(bill: &serde_json::Value) -> &serde_json::Value {
    match &bill["parent"]["subscription_details"]["subscription"] {
        serde_json::Value::Null => &bill["subscription"],
        named => named,
    }
}

/// What of ours an object of the provider names: a payment, or a subscription.
fn ours(object: &serde_json::Value) -> &serde_json::Value {
    let named = [
        &object["metadata"]["payment"],
        &object["metadata"]["subscription"],
        &object["parent"]["subscription_details"]["metadata"]["subscription"],
        &object["subscription_details"]["metadata"]["subscription"],
    ];
    named.into_iter().find(|value| value.is_string()).unwrap_or(&object["metadata"]["payment"])
}

/// Stores a proven notice and queues its handling; a second delivery of the same changes nothing.
/// False if it is no notice at all.
pub async fn receive(app: &App, provider: Provider, body: &[u8]) -> anyhow::Result<bool> {
    let Ok(read) = serde_json::from_slice::<Body>(body) else { return Ok(false) };
    let object = &read.data.object;
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().chars().take(200).collect::<String>();
    let now = app.clock.now();
    // Charges, refunds and disputes name the payment at the provider; the stand-in names the checkout itself.
    let reference = match &object["checkout"] {
        _ if read.kind.starts_with("checkout.session.") => &object["id"],
        _ if read.kind.starts_with("customer.subscription.") => &object["id"],
        _ if read.kind.starts_with("invoice.") => subscription_of(object),
        serde_json::Value::Null => &object["payment_intent"],
        checkout => checkout,
    };
    let named = Some(&object["client_reference_id"]).filter(|named| named.is_string());
    let notice = Notice {
        id: Id::new(),
        provider,
        event: read.id.chars().take(200).collect(),
        kind: read.kind.chars().take(200).collect(),
        reference: text(reference),
        payment: text(named.unwrap_or_else(|| ours(object))),
        payload: Some(String::from_utf8_lossy(body).into_owned()),
        received_at: now,
        handled_at: None,
        outcome: String::new(),
    };
    let stored: anyhow::Result<()> = decide!(app.db, tx, {
        if store::insert(tx, &notice).await? {
            jobs::enqueue(tx, Job::HandleNotice { notice: notice.id }, now).await?;
        }
        Ok(())
    });
    stored.map(|()| true)
}

/// Asks the provider about what a notice speaks of. A reference that we do not know moves no money.
pub async fn handle(app: &App, id: Id<Notice>) -> anyhow::Result<()> {
    let Some(notice) = store::by_id(&app.db, id).await? else { return Ok(()) };
    let (about, outcome) = match subscription(app, &notice).await? {
        Some(of) => {
            let of = plans::settle(app, of.id).await?;
            (of.id.to_string(), format!("subscription {}: {}", of.id, of.state.word()))
        }
        None => moved(app, &notice).await?,
    };
    let now = app.clock.now();
    let written: anyhow::Result<()> = decide!(app.db, tx, {
        store::set_handled(tx, id, (&about, &outcome), now).await?;
        store::forget_if_erased(tx, id, &about).await?;
        Ok(())
    });
    written
}

/// Removes what was told of whatever a member paid; that it was told stays.
pub async fn forget_of(tx: &mut Tx, member: Id<Member>) -> crate::db::Result<()> {
    store::forget_of(tx, member).await
}

/// The same of what was paid for one order.
pub async fn forget_of_order(tx: &mut Tx, order: Id<Order>) -> crate::db::Result<()> {
    store::forget_of_order(tx, order).await
}

/// The subscription with that reference, or with that checkout; or, if we stopped before we could write either down, the
/// one that the notice names.
async fn subscription(app: &App, notice: &Notice) -> anyhow::Result<Option<Subscription>> {
    let known = plans::store::by_reference(&app.db, notice.provider, &notice.reference).await?;
    if known.is_some() || notice.payment.is_empty() {
        return Ok(known);
    }
    let Ok(id) = notice.payment.parse() else { return Ok(None) };
    let named = plans::store::by_id(&app.db, id).await?;
    Ok(named.filter(|of| of.provider == notice.provider && of.reference.is_none()))
}

/// The payment that a notice speaks of, '' for none of ours, and what became of it.
async fn moved(app: &App, notice: &Notice) -> anyhow::Result<(String, String)> {
    Ok(match about(app, notice).await? {
        Some(payment) => {
            let payment = settle(app, payment.id).await?;
            if notice.kind.starts_with("refund.") || notice.kind.starts_with("charge.refund") {
                refunds::look_again(app, &payment).await?;
            }
            (payment.id.to_string(), format!("{}: {}", payment.id, payment.state.word()))
        }
        None => (String::new(), "unknown reference".to_owned()),
    })
}

/// The payment with that reference; or, if we stopped before we could write the reference down, the one that the
/// notice names. What it is worth, the provider says.
async fn about(app: &App, notice: &Notice) -> anyhow::Result<Option<Payment>> {
    let reference = match app.gateway.as_ref().filter(|gateway| gateway.provider() == notice.provider) {
        Some(gateway) => gateway.checkout_of(&notice.reference).await?.unwrap_or_default(),
        None => notice.reference.clone(),
    };
    if let Some(payment) = super::store::by_reference(&app.db, &reference).await? {
        return Ok(Some(payment).filter(|payment| payment.provider == notice.provider));
    }
    let Ok(id) = notice.payment.parse() else { return Ok(None) };
    let named = super::store::by_id(&app.db, id).await?;
    // It may have been written down since the look-up above.
    let unknown = |payment: &Payment| payment.reference.as_ref().is_none_or(|of| *of == reference);
    Ok(named.filter(|payment| payment.provider == notice.provider && unknown(payment)))
}

/// The newest notices, for admins.
pub async fn newest(app: &App, limit: i64) -> anyhow::Result<Vec<Notice>> {
    Ok(store::newest(&app.db, limit).await?)
}

/// What was told of a checkout.
pub async fn of_reference(app: &App, reference: &str) -> anyhow::Result<Vec<Notice>> {
    Ok(store::of_reference(&app.db, reference).await?)
}

pub async fn by_id(app: &App, id: Id<Notice>) -> anyhow::Result<Option<Notice>> {
    Ok(store::by_id(&app.db, id).await?)
}

/// The kinds that came, for a choice on a page.
pub async fn kinds(app: &App) -> anyhow::Result<Vec<String>> {
    Ok(store::kinds(&app.db).await?.into_iter().map(|(kind,)| kind).collect())
}

/// How many wait to be handled, and since when the oldest.
pub async fn waiting(app: &App) -> crate::db::Result<(i64, Option<Instant>)> {
    store::waiting(&app.db).await
}

/// Has a notice handled once more: it is a hint, so the provider is asked again, and nothing is credited twice.
pub async fn again(tx: &mut Tx, id: Id<Notice>, now: Instant) -> crate::db::Result<()> {
    jobs::enqueue(tx, Job::HandleNotice { notice: id }, now).await
}

/// Removes texts that are old; that a notice came is kept for ever.
pub async fn tidy(app: &App) -> anyhow::Result<()> {
    let before = app.clock.now() - clock::days(app.config.keep.notices);
    loop {
        let done: anyhow::Result<u64> = decide!(app.db, tx, Ok(store::forget_payloads(tx, before, BATCH).await?));
        if done? == 0 {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_holds_for_its_body_its_secret_and_five_minutes() {
        let (secret, body, now) = (b"whsec", b"{}", Instant::from_micros(1_800_000_000_000_000));
        let header = sign(secret, body, now);
        assert!(signed(secret, &header, body, now));
        assert!(signed(secret, &format!("{header},v1=00,v0=ff"), body, now + clock::minutes(5)));
        assert!(!signed(secret, &header, body, now + clock::minutes(6)));
        assert!(!signed(secret, &header, b"{ }", now));
        assert!(!signed(b"other", &header, body, now));
        for none in ["", "t=", "v1=", "t=1800000000", "t=x,v1=00", "t=1800000000,v1="] {
            assert!(!signed(secret, none, body, now), "{none}");
        }
        assert!(!signed(b"", &sign(b"", body, now), body, now), "no secret signs nothing");
    }
}
