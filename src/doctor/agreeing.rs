//! Whether settings that are each well agree: with each other, and with what stands at the public address.
use std::time::Duration;

use super::Finding;
use crate::config::{Config, SmtpTls};

/// How long the public address may take to answer.
const ANSWERS: Duration = Duration::from_secs(5);

/// What is given and does nothing, and what is not given and should be.
pub(super) fn settings(config: &Config) -> Vec<Finding> {
    let mut told = Vec::new();
    if config.https() && config.trusted_proxies.is_empty() {
        told.push(
            "BASE_URL is https, so a proxy stands before this site, but MARQUEE_TRUSTED_PROXIES names none: all visitors share its address and the limits of it",
        );
    }
    if config.smtp.as_ref().is_some_and(|smtp| smtp.ca_file.is_some() && smtp.tls == SmtpTls::None) {
        told.push("SMTP_CA_FILE does nothing beside SMTP_USE_TLS=none");
    }
    let plain = |endpoint: &String| endpoint.starts_with("http://");
    if config.s3.as_ref().is_some_and(|s3| s3.ca_file.is_some() && s3.endpoint.as_ref().is_some_and(plain)) {
        told.push("S3_CA_FILE does nothing beside an http S3_ENDPOINT");
    }
    told.into_iter().map(|told| Finding::Worth(told.to_owned())).collect()
}

/// Whether BASE_URL leads here under a certificate that browsers believe. Nothing on a site without https.
pub(super) async fn address(config: &Config) -> Option<Finding> {
    if !config.https() {
        return None;
    }
    let address = config.url("/healthz");
    Some(match ask(&address).await {
        Ok((200, said)) if said == "ok\n" => Finding::Well("BASE_URL leads here, and its certificate holds".to_owned()),
        Ok((status, _)) => Finding::Worth(format!(
            "The certificate of BASE_URL holds, but {address} answers {status} and not this site's “ok”: does the proxy lead here?"
        )),
        // An authority of one's own is trusted by one's own browsers.
        Err(error) if is_refused(&error) && !error.contains("UnknownIssuer") => {
            Finding::Wrong(format!("The certificate of BASE_URL does not hold: {error}"))
        }
        Err(error) => Finding::Worth(format!("{address} cannot be reached from this machine: {error}")),
    })
}

fn is_refused(error: &str) -> bool {
    error.contains("invalid peer certificate")
}

async fn ask(address: &str) -> Result<(u16, String), String> {
    let told = |error: anyhow::Error| format!("{error:#}");
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured(crate::tls::public().map_err(told)?)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .timeout(ANSWERS)
        .user_agent(concat!("marquee/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| told(error.into()))?;
    let answer = client.get(address).send().await.map_err(|error| told(error.into()))?;
    let status = answer.status().as_u16();
    Ok((status, answer.text().await.map_err(|error| told(error.into()))?))
}
