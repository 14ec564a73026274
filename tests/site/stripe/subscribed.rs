//! Plans at the tests' own Stripe: what is paid every month, and the bills of it.
use std::collections::HashMap;

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::bills::Invoice;
use super::books::{Answer, Asked, Books, missing, refused};
use super::goods::Price;
use super::objects::{Session, error, inner, list, paged};

/// Of this Stripe alone each has thirty days.
pub const MONTH: i64 = 30 * 86_400;

#[derive(Debug, Clone)]
pub struct Subscription {
    pub id: String,
    pub customer: String,
    pub price: String,
    /// active, past_due or canceled
    pub status: &'static str,
    pub created: i64,
    pub period: (i64, i64),
    pub ends_at_period_end: bool,
    /// The day on which it ends, as the portal sets it.
    pub cancel_at: Option<i64>,
    pub ended_at: Option<i64>,
    pub metadata: HashMap<String, String>,
}

impl Subscription {
    fn json(&self, price: &Price, latest: Option<&Invoice>) -> Value {
        let plan = json!({
            "id": price.id, "object": "plan", "active": price.active, "amount": price.amount, "billing_scheme": "per_unit",
            "created": price.created, "currency": price.currency, "interval": "month", "interval_count": 1,
            "livemode": false, "metadata": {}, "product": price.product, "usage_type": "licensed",
        });
        let item = json!({
            "id": self.id.replace("sub_", "si_"), "object": "subscription_item", "created": self.created,
            "current_period_start": self.period.0, "current_period_end": self.period.1, "discounts": [], "metadata": {},
            "plan": plan, "price": price.json(), "quantity": 1, "subscription": self.id, "tax_rates": [],
        });
        json!({
            "id": self.id, "object": "subscription", "livemode": false, "created": self.created, "status": self.status,
            "automatic_tax": {"disabled_reason": null, "enabled": false, "liability": null},
            "billing_cycle_anchor": self.created, "billing_mode": {"flexible": null, "type": "flexible"}, "billing_schedules": [],
            "cancel_at": self.cancel_at.or(self.ends_at_period_end.then_some(self.period.1)),
            "cancel_at_period_end": self.ends_at_period_end, "canceled_at": self.ended_at, "ended_at": self.ended_at,
            "collection_method": "charge_automatically", "currency": price.currency, "customer": self.customer,
            "default_tax_rates": [], "discounts": [], "invoice_settings": {"account_tax_ids": null, "issuer": {"type": "self"}},
            "items": list(&format!("/v1/subscription_items?subscription={}", self.id), &[item], false),
            "latest_invoice": latest.map(|invoice| &invoice.id), "metadata": self.metadata, "start_date": self.created,
        })
    }
}

impl Books {
    /// None if it is about something else.
    pub(super) fn plans(&mut self, method: &str, parts: &[&str], asked: &Asked) -> Option<Answer> {
        Some(match (method, parts) {
            ("GET", ["subscriptions", id]) => self.subscribed(id).map(|of| self.subscription_json(&of)),
            ("POST", ["subscriptions", id]) => self.mend_subscription(id, asked),
            // One that is over is not found by this.
            ("DELETE", ["subscriptions", id]) => self.subscribed(id).and_then(|of| match of.status {
                "canceled" => Err(missing("subscription", id)),
                _ => Ok(self.end(id)),
            }),
            ("GET", ["invoices"]) => {
                let of = |invoice: &&Invoice| asked.get("subscription").is_none_or(|of| invoice.subscription == *of);
                let all: Vec<Value> = self.invoices.iter().rev().filter(of).map(Invoice::json).collect();
                Ok(paged("/v1/invoices", &all, asked))
            }
            ("GET", ["invoice_payments"]) => {
                let (of, intent) = (asked.get("invoice"), asked.get("payment[payment_intent]"));
                let fits = |one: &&Invoice| {
                    one.status == "paid"
                        && one.due > 0
                        && of.is_none_or(|of| one.id == *of)
                        && intent.is_none_or(|intent| one.payment().intent == *intent)
                };
                let all: Vec<Value> = self.invoices.iter().filter(fits).map(Invoice::payment_json).collect();
                Ok(paged("/v1/invoice_payments", &all, asked))
            }
            ("GET", ["payment_intents", id]) => {
                let found = self.invoices.iter().map(Invoice::payment).find(|payment| payment.intent == **id);
                let disputed = self.disputes.iter().any(|dispute| dispute.intent == **id);
                let json = |payment: Session| payment.intent_json(self.given_back(id), disputed);
                found.map(json).ok_or_else(|| missing("payment_intent", id))
            }
            _ => return None,
        })
    }

    fn subscribed(&self, id: &str) -> Result<Subscription, (StatusCode, Value)> {
        let found = self.subscriptions.iter().find(|of| of.id == id);
        found.cloned().ok_or_else(|| missing("subscription", id))
    }

    fn price(&self, id: &str) -> Result<Price, (StatusCode, Value)> {
        self.prices.iter().find(|price| price.id == id).cloned().ok_or_else(|| missing("price", id))
    }

    pub fn subscription_json(&self, of: &Subscription) -> Value {
        let price = self.price(&of.price).expect("its price");
        let latest = self.invoices.iter().rev().find(|invoice| invoice.subscription == of.id);
        of.json(&price, latest)
    }

    fn change(&mut self, id: &str, change: impl FnOnce(&mut Subscription)) {
        change(self.subscriptions.iter_mut().find(|of| of.id == id).expect("a subscription"));
    }

    /// What a month costs of what a session asks for.
    pub(super) fn monthly(&mut self, asked: &Asked) -> Result<(i64, String), (StatusCode, Value)> {
        let said = |name: &str| asked.get(name).cloned().unwrap_or_default();
        self.customer(&said("customer"))?;
        let price = self.price(&said("line_items[0][price]"))?;
        if !price.active || !price.monthly || said("line_items[0][quantity]") != "1" {
            return Err(refused("You must provide an active recurring price in subscription mode", Some("line_items")));
        }
        Ok((price.amount, price.currency))
    }

    /// A session was paid: the subscription begins, with its first bill.
    pub(super) fn begins(&mut self, session: &Session) -> String {
        let (id, now) = (self.next("sub"), self.now());
        self.subscriptions.push(Subscription {
            id: id.clone(),
            customer: session.said("customer").to_owned(),
            price: session.said("line_items[0][price]").to_owned(),
            status: "active",
            created: now,
            period: (now, now + MONTH),
            ends_at_period_end: false,
            cancel_at: None,
            ended_at: None,
            metadata: inner(&session.asked, "subscription_data[metadata]"),
        });
        // The card of the pay page is the customer's from now on.
        self.customer(session.said("customer")).expect("its customer").card_pays = true;
        self.bill(&id, session.amount, "subscription_create");
        id
    }

    /// Bills it, what is in the customer's favour taken off. True if it was paid.
    fn bill(&mut self, id: &str, total: i64, reason: &'static str) -> bool {
        let of = self.subscribed(id).expect("a subscription");
        let price = self.price(&of.price).expect("its price");
        let (invoice, now) = (self.next("in"), self.now());
        let customer = self.customer(&of.customer).expect("its customer");
        let due = (total + customer.balance).max(0);
        customer.balance += total - due;
        let pays = due == 0 || customer.card_pays;
        self.invoices.push(Invoice {
            id: invoice,
            subscription: id.to_owned(),
            customer: of.customer,
            price: of.price,
            total,
            due,
            currency: price.currency,
            status: if pays { "paid" } else { "open" },
            created: now,
            paid_at: pays.then_some(now),
            // A change is billed for the rest of the month.
            period: if reason == "subscription_update" { (now, of.period.1) } else { of.period },
            reason,
            metadata: of.metadata,
        });
        pays
    }

    /// The month is over: the next one is billed, or it ends.
    pub fn month_later(&mut self, id: &str) {
        let of = self.subscribed(id).expect("a subscription");
        if of.ends_at_period_end || of.cancel_at.is_some_and(|at| at <= of.period.1) {
            self.end(id);
            return;
        }
        self.change(id, |of| of.period = (of.period.1, of.period.1 + MONTH));
        let amount = self.price(&of.price).expect("its price").amount;
        let status = if self.bill(id, amount, "subscription_cycle") { "active" } else { "past_due" };
        self.change(id, |of| of.status = status);
    }

    /// The card works again, and what was open is taken from it.
    pub fn recovers(&mut self, id: &str) {
        let (of, now) = (self.subscribed(id).expect("a subscription"), self.now());
        self.customer(&of.customer).expect("its customer").card_pays = true;
        for invoice in self.invoices.iter_mut().filter(|one| one.subscription == id && one.status == "open") {
            (invoice.status, invoice.paid_at) = ("paid", Some(now));
        }
        self.change(id, |of| of.status = "active");
    }

    /// At the portal: it ends with the month, or goes on after all.
    pub fn cancelled_at_the_portal(&mut self, id: &str, yes: bool) {
        self.change(id, |of| of.cancel_at = yes.then_some(of.period.1));
    }

    /// Over now, by us, by its owner or at the dashboard.
    pub fn end(&mut self, id: &str) -> Value {
        let now = self.now();
        self.change(id, |of| (of.status, of.ended_at) = ("canceled", Some(now)));
        for invoice in self.invoices.iter_mut().filter(|one| one.subscription == id && one.status == "open") {
            invoice.status = "void";
        }
        self.subscription_json(&self.subscribed(id).expect("a subscription"))
    }

    fn mend_subscription(&mut self, id: &str, asked: &Asked) -> Answer {
        let of = self.subscribed(id)?;
        if of.status == "canceled" {
            return Err(refused(
                "A canceled subscription can only update its cancellation_details and metadata.",
                None,
            ));
        }
        if let Some(yes) = asked.get("cancel_at_period_end") {
            self.change(id, |of| of.ends_at_period_end = yes == "true");
        }
        if let Some(day) = asked.get("cancel_at") {
            self.change(id, |of| of.cancel_at = day.parse().ok());
        }
        if let Some(price) = asked.get("items[0][price]") {
            if asked.get("items[0][id]") != Some(&id.replace("sub_", "si_")) {
                return Err(refused("The item must be named, or a second one is made", Some("items[0][id]")));
            }
            self.change_price(&of, price, asked)?;
        }
        Ok(self.subscription_json(&self.subscribed(id)?))
    }

    /// The rest of the month at the new price, less the rest of it at the old one, is billed at once, unless nothing
    /// shall be counted.
    fn change_price(&mut self, of: &Subscription, to: &str, asked: &Asked) -> Result<(), (StatusCode, Value)> {
        let (old, new) = (self.price(&of.price)?, self.price(to)?);
        let counted = asked.get("proration_behavior").map(String::as_str);
        if new.active && counted == Some("none") {
            self.change(&of.id, |of| new.id.clone_into(&mut of.price));
            return Ok(());
        }
        if !new.active || counted != Some("always_invoice") {
            return Err(refused("The price specified is inactive, or the change is not billed now", Some("items")));
        }
        let left = (of.period.1 - self.now()).clamp(0, MONTH);
        let difference = (new.amount - old.amount) * left / MONTH;
        let customer = self.customer(&of.customer)?;
        let strict = asked.get("payment_behavior").map(String::as_str) == Some("error_if_incomplete");
        if difference + customer.balance > 0 && !customer.card_pays && strict {
            return Err((StatusCode::PAYMENT_REQUIRED, error("card_error", "Your card was declined.", None)));
        }
        self.change(&of.id, |of| new.id.clone_into(&mut of.price));
        if !self.bill(&of.id, difference, "subscription_update") {
            self.change(&of.id, |of| of.status = "past_due");
        }
        Ok(())
    }
}
