//! Sockets, as programs and browsers meet them: real ones, on a port of their own. Here: who comes in.
mod ending;
mod hearing;
mod missing;

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use marquee::api::tokens::{Wish, make};
use marquee::api::{Scope, jwt};
use marquee::app::App;
use marquee::clock;
use marquee::db::sql;
use marquee::live::{PACE, Pace};
use marquee::members::{Member, avatar};
use marquee::routes;
use marquee::web::sessions;
use serde_json::{Value, json};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::browser::Browser;
use crate::site::Site;

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(20);

/// A node that serves this app.
#[derive(Clone, Copy)]
pub struct Node(SocketAddr);

pub async fn serve(app: App) -> Node {
    // Little is kept by the machine for a client that does not read.
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_send_buffer_size(8_192).unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1_024).unwrap();
    let at = listener.local_addr().unwrap();
    let service = routes::router(app).into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    Node(at)
}

/// A client that is connected.
pub struct Socket(WebSocketStream<TcpStream>);

impl Node {
    /// A socket, or the status with which it is refused.
    pub async fn open(self, path: &str, headers: &[(&'static str, String)]) -> Result<Socket, u16> {
        let stream = TcpStream::connect(self.0).await.unwrap();
        self.over(stream, path, headers).await
    }

    async fn over(self, stream: TcpStream, path: &str, headers: &[(&'static str, String)]) -> Result<Socket, u16> {
        let mut request = format!("ws://{}{path}", self.0).into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        match timeout(PATIENCE, client_async(request, stream)).await.expect("an answer") {
            Ok((socket, _)) => Ok(Socket(socket)),
            Err(Error::Http(answer)) => Err(answer.status().as_u16()),
            Err(error) => panic!("{error}"),
        }
    }

    /// What a page of this site opens in a browser.
    pub async fn page(self, browser: &Browser, path: &str) -> Socket {
        let socket = self.open(path, &[cookie(browser), self.origin()]).await;
        socket.unwrap_or_else(|status| panic!("{path}: {status}"))
    }

    /// A visitor who listens to a topic, with what stands there first.
    pub async fn visitor(self, topic: &str) -> (Socket, Value) {
        let mut socket = self.open("/ws", &[]).await.expect("a socket");
        let stands = socket.subscribes(topic).await;
        (socket, stands)
    }

    fn origin(self) -> (&'static str, String) {
        ("origin", format!("http://{}", self.0))
    }
}

fn cookie(browser: &Browser) -> (&'static str, String) {
    ("cookie", format!("marquee={}", browser.cookie("marquee").expect("a session")))
}

impl Socket {
    async fn comes(&mut self) -> Option<Result<Message, Error>> {
        timeout(PATIENCE, self.0.next()).await.expect("nothing comes")
    }

    /// The next message.
    pub async fn next(&mut self) -> Value {
        loop {
            match self.comes().await {
                Some(Ok(Message::Text(text))) => return serde_json::from_str(text.as_str()).unwrap(),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                other => panic!("no message, but {other:?}"),
            }
        }
    }

    /// The next message is of this kind.
    pub async fn hears(&mut self, event: &str) -> Value {
        let said = self.next().await;
        assert_eq!(said["event"], event, "{said}");
        assert!(said["cursor"].is_i64() || matches!(event, "refused" | "unsubscribed"), "{said}");
        said
    }

    /// Whatever comes before it.
    pub async fn comes_to_hear(&mut self, event: &str) -> Value {
        loop {
            let said = self.next().await;
            if said["event"] == event {
                return said;
            }
        }
    }

    pub async fn says(&mut self, said: Value) -> &mut Self {
        self.0.send(Message::text(said.to_string())).await.unwrap();
        self
    }

    /// Listens to an event, and answers how it stands.
    pub async fn subscribes(&mut self, topic: &str) -> Value {
        self.says(json!({ "subscribe": topic })).await;
        assert_eq!(self.comes_to_hear("subscribed").await["topic"], topic);
        self.hears("event_counts").await["counts"].take()
    }

    pub async fn is_refused(&mut self, topic: &str) {
        self.says(json!({ "subscribe": topic })).await;
        assert_eq!(self.comes_to_hear("refused").await["topic"], topic);
    }

    /// The code with which it ends; 0 if it only breaks off.
    pub async fn closes(&mut self) -> u16 {
        loop {
            match self.comes().await {
                Some(Ok(Message::Close(Some(frame)))) => return frame.code.into(),
                Some(Ok(_)) => {}
                None | Some(Err(_)) => return 0,
            }
        }
    }
}

/// A personal token.
pub async fn token(site: &Site, member: &Member, scopes: &[Scope]) -> String {
    let wish = Wish { name: "Test".into(), scopes: scopes.to_vec(), days: Some(30) };
    let mut tx = site.app.db.write().await.unwrap();
    let session = sessions::open(&mut tx, member.id, ("", ""), false, site.now()).await.unwrap();
    let (_, secret) = make(&mut tx, member, &session, &wish, site.now()).await.unwrap().unwrap();
    tx.commit().await.unwrap();
    secret
}

/// The access token of a sign-in.
pub async fn access(site: &Site, member: &Member) -> String {
    let mut tx = site.app.db.write().await.unwrap();
    let session = sessions::open(&mut tx, member.id, ("", ""), false, site.now()).await.unwrap();
    tx.commit().await.unwrap();
    jwt::issue(&site.app, member.id, &session, site.now()).unwrap()
}

/// Gives a member another picture.
pub async fn new_face(site: &Site, member: &Member) {
    let now = site.now();
    let mut tx = site.app.db.write().await.unwrap();
    avatar::change(&mut tx, member.id, Some(marquee::ids::Id::new()), now).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_page_comes_in_by_its_session_and_another_window_hears_of_a_new_picture() {
    let site = Site::start().await;
    let node = serve(site.app.clone()).await;
    let browser = site.member("ada").await;
    let ada = site.account_named("ada").await;
    let (mut first, mut second) = (node.page(&browser, "/ws").await, node.page(&browser, "/ws").await);
    for window in [&mut first, &mut second] {
        assert_eq!(window.hears("ready").await["member"], true);
    }
    new_face(&site, &ada).await;
    let picture = site.account_named("ada").await.portrait().large().unwrap();
    for window in [&mut first, &mut second] {
        let said = window.hears("avatar_changed").await;
        assert_eq!(said["avatar_url"], format!("http://localhost:8080{picture}"));
    }
}

#[tokio::test]
async fn a_page_of_another_site_does_not_come_in_by_the_session() {
    let site = Site::start().await;
    let node = serve(site.app.clone()).await;
    let browser = site.member("ada").await;
    for origin in ["http://evil.example", "null", "", "http://127.0.0.1:1", "http://127.0.0.1.evil.example"] {
        let headers = [cookie(&browser), ("origin", origin.to_owned())];
        assert_eq!(node.open("/ws", &headers).await.err(), Some(403), "{origin:?}");
    }
    assert_eq!(node.open("/ws", &[cookie(&browser)]).await.err(), Some(403), "a browser always says where it is");
    let mut stranger = node.open("/ws", &[("origin", "http://evil.example".into())]).await.unwrap();
    stranger.says(json!({ "subscribe": "event/none" })).await;
    assert_eq!(stranger.hears("ready").await["member"], false);
}

#[tokio::test]
async fn a_ticket_opens_one_socket_within_a_minute() {
    let site = Site::start().await;
    let node = serve(site.app.clone()).await;
    let ada = site.account("ada").await;
    let program = site.program_of(&ada, &[Scope::Read]).await;
    let ticket = async || {
        let made = program.post("/api/v1/live/tickets", json!({})).await.is(201);
        let url = made.data()["url"].as_str().unwrap().to_owned();
        assert!(url.starts_with("ws://localhost:8080/ws?token="), "{url}");
        url.trim_start_matches("ws://localhost:8080").to_owned()
    };
    let path = ticket().await;
    let secret = path.trim_start_matches("/ws?token=").to_owned();
    let kept: i64 = sql("SELECT COUNT(*) FROM live_tickets WHERE ticket_hash = $1")
        .bind(secret)
        .scalar(&site.app.db)
        .await
        .unwrap();
    assert_eq!(kept, 0, "it does not stand there as it is");
    assert_eq!(node.open(&path, &[]).await.unwrap().hears("ready").await["member"], true);
    assert_eq!(node.open(&path, &[]).await.err(), Some(401), "it was used");
    let late = ticket().await;
    site.app.clock.advance(clock::seconds(61));
    assert_eq!(node.open(&late, &[]).await.err(), Some(401), "it is too old");
    assert_eq!(node.open("/ws?token=made-up", &[]).await.err(), Some(401));
}

#[tokio::test]
async fn forty_who_use_one_ticket_at_once_get_one_socket() {
    let site = Site::start().await;
    let node = serve(site.app.clone()).await;
    let ada = site.account("ada").await;
    let made = site.program_of(&ada, &[Scope::Read]).await.post("/api/v1/live/tickets", json!({})).await.is(201);
    let path = format!("/ws?token={}", made.data()["ticket"].as_str().unwrap());
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..40 {
        let path = path.clone();
        tasks.spawn(async move { node.open(&path, &[]).await.is_ok() });
    }
    let opened = tasks.join_all().await.into_iter().filter(|opened| *opened).count();
    assert_eq!(opened, 1);
}

#[tokio::test]
async fn a_token_comes_in_with_the_first_message() {
    let site = Site::start().await;
    let node = serve(site.app.clone()).await;
    let ada = site.account("ada").await;
    for good in [token(&site, &ada, &[Scope::Read]).await, access(&site, &ada).await] {
        let mut socket = node.open("/ws", &[]).await.unwrap();
        assert_eq!(socket.says(json!({ "token": good })).await.hears("ready").await["member"], true);
        new_face(&site, &ada).await;
        socket.hears("avatar_changed").await;
    }
    for wrong in [token(&site, &ada, &[Scope::Write]).await, "mq_made-up".into(), "made.up.entirely".into()] {
        let mut socket = node.open("/ws", &[]).await.unwrap();
        assert_eq!(socket.says(json!({ "token": wrong })).await.closes().await, 4401);
    }
}

#[tokio::test]
async fn whoever_says_nothing_is_let_go() {
    let site = Site::start().await;
    site.app.live.paced(Pace { first: Duration::from_millis(30), ..PACE });
    let node = serve(site.app.clone()).await;
    assert_eq!(node.open("/ws", &[]).await.unwrap().closes().await, 4408);
    let browser = site.member("ada").await;
    let mut member = node.page(&browser, "/ws").await;
    assert_eq!(member.hears("ready").await["member"], true, "who is known need say nothing");
}

#[tokio::test]
async fn what_is_no_message_ends_it() {
    let site = Site::start().await;
    let node = serve(site.app.clone()).await;
    for wrong in ["", "hello", "[1]", "{\"subscribe\": 7}", "{}"] {
        let mut socket = node.open("/ws", &[]).await.unwrap();
        socket.0.send(Message::text(wrong)).await.unwrap();
        assert_eq!(socket.closes().await, 1008, "{wrong:?}");
    }
    let mut socket = node.open("/ws", &[]).await.unwrap();
    socket.0.send(Message::binary(vec![1, 2, 3])).await.unwrap();
    assert_eq!(socket.closes().await, 1008);
    let mut socket = node.open("/ws", &[]).await.unwrap();
    socket.0.send(Message::text("x".repeat(5_000))).await.unwrap();
    assert!(matches!(socket.closes().await, 0 | 1009), "too long to be read");
    let mut socket = node.open("/ws", &[]).await.unwrap();
    for _ in 0..121 {
        socket.0.send(Message::text(json!({ "subscribe": "event/none" }).to_string())).await.ok();
    }
    assert!(matches!(socket.closes().await, 1008 | 0), "too many messages");
}

#[tokio::test]
async fn what_is_said_at_sockets_counts_for_the_address_like_requests() {
    let site = crate::limits::public(("MARQUEE_LIMIT_REQUESTS", "7/day")).await;
    let node = serve(site.app.clone()).await;
    let mut socket = node.open("/ws", &[]).await.unwrap();
    for _ in 0..8 {
        socket.0.send(Message::text(json!({ "subscribe": "event/none" }).to_string())).await.ok();
    }
    assert!(matches!(socket.closes().await, 1008 | 0), "too many messages");
    assert_eq!(node.open("/ws", &[]).await.err(), Some(429));
}

#[tokio::test]
async fn sockets_are_counted_by_process_address_and_member() {
    let site = Site::with(&[("MARQUEE_SOCKETS_PER_ADDRESS", "3"), ("MARQUEE_SOCKETS_PER_MEMBER", "1")]).await;
    let node = serve(site.app.clone()).await;
    let browser = site.member("ada").await;
    let mut first = node.page(&browser, "/ws").await;
    first.hears("ready").await;
    assert_eq!(node.page(&browser, "/ws").await.closes().await, 4429);
    until(|| site.app.live.count() == 1).await;
    let _more = [node.open("/ws", &[]).await.unwrap(), node.open("/ws", &[]).await.unwrap()];
    assert_eq!(node.open("/ws", &[]).await.err(), Some(429));
    drop(first);
    until(|| site.app.live.count() == 2).await;
    node.open("/ws", &[]).await.unwrap();
    let full = Site::with(&[("MARQUEE_SOCKETS", "0")]).await;
    assert_eq!(serve(full.app.clone()).await.open("/ws", &[]).await.err(), Some(503));
}

/// Until it is so; what must not be asked for by messages.
pub async fn until(so: impl Fn() -> bool) {
    let mut turn = tokio::time::interval(Duration::from_millis(5));
    let waited = timeout(PATIENCE, async {
        while !so() {
            turn.tick().await;
        }
    });
    waited.await.expect("it never came to that");
}

#[tokio::test]
async fn what_is_asked_for_without_a_socket_is_malformed() {
    let site = Site::start().await;
    site.browser().visit("/ws").await.is(400);
    let kept: i64 = site.app.live.count().try_into().unwrap();
    assert_eq!(kept, 0);
}
