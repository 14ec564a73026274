//! The settings of the mail server.
use std::path::{Path, PathBuf};

use lettre::transport::smtp::client::Certificate;

use super::{Source, Wrong};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SmtpTls {
    StartTls,
    Tls,
    None,
}

#[derive(Clone)]
pub struct Smtp {
    pub host: String,
    pub port: u16,
    pub user: String,
    pub pass: String,
    pub tls: SmtpTls,
    pub timeout_seconds: u64,
    pub tries: u32,
    pub ca_file: Option<PathBuf>,
}

/// The certificates of a file, if there are any.
fn certificate(file: &Path) -> Result<Certificate, String> {
    let pem = std::fs::read(file).map_err(|error| error.to_string())?;
    let named = String::from_utf8_lossy(&pem).contains("-----BEGIN CERTIFICATE-----");
    let read = Certificate::from_pem(&pem).map_err(|error| error.to_string())?;
    if named { Ok(read) } else { Err("no certificate stands in it".to_owned()) }
}

impl Smtp {
    /// The certificate authority that is trusted besides the public ones.
    pub fn authority(&self) -> Result<Option<Certificate>, Wrong> {
        let Some(file) = &self.ca_file else { return Ok(None) };
        certificate(file).map(Some).map_err(|error| {
            Wrong(format!(
                "SMTP_CA_FILE is {}, which cannot be used: {error}. Set it to a PEM file of the certificate authority, or leave it out.",
                file.display()
            ))
        })
    }

    pub(super) fn read(source: &Source) -> Result<Option<Self>, Wrong> {
        let Some(host) = source.given("SMTP_HOST") else { return Ok(None) };
        Ok(Some(Self {
            host: host.to_owned(),
            port: source.parsed("SMTP_PORT", "587")?,
            user: source.text("SMTP_USER"),
            pass: source.text("SMTP_PASS"),
            tls: match source.text("SMTP_USE_TLS").to_lowercase().as_str() {
                "starttls" | "true" | "yes" | "1" => SmtpTls::StartTls,
                "tls" => SmtpTls::Tls,
                "none" | "false" | "no" | "0" => SmtpTls::None,
                other => return Err(Wrong(format!("SMTP_USE_TLS is “{other}”. Set it to starttls, tls or none."))),
            },
            timeout_seconds: source.parsed("SMTP_TIMEOUT_SECONDS", "20")?,
            tries: source.parsed("SMTP_MAX_RETRIES", "2")?,
            ca_file: source.given("SMTP_CA_FILE").map(PathBuf::from),
        }))
    }
}
