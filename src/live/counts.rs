//! How many places of an event are left and taken: as everybody sees it, as its door does, as its hosts do.
use serde_json::{Value, json};

use super::Topic;
use crate::app::App;
use crate::error::Result;
use crate::events::{self, Event, GuestList, Visibility};
use crate::ids::Id;
use crate::orders;
use crate::orders::waiting;

pub(super) struct Counts {
    event: Event,
    /// None is any number.
    left: Option<i64>,
    /// Places that are not free: those that let somebody in, and those whose money is on its way back.
    sold: i64,
    valid: i64,
    held: i64,
    checked_in: i64,
    /// People on the waiting list.
    waiting: i64,
}

impl Counts {
    /// None if there is no such event.
    pub async fn of(app: &App, id: Id<Event>) -> Result<Option<Self>> {
        let Some(event) = events::store::by_id(&app.db, id).await? else { return Ok(None) };
        let types = events::store::ticket_types(&app.db, id).await?;
        let sold = types.iter().map(|of| of.sold).sum();
        let types = waiting::as_others_see(&app.db, &event, types, app.clock.now()).await?;
        let (valid, held, checked_in) = orders::guests::store::figures(&app.db, id).await?;
        let waiting = waiting::store::people(&app.db, id).await?;
        let left = events::left_in_all(&event, &types);
        Ok(Some(Self { event, left, sold, valid, held, checked_in, waiting }))
    }

    /// Whether who may know of the event depends on more than the event.
    pub fn is_for_few(&self) -> bool {
        self.event.is_draft() || self.event.visibility == Visibility::Invited
    }

    /// Whether nobody who heard the one learns anything from the other.
    pub fn says_the_same(&self, other: &Self) -> bool {
        self.whole() == other.whole() && self.public() == other.public()
    }

    /// The message for those who listen to this topic; none for topics without counts.
    pub fn said(&self, topic: Topic, cursor: i64) -> Option<String> {
        let slug = &self.event.slug;
        let (kind, counts) = match topic {
            Topic::Event(_) => ("event", self.public()),
            Topic::Door(_) => ("door", json!({ "checked_in": self.checked_in, "sold": self.valid })),
            Topic::Dashboard(_) => ("dashboard", self.whole()),
            Topic::Member(_) | Topic::Order(_) => return None,
        };
        let said =
            json!({ "event": "event_counts", "topic": format!("{kind}/{slug}"), "counts": counts, "cursor": cursor });
        Some(said.to_string())
    }

    /// How many come is told as far as the host shows it.
    fn public(&self) -> Value {
        let going = (self.event.guest_list != GuestList::Hidden).then_some(self.valid);
        json!({ "going": going, "left": self.left })
    }

    fn whole(&self) -> Value {
        json!({
            "checked_in": self.checked_in,
            "held": self.held,
            "refunding": self.sold - self.valid,
            "sold": self.sold,
            "waiting": self.waiting,
        })
    }
}
