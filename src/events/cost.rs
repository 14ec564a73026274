//! What an event costs, in a few words.
use std::fmt;

use super::{Event, Pricing, TicketType};
use crate::clock::Instant;
use crate::i18n::{Locale, Money, Say, Span};

/// From the cheapest to the dearest place that can still be taken; of all places where none can.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    least: Money,
    most: Money,
    /// People give what they like for some places.
    donation: bool,
    /// They do for all of them.
    only_donations: bool,
}

impl Cost {
    pub fn of(event: &Event, types: &[TicketType], now: Instant) -> Self {
        let open =
            |of: &&TicketType| of.sales_until.is_none_or(|until| now < until) && super::left(event, of) != Some(0);
        let open: Vec<&TicketType> = types.iter().filter(open).collect();
        let counted = if open.is_empty() { types.iter().collect() } else { open };
        let money = |minor| Money { minor, currency: event.terms.money() };
        let donations = counted.iter().filter(|of| of.pricing == Pricing::Donation).count();
        Self {
            least: money(counted.iter().map(|of| of.price).min().unwrap_or(0)),
            most: money(counted.iter().map(|of| of.price).max().unwrap_or(0)),
            donation: donations > 0,
            only_donations: donations > 0 && donations == counted.len(),
        }
    }

    /// Nothing is asked for, and nothing can be given.
    pub fn is_free(&self) -> bool {
        self.most.minor == 0 && !self.donation
    }

    /// "From CHF 18", for lists.
    pub fn brief(&self) -> Brief {
        Brief(*self)
    }
}

impl Say for Cost {
    fn say(&self, w: &mut dyn fmt::Write, l: Locale) -> fmt::Result {
        let (from, to) = (self.least, self.most);
        match (from.minor, to.minor) {
            _ if self.is_free() => t!("Free").say(w, l),
            (0, _) if self.donation => t!("Pay what you like").say(w, l),
            _ if self.only_donations => t!("Pay what you like, from {from}", from).say(w, l),
            _ if self.donation => t!("From {from}", from).say(w, l),
            (0, _) => t!("Free to {to}", to).say(w, l),
            (least, most) if least == most => to.say(w, l),
            _ => Span(from, to).say(w, l),
        }
    }
}

/// See [`Cost::brief`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Brief(Cost);

impl Say for Brief {
    fn say(&self, w: &mut dyn fmt::Write, l: Locale) -> fmt::Result {
        let Cost { least, most, donation, .. } = self.0;
        if !donation && least.minor > 0 && least != most {
            return t!("From {from}", from = least).say(w, l);
        }
        self.0.say(w, l)
    }
}
says!(Cost, Brief);
