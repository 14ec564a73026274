//! What admins type about products and plans.
use serde::Deserialize;

use super::products::Making;
use super::{Plan, Tier};
use crate::forms::{Errors, Reader};
use crate::i18n::Currency;
use crate::money;

/// A limit at most.
const MOST: i64 = 1_000_000;

/// A new product.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct NewProduct {
    pub name: String,
    pub amount: String,
    /// Not '' if it is paid every month.
    pub monthly: String,
    pub reason: String,
}

impl NewProduct {
    pub fn parse(&self, currency: Currency) -> Result<(Making, String), Errors> {
        let mut reader = Reader::default();
        let name = reader.required("name", &self.name, 80, t!("Say what the product is called."));
        if self.amount.trim().is_empty() {
            reader.errors.add("amount", t!("Say what it costs; 0 is nothing."));
        }
        let amount = money::read(&mut reader, "amount", &self.amount, currency);
        let reason = reader.required("reason", &self.reason, 300, t!("Say why. It stands in the journal."));
        let monthly = !self.monthly.is_empty();
        reader.errors.or(|| (Making::named(&name, amount, currency.code(), monthly), reason))
    }
}

/// What a plan shall allow and cost. An empty limit is none.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct TypedPlan {
    pub price: String,
    pub events: String,
    pub attendees: String,
    pub hosts: String,
    pub announcements: String,
    pub credits: String,
    pub reason: String,
}

impl TypedPlan {
    pub fn of(plan: &Plan) -> Self {
        let limit = |of: Option<i64>| of.map_or_else(String::new, |n| n.to_string());
        let currency = Currency::new(&plan.currency).unwrap_or(Currency::NONE);
        Self {
            price: money::typed(plan.price, currency),
            events: limit(plan.events),
            attendees: limit(plan.attendees),
            hosts: limit(plan.hosts),
            announcements: limit(plan.announcements),
            credits: plan.credits.to_string(),
            reason: String::new(),
        }
    }

    pub fn parse(&self, tier: Tier, currency: Currency) -> Result<(Plan, String), Errors> {
        let mut reader = Reader::default();
        let r = &mut reader;
        let price = money::read(r, "price", &self.price, currency);
        if tier == Tier::Free && price > 0 {
            r.errors.add("price", t!("The plan Free costs nothing."));
        } else if tier != Tier::Free && price == 0 && r.errors.on("price").is_none() {
            r.errors.add("price", t!("Say what it costs a month. Only the plan Free costs nothing."));
        }
        let events = r.number("events", &self.events, 0, MOST);
        let attendees = r.number("attendees", &self.attendees, 1, MOST);
        let hosts = r.number("hosts", &self.hosts, 0, MOST);
        let announcements = r.number("announcements", &self.announcements, 0, MOST);
        // Credits come with a month that is paid.
        let most = if tier == Tier::Free { 0 } else { MOST };
        let credits = r.number("credits", &self.credits, 0, most).unwrap_or(0);
        let reason = r.required("reason", &self.reason, 300, t!("Say why. It stands in the journal."));
        let currency = currency.code().to_owned();
        reader.errors.or(|| {
            let plan = Plan { tier, price, currency, events, attendees, hosts, announcements, credits };
            (plan, reason)
        })
    }
}
