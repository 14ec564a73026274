//! From where somebody comes in: address, browser, the cookie of a known device.
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use axum::response::Response;

use crate::app::App;
use crate::error::{Error, Result};
use crate::ids;
use crate::web::cookies;
use crate::web::limits::Ip;

pub struct Client {
    pub ip: Ip,
    /// What the browser says of itself.
    pub agent: String,
    pub device: Option<String>,
}

const fn cookie_name(https: bool) -> &'static str {
    if https { "__Host-marquee-device" } else { "marquee-device" }
}

impl FromRequestParts<App> for Client {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let name = cookie_name(app.config.https());
        let device = cookies::named(&parts.headers, name).filter(|value| is_secret(value)).map(str::to_owned);
        let agent = parts.headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
        Ok(Self { ip: Ip::of(app, parts), agent: agent.chars().take(300).collect(), device })
    }
}

/// Whether a cookie's value can be one of ours: 24 bytes in base 64.
fn is_secret(value: &str) -> bool {
    value.len() == 32 && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

impl Client {
    /// The secret of this device, which it keeps from now on.
    pub fn device(&mut self) -> &str {
        self.device.get_or_insert_with(ids::secret)
    }

    /// Lets the browser keep the device's secret, longer than any session.
    pub fn remember(&self, app: &App, response: &mut Response) -> Result<()> {
        let Some(device) = &self.device else { return Ok(()) };
        let https = app.config.https();
        let (name, seconds) = (cookie_name(https), app.config.keep.devices * 24 * 3600);
        let secure = if https { "; Secure" } else { "" };
        let cookie = format!("{name}={device}; HttpOnly; SameSite=Lax; Path=/; Max-Age={seconds}{secure}");
        response.headers_mut().append(header::SET_COOKIE, HeaderValue::from_str(&cookie)?);
        Ok(())
    }
}
