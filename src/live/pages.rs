//! The way in to a socket: by the session of a browser, from a page of ours alone; by a ticket in the address; or
//! without either, for who says next who they are, or wants to hear what everybody may.
mod ends;
mod talking;

use axum::extract::State;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::hub::Full;
use super::listener::Listener;
use super::tickets;
use crate::app::App;
use crate::error::{Error, Result};
use crate::web::limits::Ip;
use crate::web::{Query, Visitor, sessions};
use talking::Talk;

/// The longest message that is read: tokens are shorter.
const MESSAGE: usize = 4096;
/// Sockets are many and mostly idle, so what each keeps is small.
const READ_BUFFER: usize = 1024;
const WRITE_BUFFER: usize = 64 * 1024;
/// When whoever found no seat may try again.
const WAIT_SECONDS: i64 = 30;

/// `?token=` is a ticket, `?cursor=` the last position that was heard.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Opening {
    token: String,
    cursor: String,
}

pub async fn open(
    State(app): State<App>,
    upgrade: std::result::Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
    visitor: Visitor,
    ip: Ip,
    Query(opening): Query<Opening>,
    headers: HeaderMap,
) -> Result<Response> {
    let upgrade = upgrade.map_err(|_| Error::Malformed)?;
    if app.live.0.stop.is_cancelled() {
        return Err(Error::Unavailable);
    }
    let listener = if !opening.token.is_empty() {
        match by_ticket(&app, &opening.token).await? {
            Some(listener) => listener,
            None => return Ok(StatusCode::UNAUTHORIZED.into_response()),
        }
    } else if sessions::has_cookie(&app, &headers) && !is_ours(&app, &headers) {
        return Err(Error::Forbidden);
    } else {
        Listener::at(&app, visitor)
    };
    let seat = match app.live.enter(&app, &ip.whose()).await? {
        Ok(seat) => seat,
        Err(Full::House) => return Err(Error::Busy),
        Err(Full::Address) => return Err(Error::TooMany { wait_seconds: WAIT_SECONDS }),
    };
    let tasks = app.live.0.tasks.clone();
    let talk = Talk::new(app, seat, listener, ip, opening.cursor.parse().ok());
    Ok(upgrade
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(0)
        .max_write_buffer_size(WRITE_BUFFER)
        .max_message_size(MESSAGE)
        .max_frame_size(MESSAGE)
        .on_upgrade(move |socket| tasks.track_future(Box::pin(talk.over(socket)))))
}

async fn by_ticket(app: &App, secret: &str) -> Result<Option<Listener>> {
    match tickets::redeem(app, secret).await? {
        Some(ticket) => Listener::with(app, ticket).await,
        None => Ok(None),
    }
}

/// Whether a page of this site asks: browsers send the session's cookie with whatever page opens a socket here.
fn is_ours(app: &App, headers: &HeaderMap) -> bool {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let origin = text(header::ORIGIN);
    let host = origin.split_once("://").map_or("", |(_, host)| host);
    origin == app.config.base_url || (!host.is_empty() && host == text(header::HOST))
}
