//! Who is at a socket, and whether they are still: what opened it may end while it is open.
use std::sync::Arc;

use super::tickets::Ticket;
use crate::api::caller::Caller;
use crate::api::tokens;
use crate::app::App;
use crate::clock::Instant;
use crate::error::Result;
use crate::members::{self, Member};
use crate::web::{Visitor, sessions};

/// Whoever listens.
#[derive(Default)]
pub(super) struct Listener {
    pub me: Option<Arc<Member>>,
    /// By what they came; none for visitors.
    by: Option<Ticket>,
    /// By what a guest's browser was let in: see `events::access`.
    pub invited: Vec<String>,
}

impl Listener {
    /// By the session of their browser.
    pub fn at(app: &App, visitor: Visitor) -> Self {
        let now = app.clock.now();
        let by = visitor.me.as_ref().map(|me| Ticket {
            member_id: me.id,
            session_id: visitor.session_id,
            token_id: None,
            hosts: true,
            ends_at: None,
            expires_at: now,
        });
        Self { me: visitor.me, by, invited: visitor.invited }
    }

    /// By a token.
    pub fn calling(app: &App, caller: &Caller) -> Self {
        let by = caller.member.as_ref().map(|me| Ticket::of(caller, me.id, app.clock.now()));
        Self { me: caller.member.clone(), by, invited: Vec::new() }
    }

    /// By a ticket, if whoever asked for it may still listen.
    pub async fn with(app: &App, ticket: Ticket) -> Result<Option<Self>> {
        let mut listener = Self { me: None, by: Some(ticket), invited: Vec::new() };
        Ok(listener.still(app).await?.then_some(listener))
    }

    /// Whether what hosts see is open to what they came with.
    pub fn may_host(&self) -> bool {
        self.by.as_ref().is_some_and(|by| by.hosts)
    }

    /// When their way in ends by itself.
    pub fn ends_at(&self) -> Option<Instant> {
        self.by.as_ref().and_then(|by| by.ends_at)
    }

    /// Whether they are who they were: their session or token is open, and their account stands.
    pub async fn still(&mut self, app: &App) -> Result<bool> {
        let Some(by) = &self.by else { return Ok(true) };
        let now = app.clock.now();
        if by.ends_at.is_some_and(|end| end <= now) {
            return Ok(false);
        }
        let open = match by.token_id {
            Some(token) => tokens::stands(app, by.member_id, token).await?,
            None => sessions::is_open(&app.db, &by.session_id, by.member_id, now).await?,
        };
        if !open {
            return Ok(false);
        }
        let member = members::store::by_id(&app.db, by.member_id).await?.filter(Member::stands);
        self.me = member.map(Arc::new);
        Ok(self.me.is_some())
    }
}
