//! A browser without JavaScript: it keeps cookies, follows redirects, and submits only the fields and
//! buttons that stand on the page it sees.
use std::collections::BTreeMap;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, header};
use http_body_util::BodyExt;
use scraper::{ElementRef, Html, Selector};
use tower::ServiceExt;

#[derive(Clone)]
pub struct Browser {
    router: Router,
    cookies: BTreeMap<String, String>,
    filled: Vec<(String, Vec<String>)>,
    /// The path of the page in sight.
    pub path: String,
    pub status: u16,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
    agent: String,
    ip: Option<String>,
    authorization: Option<&'static str>,
    referer: Option<String>,
    /// How answers may be compressed.
    pub accepts: Option<&'static str>,
}

impl Browser {
    pub fn new(router: Router) -> Self {
        Self {
            router,
            cookies: BTreeMap::new(),
            filled: Vec::new(),
            path: "/".into(),
            status: 0,
            headers: HeaderMap::new(),
            bytes: Vec::new(),
            agent: "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0".into(),
            ip: None,
            authorization: None,
            referer: None,
            accepts: None,
        }
    }

    /// Another device: what the User-Agent header says.
    pub fn agent(&mut self, agent: &str) -> &mut Self {
        agent.clone_into(&mut self.agent);
        self
    }

    /// Sends this X-Forwarded-For.
    pub fn forwarded_for(&mut self, ip: &str) -> &mut Self {
        self.ip = Some(ip.into());
        self
    }

    /// Sends this Authorization, as a browser does to a site behind a proxy that asked for it.
    pub fn authorization(&mut self, value: &'static str) -> &mut Self {
        self.authorization = Some(value);
        self
    }

    pub async fn visit(&mut self, path: &str) -> &mut Self {
        self.filled.clear();
        self.send("GET", path, Vec::new(), None, true).await;
        self
    }

    /// Types into a field that must stand on the page when the form is sent. Again for the same name replaces.
    pub fn fill(&mut self, name: &str, value: &str) -> &mut Self {
        self.fill_all(name, &[value])
    }

    /// For fields that stand several times: all values in order.
    pub fn fill_all(&mut self, name: &str, values: &[&str]) -> &mut Self {
        self.filled.retain(|(field, _)| field != name);
        self.filled.push((name.into(), values.iter().map(|value| (*value).to_owned()).collect()));
        self
    }

    /// Presses the button with this text, in the first form that has one, and follows redirects.
    pub async fn press(&mut self, button: &str) -> &mut Self {
        let (method, action, fields) = self.form_with(button);
        let in_parts = self.form_of(&self.page(), button).value().attr("enctype") == Some("multipart/form-data");
        self.referer = Some(format!("http://localhost:8080{}", self.path));
        self.filled.clear();
        let body = encode(&fields);
        if in_parts {
            self.send("POST", &action, parts(&fields), Some("multipart/form-data; boundary=x"), true).await;
        } else if method == "GET" {
            let path = format!("{}?{body}", action.split('?').next().unwrap_or("/"));
            self.send("GET", &path, Vec::new(), None, true).await;
        } else {
            self.send("POST", &action, body.into_bytes(), Some(FORM), true).await;
        }
        self
    }

    /// Presses the first button whose text begins so.
    pub async fn press_starting(&mut self, text: &str) -> &mut Self {
        let page = self.page();
        let full = page.select(&selector("button")).map(|button| squeezed(&button)).find(|full| full.starts_with(text));
        let full = full.unwrap_or_else(|| panic!("no button {text:?} at {} in {}", self.path, self.text()));
        self.press(&full).await
    }

    /// Answers "is it still you?" with the password, asked or not, and is back at the page in sight.
    pub async fn steps_up(&mut self) -> &mut Self {
        if !self.path.starts_with("/step-up") {
            let back = encode(&[("back".to_owned(), self.path.clone())]);
            self.visit(&format!("/step-up?{back}")).await;
        }
        self.fill("proof", crate::site::PASSWORD).press("Go on").await
    }

    /// Follows the first link with this text.
    pub async fn follow(&mut self, text: &str) -> &mut Self {
        let href = {
            let page = self.page();
            let link = page.select(&selector("a[href]")).find(|a| squeezed(a) == text);
            link.unwrap_or_else(|| panic!("no link {text:?} in {}", self.text()))
                .value()
                .attr("href")
                .unwrap_or_default()
                .to_owned()
        };
        self.visit(&href).await
    }

    /// Posts fields that stand on no page: what a program or an attacker sends. Redirects are not followed.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> &mut Self {
        let fields: Vec<_> = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        self.send("POST", path, encode(&fields).into_bytes(), Some(FORM), false).await;
        self
    }

    /// One request as it is, without following.
    pub async fn request(&mut self, method: &str, path: &str, kind: Option<&str>, body: Vec<u8>) -> &mut Self {
        self.send(method, path, body, kind, false).await;
        self
    }

    pub fn is(&self, status: u16) -> &Self {
        assert_eq!(self.status, status, "at {}: {}", self.path, self.text());
        self
    }
    pub fn at(&self, path: &str) -> &Self {
        assert_eq!(self.path.split('?').next(), Some(path), "{}", self.text());
        self
    }
    pub fn sees(&self, text: &str) -> &Self {
        assert!(self.text().contains(text), "no {text:?} at {} in: {}", self.path, self.text());
        self
    }
    pub fn misses(&self, text: &str) -> &Self {
        assert!(!self.text().contains(text), "unexpected {text:?} at {} in: {}", self.path, self.text());
        self
    }
    /// The value that a field shows.
    pub fn field(&self, name: &str) -> String {
        let page = self.page();
        let all = selector("input, textarea, select");
        let field = page.select(&all).find(|field| field.value().attr("name") == Some(name));
        let field = field.unwrap_or_else(|| panic!("no field {name:?} at {}", self.path));
        value(&field).pop().unwrap_or_default()
    }
    pub fn field_is(&self, name: &str, value: &str) -> &Self {
        assert_eq!(self.field(name), value, "field {name:?}");
        self
    }
    /// The message at a field.
    pub fn error_at(&self, name: &str) -> String {
        let page = self.page();
        let all = selector("input, textarea, select");
        let field = page
            .select(&all)
            .find(|field| field.value().attr("name") == Some(name))
            .unwrap_or_else(|| panic!("no field {name:?}"));
        let described = field.value().attr("aria-describedby").unwrap_or_default().to_owned();
        let ids =
            described.split_whitespace().filter_map(|id| page.select(&selector(&format!("[id='{id}'].err"))).next());
        ids.map(|error| squeezed(&error)).collect::<Vec<_>>().join(" ")
    }
    /// All that a person reads, in one line.
    pub fn text(&self) -> String {
        let page = self.page();
        let main = page.select(&selector("body")).next().unwrap_or(page.root_element());
        let title = page.select(&selector("title")).next().map(|title| squeezed(&title)).unwrap_or_default();
        format!("{title} {}", squeezed(&main))
    }
    pub fn html(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|_| panic!("no JSON: {}", self.html()))
    }
    pub fn page(&self) -> Html {
        Html::parse_document(&self.html())
    }
    /// What the elements that a selector finds say.
    pub fn all(&self, what: &str) -> Vec<String> {
        self.page().select(&selector(what)).map(|found| squeezed(&found)).collect()
    }
    pub fn has_button(&self, text: &str) -> bool {
        self.page().select(&selector("button")).any(|button| squeezed(&button) == text)
    }
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.get(name).map(String::as_str)
    }
    pub fn set_cookie(&mut self, name: &str, value: &str) -> &mut Self {
        self.cookies.insert(name.into(), value.into());
        self
    }

    /// The form that a button sends.
    fn form_of<'a>(&self, page: &'a Html, button: &str) -> ElementRef<'a> {
        let pressed = page
            .select(&selector("button"))
            .find(|b| squeezed(b) == button)
            .unwrap_or_else(|| panic!("no button {button:?} at {} in {}", self.path, self.text()));
        let form = match pressed.value().attr("form") {
            Some(id) => page.select(&selector(&format!("form[id='{id}']"))).next(),
            None => pressed.ancestors().filter_map(ElementRef::wrap).find(|parent| parent.value().name() == "form"),
        };
        form.unwrap_or_else(|| panic!("button {button:?} is in no form"))
    }

    /// Method, action and fields of the form with that button, as a browser would send them.
    pub fn form_with(&self, button: &str) -> (String, String, Vec<(String, String)>) {
        let page = self.page();
        let pressed = page
            .select(&selector("button"))
            .find(|b| squeezed(b) == button)
            .unwrap_or_else(|| panic!("no button {button:?} at {} in {}", self.path, self.text()));
        let form = self.form_of(&page, button);
        // Also what stands elsewhere on the page and says that it belongs to this form.
        let all = selector("input, textarea, select");
        let id = form.value().attr("id").filter(|id| !id.is_empty());
        let elsewhere = page.select(&all).filter(|field| id.is_some() && field.value().attr("form") == id);
        let own: Vec<ElementRef> =
            form.select(&all).filter(|field| field.value().attr("form").is_none()).chain(elsewhere).collect();
        let mut fields = Vec::new();
        for field in &own {
            let Some(name) = field.value().attr("name") else { continue };
            if field.value().attr("disabled").is_none() {
                fields.extend(value(field).into_iter().map(|value| (name.to_owned(), value)));
            }
        }
        for (name, values) in &self.filled {
            let stands = own.iter().any(|field| field.value().attr("name") == Some(name));
            assert!(stands, "no field {name:?} in the form with {button:?} at {}", self.path);
            let at = fields.iter().position(|(field, _)| field == name).unwrap_or(fields.len());
            fields.retain(|(field, _)| field != name);
            for (n, value) in values.iter().enumerate() {
                fields.insert((at + n).min(fields.len()), (name.clone(), value.clone()));
            }
        }
        if let Some(name) = pressed.value().attr("name") {
            fields.push((name.to_owned(), pressed.value().attr("value").unwrap_or_default().to_owned()));
        }
        let method = pressed.value().attr("formmethod").or(form.value().attr("method")).unwrap_or("get").to_uppercase();
        let action =
            pressed.value().attr("formaction").or(form.value().attr("action")).unwrap_or(&self.path).to_owned();
        (method, action, fields)
    }

    async fn send(&mut self, method: &str, path: &str, body: Vec<u8>, kind: Option<&str>, follow: bool) {
        let (mut method, mut path, mut body, mut kind) = (method.to_owned(), path.to_owned(), body, kind);
        for _ in 0..10 {
            let mut request = Request::builder()
                .method(method.as_str())
                .uri(&path)
                .header("sec-fetch-site", "same-origin")
                .header(header::USER_AGENT, &self.agent)
                .header(header::HOST, "localhost:8080");
            if let Some(kind) = kind {
                request = request.header(header::CONTENT_TYPE, kind);
            }
            if let Some(ip) = &self.ip {
                request = request.header("x-forwarded-for", ip);
            }
            if let Some(value) = self.authorization {
                request = request.header(header::AUTHORIZATION, value);
            }
            if let Some(accepts) = self.accepts {
                request = request.header(header::ACCEPT_ENCODING, accepts);
            }
            if let Some(referer) = &self.referer {
                request = request.header(header::REFERER, referer);
            }
            if !self.cookies.is_empty() {
                let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
                request = request.header(header::COOKIE, cookies.join("; "));
            }
            let response = self
                .router
                .clone()
                .oneshot(request.body(Body::from(body)).expect("a request"))
                .await
                .expect("an answer");
            self.keep_cookies(response.headers());
            self.status = response.status().as_u16();
            self.headers = response.headers().clone();
            self.bytes = response.into_body().collect().await.expect("a body").to_bytes().to_vec();
            path.clone_into(&mut self.path);
            let to = self.headers.get(header::LOCATION).and_then(|to| to.to_str().ok()).map(str::to_owned);
            match to {
                Some(to) if follow && (300..400).contains(&self.status) => {
                    (method, path, body, kind) = ("GET".into(), to, Vec::new(), None);
                }
                _ => return,
            }
        }
        panic!("too many redirects, the last to {path}");
    }

    fn keep_cookies(&mut self, headers: &HeaderMap) {
        for set in headers.get_all(header::SET_COOKIE).iter().filter_map(|set| set.to_str().ok()) {
            let Some((name, value)) = set.split(';').next().and_then(|pair| pair.split_once('=')) else { continue };
            if set.to_lowercase().contains("max-age=0") || value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

pub const FORM: &str = "application/x-www-form-urlencoded";

pub fn encode(fields: &[(String, String)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// As parts, the field `file` as a file.
fn parts(fields: &[(String, String)]) -> Vec<u8> {
    let part = |(name, value): &(String, String)| {
        let file = if name == "file" { "; filename=\"list.csv\"" } else { "" };
        format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n{value}\r\n")
    };
    (fields.iter().map(part).collect::<String>() + "--x--\r\n").into_bytes()
}

fn selector(text: &str) -> Selector {
    Selector::parse(text).expect("a selector")
}

/// An element's text in one line.
fn squeezed(element: &ElementRef) -> String {
    element.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What a browser would send for this field: nothing, one value or several.
pub fn value(field: &ElementRef) -> Vec<String> {
    let attr = |name| field.value().attr(name);
    match (field.value().name(), attr("type").unwrap_or("text")) {
        ("textarea", _) => {
            let text: String = field.text().collect();
            vec![text.strip_prefix('\n').unwrap_or(&text).to_owned()]
        }
        ("select", _) => {
            let options: Vec<_> = field.select(&selector("option")).collect();
            let of = |option: &ElementRef| option.value().attr("value").map_or_else(|| squeezed(option), str::to_owned);
            let chosen: Vec<_> =
                options.iter().filter(|option| option.value().attr("selected").is_some()).map(of).collect();
            if chosen.is_empty() && attr("multiple").is_none() {
                options.first().map(of).into_iter().collect()
            } else {
                chosen
            }
        }
        (_, "checkbox" | "radio") => {
            attr("checked").map(|_| attr("value").unwrap_or("on").to_owned()).into_iter().collect()
        }
        (_, "submit" | "button" | "image" | "file" | "reset") => Vec::new(),
        _ => vec![attr("value").unwrap_or_default().to_owned()],
    }
}
