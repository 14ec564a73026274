//! The books of the tests' own Stripe, and what its API does with them.
use std::collections::HashMap;

use axum::http::{Method, StatusCode};
use marquee::clock::Clock;
use serde_json::Value;

use super::account::Weather;
use super::bills::Invoice;
use super::goods::{Customer, Price, Product};
use super::objects::{Dispute, Refund, Session, error, inner, list, paged};
use super::subscribed::Subscription;

type Forecast = dyn FnMut(&str) -> Weather + Send;

pub struct Books {
    pub base: String,
    pub clock: Clock,
    pub sessions: Vec<Session>,
    pub refunds: Vec<Refund>,
    pub disputes: Vec<Dispute>,
    pub customers: Vec<Customer>,
    pub products: Vec<Product>,
    pub prices: Vec<Price>,
    pub subscriptions: Vec<Subscription>,
    pub invoices: Vec<Invoice>,
    /// Pages for customers: their names, whose they are and where they lead back to.
    pub portals: Vec<(String, String, String)>,
    /// Whether the search has caught up: it is a minute behind.
    pub searchable: bool,
    /// The state that new refunds begin in.
    pub refunds_are: &'static str,
    /// What was asked, as `POST refunds`.
    pub asked: Vec<String>,
    /// The same whole: the method, the path, and what came with it.
    pub requests: Vec<(String, String, String)>,
    pub weather: Box<Forecast>,
    /// The site that the pay page sends notices to, and the secret that signs them.
    pub listener: Option<(String, String)>,
    keys: HashMap<String, (String, Answer)>,
    made: u64,
}

pub(super) type Answer = Result<Value, (StatusCode, Value)>;
/// The parameters of a request, as `line_items[0][price]`.
pub(super) type Asked = HashMap<String, String>;

pub(super) fn refused(message: &str, param: Option<&str>) -> (StatusCode, Value) {
    (StatusCode::BAD_REQUEST, error("invalid_request_error", message, param))
}

impl Books {
    pub fn new(base: String) -> Self {
        Self {
            base,
            clock: Clock::default(),
            sessions: Vec::new(),
            refunds: Vec::new(),
            disputes: Vec::new(),
            customers: Vec::new(),
            products: Vec::new(),
            prices: Vec::new(),
            subscriptions: Vec::new(),
            invoices: Vec::new(),
            portals: Vec::new(),
            searchable: true,
            refunds_are: "succeeded",
            asked: Vec::new(),
            requests: Vec::new(),
            weather: Box::new(|_| Weather::Fair),
            listener: None,
            keys: HashMap::new(),
            made: 0,
        }
    }

    pub(super) fn next(&mut self, kind: &str) -> String {
        self.made += 1;
        format!("{kind}_{}", self.made)
    }

    pub fn now(&self) -> i64 {
        self.clock.now().timestamp().as_second()
    }

    /// A key that was used answers what it answered; with other contents it is refused.
    pub fn once(&mut self, method: &Method, path: &str, asked: &Asked, key: &str, text: &str) -> Answer {
        let named = format!("{path}?{}", sorted(text));
        match self.keys.get(key).filter(|_| !key.is_empty()) {
            Some((before, answer)) if *before == named => return answer.clone(),
            Some(_) => {
                let message = "Keys for idempotent requests can only be used with the same parameters";
                return Err((StatusCode::BAD_REQUEST, error("idempotency_error", message, None)));
            }
            None => {}
        }
        let answer = self.act(method, path, asked);
        // What was refused before anything was tried may be asked again.
        let tried = answer.as_ref().err().is_none_or(|(status, _)| *status == StatusCode::PAYMENT_REQUIRED);
        if !key.is_empty() && tried {
            self.keys.insert(key.to_owned(), (named, answer.clone()));
        }
        answer
    }

    /// It breaks over the request, and keeps that as its answer.
    pub fn breaks(&mut self, path: &str, key: &str, text: &str) {
        let answer = Err((StatusCode::INTERNAL_SERVER_ERROR, error("api_error", "something broke", None)));
        self.keys.entry(key.to_owned()).or_insert((format!("{path}?{}", sorted(text)), answer));
    }

    /// As after a day.
    pub fn forget_keys(&mut self) {
        self.keys.clear();
    }

    fn act(&mut self, method: &Method, path: &str, asked: &Asked) -> Answer {
        let now = self.now();
        for session in self.sessions.iter_mut().filter(|session| session.status == "open" && session.expires_at <= now)
        {
            session.status = "expired";
        }
        let parts: Vec<&str> = path.split('/').collect();
        let whole = asked.keys().any(|name| name.starts_with("expand"));
        match (method.as_str(), parts.as_slice()) {
            ("POST", ["checkout", "sessions"]) => self.open_session(asked),
            ("GET", ["checkout", "sessions"]) => Ok(self.list_sessions(asked)),
            ("GET", ["checkout", "sessions", id]) => Ok(self.json(&self.found(id)?, whole)),
            ("POST", ["checkout", "sessions", id, "expire"]) => self.expire(id),
            ("POST", ["refunds"]) => self.refund(asked),
            ("GET", ["refunds"]) => {
                let intent = asked.get("payment_intent").cloned().unwrap_or_default();
                let of: Vec<_> =
                    self.refunds.iter().filter(|refund| refund.intent == intent).map(Refund::json).collect();
                Ok(list("/v1/refunds", &of, false))
            }
            ("GET", ["refunds", id]) => {
                let found = self.refunds.iter().find(|refund| refund.id == *id);
                found.map(Refund::json).ok_or_else(|| missing("refund", id))
            }
            ("GET", ["disputes"]) => {
                let intent = asked.get("payment_intent").cloned().unwrap_or_default();
                let of: Vec<_> = self.disputes.iter().filter(|it| it.intent == intent).map(Dispute::json).collect();
                Ok(list("/v1/disputes", &of, false))
            }
            (method, parts) => {
                self.goods(method, parts, asked).or_else(|| self.plans(method, parts, asked)).unwrap_or_else(|| {
                    Err((StatusCode::NOT_FOUND, error("invalid_request_error", "Unrecognized request URL", None)))
                })
            }
        }
    }

    fn found(&self, id: &str) -> Result<Session, (StatusCode, Value)> {
        let found = self.sessions.iter().find(|session| session.id == id);
        found.cloned().ok_or_else(|| missing("checkout.session", id))
    }

    pub fn json(&self, session: &Session, whole: bool) -> Value {
        let disputed = self.disputes.iter().any(|dispute| dispute.intent == session.intent);
        session.json(&self.base, self.given_back(&session.intent), disputed, whole)
    }

    pub fn given_back(&self, intent: &str) -> i64 {
        let counts = |refund: &&Refund| refund.intent == intent && !matches!(refund.status, "failed" | "canceled");
        self.refunds.iter().filter(counts).map(|refund| refund.amount).sum()
    }

    /// What a session of one payment asks for, its price in it.
    fn once_paid(asked: &Asked) -> Result<(i64, String), (StatusCode, Value)> {
        let said = |name: &str| asked.get(name).map(String::as_str).unwrap_or_default();
        let price = |name: &str| said(&format!("line_items[0][price_data]{name}")).to_owned();
        let amount: i64 =
            price("[unit_amount]").parse().map_err(|_| refused("Invalid integer", Some("unit_amount")))?;
        if said("line_items[0][quantity]") != "1" || price("[product_data][name]").is_empty() {
            return Err(refused("Missing required param", None));
        }
        Ok((amount, price("[currency]")))
    }

    fn open_session(&mut self, asked: &Asked) -> Answer {
        let said = |name: &str| asked.get(name).map(String::as_str).unwrap_or_default();
        let (now, expires_at) = (self.now(), said("expires_at").parse().unwrap_or(0));
        if !(now + 30 * 60..=now + 24 * 3600).contains(&expires_at) {
            return Err(refused("The `expires_at` timestamp must be at least 30 minutes from now", Some("expires_at")));
        }
        let (amount, currency) = match said("mode") {
            "payment" => Self::once_paid(asked)?,
            "subscription" => self.monthly(asked)?,
            _ => return Err(refused("Missing required param", Some("mode"))),
        };
        for name in ["success_url", "cancel_url"] {
            if !said(name).starts_with("http") {
                return Err(refused("Not a valid URL", Some(name)));
            }
        }
        let session = Session {
            id: self.next("cs_test"),
            intent: if said("mode") == "payment" { self.next("pi") } else { String::new() },
            subscription: None,
            amount,
            currency,
            status: "open",
            paid: false,
            intent_status: "requires_payment_method",
            created: now,
            expires_at,
            asked: asked.clone(),
        };
        let answer = self.json(&session, false);
        self.sessions.push(session);
        Ok(answer)
    }

    /// The newest first.
    fn list_sessions(&self, asked: &Asked) -> Value {
        let bound = |name: &str| asked.get(name).and_then(|at| at.parse::<i64>().ok());
        let intent = asked.get("payment_intent");
        let fits = |session: &&Session| {
            intent.is_none_or(|intent| session.intent == *intent && session.status == "complete")
                && bound("created[gte]").is_none_or(|at| session.created >= at)
                && bound("created[lte]").is_none_or(|at| session.created <= at)
        };
        let all: Vec<Value> =
            self.sessions.iter().rev().filter(fits).map(|session| self.json(session, false)).collect();
        paged("/v1/checkout/sessions", &all, asked)
    }

    /// The buyer pays.
    pub fn pay(&mut self, id: &str) {
        let session = self.sessions.iter_mut().find(|session| session.id == id).expect("a session");
        (session.status, session.paid, session.intent_status) = ("complete", true, "succeeded");
        if session.said("mode") == "subscription" && session.subscription.is_none() {
            let paid = session.clone();
            let begun = self.begins(&paid);
            self.sessions.iter_mut().filter(|one| one.id == id).for_each(|one| one.subscription = Some(begun.clone()));
        }
    }

    fn expire(&mut self, id: &str) -> Answer {
        let open = self.sessions.iter_mut().find(|session| session.id == id && session.status == "open");
        open.ok_or_else(|| refused("Only Checkout Sessions with a status of open can be expired", None))?.status =
            "expired";
        Ok(self.json(&self.found(id)?, false))
    }

    fn refund(&mut self, asked: &Asked) -> Answer {
        let intent = asked.get("payment_intent").cloned().unwrap_or_default();
        let of_bills = || self.invoices.iter().filter(|bill| bill.status == "paid").map(Invoice::payment);
        let paid = self.sessions.iter().find(|session| session.intent == intent && session.paid).cloned();
        let paid = paid.or_else(|| of_bills().find(|paid| paid.intent == intent));
        let Some(paid) = paid else { return Err(missing("payment_intent", &intent)) };
        let left = paid.amount - self.given_back(&intent);
        let amount = asked.get("amount").and_then(|amount| amount.parse().ok()).unwrap_or(left);
        if left == 0 {
            return Err(refused("Charge has already been refunded.", None));
        }
        if !(1..=left).contains(&amount) {
            return Err(refused("Refund amount is greater than unrefunded amount on charge", Some("amount")));
        }
        let made = self.give_back(&paid, amount, inner(asked, "metadata"));
        Ok(made.json())
    }

    /// Also what somebody does at the dashboard, with nothing of ours in it.
    pub fn give_back(&mut self, session: &Session, amount: i64, metadata: HashMap<String, String>) -> Refund {
        let refund = Refund {
            id: self.next("re"),
            intent: session.intent.clone(),
            amount,
            currency: session.currency.clone(),
            status: self.refunds_are,
            created: self.now(),
            metadata,
        };
        self.refunds.push(refund.clone());
        refund
    }

    /// The buyer's bank asks all of it back.
    pub fn dispute(&mut self, session: &Session) -> Dispute {
        let dispute = Dispute {
            id: self.next("du"),
            intent: session.intent.clone(),
            amount: session.amount,
            currency: session.currency.clone(),
            status: "needs_response",
            created: self.now(),
        };
        self.disputes.push(dispute.clone());
        dispute
    }
}

pub(super) fn missing(kind: &str, id: &str) -> (StatusCode, Value) {
    (StatusCode::NOT_FOUND, error("invalid_request_error", &format!("No such {kind}: '{id}'"), Some("id")))
}

/// The client keeps metadata in a map, so the order of parameters says nothing.
fn sorted(text: &str) -> String {
    let mut parts: Vec<&str> = text.split('&').collect();
    parts.sort_unstable();
    parts.join("&")
}
