//! Stripe, through async-stripe: buyers pay on its own page (Checkout), and what it answers becomes our words here.
mod asking;
mod customers;
mod invoices;
mod products;
mod returning;
mod subscriptions;

use std::collections::HashMap;
use std::sync::Arc;

use anyhow::Context;
use stripe::{ClientBuilder, StripeError};
use stripe_checkout::checkout_session::{
    CreateCheckoutSession, CreateCheckoutSessionExcludedPaymentMethodTypes as Method, CreateCheckoutSessionLineItems,
    CreateCheckoutSessionLineItemsPriceData, CreateCheckoutSessionPaymentIntentData, ExpireCheckoutSession,
    ListCheckoutSession, ProductData, RetrieveCheckoutSession,
};
use stripe_shared::{
    CheckoutSession, CheckoutSessionMode, CheckoutSessionPaymentStatus, CheckoutSessionStatus, PaymentIntent,
    PaymentIntentStatus,
};
use stripe_types::{Currency, Expandable, RangeBoundsTs, RangeQueryTs};

use super::gateway::{Charge, Checkout, Standing};
use crate::clock::{self, Instant};
use crate::config;
use asking::{anew, ask, is_broken, is_other_contents, is_refused, said};

/// What the names of payments at Stripe begin with (<https://docs.stripe.com/api/payment_intents>).
pub const INTENT: &str = "pi_";

/// How many pages of a hundred sessions are looked through for one that we lost sight of.
const PAGES: usize = 20;
const PAGE: i64 = 100;

/// How long a session lasts at least (<https://docs.stripe.com/api/checkout/sessions/create>).
const SHORTEST: jiff::SignedDuration = clock::minutes(30);

/// How far Stripe's clock may be from ours, in seconds.
const APART: i64 = 300;

/// The most letters that Stripe takes as the name of what is bought.
const NAME: usize = 250;

/// Ways of paying that take days (<https://docs.stripe.com/payments/payment-methods/payment-method-support>).
const DELAYED: [Method; 12] = [
    Method::AcssDebit,
    Method::AuBecsDebit,
    Method::BacsDebit,
    Method::Boleto,
    Method::CustomerBalance,
    Method::Konbini,
    Method::Multibanco,
    Method::NzBankAccount,
    Method::Oxxo,
    Method::Payto,
    Method::SepaDebit,
    Method::UsBankAccount,
];

#[derive(Clone)]
pub struct Stripe {
    client: Arc<stripe::Client>,
    webhook_secret: Option<Arc<[u8]>>,
    delayed: bool,
}

impl Stripe {
    pub fn new(settings: &config::Stripe) -> anyhow::Result<Self> {
        let client = ClientBuilder::new(&settings.secret_key)
            .url(&settings.api_base)
            .timeout(settings.timeout)
            .build()
            .context("The Stripe client cannot be made")?;
        if settings.webhook_secret.is_none() {
            tracing::warn!("STRIPE_WEBHOOK_SECRET is not set: anybody who reaches this site can send it notices");
        }
        let webhook_secret = settings.webhook_secret.as_ref().map(|secret| secret.as_bytes().into());
        Ok(Self { client: client.into(), webhook_secret, delayed: settings.delayed })
    }

    pub fn notice_secret(&self) -> Option<&[u8]> {
        self.webhook_secret.as_deref()
    }

    /// Opens a checkout, or finds the one that was opened for this payment before.
    pub async fn open(&self, charge: &Charge) -> anyhow::Result<Option<Checkout>> {
        let of = charge.order.map_or_else(|| "credits".to_owned(), |order| order.to_string());
        let key = format!("checkout-{of}-{}", charge.payment);
        let ours = charge.payment.to_string();
        let is = |session: &CheckoutSession| session.client_reference_id.as_ref() == Some(&ours);
        let times = Times { opened_at: charge.opened_at, now: charge.now, expires_at: charge.expires_at };
        let session = self.session_for(&self.request(charge), &key, &times, &is).await?;
        Ok(session.map(|session| page(session, &charge.return_url)))
    }

    /// Opens a session under a key, or finds the one that was opened before. None if there is none and it is too late.
    async fn session_for(
        &self,
        request: &CreateCheckoutSession,
        key: &str,
        times: &Times,
        is: &Is<'_>,
    ) -> anyhow::Result<Option<CheckoutSession>> {
        let mut answer = ask(&self.client, request, Some(key)).await;
        if answer.as_ref().is_err_and(is_broken) {
            let found = self.opened_before(times, is).await?;
            if found.is_some() {
                return Ok(found);
            }
            answer = ask(&self.client, request, Some(&anew(key))).await;
        }
        match answer {
            Ok(session) => Ok(Some(session)),
            // An earlier try got through, and what it said was changed since.
            Err(error) if is_other_contents(&error) => {
                self.opened_before(times, is).await?.map(Some).ok_or_else(|| said(error))
            }
            Err(error) if is_refused(&error) && is_too_late(&error, times) => self.opened_before(times, is).await,
            Err(error) => Err(said(error)),
        }
    }

    fn request(&self, charge: &Charge) -> CreateCheckoutSession {
        let mut ours = HashMap::from([("payment".to_owned(), charge.payment.to_string())]);
        ours.extend(charge.order.map(|order| ("order".to_owned(), order.to_string())));
        let mut price = CreateCheckoutSessionLineItemsPriceData::new(currency(&charge.currency));
        price.unit_amount = Some(charge.amount);
        price.product_data = Some(ProductData::new(charge.title.chars().take(NAME).collect::<String>()));
        let mut line = CreateCheckoutSessionLineItems::new();
        line.quantity = Some(1);
        line.price_data = Some(price);
        let mut intent = CreateCheckoutSessionPaymentIntentData::new();
        intent.metadata = Some(ours.clone());
        let mut request = CreateCheckoutSession::new()
            .mode(CheckoutSessionMode::Payment)
            .line_items(vec![line])
            .client_reference_id(charge.payment.to_string())
            .metadata(ours)
            .payment_intent_data(intent)
            .expires_at(seconds(charge.expires_at))
            .success_url(&charge.return_url)
            .cancel_url(&charge.cancel_url);
        // Without an address Stripe asks the buyer.
        if customers::takes(&charge.email) {
            request = request.customer_email(&charge.email);
        }
        if self.delayed { request } else { request.excluded_payment_method_types(DELAYED.to_vec()) }
    }

    /// The session whose answer never reached us: the one of that time, by our clock.
    async fn opened_before(&self, times: &Times, is: &Is<'_>) -> anyhow::Result<Option<CheckoutSession>> {
        let (gte, lte) = (Some(seconds(times.opened_at) - APART), Some(seconds(times.expires_at) + APART));
        let then = RangeQueryTs::Bounds(RangeBoundsTs { gte, lte, ..RangeBoundsTs::default() });
        let mut after = None::<String>;
        for _ in 0..PAGES {
            let mut request = ListCheckoutSession::new().created(then).limit(PAGE);
            if let Some(after) = after {
                request = request.starting_after(after);
            }
            let list = ask(&self.client, &request, None).await.map_err(said)?;
            after = list.data.last().filter(|_| list.has_more).map(|session| session.id.to_string());
            let found = list.data.into_iter().find(|session| is(session));
            if found.is_some() || after.is_none() {
                return Ok(found);
            }
        }
        anyhow::bail!("too many checkouts were opened at Stripe to find one of ours")
    }

    async fn session(&self, reference: &str) -> anyhow::Result<CheckoutSession> {
        let expand = vec!["payment_intent.latest_charge".to_owned()];
        let request = RetrieveCheckoutSession::new(reference).expand(expand);
        ask(&self.client, &request, None).await.map_err(said)
    }

    pub async fn standing(&self, reference: &str) -> anyhow::Result<Standing> {
        if reference.starts_with(invoices::BILL) {
            return self.bill_standing(reference).await;
        }
        let session = self.session(reference).await?;
        let intent = session.payment_intent.as_ref().and_then(Expandable::as_object);
        match (&session.payment_status, &session.status) {
            (CheckoutSessionPaymentStatus::Paid, _) => self.paid(&session, intent).await,
            (_, Some(CheckoutSessionStatus::Open)) => Ok(Standing::Open),
            (_, Some(CheckoutSessionStatus::Expired)) => Ok(Standing::Ended),
            (CheckoutSessionPaymentStatus::Unpaid, Some(CheckoutSessionStatus::Complete)) => Ok(delayed(intent)),
            (paid, status) => {
                anyhow::bail!("Stripe says of {reference} what we do not understand: {paid:?}, {status:?}")
            }
        }
    }

    async fn paid(&self, session: &CheckoutSession, intent: Option<&PaymentIntent>) -> anyhow::Result<Standing> {
        let (amount, currency) = session
            .amount_total
            .zip(session.currency.as_ref())
            .with_context(|| format!("Stripe does not say how much {} is worth", session.id))?;
        let intent = intent.with_context(|| format!("Stripe does not say how {} was paid", session.id))?;
        self.moved(intent, amount, currency).await
    }

    /// What became of money that came.
    async fn moved(&self, intent: &PaymentIntent, amount: i64, currency: &Currency) -> anyhow::Result<Standing> {
        let charge = intent.latest_charge.as_ref().and_then(Expandable::as_object);
        let (mut refunded, mut outside, mut disputes) = (0, Some(0), Vec::new());
        if let Some(charge) = charge {
            let id = intent.id.to_string();
            if charge.amount_refunded > 0 {
                (refunded, outside) = self.given_back(&id, charge.amount_refunded).await?;
            }
            if charge.disputed {
                disputes = self.disputes(&id).await?;
            }
        }
        Ok(Standing::Paid { amount, currency: currency.to_string().to_uppercase(), refunded, outside, disputes })
    }

    /// Ends a session; one that is over already, or paid, stays what it is.
    pub async fn expire(&self, reference: &str) -> anyhow::Result<()> {
        match ask(&self.client, &ExpireCheckoutSession::new(reference), None).await {
            Ok(_) => Ok(()),
            Err(error) if is_refused(&error) => Ok(()),
            Err(error) => Err(said(error)),
        }
    }

    /// The session, or the bill of a plan, that a payment at Stripe belongs to, if it came from one.
    pub async fn checkout_of(&self, intent: &str) -> anyhow::Result<Option<String>> {
        let request = ListCheckoutSession::new().payment_intent(intent).limit(1);
        match ask(&self.client, &request, None).await {
            Ok(list) => match list.data.first() {
                Some(session) => Ok(Some(session.id.to_string())),
                None => self.bill_of(intent).await,
            },
            Err(error) if is_refused(&error) => Ok(None),
            Err(error) => Err(said(error)),
        }
    }
}

/// When a session was wanted first, and how long.
struct Times {
    opened_at: Instant,
    now: Instant,
    expires_at: Instant,
}

/// Whether a session is the wanted one.
type Is<'a> = dyn Fn(&CheckoutSession) -> bool + Send + Sync + 'a;

/// Whether the end of the payment is nearer than Stripe allows for a session.
fn is_too_late(error: &StripeError, times: &Times) -> bool {
    let says_so = matches!(error, StripeError::Stripe(error, _) if error.param.as_deref() == Some("expires_at"));
    says_so || times.now + SHORTEST > times.expires_at
}

/// A session that was paid without our knowing has no page any more: then the way goes on to ours.
fn page(session: CheckoutSession, return_url: &str) -> Checkout {
    let url = session.url.unwrap_or_else(|| return_url.to_owned());
    Checkout { reference: session.id.to_string(), url }
}

/// A checkout that is complete and not paid: the money is under way, or a delayed way of paying has failed.
fn delayed(intent: Option<&PaymentIntent>) -> Standing {
    match intent.map(|intent| &intent.status) {
        Some(PaymentIntentStatus::Canceled | PaymentIntentStatus::RequiresPaymentMethod) => Standing::Ended,
        _ => Standing::OnItsWay,
    }
}

fn currency(code: &str) -> Currency {
    code.to_lowercase().parse().unwrap_or_else(|never| match never {})
}

fn seconds(at: Instant) -> i64 {
    at.timestamp().as_second()
}

fn instant(seconds: i64) -> Instant {
    Instant::from_micros(seconds.saturating_mul(1_000_000))
}
