//! What is asked for when places are taken, and what came of it.
use super::facts::PlacedHold;
use super::{Hold, Order, Refusal};
use crate::clock::Instant;
use crate::events::{Event, TicketType};
use crate::forms::Email;
use crate::i18n::Locale;
use crate::ids::Id;
use crate::journal::Actor;
use crate::members::Member;

/// Who takes places. The address of a member is proven, that of a guest is not.
#[derive(Debug, Clone)]
pub enum Buyer {
    Member { id: Id<Member>, name: String, email: Email, locale: Locale },
    Guest { name: String, email: Email, locale: Locale },
}

impl Buyer {
    pub fn member(member: &Member) -> Self {
        let email = Email { address: member.email.clone(), key: member.email_key.clone() };
        Self::Member { id: member.id, name: member.name.clone(), email, locale: member.locale() }
    }
    /// Whoever asks: the member who is signed in, else a guest with what they typed.
    pub(super) fn asking(me: Option<&Member>, name: String, email: Option<Email>, locale: Locale) -> Self {
        let email = email.unwrap_or_else(|| Email { address: String::new(), key: String::new() });
        me.map_or_else(|| Self::Guest { name, email, locale }, Self::member)
    }
    /// As the first attendee: (name, e-mail).
    pub fn as_attendee(&self) -> (String, String) {
        let (_, name, email, _) = self.parts();
        (name.to_owned(), email.address.clone())
    }
    pub(super) fn parts(&self) -> (Option<Id<Member>>, &str, &Email, Locale) {
        match self {
            Self::Member { id, name, email, locale } => (Some(*id), name, email, *locale),
            Self::Guest { name, email, locale } => (None, name, email, *locale),
        }
    }
}

/// On which road the places are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// By the person, under all rules of the event.
    Own,
    /// By a person whose address the link of an invitation has just proven.
    Invited,
    /// By a host for somebody: under the capacity, not under sales windows and limits per order.
    Host,
    /// By the waiting list for its head. What costs something is offered until then.
    Queue { until: Instant },
}

/// What somebody wants.
#[derive(Debug, Clone)]
pub struct Wish {
    pub event: Id<Event>,
    pub buyer: Buyer,
    pub way: Way,
    pub actor: Actor,
    /// How many of which type.
    pub places: Vec<(Id<TicketType>, i64)>,
    /// What is given for a place of a donation's type, in minor units; without one, what the host suggests.
    pub amounts: Vec<(Id<TicketType>, i64)>,
    /// The promo code as typed; '' for none.
    pub promo: String,
    /// Paying at the door or by transfer, where the event allows it.
    pub pay_later: bool,
    /// Who comes, as (name, e-mail), the buyer first; either may be '', and they may be fewer than places.
    pub attendees: Vec<(String, String)>,
    /// The id that the form carried, with a hash of what it said: pressing twice acts once.
    pub form: Option<(String, String)>,
}

impl Wish {
    /// Whether nobody has proven the address yet: its free places are held until the mailed link is used.
    pub(super) fn waits_for_mail(&self, total: i64) -> bool {
        self.way == Way::Own && total == 0 && matches!(self.buyer, Buyer::Guest { .. })
    }

    /// By the person, not by those who run the event.
    pub(super) fn is_own(&self) -> bool {
        matches!(self.way, Way::Own | Way::Invited)
    }

    /// Why the places of an order with this total are kept, and until when; `None` confirms at once.
    pub(super) fn hold(&self, event: &Event, total: i64, now: Instant) -> Result<Option<PlacedHold>, Refusal> {
        if self.waits_for_mail(total) {
            return Ok(Some(PlacedHold { hold: Hold::Confirm, until: now + super::CONFIRM }));
        }
        if total == 0 {
            return Ok(None);
        }
        if let Way::Queue { until } = self.way {
            return Ok(Some(PlacedHold { hold: Hold::Offer, until }));
        }
        if !self.pay_later {
            return Ok(Some(PlacedHold { hold: Hold::Checkout, until: now + super::CHECKOUT }));
        }
        let until = event.pay_later_until().filter(|until| *until > now).ok_or(Refusal::PayNow)?;
        Ok(Some(PlacedHold { hold: Hold::Owed, until }))
    }
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    New(Order),
    /// The same form came again: this is what the first one made.
    Again(Id<Order>),
    /// A guest's address has places already. The page must not say so; a mail does.
    Already(Id<Order>),
    /// A guest's address was not asked. The page must not say so; nothing was done, and this names nothing.
    Nothing(Id<Order>),
}

impl Taken {
    pub fn id(&self) -> Id<Order> {
        match self {
            Self::New(order) => order.id,
            Self::Again(id) | Self::Already(id) | Self::Nothing(id) => *id,
        }
    }
}
