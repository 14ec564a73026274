//! Google, Microsoft and GitHub as far as a site meets them: one process on this machine that insists on what they
//! insist on (client, secret, redirect URI, PKCE, a code once), and lies when a test asks it to.
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::extract::{Form, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use url::Url;

const KEY: &[u8] = include_bytes!("key.der");
const MODULUS: &str = "mhYFTVt5P-XNpgHRT4N6fEXYrd6nmC9HXH9d69t4EASbIL0RkxezCNTPi1WeHzxSDtAyZVoJD7F09-MUXAU4LNYLEuWyNoAtPTv_PObD3nqPvVFO_2OlTO_obSTDr6CBmMJdQp0FCPmthD-mJviLSIvMplYCcnW0D-nwBByaqEZXhjNPqM4vRP-CNww0GstpU7OkGINBxKdt6uGeV6vZek2148zALWarCQnB0qFuPVuSHhpYsFJjpZVssDEMqxkyp5qvfBKAxmqp2Kw8Yc6NSCgPklRJW8rGCrPTTp7dxGsXp42ocVJwF4-7iNH5-weuFxSaRKNxisqlbPQBooncuw";
pub const SECRET: &str = "the secret of the client";
/// A tenant of Microsoft's.
pub const TENANT: &str = "9122040d-6c67-4c5b-b112-36a304b66dad";

/// How the token of a trip is made, other than right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lie {
    None,
    /// `alg: none`, without a signature.
    Unsigned,
    /// HS256 with the client's secret, or with the public key.
    Symmetric,
    /// Names a key that is not published.
    OtherKey,
    /// The last letters of the signature are others.
    Broken,
}

/// A code that was given for somebody, and with what it must be exchanged.
#[derive(Clone)]
struct Given {
    challenge: String,
    nonce: Option<String>,
    redirect_uri: String,
    person: Value,
}

#[derive(Default)]
struct Kept {
    url: String,
    now: i64,
    codes: HashMap<String, Given>,
    tokens: HashMap<String, Value>,
    lie: Option<Lie>,
    /// Claims that replace those that would be right; null removes one.
    claims: Value,
    /// What it publishes as its issuer, if not its own.
    issuer: Option<String>,
    /// Takes a code any number of times.
    lax: bool,
    /// Every answer is this status.
    status: Option<u16>,
}

#[derive(Clone)]
pub struct Standin(Arc<Mutex<Kept>>);

/// The claims of somebody at Google, or at Microsoft, or what GitHub's API says of them.
pub fn person(subject: &str, email: &str) -> Value {
    json!({ "sub": subject, "email": email, "email_verified": true, "name": "Ada of Google",
        "tid": TENANT, "oid": format!("oid-{subject}"), "xms_edov": true, "id": 7, "login": "ada" })
}

impl Standin {
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let this = Self(Arc::new(Mutex::new(Kept { url, claims: json!({}), ..Kept::default() })));
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(google))
            .route("/common/v2.0/.well-known/openid-configuration", get(microsoft))
            .route("/jwks", get(keys))
            .route("/authorize", get(consent))
            .route("/hub/login/oauth/authorize", get(consent))
            .route("/token", post(token))
            .route("/hub/login/oauth/access_token", post(hub_token))
            .route("/api/user", get(user))
            .route("/api/user/emails", get(emails))
            .with_state(this.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        this
    }

    pub fn url(&self) -> String {
        self.0.lock().unwrap().url.clone()
    }

    /// The settings of a site that all three are set up for.
    pub fn settings(&self) -> Vec<(&'static str, String)> {
        let url = self.url();
        let mut all = vec![
            ("GOOGLE_BASE_URL", url.clone()),
            ("MICROSOFT_BASE_URL", format!("{url}/common/v2.0")),
            ("GITHUB_BASE_URL", format!("{url}/hub")),
            ("GITHUB_API_URL", format!("{url}/api")),
        ];
        let clients = ["GOOGLE_CLIENT_ID", "MICROSOFT_CLIENT_ID", "GITHUB_CLIENT_ID"];
        all.extend(clients.into_iter().zip(["google-client", "microsoft-client", "github-client"].map(str::to_owned)));
        let secrets = ["GOOGLE_CLIENT_SECRET", "MICROSOFT_CLIENT_SECRET", "GITHUB_CLIENT_SECRET"];
        all.extend(secrets.map(|name| (name, SECRET.to_owned())));
        all
    }
    pub fn lies(&self, lie: Lie) {
        self.0.lock().unwrap().lie = Some(lie);
    }
    pub fn claims(&self, claims: Value) {
        self.0.lock().unwrap().claims = claims;
    }
    /// Publishes somebody else's issuer from now on.
    pub fn publishes(&self, issuer: &str) {
        self.0.lock().unwrap().issuer = Some(issuer.to_owned());
    }
    /// Takes each code any number of times from now on, as no provider may.
    pub fn forgets(&self) {
        self.0.lock().unwrap().lax = true;
    }
    /// Answers everything with this status from now on.
    pub fn answers(&self, status: Option<u16>) {
        self.0.lock().unwrap().status = status;
    }

    /// Says yes there: checks what a browser was sent with, and answers the address at which it comes back.
    pub fn says_yes(&self, there: &str, person: Value, now: i64) -> String {
        let url = Url::parse(there).unwrap();
        let asked: HashMap<String, String> = url.query_pairs().into_owned().collect();
        assert!(there.starts_with(&self.url()), "{there}");
        assert_eq!((asked["response_type"].as_str(), asked["code_challenge_method"].as_str()), ("code", "S256"));
        let nonce = asked.get("nonce").cloned();
        assert_eq!(nonce.is_some(), asked["scope"].contains("openid"), "{there}");
        let code = format!("code {}/&=", uuid::Uuid::new_v4());
        let mut kept = self.0.lock().unwrap();
        kept.now = now;
        let (challenge, redirect_uri) = (asked["code_challenge"].clone(), asked["redirect_uri"].clone());
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("code", &code)
            .append_pair("state", &asked["state"])
            .finish();
        let back = format!("{redirect_uri}?{query}");
        kept.codes.insert(code, Given { challenge, nonce, redirect_uri, person });
        back
    }
}

/// The page on which people say yes; those who come by themselves.
async fn consent(State(standin): State<Standin>, uri: Uri) -> Html<String> {
    let person = person("1", "grace@example.net");
    let name = person["name"].as_str().unwrap_or_default().to_owned();
    let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs().try_into().unwrap();
    let back = standin.says_yes(&format!("{}{uri}", standin.url()), person, now).replace('&', "&amp;");
    Html(format!(
        "<!doctype html><html lang=en><title>Yes?</title><link rel=icon href=\"data:,\"><main><a href=\"{back}\">Go on as {name}</a></main>"
    ))
}

fn silent(kept: &Kept) -> Option<Response> {
    let status = StatusCode::from_u16(kept.status?).unwrap();
    // Somebody who follows this finds what they want to hear.
    Some((status, [(header::LOCATION, format!("{}/token", kept.url))], "no").into_response())
}

fn metadata(kept: &Kept, issuer: &str) -> Response {
    let url = &kept.url;
    let issuer = kept.issuer.as_deref().unwrap_or(issuer);
    silent(kept).unwrap_or_else(|| {
        Json(json!({ "issuer": issuer, "authorization_endpoint": format!("{url}/authorize"),
            "token_endpoint": format!("{url}/token"), "jwks_uri": format!("{url}/jwks"),
            "id_token_signing_alg_values_supported": ["RS256"] }))
        .into_response()
    })
}

async fn google(State(Standin(kept)): State<Standin>) -> Response {
    let kept = kept.lock().unwrap();
    metadata(&kept, &kept.url)
}

async fn microsoft(State(Standin(kept)): State<Standin>) -> Response {
    let kept = kept.lock().unwrap();
    metadata(&kept, &format!("{}/{{tenantid}}/v2.0", kept.url))
}

async fn keys(State(Standin(kept)): State<Standin>) -> Response {
    let kept = kept.lock().unwrap();
    let key = json!({ "kty": "RSA", "use": "sig", "alg": "RS256", "kid": "one", "n": MODULUS, "e": "AQAB" });
    silent(&kept).unwrap_or_else(|| Json(json!({ "keys": [key] })).into_response())
}

fn base64(bytes: impl AsRef<[u8]>) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// Takes a code, once, from the client that has the verifier.
fn exchange(kept: &mut Kept, form: &HashMap<String, String>, client: &str) -> Result<Given, &'static str> {
    let field = |name: &str| form.get(name).map_or("", String::as_str);
    if (field("client_id"), field("client_secret")) != (client, SECRET) {
        return Err("invalid_client");
    }
    let given = kept.codes.get(field("code")).cloned().ok_or("invalid_grant")?;
    if !kept.lax {
        kept.codes.remove(field("code"));
    }
    let right = base64(Sha256::digest(field("code_verifier"))) == given.challenge
        && field("redirect_uri") == given.redirect_uri
        && field("grant_type") == "authorization_code";
    if right { Ok(given) } else { Err("invalid_grant") }
}

async fn token(State(Standin(kept)): State<Standin>, Form(form): Form<HashMap<String, String>>) -> Response {
    let mut kept = kept.lock().unwrap();
    if let Some(answer) = silent(&kept) {
        return answer;
    }
    let microsoft = form.get("client_id").is_some_and(|id| id == "microsoft-client");
    let client = if microsoft { "microsoft-client" } else { "google-client" };
    match exchange(&mut kept, &form, client) {
        Err(error) => (StatusCode::BAD_REQUEST, Json(json!({ "error": error }))).into_response(),
        Ok(given) => {
            let issuer = if microsoft { format!("{}/{TENANT}/v2.0", kept.url) } else { kept.url.clone() };
            let mut claims =
                json!({ "iss": issuer, "aud": client, "iat": kept.now, "exp": kept.now + 3600, "nonce": given.nonce });
            for more in [&given.person, &kept.claims] {
                for (name, value) in more.as_object().unwrap() {
                    claims[name] = value.clone();
                }
            }
            claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
            let id_token = sign(&claims, kept.lie.unwrap_or(Lie::None));
            let answer =
                json!({ "access_token": "nothing", "token_type": "Bearer", "expires_in": 3600, "id_token": id_token });
            Json(answer).into_response()
        }
    }
}

fn sign(claims: &Value, lie: Lie) -> String {
    let header = |alg, kid: &str| Header { kid: Some(kid.to_owned()), ..Header::new(alg) };
    let rsa = EncodingKey::from_rsa_der(KEY);
    match lie {
        Lie::None => jsonwebtoken::encode(&header(Algorithm::RS256, "one"), claims, &rsa).unwrap(),
        Lie::OtherKey => jsonwebtoken::encode(&header(Algorithm::RS256, "two"), claims, &rsa).unwrap(),
        Lie::Symmetric => {
            let key = EncodingKey::from_secret(SECRET.as_bytes());
            jsonwebtoken::encode(&header(Algorithm::HS256, "one"), claims, &key).unwrap()
        }
        Lie::Unsigned => format!("{}.{}.", base64(r#"{"alg":"none"}"#), base64(claims.to_string())),
        Lie::Broken => {
            let token = jsonwebtoken::encode(&header(Algorithm::RS256, "one"), claims, &rsa).unwrap();
            let (text, signature) = token.rsplit_once('.').unwrap();
            format!("{text}.{}{}", &signature[8..], &signature[..8])
        }
    }
}

/// GitHub says what is wrong with status 200.
async fn hub_token(State(Standin(kept)): State<Standin>, Form(form): Form<HashMap<String, String>>) -> Response {
    let mut kept = kept.lock().unwrap();
    if let Some(answer) = silent(&kept) {
        return answer;
    }
    let answer = match exchange(&mut kept, &form, "github-client") {
        Err("invalid_grant") => {
            json!({ "error": "bad_verification_code", "error_description": "The code is incorrect or expired." })
        }
        Err(_) => json!({ "error": "incorrect_client_credentials" }),
        Ok(given) => {
            let token = format!("gho_{}", uuid::Uuid::new_v4().simple());
            kept.tokens.insert(token.clone(), given.person);
            json!({ "access_token": token, "token_type": "bearer", "scope": "read:user,user:email" })
        }
    };
    Json(answer).into_response()
}

fn bearer(kept: &Kept, headers: &HeaderMap) -> Option<Value> {
    assert!(headers.contains_key(header::USER_AGENT), "GitHub answers nobody without a name");
    let token = headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")?;
    kept.tokens.get(token).cloned()
}

async fn user(State(Standin(kept)): State<Standin>, headers: HeaderMap) -> Response {
    let kept = kept.lock().unwrap();
    match bearer(&kept, &headers) {
        Some(person) => {
            Json(json!({ "id": person["id"], "login": person["login"], "name": person["name"], "email": null }))
                .into_response()
        }
        None => StatusCode::UNAUTHORIZED.into_response(),
    }
}

async fn emails(State(Standin(kept)): State<Standin>, headers: HeaderMap) -> Response {
    let kept = kept.lock().unwrap();
    let Some(person) = bearer(&kept, &headers) else { return StatusCode::UNAUTHORIZED.into_response() };
    let mut all = vec![json!({ "email": "old@example.org", "primary": false, "verified": true })];
    if !person["email"].is_null() {
        all.push(json!({ "email": person["email"], "primary": true, "verified": person["email_verified"] }));
    }
    Json(Value::Array(all)).into_response()
}
