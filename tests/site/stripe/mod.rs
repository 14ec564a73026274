//! The site with a Stripe account: paid, told, given back and disputed at a Stripe of our own, in all weathers.
mod account;
mod bills;
mod books;
mod cancelling;
mod credits;
mod description;
mod giving;
mod goods;
mod killed;
mod left;
mod notices;
mod objects;
mod official;
mod on_its_way;
mod pages;
mod paying;
mod plan_changes;
mod plan_money;
mod plan_pages;
mod plan_quiet;
mod plan_storms;
mod plan_tabs;
mod plans;
mod products;
mod settled;
mod storms;
mod subscribed;
mod subscriptions;
mod told;
mod weather;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use marquee::events::Event;
use marquee::orders::{self, Order};
use marquee::payments::{self, Payment, Refund};
use tower::ServiceExt;

use crate::browser::Browser;
use crate::payments::{buy, latest};
use crate::site::Site;
use account::{Account, KEY, Weather};
use description::Description;
use objects::{Session, event as notice};

pub const CHF_28: i64 = 2_800;
const SECRET: &str = "whsec_marquee";
const OURS: &str = "http://localhost:8080";

/// A site and the Stripe account that it takes money with.
pub struct Till {
    pub site: Site,
    pub stripe: Account,
}

/// What was asked of Stripe has the shape that Stripe describes, wherever the description is at hand.
impl Drop for Till {
    fn drop(&mut self) {
        let Some(description) = Description::at_hand().filter(|_| !std::thread::panicking()) else { return };
        let unknown = self.stripe.books(|books| description.unknown(&books.requests));
        assert!(unknown.is_empty(), "not in Stripe's description:\n{}", unknown.join("\n"));
    }
}

impl Till {
    pub async fn open() -> Self {
        Self::with(&[("STRIPE_WEBHOOK_SECRET", SECRET)]).await
    }

    /// It waits for Stripe no longer than a second: where Stripe may be silent.
    pub async fn hasty() -> Self {
        Self::with(&[("STRIPE_WEBHOOK_SECRET", SECRET), ("STRIPE_TIMEOUT_SECONDS", "1")]).await
    }

    pub async fn with(more: &[(&str, &str)]) -> Self {
        let stripe = Account::open().await;
        let base = stripe.base();
        let mut settings =
            vec![("STRIPE_SECRET_KEY", KEY), ("STRIPE_API_BASE", base.as_str()), ("STRIPE_TIMEOUT_SECONDS", "60")];
        settings.extend_from_slice(more);
        let site = Site::with(&settings).await;
        let clock = site.app.clock.clone();
        stripe.books(|books| books.clock = clock);
        Self { site, stripe }
    }

    /// A member with one place in hand, before the way to Stripe.
    pub async fn in_hand(&self, event: &Event, name: &str) -> Browser {
        let mut browser = self.site.member(name).await;
        browser.visit(&event.path()).await;
        buy(&mut browser).await.is(200).sees("Kept for you until");
        browser
    }

    /// The same at Stripe's page.
    pub async fn at_stripe(&self, event: &Event, name: &str) -> (Browser, Session) {
        let mut browser = self.in_hand(event, name).await;
        browser.press_starting("Pay CHF").await;
        let session = self.stripe.session();
        assert_eq!(browser.path, format!("{}/pay/{}", self.stripe.base(), session.id));
        (browser, session)
    }

    /// An order that is paid.
    pub async fn bought(&self, event: &Event, name: &str) -> (Browser, Order, Session) {
        let (mut browser, session) = self.at_stripe(event, name).await;
        self.stripe.pay(&session.id);
        self.back(&mut browser, &session).await.is(200).sees("You’re going");
        self.site.work().await;
        let (order, ..) = latest(&self.site, event).await;
        (browser, order, session)
    }

    /// Stripe sends the buyer back to us.
    pub async fn back<'a>(&self, browser: &'a mut Browser, session: &Session) -> &'a mut Browser {
        let path = session.said("success_url").strip_prefix(OURS).expect("a page of ours").to_owned();
        browser.visit(&path).await
    }

    pub async fn now(&self, order: &Order) -> (Order, Vec<Payment>, Vec<Refund>) {
        let db = &self.site.app.db;
        let fresh = orders::store::by_id(db, order.id).await.unwrap().unwrap();
        let payments = payments::store::of_order(db, order.id).await.unwrap();
        (fresh, payments, payments::store::refunds_of_order(db, order.id).await.unwrap())
    }

    /// The notice that Stripe sends of a session as it is now.
    pub fn of_session(&self, id: &str, kind: &str, session: &str) -> Vec<u8> {
        let object = self.stripe.books(|books| {
            let session = books.sessions.iter().find(|one| one.id == session).cloned().expect("a session");
            books.json(&session, false)
        });
        notice(id, kind, &object)
    }

    /// Posts a notice with Stripe's signature.
    pub async fn tell(&self, body: &[u8]) -> StatusCode {
        let signature = payments::notices::sign(SECRET.as_bytes(), body, self.site.now());
        self.post(body, Some(&signature)).await
    }

    pub async fn post(&self, body: &[u8], signature: Option<&str>) -> StatusCode {
        let mut request = Request::post("/webhooks/stripe").header("content-type", "application/json");
        if let Some(signature) = signature {
            request = request.header("stripe-signature", signature);
        }
        let request = request.body(Body::from(body.to_vec())).unwrap();
        self.site.router.clone().oneshot(request).await.unwrap().status()
    }

    /// Tells it, and lets the site do what follows.
    pub async fn told(&self, body: &[u8]) {
        assert_eq!(self.tell(body).await, 200);
        self.site.work().await;
    }
}
