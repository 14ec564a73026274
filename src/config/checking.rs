//! What settings must not be, each for itself and with the others: told before the site starts.
use super::{Config, Environment, Smtp, SmtpTls, Source, Wrong};

/// Workers of one process, at most: each asks the database for work again and again.
const MOST_WORKERS: usize = 64;

impl Config {
    pub(super) fn check(&self, source: &Source) -> Result<(), Wrong> {
        let wrong = |text: String| Err(Wrong(text));
        let host = self
            .base_url
            .split_once("://")
            .filter(|(scheme, _)| matches!(*scheme, "http" | "https"))
            .map(|(_, host)| host);
        let Some(host) = host.filter(|host| !host.is_empty() && !host.contains(['/', '?', '#', ' ', '@'])) else {
            return wrong(format!(
                "BASE_URL is “{}”. Set it to the site's address without a path, like https://events.example.org.",
                self.base_url
            ));
        };
        if crate::money::offered(&self.currency).is_none() {
            let offered = crate::money::OFFERED.join(", ");
            return wrong(format!("MARQUEE_CURRENCY is “{}”. Set it to one of {offered}.", self.currency));
        }
        if crate::clock::zone(&self.zone).is_none() {
            return wrong(format!(
                "MARQUEE_ZONE is “{}”, which is no IANA time zone. Set it to something like Europe/Zurich.",
                self.zone
            ));
        }
        self.check_database()?;
        self.check_origins()?;
        if self.workers > MOST_WORKERS {
            return wrong(format!("MARQUEE_WORKERS must be between 0 and {MOST_WORKERS}."));
        }
        if !(1..=24 * 60).contains(&self.token_minutes) {
            return wrong("MARQUEE_TOKEN_MINUTES must be between 1 and 1440.".to_owned());
        }
        if let Some(short) = self.secret_keys.iter().find(|key| key.chars().count() < 32) {
            return wrong(format!(
                "MARQUEE_SECRET_KEY holds a key of {} characters. Use 32 or more random ones, for example from `openssl rand -hex 32`.",
                short.chars().count()
            ));
        }
        if self.site_name.chars().any(char::is_control) || crate::forms::seen(&self.site_name).is_empty() {
            return wrong(
                "MARQUEE_SITE_NAME must be one line that can be read: it stands in mails and on every page.".to_owned(),
            );
        }
        if let Err(error) = tracing_subscriber::EnvFilter::try_new(&self.log) {
            return wrong(format!(
                "MARQUEE_LOG is “{}”, which is not understood ({error}). Set it to a level like info, or to directives like marquee=debug,sqlx=warn.",
                self.log
            ));
        }
        if self.metrics_token.as_ref().is_some_and(|token| token.chars().count() < 16) {
            return wrong("METRICS_TOKEN is too short to be secret. Use 16 or more random characters, for example from `openssl rand -hex 16`.".to_owned());
        }
        if self.from_address.parse::<lettre::message::Mailbox>().is_err() {
            return wrong(format!("SMTP_FROM_ADDRESS is “{}”, which is no e-mail address.", self.from_address));
        }
        self.smtp.as_ref().map_or(Ok(None), Smtp::authority)?;
        if let Some(smtp) = &self.smtp
            && smtp.tls == SmtpTls::None
            && !matches!(smtp.host.as_str(), "localhost" | "127.0.0.1" | "::1")
        {
            return wrong("SMTP_USE_TLS=none would send mails and the password in the clear. Use starttls or tls, or a mail server on this machine.".to_owned());
        }
        match self.environment {
            Environment::Development => self.check_development(),
            Environment::Production => self.check_production(source, host),
        }
    }

    fn check_database(&self) -> Result<(), Wrong> {
        if !(self.database_url.starts_with("sqlite:")
            || self.database_url.starts_with("postgres://")
            || self.database_url.starts_with("postgresql://"))
        {
            return Err(Wrong("DATABASE_URL must begin with sqlite: or postgres://.".to_owned()));
        }
        if is_memory(&self.database_url) {
            return Err(Wrong("DATABASE_URL names no file, and what is kept in memory is lost at the next stop. Set it to something like sqlite:./data/marquee.db, or leave it out.".to_owned()));
        }
        Ok(())
    }

    /// Addresses to come back to are compared with these letter by letter: one that is written otherwise never fits.
    fn check_origins(&self) -> Result<(), Wrong> {
        let fits = |origin: &str| {
            let url = url::Url::parse(origin).ok();
            url.is_some_and(|url| super::is_safe(&url, true) && url.origin().ascii_serialization() == origin)
        };
        match self.return_origins.iter().find(|origin| !fits(origin.as_str())) {
            Some(origin) => Err(Wrong(format!(
                "RETURN_ORIGINS names “{origin}”, to which nobody could be sent back. Set it to https addresses without a path, in small letters and separated by commas, like https://app.example.org; http is for this machine alone."
            ))),
            None => Ok(()),
        }
    }

    fn check_development(&self) -> Result<(), Wrong> {
        if !self.addr.ip().is_loopback() {
            return Err(Wrong(format!(
                "A development site shows demo sign-ins and mails to everyone, so it listens on this machine only, not on {}. Set MARQUEE_ADDR to 127.0.0.1:8080, or MARQUEE_ENV to production.",
                self.addr
            )));
        }
        if self.https() {
            return Err(Wrong("BASE_URL is https, so this looks like a public site, but MARQUEE_ENV is development. Set MARQUEE_ENV=production.".to_owned()));
        }
        Ok(())
    }

    fn check_production(&self, source: &Source, host: &str) -> Result<(), Wrong> {
        let here = ["localhost", "127.0.0.1", "[::1]"]
            .iter()
            .any(|name| host == *name || host.starts_with(&format!("{name}:")));
        if source.given("BASE_URL").is_none() {
            return Err(Wrong(
                "Production needs BASE_URL, the address that people open, like https://events.example.org.".to_owned(),
            ));
        }
        if !self.https() && !here {
            return Err(Wrong(
                "BASE_URL must be https in production: sign-ins and tickets would travel in the clear.".to_owned(),
            ));
        }
        if self.secret_keys.is_empty() {
            return Err(Wrong("Production needs MARQUEE_SECRET_KEY: 32 or more random characters, for example from `openssl rand -hex 32`.".to_owned()));
        }
        if self.secret_keys.iter().any(|key| is_weak(key)) {
            return Err(Wrong("MARQUEE_SECRET_KEY repeats itself, so it can be guessed. Use 32 or more random characters, for example from `openssl rand -hex 32`.".to_owned()));
        }
        if self.smtp.is_none() || source.given("SMTP_FROM_ADDRESS").is_none() {
            return Err(Wrong("Production needs SMTP_HOST and SMTP_FROM_ADDRESS: without mail nobody can sign up or receive a ticket.".to_owned()));
        }
        Ok(())
    }
}

/// Whether a database of SQLite has no file to stand in.
fn is_memory(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("sqlite:") else { return false };
    let (file, options) = rest.split_once('?').unwrap_or((rest, ""));
    let file = file.strip_prefix("//").unwrap_or(file);
    file.is_empty() || file.contains(":memory:") || options.split('&').any(|option| option == "mode=memory")
}

/// Few characters, or a short piece again and again: no chance made this.
fn is_weak(key: &str) -> bool {
    let chars: Vec<char> = key.chars().collect();
    let different: std::collections::HashSet<_> = chars.iter().collect();
    let repeats = |piece: usize| chars.iter().zip(chars.iter().skip(piece)).all(|(one, other)| one == other);
    different.len() < 8 || (1..=12).any(repeats)
}
