//! Tickets for sockets, for programs; and what is said at a socket, where those look who write them.
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::tickets;
use crate::api::answers::{Fail, Success};
use crate::api::{Caller, Result, Scope, made};
use crate::app::App;
use crate::web::limits;

/// Opens one socket.
#[derive(Debug, Serialize, ToSchema)]
pub struct SocketTicket {
    /// Shown this once.
    #[schema(example = "q7ZkT0c3…")]
    pub ticket: String,
    /// Until when it can be used, RFC 3339.
    #[schema(example = "2026-11-21T18:30:00Z")]
    pub expires_at: String,
    /// The address to connect to.
    #[schema(example = "wss://events.example.org/ws?token=q7ZkT0c3…")]
    pub url: String,
}

/// Get a ticket for a socket
///
/// The WebSocket at `/ws` tells at once what happens. Whoever connects comes by the session of a browser, from a page of
/// this site; by a ticket in the address, `/ws?token=…`, good for 60 seconds and one socket; or says
/// `{"token": "…"}` in the first message, within 5 seconds, with a personal token (scope `read`; `host` for what hosts
/// see) or the access token of a sign-in. Visitors say at once what they want to hear. All messages are JSON
/// objects. The first that comes is `{"event": "ready", "member": true, "cursor": 812}`. From then on what concerns the
/// member comes by itself: `avatar_changed` (with `avatar_url`), `place_offered`, `payment_updated` and `checked_in`.
/// More is heard by `{"subscribe": "event/SLUG"}` (`going` and `left` of an event, in `event_counts`), `"dashboard/SLUG"`
/// (for its hosts: `checked_in`, `held`, `sold` and, of those, `refunding`, `waiting`), `"door/SLUG"` (for those who
/// check people in) and `"order/ID"` (`payment_updated`; with `"key"` of its mailed address for guests); it is answered
/// `subscribed` and how it stands, or `refused`. `{"unsubscribe": "…"}` ends it, and `unsubscribed` comes by itself
/// when the right to hear it ends. Counts of one event come once a second at most. `cursor` is how far the journal was
/// told: who connects again with `/ws?cursor=812` (or `"cursor"` beside the `"token"`) is told what concerned them
/// since, perhaps something twice; `resync` says that more happened than could be told, so look for yourself. The
/// server pings every 30 seconds and lets go who misses two, or takes nothing for 10 seconds. It closes with 1001 when
/// it stops (connect again), 1008 when these rules are broken, 4401 when the session or token is not, or no longer,
/// good, 4408 when the first message is late and 4429 when a member has too many sockets; 429 and 503 before that mean
/// to wait.
#[utoipa::path(post, path = "/api/v1/live/tickets", tag = "Live", security(("token" = ["read"])),
    responses((status = 201, body = Success<SocketTicket>), (status = 401, body = Fail), (status = 403, body = Fail),
        (status = 429, body = Fail)))]
pub async fn ticket(State(app): State<App>, caller: Caller) -> Result {
    let me = caller.needs(Scope::Read)?;
    limits::SOCKET_TICKET.count(&app, &caller.whose()).await?;
    let (ticket, expires_at) = tickets::make(&app, &caller, me.id).await?;
    let socket = app.config.url("/ws").replacen("http", "ws", 1);
    made(SocketTicket { url: format!("{socket}?token={ticket}"), ticket, expires_at: expires_at.rfc3339() })
}
