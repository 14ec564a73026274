//! What a host types about a new promo code.
use serde::Deserialize;

use super::{LONGEST, Planned};
use crate::clock::Instant;
use crate::events::planning::Clocks;
use crate::events::{Event, TicketType};
use crate::forms::{Errors, Reader};
use crate::money;
use crate::orders::price::Off;
use crate::web::Fields;

words! {
    pub enum Kind { Percent = "percent", Amount = "amount" }
}

/// As typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    pub code: String,
    pub kind: String,
    pub value: String,
    pub uses: String,
    pub from: String,
    pub until: String,
    #[serde(skip)]
    pub types: Vec<String>,
}

impl Typed {
    pub fn read(fields: &Fields) -> Self {
        let text = |name| fields.text(name).to_owned();
        Self {
            code: text("code"),
            kind: text("kind"),
            value: text("value"),
            uses: text("uses"),
            from: text("from"),
            until: text("until"),
            types: fields.all("type").map(str::to_owned).collect(),
        }
    }

    pub fn is_for(&self, of: &TicketType) -> bool {
        self.types.contains(&of.id.to_string())
    }

    /// What it asks for, or all that is wrong with it. Times are those of the event's clocks.
    pub fn parse(&self, event: &Event, types: &[TicketType]) -> Result<Planned, Errors> {
        let mut r = Reader::default();
        let code = r.line("code", &self.code, LONGEST);
        if code.contains(char::is_whitespace) || (1..3).contains(&code.chars().count()) {
            r.errors.add("code", t!("Choose a code of three characters or more, without spaces."));
        }
        let off = self.off(&mut r, event);
        let most_uses = r.number("uses", &self.uses, 1, 1_000_000);
        let mut clocks = Clocks::of_event(event);
        let mut at = |r: &mut Reader, field, typed: &str| clocks.optional(r, field, typed).map(|(_, at)| at);
        let starts_at: Option<Instant> = at(&mut r, "from", &self.from);
        let ends_at = at(&mut r, "until", &self.until);
        if starts_at.zip(ends_at).is_some_and(|(from, until)| until <= from) {
            r.errors.add("until", t!("The end is not after the beginning."));
        }
        let mut chosen = Vec::new();
        for typed in &self.types {
            match types.iter().find(|of| of.id.to_string() == *typed) {
                Some(of) if !chosen.contains(&of.id) => chosen.push(of.id),
                Some(_) => {}
                None => r.errors.add("type", t!("Choose one of the ticket types shown.")),
            }
        }
        r.errors.or(|| Planned { code, off, most_uses, starts_at, ends_at, types: chosen })
    }

    fn off(&self, r: &mut Reader, event: &Event) -> Off {
        let kind: Kind = r.choice("kind", if self.kind.is_empty() { "percent" } else { &self.kind });
        if self.value.trim().is_empty() {
            r.errors.add("value", t!("Say how much it takes off."));
            return Off::Percent(0);
        }
        if kind == Kind::Percent {
            return Off::Percent(r.number("value", self.value.trim().trim_end_matches('%'), 1, 100).unwrap_or(1));
        }
        match money::parse(&self.value, event.terms.money()) {
            Ok(0) => r.errors.add("value", t!("Enter an amount above 0.")),
            Ok(amount) => return Off::Amount(amount),
            Err(wrong) => r.errors.add("value", wrong),
        }
        Off::Amount(0)
    }
}
