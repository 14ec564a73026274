//! A small and strict S3 on this machine: it believes no request whose signature (version 4) does not fit to the
//! letter, says no in XML as Amazon does, hands out lists in pages of two, and fails or falls silent on demand.
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use hmac::{Hmac, KeyInit, Mac};
use marquee::clock::Clock;
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;
use tokio::sync::watch;

pub const NAME: &str = "gatherings";
pub const KEY: &str = "AKIDEXAMPLE";
pub const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
pub const REGION: &str = "eu-central-1";
/// Of a list in one answer.
const PAGE: usize = 2;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weather {
    Fine,
    /// The next so many requests are told to slow down.
    Stumbling(usize),
    Down,
    /// It listens, and answers when the weather changes.
    Silent,
}

pub struct Bucket {
    pub url: String,
    pub objects: Mutex<BTreeMap<String, Bytes>>,
    /// What was asked, as `GET a/b`.
    pub asked: Mutex<Vec<String>>,
    weather: watch::Sender<Weather>,
}

impl Bucket {
    pub async fn open() -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (objects, asked) = (Mutex::default(), Mutex::default());
        let bucket = Arc::new(Self { url, objects, asked, weather: watch::Sender::new(Weather::Fine) });
        let router = Router::new().fallback(answer).with_state(Arc::clone(&bucket));
        tokio::spawn(async move { axum::serve(listener, router).await });
        bucket
    }

    pub fn weather(&self, weather: Weather) {
        self.weather.send_replace(weather);
    }

    pub fn keys(&self) -> Vec<String> {
        self.objects.lock().unwrap().keys().cloned().collect()
    }

    /// How often this was asked.
    pub fn times(&self, what: &str) -> usize {
        self.asked.lock().unwrap().iter().filter(|asked| asked.starts_with(what)).count()
    }

    /// A refusal, if the weather is bad.
    async fn forecast(&self) -> Option<Response> {
        let mut weather = self.weather.subscribe();
        let slow = || Some(no(StatusCode::SERVICE_UNAVAILABLE, "SlowDown"));
        let now = *weather.borrow_and_update();
        match now {
            Weather::Fine => None,
            Weather::Down => slow(),
            Weather::Stumbling(0) => None,
            Weather::Stumbling(more) => {
                self.weather(Weather::Stumbling(more - 1));
                slow()
            }
            Weather::Silent => {
                weather.changed().await.ok();
                slow()
            }
        }
    }
}

async fn answer(State(bucket): State<Arc<Bucket>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 8 << 20).await.unwrap();
    let Some(key) = parts.uri.path().strip_prefix(&format!("/{NAME}")) else {
        return no(StatusCode::NOT_FOUND, "NoSuchBucket");
    };
    let key = key.trim_start_matches('/').to_owned();
    bucket.asked.lock().unwrap().push(format!("{} {key}", parts.method));
    if let Some(refusal) = bucket.forecast().await {
        return refusal;
    }
    if let Err(code) = signed(&parts.method, &parts.uri, &parts.headers, &body) {
        return no(StatusCode::FORBIDDEN, code);
    }
    let mut objects = bucket.objects.lock().unwrap();
    match parts.method {
        Method::GET if key.is_empty() => list(&objects, parts.uri.query().unwrap_or_default()),
        Method::GET | Method::HEAD => match objects.get(&key) {
            Some(found) => object(found, parts.method == Method::HEAD),
            None => no(StatusCode::NOT_FOUND, "NoSuchKey"),
        },
        Method::PUT if !key.is_empty() => {
            let tag = etag(&body);
            objects.insert(key, body);
            ([(header::ETAG, tag)], "").into_response()
        }
        Method::DELETE if !key.is_empty() => {
            objects.remove(&key);
            StatusCode::NO_CONTENT.into_response()
        }
        _ => no(StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed"),
    }
}

fn no(status: StatusCode, code: &str) -> Response {
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>No.</Message><RequestId>1</RequestId></Error>"
    );
    (status, [(header::CONTENT_TYPE, "application/xml")], text).into_response()
}

fn etag(bytes: &[u8]) -> String {
    format!("\"{}\"", &sum(bytes)[..32])
}

fn object(bytes: &Bytes, head: bool) -> Response {
    let headers = [
        (header::ETAG, etag(bytes)),
        (header::LAST_MODIFIED, "Wed, 18 Nov 2026 11:00:00 GMT".to_owned()),
        (header::CONTENT_LENGTH, bytes.len().to_string()),
        (header::CONTENT_TYPE, "binary/octet-stream".to_owned()),
    ];
    (headers, Body::from(if head { Bytes::new() } else { bytes.clone() })).into_response()
}

fn list(objects: &BTreeMap<String, Bytes>, query: &str) -> Response {
    let asked: BTreeMap<_, _> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let asked = |name: &str| asked.get(name).cloned().unwrap_or_default();
    assert_eq!(asked("list-type"), "2");
    let behind = asked("continuation-token");
    let mut found =
        objects.iter().filter(|(key, _)| key.starts_with(&asked("prefix")) && **key > behind).collect::<Vec<_>>();
    let more = found.len() > PAGE;
    found.truncate(PAGE);
    let rows: String = found
        .iter()
        .map(|(key, bytes)| {
            let (size, tag) = (bytes.len(), etag(bytes).replace('"', "&quot;"));
            format!("<Contents><Key>{key}</Key><LastModified>2026-11-18T11:00:00.000Z</LastModified><ETag>{tag}</ETag><Size>{size}</Size><StorageClass>STANDARD</StorageClass></Contents>")
        })
        .collect();
    let next = match found.last() {
        Some((key, _)) if more => format!("<NextContinuationToken>{key}</NextContinuationToken>"),
        _ => String::new(),
    };
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>{NAME}</Name><Prefix></Prefix><KeyCount>{}</KeyCount><MaxKeys>{PAGE}</MaxKeys><IsTruncated>{more}</IsTruncated>{rows}{next}</ListBucketResult>",
        found.len()
    );
    ([(header::CONTENT_TYPE, "application/xml")], text).into_response()
}

/// Whether a request was signed with our secret: its method, address, time, body and every header that says more.
fn signed(method: &Method, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Result<(), &'static str> {
    let value = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().trim();
    let claim = value("authorization").strip_prefix("AWS4-HMAC-SHA256 ").ok_or("AccessDenied")?;
    let part = |name: &str| {
        claim.split(',').find_map(|part| part.trim().strip_prefix(name)?.strip_prefix('=')).ok_or("AccessDenied")
    };
    let (credential, names, signature) = (part("Credential")?, part("SignedHeaders")?, part("Signature")?);
    let time = value("x-amz-date");
    let day = time.get(..8).ok_or("AccessDenied")?;
    let scope = format!("{day}/{REGION}/s3/aws4_request");
    if credential != format!("{KEY}/{scope}") {
        return Err("InvalidAccessKeyId");
    }
    let now = jiff::Timestamp::from_microsecond(Clock::default().now().micros()).unwrap();
    let at = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", time).map_err(|_| "AccessDenied")?;
    let at = at.to_zoned(jiff::tz::TimeZone::UTC).map_err(|_| "AccessDenied")?.timestamp();
    if now.duration_since(at).abs() > jiff::SignedDuration::from_mins(15) {
        return Err("RequestTimeTooSkewed");
    }
    let payload = value("x-amz-content-sha256");
    if payload != sum(body) {
        return Err("XAmzContentSHA256Mismatch");
    }
    let list: Vec<_> = names.split(';').collect();
    let must = headers.keys().map(header::HeaderName::as_str).filter(|name| name.starts_with("x-amz-"));
    if must.chain(["host"]).any(|name| !list.contains(&name)) || !list.is_sorted() {
        return Err("AccessDenied");
    }
    let lines: String = list.iter().map(|name| format!("{name}:{}\n", value(name))).collect();
    let request = format!("{method}\n{}\n{}\n{lines}\n{names}\n{payload}", uri.path(), sorted(uri));
    let to_sign = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", sum(request.as_bytes()));
    let keys = [day, REGION, "s3", "aws4_request"];
    let key = keys.into_iter().fold(format!("AWS4{SECRET}").into_bytes(), |key, with| mac(&key, with.as_bytes()));
    if hex(&mac(&key, to_sign.as_bytes())) == signature { Ok(()) } else { Err("SignatureDoesNotMatch") }
}

/// The query as it is signed: every name and value written anew, in order.
fn sorted(uri: &Uri) -> String {
    let query = uri.query().unwrap_or_default().as_bytes();
    let mut pairs: Vec<_> =
        form_urlencoded::parse(query).map(|(name, value)| format!("{}={}", written(&name), written(&value))).collect();
    pairs.sort();
    pairs.join("&")
}

fn written(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

fn mac(key: &[u8], text: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(text);
    mac.finalize().into_bytes().to_vec()
}

fn sum(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
