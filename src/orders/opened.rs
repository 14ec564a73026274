//! An order that somebody opens: its member by who they are, anybody else by its key.
use jiff::Zoned;
use serde::Deserialize;

use super::keys::{self, Opening};
use super::{Order, Person, RefundRule, Ticket, store};
use crate::app::App;
use crate::error::{OrNotFound, Result};
use crate::events::place::{Place, Viewer, visible_place};
use crate::events::{self, Event};
use crate::ids::Id;
use crate::web::Page;

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Key {
    pub key: String,
}

/// An order and what belongs to it, opened by whoever may.
pub(crate) struct Opened {
    pub order: Order,
    pub event: Event,
    pub person: Person,
    pub tickets: Vec<Ticket>,
    /// `?key=…` for those who came by it, to go on with.
    query: String,
    /// Whether whoever looks is its member, or reads what is sent to its address.
    is_proven: bool,
}

impl Opened {
    pub async fn by(app: &App, page: &Page, id: Id<Order>, key: &Key) -> Result<Self> {
        let order = store::by_id(&app.db, id).await?.or_404()?;
        if page.me.as_ref().is_some_and(|me| order.member_id == Some(me.id)) {
            return Self::whole(app, order, String::new(), true).await;
        }
        let opening = keys::opening(app, id, &key.key).or_404()?;
        Self::whole(app, order, format!("?key={}", key.key), opening == Opening::Mailed).await
    }
    /// For who runs its event or the site; its own address does not open to them.
    pub async fn at_desk(app: &App, order: Order) -> Result<Self> {
        Self::whole(app, order, String::new(), true).await
    }
    async fn whole(app: &App, order: Order, query: String, is_proven: bool) -> Result<Self> {
        Ok(Self {
            event: events::store::by_id(&app.db, order.event_id).await?.or_404()?,
            person: store::person(&app.db, order.id).await?.or_404()?,
            tickets: store::tickets(&app.db, order.id).await?,
            query,
            is_proven,
            order,
        })
    }

    /// What an address needs to open it to whoever looks: '' for its member.
    pub fn query(&self) -> &str {
        &self.query
    }
    /// What opens it to whoever has the mailed address; '' for its member.
    pub fn key(&self) -> &str {
        self.query.strip_prefix("?key=").unwrap_or_default()
    }
    /// An address below this order's.
    pub fn path(&self, below: &str) -> String {
        format!("{}{below}{}", self.order.path(), self.query)
    }
    /// An address of one of its tickets.
    pub fn ticket_path(&self, ticket: &Ticket, below: &str) -> String {
        self.path(&format!("/tickets/{}{below}", ticket.id))
    }
    /// Who gave all tickets away has no place any more. Who pays at the door has only written an address down, as
    /// anybody can: its mail tells more.
    pub(super) fn viewer(&self) -> Viewer {
        let keeps = self.tickets.iter().any(|ticket| ticket.is_live() && !ticket.is_given());
        let known = self.is_proven || !self.order.is_owed();
        if keeps && known && self.order.is_coming(&self.event) { Viewer::Holder } else { Viewer::Public }
    }
    /// Whether its mail opens more of the place than this address does.
    pub fn is_told_by_mail(&self, app: &App) -> bool {
        let mailed = visible_place(&self.event, Viewer::Holder, app.clock.now());
        !self.is_proven && self.order.is_coming(&self.event) && self.place(app) != mailed
    }
    pub fn place(&self, app: &App) -> Place<'_> {
        visible_place(&self.event, self.viewer(), app.clock.now())
    }
    /// The tickets that somebody else has now.
    pub fn given(&self) -> Vec<&Ticket> {
        self.valid().filter(|ticket| ticket.is_given()).collect()
    }
    /// Places that it has now: those whose money is on its way back are none any more.
    pub fn places(&self) -> usize {
        if self.order.is_held() { self.tickets.len() } else { self.valid().count() }
    }
    /// Until when everything comes back, where that is because the event was moved.
    pub(super) fn moved(&self) -> Option<Zoned> {
        let rule = RefundRule::of(&self.event, &self.order);
        (self.order.is_confirmed() && rule.moved).then(|| rule.until.in_zone(&self.event.time_zone()))
    }
    /// The tickets that let somebody in.
    pub fn valid(&self) -> impl Iterator<Item = &Ticket> {
        self.tickets.iter().filter(|ticket| ticket.is_valid())
    }
}

pub(super) fn place_of<'a>(event: &'a Event, confirmed: bool, app: &App) -> Place<'a> {
    let viewer = if confirmed { Viewer::Holder } else { Viewer::Public };
    visible_place(event, viewer, app.clock.now())
}

pub(crate) fn actor(page: &Page) -> crate::journal::Actor {
    page.me.as_ref().map_or(crate::journal::Actor::Guest, |me| crate::journal::Actor::Member(me.id))
}
