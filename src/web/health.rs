//! Whether the process lives (/healthz) and whether it can serve (/readyz), and how a machine beside it asks.
use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, ensure};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::db::sql;

pub async fn alive() -> &'static str {
    "ok\n"
}

/// 503 while the database does not answer.
pub async fn ready(State(app): State<App>) -> Response {
    match sql("SELECT CAST(1 AS BIGINT)").scalar::<i64>(&app.db).await {
        Ok(_) => "ready\n".into_response(),
        Err(error) => {
            tracing::error!(error = format!("{error:#}"), "the database does not answer");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n").into_response()
        }
    }
}

/// How long a site may take to say how it is.
const PATIENCE: Duration = Duration::from_secs(5);

/// `marquee health`: asks the site at this address /readyz, and answers what it says when it can serve. Without the
/// database, which the site itself has to ask, and without a thread beside this one.
pub fn ask(addr: SocketAddr) -> anyhow::Result<String> {
    let addr = reachable(addr);
    let asked = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect_timeout(&addr, PATIENCE)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        stream.write_all(b"GET /readyz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.take(64 * 1024).read_to_string(&mut answer)?;
        Ok(answer)
    };
    let answer = asked().with_context(|| format!("nobody answers at {addr}"))?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let said = body.trim().to_owned();
    ensure!(head.starts_with("HTTP/1.1 200 "), "the site at {addr} cannot serve: {said}");
    Ok(said)
}

/// Where a site that listens on every address can be asked from its own machine.
fn reachable(addr: SocketAddr) -> SocketAddr {
    let here = match addr.ip() {
        ip if !ip.is_unspecified() => ip,
        IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::LOCALHOST),
    };
    SocketAddr::new(here, addr.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_listens_everywhere_is_asked_here() {
        for (listens, asked) in [
            ("0.0.0.0:8080", "127.0.0.1:8080"),
            ("[::]:8080", "[::1]:8080"),
            ("127.0.0.1:80", "127.0.0.1:80"),
            ("192.0.2.7:80", "192.0.2.7:80"),
        ] {
            assert_eq!(reachable(listens.parse().unwrap()).to_string(), asked);
        }
    }
}
