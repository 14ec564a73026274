//! Who was asked to an event, as its hosts see it.
use super::{DAYS, Invitation, State, store};
use crate::clock::{self, Instant};
use crate::db::{self, Db};
use crate::events::Event;
use crate::forms::Message;
use crate::ids::Id;

/// An invitation with what became of its letter.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Row {
    #[sqlx(flatten)]
    pub invitation: Invitation,
    pub mail_state: Option<String>,
    /// Who asks them along, where it is not a host.
    pub by_name: Option<String>,
    /// Whether places are taken from this address.
    pub has_place: bool,
}

words! {
    /// What a host is told of an invitation.
    pub enum Standing {
        Queued = "queued", Limited = "limited", Sent = "sent", Bounced = "bounced", Undelivered = "undelivered",
        Opened = "opened", Ended = "ended", Accepted = "accepted", Declined = "declined", Revoked = "revoked",
    }
}

impl Standing {
    pub fn says(self) -> Message {
        match self {
            Self::Queued => Message::new(t!("On its way")),
            Self::Limited => Message::new(t!("Not sent: too many letters to this address")),
            Self::Sent => Message::new(t!("Sent")),
            Self::Bounced => Message::new(t!("Could not be delivered")),
            Self::Undelivered => Message::new(t!("Takes no invitations")),
            Self::Opened => Message::new(t!("Opened")),
            Self::Ended => Message::new(t!("No answer in 30 days")),
            Self::Accepted => Message::new(t!("Comes")),
            Self::Declined => Message::new(t!("Cannot come")),
            Self::Revoked => Message::new(t!("Taken back")),
        }
    }
    /// How its tag looks.
    pub fn tone(self) -> &'static str {
        match self {
            Self::Accepted => " tag-good",
            Self::Limited | Self::Bounced | Self::Undelivered => " tag-bad",
            Self::Ended => " tag-warn",
            _ => "",
        }
    }
}

impl Row {
    pub fn standing(&self, now: &Instant) -> Standing {
        let of = &self.invitation;
        match (of.state, of.queued_at, self.mail_state.as_deref()) {
            (State::Accepted, ..) => Standing::Accepted,
            (State::Declined, ..) => Standing::Declined,
            (State::Revoked, ..) => Standing::Revoked,
            (State::Waiting, Some(at), _) if at + clock::days(DAYS) <= *now => Standing::Ended,
            (State::Waiting, _, Some("failed")) => Standing::Bounced,
            (State::Waiting, _, Some("dropped")) => Standing::Undelivered,
            (State::Waiting, ..) if of.opened_at.is_some() => Standing::Opened,
            (State::Waiting, _, Some("sent")) => Standing::Sent,
            (State::Waiting, Some(_), None) => Standing::Limited,
            (State::Waiting, ..) => Standing::Queued,
        }
    }
    /// Whether a letter can go once more.
    pub fn waits(&self) -> bool {
        self.invitation.is_waiting() && !self.takes_none() && !self.is_gone()
    }
    /// Whether whoever cannot come can be asked once more.
    pub fn can_be_asked(&self) -> bool {
        self.invitation.state == State::Declined && !self.is_gone()
    }
    /// Whether it can be taken back: not once somebody comes by it.
    pub fn can_be_revoked(&self) -> bool {
        match self.invitation.state {
            // A friend may have taken a place without an answer.
            State::Waiting | State::Declined if self.has_place => self.invitation.by_order.is_none() && !self.is_gone(),
            State::Waiting | State::Declined => !self.is_gone(),
            State::Accepted => !self.has_place,
            State::Revoked => false,
        }
    }
    /// Whether the letter was dropped because this address wants no such mails.
    pub fn takes_none(&self) -> bool {
        self.invitation.is_waiting() && self.mail_state.as_deref() == Some("dropped")
    }
    /// What finds them on the list of guests.
    pub fn guests_query(&self) -> String {
        form_urlencoded::Serializer::new(String::new()).append_pair("q", &self.invitation.email).finish()
    }
    /// Whose account is deleted, or who is forgotten.
    fn is_gone(&self) -> bool {
        self.invitation.email.is_empty()
    }
}

/// How many stand where.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub waiting: i64,
    pub accepted: i64,
    pub declined: i64,
    pub revoked: i64,
}

impl Counts {
    pub fn asked(&self) -> i64 {
        self.waiting + self.accepted + self.declined
    }
    pub fn says(&self) -> Message {
        let Self { waiting, accepted, declined, .. } = *self;
        let asked = self.asked();
        Message::new(t!(
            "{asked} invited: {accepted} come, {declined} cannot, {waiting} have not answered.",
            asked,
            accepted,
            declined,
            waiting
        ))
    }
}

pub async fn counts(db: &Db, event: Id<Event>) -> db::Result<Counts> {
    let mut counts = Counts::default();
    for (state, n) in store::counts(db, event).await? {
        match state {
            State::Waiting => counts.waiting = n,
            State::Accepted => counts.accepted = n,
            State::Declined => counts.declined = n,
            State::Revoked => counts.revoked = n,
        }
    }
    Ok(counts)
}
