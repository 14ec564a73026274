//! What happened to an event.
use serde::{Deserialize, Serialize};

use super::{Event, Role, reports};
use crate::ids::Id;
use crate::journal::Fact;
use crate::members::Member;

/// What happened to an event.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum EventFact {
    EventCreated {
        copied_from: Option<Id<Event>>,
    },
    EventEdited {
        revision: i64,
        sequence: i64,
        /// Its day or its place was changed while it was on the bill.
        #[serde(default)]
        moved: bool,
    },
    EventPublished,
    EventCancelled {
        orders: i64,
    },
    HostAdded {
        member: Id<Member>,
        role: Role,
    },
    HostRemoved {
        member: Id<Member>,
    },
    HostInvited {
        role: Role,
    },
    /// Taken back or declined.
    HostInvitationEnded {
        role: Role,
    },
    AdminCancelledEvent {
        reason: String,
    },
    EventReported {
        report: Id<reports::Report>,
        ground: reports::Ground,
    },
    ReportSettled {
        report: Id<reports::Report>,
        reason: String,
    },
}
impl Fact for EventFact {}
