//! What the tests' own Stripe keeps, and its objects in the shape of the API's
//! (<https://docs.stripe.com/api/checkout/sessions/object> and its neighbours).
use std::collections::HashMap;

use serde_json::{Value, json};

#[derive(Debug, Clone)]
pub struct Session {
    pub id: String,
    /// '' of a plan: each of its bills has one of its own.
    pub intent: String,
    /// What it began, once it is paid.
    pub subscription: Option<String>,
    pub amount: i64,
    pub currency: String,
    /// open, complete or expired
    pub status: &'static str,
    pub paid: bool,
    /// Of a delayed way of paying: processing, requires_payment_method (it failed) or succeeded.
    pub intent_status: &'static str,
    pub created: i64,
    pub expires_at: i64,
    /// Every parameter that it was made with.
    pub asked: HashMap<String, String>,
}

#[derive(Debug, Clone)]
pub struct Refund {
    pub id: String,
    pub intent: String,
    pub amount: i64,
    pub currency: String,
    pub status: &'static str,
    pub created: i64,
    pub metadata: HashMap<String, String>,
}

#[derive(Debug, Clone)]
pub struct Dispute {
    pub id: String,
    pub intent: String,
    pub amount: i64,
    pub currency: String,
    pub status: &'static str,
    pub created: i64,
}

impl Session {
    pub fn said(&self, name: &str) -> &str {
        self.asked.get(name).map_or("", String::as_str)
    }

    fn metadata(&self) -> HashMap<String, String> {
        inner(&self.asked, "metadata")
    }

    /// With its payment and that one's charge in it, if `whole`.
    pub fn json(&self, base: &str, refunded: i64, disputed: bool, whole: bool) -> Value {
        let intent = match (self.paid || self.status == "complete", whole) {
            _ if self.intent.is_empty() => Value::Null,
            (false, _) => Value::Null,
            (true, false) => json!(self.intent),
            (true, true) => self.intent_json(refunded, disputed),
        };
        let url = (self.status == "open").then(|| format!("{base}/pay/{}", self.id));
        json!({
            "id": self.id, "object": "checkout.session", "mode": self.said("mode"), "livemode": false,
            "created": self.created, "customer": self.asked.get("customer"), "subscription": self.subscription,
            "automatic_tax": {"enabled": false, "liability": null, "provider": null, "status": null},
            "custom_fields": [], "shipping_options": [], "payment_method_types": ["card"],
            "custom_text": {"after_submit": null, "shipping_address": null, "submit": null, "terms_of_service_acceptance": null},
            "expires_at": self.expires_at, "status": self.status,
            "payment_status": if self.paid { "paid" } else { "unpaid" },
            "amount_subtotal": self.amount, "amount_total": self.amount, "currency": self.currency,
            "client_reference_id": self.said("client_reference_id"), "metadata": self.metadata(),
            "success_url": self.said("success_url"), "cancel_url": self.said("cancel_url"),
            "payment_intent": intent, "url": url,
        })
    }

    pub fn intent_json(&self, refunded: i64, disputed: bool) -> Value {
        let received = if self.paid { self.amount } else { 0 };
        let charge = if self.paid { self.charge_json(refunded, disputed) } else { Value::Null };
        json!({
            "id": self.intent, "object": "payment_intent", "amount": self.amount, "amount_capturable": 0,
            "amount_received": received, "capture_method": "automatic", "confirmation_method": "automatic",
            "created": self.created, "currency": self.currency, "livemode": false,
            "metadata": inner(&self.asked, "payment_intent_data[metadata]"), "payment_method_types": ["card"],
            "status": self.intent_status, "latest_charge": charge,
        })
    }

    pub fn charge_json(&self, refunded: i64, disputed: bool) -> Value {
        json!({
            "id": self.intent.replace("pi_", "ch_"), "object": "charge", "amount": self.amount,
            "amount_captured": self.amount, "amount_refunded": refunded, "captured": true, "created": self.created,
            "billing_details": {"address": null, "email": null, "name": null, "phone": null, "tax_id": null},
            "currency": self.currency, "disputed": disputed, "livemode": false,
            "metadata": inner(&self.asked, "payment_intent_data[metadata]"), "paid": true,
            "payment_intent": self.intent, "refunded": refunded == self.amount, "status": "succeeded",
        })
    }
}

impl Refund {
    pub fn json(&self) -> Value {
        json!({
            "id": self.id, "object": "refund", "amount": self.amount, "created": self.created,
            "currency": self.currency, "metadata": self.metadata, "payment_intent": self.intent,
            "charge": self.intent.replace("pi_", "ch_"), "status": self.status,
            "failure_reason": (self.status == "failed").then_some("expired_or_canceled_card"),
        })
    }
}

impl Dispute {
    pub fn json(&self) -> Value {
        json!({
            "id": self.id, "object": "dispute", "amount": self.amount, "balance_transactions": [],
            "charge": self.intent.replace("pi_", "ch_"), "created": self.created, "currency": self.currency,
            "enhanced_eligibility_types": [], "evidence": {"enhanced_evidence": {}},
            "evidence_details": {
                "due_by": self.created + 7 * 86_400, "enhanced_eligibility": {}, "has_evidence": false,
                "past_due": false, "submission_count": 0,
            },
            "is_charge_refundable": false, "livemode": false, "metadata": {}, "payment_intent": self.intent,
            "reason": "fraudulent", "status": self.status,
        })
    }
}

/// The entries of `name[…]`.
pub fn inner(asked: &HashMap<String, String>, name: &str) -> HashMap<String, String> {
    let of = |key: &str| key.strip_prefix(name)?.strip_prefix('[')?.strip_suffix(']').map(str::to_owned);
    asked.iter().filter_map(|(key, value)| Some((of(key)?, value.clone()))).collect()
}

/// A notice in the shape of <https://docs.stripe.com/api/events/object>.
pub fn event(id: &str, kind: &str, object: &Value) -> Vec<u8> {
    let event = json!({
        "id": id, "object": "event", "api_version": "2026-09-30.endive", "created": 1_700_000_000, "livemode": false,
        "pending_webhooks": 1, "request": {"id": null, "idempotency_key": null}, "type": kind, "data": {"object": object},
    });
    event.to_string().into_bytes()
}

pub fn list(url: &str, data: &[Value], has_more: bool) -> Value {
    json!({"object": "list", "url": url, "has_more": has_more, "data": data})
}

/// One page of what is listed, as it was asked for.
pub fn paged(url: &str, all: &[Value], asked: &HashMap<String, String>) -> Value {
    let after = asked.get("starting_after");
    let from = after.and_then(|id| all.iter().position(|one| one["id"] == **id)).map_or(0, |at| at + 1);
    let limit: usize = asked.get("limit").and_then(|limit| limit.parse().ok()).unwrap_or(10);
    let page: Vec<Value> = all.iter().skip(from).take(limit).cloned().collect();
    list(url, &page, all.len() > from + limit)
}

pub fn error(kind: &str, message: &str, param: Option<&str>) -> Value {
    json!({"error": {"type": kind, "message": message, "param": param}})
}
