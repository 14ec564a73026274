//! A Stripe of our own: a small server with books, keys that are used once, and bad weather on demand.
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};

use super::books::Books;
use super::objects::{Session, error};
use super::pages;

pub const KEY: &str = "sk_test_marquee";

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weather {
    Fair,
    /// It says that it is broken.
    Down,
    /// It breaks over the request, and says so again whenever the same comes.
    Broken,
    /// It takes the request and never answers.
    Silent,
    /// What it answers is no JSON.
    Garbage,
    /// It answers with the first half of an object.
    Half,
    /// It does what was asked, and the answer is lost on the way.
    Lost,
}

#[derive(Clone)]
pub struct Account(Arc<Mutex<Books>>);

impl Account {
    /// Listens on this machine until the test ends.
    pub async fn open() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let books = Books::new(format!("http://{}", listener.local_addr().expect("its number")));
        let account = Self(Arc::new(Mutex::new(books)));
        let router = Router::new().fallback(answer).with_state(account.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.expect("a server") });
        account
    }

    /// Looks into the books, or changes them as somebody at the dashboard or a bank would.
    pub fn books<T>(&self, look: impl FnOnce(&mut Books) -> T) -> T {
        look(&mut self.0.lock().expect("the books"))
    }

    pub fn base(&self) -> String {
        self.books(|books| books.base.clone())
    }

    pub fn weather(&self, forecast: impl FnMut(&str) -> Weather + Send + 'static) {
        self.books(|books| books.weather = Box::new(forecast));
    }

    pub fn fair(&self) {
        self.weather(|_| Weather::Fair);
    }

    /// How often this was asked, as `POST refunds`.
    pub fn count(&self, what: &str) -> usize {
        self.books(|books| books.asked.iter().filter(|asked| *asked == what).count())
    }

    /// The session that was opened last.
    pub fn session(&self) -> Session {
        self.books(|books| books.sessions.last().cloned()).expect("a session")
    }

    pub fn change(&self, id: &str, change: impl FnOnce(&mut Session)) {
        self.books(|books| change(books.sessions.iter_mut().find(|session| session.id == id).expect("a session")));
    }

    /// The buyer pays.
    pub fn pay(&self, id: &str) {
        self.books(|books| books.pay(id));
    }
}

async fn answer(
    State(account): State<Account>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: String,
) -> Response {
    if let Some(id) = uri.path().strip_prefix("/pay/") {
        return pages::answer(&account, &method, id, &body);
    }
    if uri.path() == "/favicon.ico" {
        return StatusCode::NO_CONTENT.into_response();
    }
    if let Some(id) = uri.path().strip_prefix("/portal/") {
        return pages::portal(&account, &method, id);
    }
    let path = uri.path().trim_start_matches("/v1/").to_owned();
    let text = if method == Method::GET { uri.query().unwrap_or_default() } else { &body };
    let weather = account.books(|books| {
        books.asked.push(format!("{method} {path}"));
        books.requests.push((method.to_string(), uri.path().to_owned(), text.to_owned()));
        (books.weather)(&format!("{method} {path}"))
    });
    match weather {
        Weather::Down => {
            return (StatusCode::SERVICE_UNAVAILABLE, error("api_error", "down", None).to_string()).into_response();
        }
        Weather::Silent => std::future::pending().await,
        Weather::Garbage => return "<html>It works!</html>".into_response(),
        Weather::Half => return r#"{"id":"cs_test_1","object":"checkout.session","created":1"#.into_response(),
        Weather::Fair | Weather::Lost | Weather::Broken => {}
    }
    let given = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if given("authorization") != format!("Bearer {KEY}") {
        let wrong = error("invalid_request_error", "Invalid API Key provided", None);
        return (StatusCode::UNAUTHORIZED, wrong.to_string()).into_response();
    }
    assert!(!given("stripe-version").is_empty(), "the version of the API is named");
    let asked: HashMap<String, String> = form_urlencoded::parse(text.as_bytes()).into_owned().collect();
    let key = given("idempotency-key");
    if weather == Weather::Broken {
        account.books(|books| books.breaks(&path, key, text));
    }
    let answered = account.books(|books| books.once(&method, &path, &asked, key, text));
    if weather == Weather::Lost {
        return (StatusCode::BAD_GATEWAY, "<html>Bad gateway</html>").into_response();
    }
    match answered {
        Ok(object) => object.to_string().into_response(),
        Err((status, object)) => (status, object.to_string()).into_response(),
    }
}
