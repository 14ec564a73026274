//! What is billed for a plan at the tests' own Stripe, and how each bill was paid.
use std::collections::HashMap;

use serde_json::{Value, json};

use super::objects::{Session, list};

#[derive(Debug, Clone)]
pub struct Invoice {
    pub id: String,
    pub subscription: String,
    pub customer: String,
    pub price: String,
    /// Below 0 it is taken off a later bill.
    pub total: i64,
    pub due: i64,
    pub currency: String,
    /// draft, open, paid or void
    pub status: &'static str,
    pub created: i64,
    pub paid_at: Option<i64>,
    pub period: (i64, i64),
    /// Why it was made, as subscription_cycle.
    pub reason: &'static str,
    pub metadata: HashMap<String, String>,
}

impl Invoice {
    pub fn json(&self) -> Value {
        let paid = if self.status == "paid" { self.due } else { 0 };
        let line = json!({
            "id": self.id.replace("in_", "il_"), "object": "line_item", "amount": self.total, "currency": self.currency,
            "description": null, "discountable": true, "discounts": [], "invoice": self.id, "livemode": false,
            "metadata": self.metadata, "period": {"start": self.period.0, "end": self.period.1}, "quantity": 1,
            "subtotal": self.total, "pricing": {
                "price_details": {"price": self.price, "product": "prod_of_it"}, "type": "price_details",
                "unit_amount_decimal": null,
            },
        });
        json!({
            "id": self.id, "object": "invoice", "livemode": false, "created": self.created, "status": self.status,
            "amount_due": self.due, "amount_overpaid": 0, "amount_paid": paid, "amount_remaining": self.due - paid,
            "amount_shipping": 0, "attempt_count": 1, "attempted": true, "billing_reason": self.reason,
            "automatic_tax": {"disabled_reason": null, "enabled": false, "liability": null, "provider": null, "status": null},
            "collection_method": "charge_automatically", "currency": self.currency, "customer": self.customer,
            "default_tax_rates": [], "discounts": [], "issuer": {"type": "self"},
            "hosted_invoice_url": format!("https://invoice.stripe.com/i/{}", self.id),
            "lines": list(&format!("/v1/invoices/{}/lines", self.id), &[line], false), "metadata": {},
            "parent": {"quote_details": null, "type": "subscription_details", "subscription_details": {
                "metadata": self.metadata, "subscription": self.subscription,
            }},
            "payment_settings": {"default_mandate": null, "payment_method_options": null, "payment_method_types": null},
            // The period before the one that is paid for.
            "period_end": self.created, "period_start": self.created,
            "post_payment_credit_notes_amount": 0, "pre_payment_credit_notes_amount": 0, "starting_balance": 0,
            "status_transitions": {
                "finalized_at": self.created, "marked_uncollectible_at": null, "paid_at": self.paid_at, "voided_at": null,
            },
            "subtotal": self.total, "total": self.total,
        })
    }
}

impl Invoice {
    /// The payment of it, as a checkout would have it.
    pub fn payment(&self) -> Session {
        Session {
            id: String::new(),
            intent: self.id.replace("in_", "pi_of_"),
            subscription: None,
            amount: self.due,
            currency: self.currency.clone(),
            status: "complete",
            paid: true,
            intent_status: "succeeded",
            created: self.created,
            expires_at: self.created,
            asked: HashMap::new(),
        }
    }

    pub fn payment_json(&self) -> Value {
        json!({
            "id": self.id.replace("in_", "inpay_"), "object": "invoice_payment", "amount_paid": self.due,
            "amount_requested": self.due, "created": self.created, "currency": self.currency, "invoice": self.id,
            "is_default": true, "livemode": false, "status": "paid",
            "payment": {"type": "payment_intent", "payment_intent": self.payment().intent},
            "status_transitions": {"canceled_at": null, "paid_at": self.paid_at},
        })
    }
}
