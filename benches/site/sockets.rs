//! Sockets that are open and have nothing to say: what they take of the server's memory, all together.
use std::process::Command;
use std::time::Duration;

use anyhow::Context;
use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::fill;
use crate::serve::Server;

/// What the server may take for five thousand of them, in MB.
const MOST: u64 = 150;

/// Fails if they take more than promised.
pub async fn run(many: usize) -> anyhow::Result<()> {
    more_files(many)?;
    let site = fill::site(100, 1_000).await?;
    let (server, _) = Server::start(&site).await?;
    let before = server.memory()?;
    let topic = site.path.replacen("/events/", "event/", 1);
    let mut open = Vec::with_capacity(many);
    while open.len() < many {
        let batch = (open.len()..many).take(50).map(|n| listen(&server.base, &topic, n));
        for socket in futures_util::future::join_all(batch).await {
            open.push(socket?);
        }
    }
    // The last ones have just been told how the event stands.
    tokio::time::sleep(Duration::from_secs(3)).await;
    let after = server.memory()?;
    let each = (after.saturating_sub(before) * 1024) as f64 / many as f64;
    println!("{many} idle sockets: {after} MB in all, {before} MB without them, {each:.1} KB each");
    anyhow::ensure!(many > 5_000 || after <= MOST, "{after} MB are more than {MOST}");
    drop(open);
    server.stop().await
}

/// A visitor at an address of their own, as behind a proxy.
async fn listen(base: &str, topic: &str, n: usize) -> anyhow::Result<WebSocketStream<TcpStream>> {
    let host = base.trim_start_matches("http://");
    let mut request = format!("ws://{host}/ws").into_client_request()?;
    let address = format!("10.{}.{}.{}", n / 65_536, n / 256 % 256, n % 256);
    request.headers_mut().insert("x-forwarded-for", address.parse()?);
    let (mut socket, _) = client_async(request, TcpStream::connect(host).await?).await?;
    socket.send(Message::text(format!(r#"{{"subscribe":"{topic}"}}"#))).await?;
    loop {
        let said = timeout(Duration::from_secs(20), socket.next()).await?.context("the socket ended")??;
        if said.to_text()?.contains("event_counts") {
            return Ok(socket);
        }
    }
}

/// Each socket is an open file, here and at the server, which inherits what is allowed here.
fn more_files(many: usize) -> anyhow::Result<()> {
    let limit = format!("--nofile={}:", many + 1_000);
    let own = std::process::id().to_string();
    let raised = Command::new("prlimit").args(["--pid", &own, &limit]).status();
    let raised = raised.context("prlimit is missing: apt-get install util-linux")?;
    anyhow::ensure!(raised.success(), "so many files cannot be opened at once");
    Ok(())
}
