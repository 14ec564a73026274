//! Every setting, read once at the start and checked: a wrong or dangerous one ends the start with a
//! sentence that says what to do.
mod checking;
mod keep;
mod limits;
mod providers;
mod s3;
mod settings;
mod smtp;
mod stripe;

use std::collections::HashMap;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

pub use self::stripe::Stripe;
pub use keep::Keep;
pub use limits::{Limits, Rate};
pub use providers::{Provider, WithProvider, is_safe};
pub use s3::S3;
pub use settings::{SETTINGS, Setting};
pub use smtp::{Smtp, SmtpTls};

/// What is wrong with a setting, as a sentence for the operator.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Wrong(pub String);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Environment {
    Development,
    Production,
}

/// How many sockets one process keeps open, and how many of them one network address and one member may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sockets {
    pub house: usize,
    pub address: usize,
    pub member: usize,
}

#[derive(Clone)]
pub struct Config {
    pub environment: Environment,
    pub addr: SocketAddr,
    /// Without a slash at its end.
    pub base_url: String,
    pub database_url: String,
    pub data_dir: PathBuf,
    /// The current key first, then those that are still believed.
    pub secret_keys: Vec<String>,
    pub site_name: String,
    pub zone: String,
    pub currency: String,
    /// Besides BASE_URL, where programs may send people after paying.
    pub return_origins: Vec<String>,
    pub trusted_proxies: Vec<IpAddr>,
    pub workers: usize,
    /// Whether admins must have a second factor.
    pub admin_second_factor: bool,
    pub limits: Arc<Limits>,
    pub keep: Keep,
    pub token_minutes: i64,
    pub sockets: Sockets,
    pub log: String,
    pub log_json: bool,
    /// Opens /metrics; closed without.
    pub metrics_token: Option<String>,
    pub from_address: String,
    pub smtp: Option<Smtp>,
    /// Where uploads lie, if not in a folder.
    pub s3: Option<S3>,
    /// Who may vouch for people who sign in, in the order of their buttons.
    pub providers: Vec<WithProvider>,
    pub stripe: Option<Stripe>,
}

impl fmt::Debug for Config {
    /// Without secrets: it may end up in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("environment", &self.environment)
            .field("addr", &self.addr)
            .field("base_url", &self.base_url)
            .finish_non_exhaustive()
    }
}

/// Where settings come from: the environment, over an `.env` file in the working directory.
pub struct Source(HashMap<String, String>);

impl Source {
    pub fn environment() -> Result<Self, Wrong> {
        let mut values = HashMap::new();
        match dotenvy::from_path_iter(".env") {
            Ok(lines) => {
                for line in lines {
                    let (name, value) =
                        line.map_err(|error| Wrong(format!("The file .env cannot be read: {error}.")))?;
                    values.insert(name, value);
                }
            }
            Err(error) if error.not_found() => {}
            Err(error) => return Err(Wrong(format!("The file .env cannot be read: {error}."))),
        }
        for setting in SETTINGS {
            if let Some(value) = std::env::var_os(setting.name) {
                let value = value.into_string().map_err(|_| Wrong(format!("{} is not valid UTF-8.", setting.name)))?;
                values.insert(setting.name.to_owned(), value);
            }
        }
        Ok(Self(values))
    }

    /// Only these; for tests.
    pub fn of(values: &[(&str, &str)]) -> Self {
        Self(values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    fn given(&self, name: &'static str) -> Option<&str> {
        self.0.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    fn text(&self, name: &'static str) -> String {
        let default = SETTINGS.iter().find(|setting| setting.name == name).map_or("", |setting| setting.default);
        self.given(name).unwrap_or(default).to_owned()
    }

    fn parsed<T: std::str::FromStr>(&self, name: &'static str, example: &str) -> Result<T, Wrong> {
        let text = self.text(name);
        text.parse().map_err(|_| {
            Wrong(format!("{name} is “{text}”, which is not understood. Set it to something like {example}."))
        })
    }
}

impl Config {
    pub fn read(source: &Source) -> Result<Self, Wrong> {
        let environment = match source.text("MARQUEE_ENV").as_str() {
            "development" => Environment::Development,
            "production" => Environment::Production,
            other => return Err(Wrong(format!("MARQUEE_ENV is “{other}”. Set it to development or production."))),
        };
        let data_dir = PathBuf::from(source.text("MARQUEE_DATA_DIR"));
        let database_url = source
            .given("DATABASE_URL")
            .map_or_else(|| format!("sqlite:{}", data_dir.join("marquee.db").display()), str::to_owned);
        let config = Self {
            environment,
            addr: source.parsed("MARQUEE_ADDR", "127.0.0.1:8080")?,
            base_url: source.text("BASE_URL").trim_end_matches('/').to_owned(),
            return_origins: source
                .text("RETURN_ORIGINS")
                .split(',')
                .map(|origin| origin.trim().trim_end_matches('/').to_owned())
                .filter(|origin| !origin.is_empty())
                .collect(),
            database_url,
            data_dir,
            secret_keys: source
                .text("MARQUEE_SECRET_KEY")
                .split(',')
                .map(|key| key.trim().to_owned())
                .filter(|key| !key.is_empty())
                .collect(),
            site_name: source.text("MARQUEE_SITE_NAME"),
            zone: source.text("MARQUEE_ZONE"),
            currency: source.text("MARQUEE_CURRENCY").to_uppercase(),
            trusted_proxies: source
                .text("MARQUEE_TRUSTED_PROXIES")
                .split(',')
                .map(str::trim)
                .filter(|ip| !ip.is_empty())
                .map(|ip| {
                    ip.parse().map_err(|_| {
                        Wrong(format!("MARQUEE_TRUSTED_PROXIES names “{ip}”, which is not an IP address."))
                    })
                })
                .collect::<Result<_, _>>()?,
            workers: source.parsed("MARQUEE_WORKERS", "2")?,
            admin_second_factor: match source.text("MARQUEE_ADMIN_SECOND_FACTOR").as_str() {
                "no" => false,
                "yes" => true,
                other => {
                    return Err(Wrong(format!("MARQUEE_ADMIN_SECOND_FACTOR is “{other}”. Set it to yes or no.")));
                }
            },
            limits: Arc::new(Limits::read(source)?),
            keep: Keep::read(source)?,
            token_minutes: source.parsed("MARQUEE_TOKEN_MINUTES", "30")?,
            sockets: Sockets {
                house: source.parsed("MARQUEE_SOCKETS", "10000")?,
                address: source.parsed("MARQUEE_SOCKETS_PER_ADDRESS", "200")?,
                member: source.parsed("MARQUEE_SOCKETS_PER_MEMBER", "20")?,
            },
            log: source.text("MARQUEE_LOG"),
            log_json: match source.text("MARQUEE_LOG_FORMAT").as_str() {
                "text" => false,
                "json" => true,
                other => return Err(Wrong(format!("MARQUEE_LOG_FORMAT is “{other}”. Set it to text or json."))),
            },
            metrics_token: source.given("METRICS_TOKEN").map(str::to_owned),
            from_address: source.text("SMTP_FROM_ADDRESS"),
            smtp: Smtp::read(source)?,
            s3: S3::read(source)?,
            providers: WithProvider::all(source, environment == Environment::Development)?,
            stripe: Stripe::read(source, environment)?,
        };
        config.check(source)?;
        Ok(config)
    }

    /// The bare address that mails come from.
    pub fn sender(&self) -> String {
        let mailbox = self.from_address.parse::<lettre::message::Mailbox>();
        mailbox.map_or_else(|_| self.from_address.clone(), |mailbox| mailbox.email.to_string())
    }

    pub fn development(&self) -> bool {
        self.environment == Environment::Development
    }

    /// Whether cookies may demand https.
    pub fn https(&self) -> bool {
        self.base_url.starts_with("https://")
    }

    /// The address of a page, for mails and feeds.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base_url)
    }
}
