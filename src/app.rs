//! Everything a request or a job may need: time, chance, mail and files enter here, so tests can replace them.
use std::fs::OpenOptions;
use std::io::Write;
use std::ops::Deref;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use webauthn_rs::Webauthn;

use crate::api::uses::Uses;
use crate::clock::{Clock, Instant};
use crate::config::{Config, Wrong};
use crate::db::{self, Db, DbError};
use crate::events::finding::starts::Starts;
use crate::events::views::Views;
use crate::files::Files;
use crate::live::Live;
use crate::mail::Mailer;
use crate::payments::Gateway;
use crate::payments::local::Local;
use crate::payments::stripe::Stripe;
use crate::signin::oauth::Providers;
use crate::signin::passkeys;
use crate::signin::passwords::Passwords;
use crate::site::Site;
use crate::web::fresh::Versions;
use crate::web::kept::Kept;
use crate::web::limits::Rates;
use crate::web::metrics;
use crate::web::pictures::Pictures;

/// Cheap to clone, as each layer of the router does for each request; the only state of the router.
#[derive(Clone)]
pub struct App(Arc<Parts>);

impl Deref for App {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// What an [`App`] is made of.
pub struct Parts {
    pub config: Arc<Config>,
    pub db: Db,
    pub clock: Clock,
    pub mailer: Mailer,
    pub files: Files,
    pub passwords: Passwords,
    /// Who may vouch for people who sign in.
    pub providers: Providers,
    /// Checks passkeys; none where there can be none.
    pub passkeys: Option<Arc<Webauthn>>,
    pub rates: Rates,
    pub pictures: Pictures,
    /// Openings of events’ pages that are not written down yet.
    pub views: Views,
    pub uses: Uses,
    /// Where the pages of the sitemap begin.
    pub starts: Starts,
    /// Since when feeds answer what they do.
    pub versions: Versions,
    /// Pages for those without a session, while they are true.
    pub kept: Kept,
    /// The sockets of this process.
    pub live: Live,
    /// Where money moves; none where the site takes no money.
    pub gateway: Option<Gateway>,
    /// Signs what leaves the site and must come back unchanged. The current one first.
    pub keys: Arc<[Vec<u8>]>,
    /// What admins say about the site.
    pub site: Site,
    /// When this process began.
    pub started: Instant,
}

impl App {
    /// Opens what the settings name. The database is not migrated here.
    pub async fn open(config: Config) -> anyhow::Result<Self> {
        usable(&config.data_dir)?;
        let db = Db::connect(&config.database_url).await.map_err(|error| unopened(&config, error))?;
        let mailer = match &config.smtp {
            Some(smtp) => Mailer::smtp(smtp, &config.from_address)?,
            None => Mailer::Folder(config.data_dir.join("mail")),
        };
        let files = Files::open(&config)?;
        Self::with(config, db, Clock::default(), mailer, files, Passwords::new())
    }

    /// Of these parts.
    pub fn with(
        config: Config,
        db: Db,
        clock: Clock,
        mailer: Mailer,
        files: Files,
        passwords: Passwords,
    ) -> anyhow::Result<Self> {
        let keys = keys(&config)?;
        let db = db.limited(Arc::clone(&config.limits));
        let gateway = match &config.stripe {
            Some(settings) => Some(Gateway::Stripe(Stripe::new(settings)?)),
            // The stand-in moves no money, so it exists on development sites alone, and never beside a key.
            None => config.development().then(|| Gateway::Local(Local::new(&db, &clock, &keys[0]))),
        };
        let config = Arc::new(config);
        let app = Self(Arc::new(Parts {
            site: Site::new(config.clone()),
            started: clock.now(),
            db,
            clock,
            gateway,
            mailer,
            files,
            passwords,
            providers: Providers::new(&config)?,
            passkeys: passkeys::verifier(&config)?,
            rates: Rates::new(&config.limits),
            pictures: Pictures::default(),
            views: Views::default(),
            uses: Uses::default(),
            starts: Starts::default(),
            versions: Versions::default(),
            kept: Kept::default(),
            live: Live::default(),
            keys,
            config,
        }));
        metrics::open(&app);
        Ok(app)
    }

    /// What the site is called now, as far as this node knows.
    pub fn site_name(&self) -> &'static str {
        self.site.known().name
    }

    /// Whether money can be taken for places.
    pub fn takes_money(&self) -> bool {
        self.gateway.is_some()
    }

    /// The key that signs; the others are only believed.
    pub fn key(&self) -> &[u8] {
        &self.keys[0]
    }
}

/// Why the database cannot be opened. Who waited in vain is told where, and never the password.
fn unopened(config: &Config, error: DbError) -> anyhow::Error {
    const WHAT: &str = "The database cannot be opened";
    match (error, db::server(&config.database_url)) {
        (DbError::PoolTimedOut, Some(server)) => anyhow::anyhow!(
            "{WHAT}: nothing answers at {server}. See that PostgreSQL runs there and takes connections, or set DATABASE_URL to where it does."
        ),
        (error, _) => anyhow::Error::new(error).context(WHAT),
    }
}

/// Makes the data folder, and finds out whether files can be kept in it.
fn usable(folder: &Path) -> Result<(), Wrong> {
    let probe = folder.join(".writable");
    let tried = std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(&probe, ""))
        .and_then(|()| std::fs::remove_file(&probe));
    tried.map_err(|error| {
        Wrong(format!(
            "MARQUEE_DATA_DIR is {}, where nothing can be kept: {error}. Set it to a folder that this program may write to.",
            folder.display()
        ))
    })
}

/// The keys of the settings, or on a development site one that is made once and kept in the data folder.
fn keys(config: &Config) -> anyhow::Result<Arc<[Vec<u8>]>> {
    if !config.secret_keys.is_empty() {
        return Ok(config.secret_keys.iter().map(|key| key.clone().into_bytes()).collect());
    }
    let path = config.data_dir.join("secret.key");
    let key = match std::fs::read_to_string(&path) {
        Ok(key) if key.len() >= 32 => key,
        _ => {
            let key = crate::ids::secret() + &crate::ids::secret();
            write_secret(&path, &key).with_context(|| format!("{} cannot be written", path.display()))?;
            key
        }
    };
    Ok([key.into_bytes()].into_iter().collect())
}

/// Readable for its owner alone: who has it signs as the site does.
fn write_secret(path: &Path, secret: &str) -> std::io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(secret.as_bytes())
}
