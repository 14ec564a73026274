//! What admins say about the site itself: its name and logo, who may sign up, what new events begin with, its legal
//! texts. Over the settings of the machine, which count until an admin says otherwise.
pub mod pages;
mod store;

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::clock::{self, Instant};
use crate::config::Config;
use crate::db::{self, Db, On, Tx};
use crate::forms::Email;
use crate::journal::{self, Actor, Fact};

/// How long a node believes what it knows before it asks whether another one changed it.
const BELIEVED: jiff::SignedDuration = clock::seconds(1);

words! {
    /// Who may make an account.
    pub enum SignUps {
        Open = "open",
        /// Whoever was asked to help run an event.
        Invited = "invited",
        Closed = "closed",
    }
}

words! {
    /// A legal text.
    pub enum Legal { Terms = "terms", Privacy = "privacy", Imprint = "imprint" }
}

/// What an admin can change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    Name,
    SignUps,
    Zone,
    Currency,
    Logo,
    /// Who sells: their name, address and tax number.
    SellerName,
    SellerAddress,
    SellerTax,
    Legal(Legal),
}

impl Setting {
    fn key(self) -> String {
        format!("site.{}", self.word())
    }
    /// How facts call it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::SignUps => "sign_ups",
            Self::Zone => "zone",
            Self::Currency => "currency",
            Self::Logo => "logo",
            Self::SellerName => "seller_name",
            Self::SellerAddress => "seller_address",
            Self::SellerTax => "seller_tax",
            Self::Legal(legal) => legal.word(),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SiteFact {
    /// `to` is what it is now; of texts and pictures it only stands here that they changed.
    SettingChanged { setting: String, to: Option<String>, reason: String },
}
impl Fact for SiteFact {}

/// The stream of the site's facts.
pub const STREAM: &str = "site";

/// Who sells, as receipts name them; what is '' is not named.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seller {
    pub name: String,
    /// Several lines.
    pub address: String,
    pub tax: String,
}

/// Who sells now, by this transaction's snapshot.
pub async fn seller(tx: &mut Tx) -> db::Result<Seller> {
    let mut rows: HashMap<String, String> = store::all(tx).await?.into_iter().collect();
    let mut said = |setting: Setting| rows.remove(&setting.key()).unwrap_or_default();
    Ok(Seller { name: said(Setting::SellerName), address: said(Setting::SellerAddress), tax: said(Setting::SellerTax) })
}

/// Names the version of the terms that holds now; '' where there are none. Whoever has the text finds it again.
pub async fn terms_version(tx: &mut Tx) -> db::Result<String> {
    let text = store::value(tx, &Setting::Legal(Legal::Terms).key()).await?.unwrap_or_default();
    Ok(if text.is_empty() { text } else { crate::ids::hash(&text).chars().take(12).collect() })
}

/// What holds now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Lives as long as the program, as there are only so many as admins ever gave.
    pub name: &'static str,
    pub sign_ups: SignUps,
    /// What new events begin with.
    pub zone: String,
    pub currency: String,
    /// Under which its picture lies; '' is none.
    pub logo: String,
    pub seller: Seller,
    /// Markdown; those without a text are not there.
    legal: Vec<(Legal, String)>,
    version: String,
}

impl Known {
    fn of(config: &Config, rows: Vec<(String, String)>, before: &'static str) -> Self {
        let mut rows: HashMap<String, String> = rows.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        let mut said = |setting: Setting| rows.remove(&setting.key());
        let name = said(Setting::Name).unwrap_or_else(|| config.site_name.clone());
        let legal = |legal| said(Setting::Legal(legal)).map(|text| (legal, text));
        Self {
            legal: Legal::ALL.iter().copied().filter_map(legal).collect(),
            name: if name == before { before } else { name.leak() },
            sign_ups: said(Setting::SignUps).and_then(|word| word.parse().ok()).unwrap_or(SignUps::Open),
            zone: said(Setting::Zone).unwrap_or_else(|| config.zone.clone()),
            currency: said(Setting::Currency).unwrap_or_else(|| config.currency.clone()),
            logo: said(Setting::Logo).unwrap_or_default(),
            seller: Seller {
                name: said(Setting::SellerName).unwrap_or_default(),
                address: said(Setting::SellerAddress).unwrap_or_default(),
                tax: said(Setting::SellerTax).unwrap_or_default(),
            },
            version: rows.remove("site.version").unwrap_or_default(),
        }
    }

    /// The Markdown of a legal text; '' is none.
    pub fn legal(&self, of: Legal) -> &str {
        self.legal.iter().find(|(legal, _)| *legal == of).map_or("", |(_, text)| text)
    }
    /// Whether the legal text of that word is there.
    pub fn has(&self, word: &str) -> bool {
        self.legal.iter().any(|(legal, _)| legal.word() == word)
    }
    /// The address of the logo, if there is one; another one has another address.
    pub fn logo_path(&self) -> Option<String> {
        let version = self.logo.rsplit('-').next().unwrap_or_default();
        (!self.logo.is_empty()).then(|| format!("/logo.png?v={version}"))
    }
    pub fn takes_sign_ups(&self) -> bool {
        self.sign_ups != SignUps::Closed
    }
}

struct Kept {
    known: Arc<Known>,
    looked_at: Option<Instant>,
    /// How often it was forgotten: an answer that was under way then says what held before, and is not kept.
    forgotten: u64,
}

/// What this node knows. Cheap to clone.
#[derive(Clone)]
pub struct Site {
    config: Arc<Config>,
    kept: Arc<RwLock<Kept>>,
}

impl Site {
    pub fn new(config: Arc<Config>) -> Self {
        let known = Arc::new(Known::of(&config, Vec::new(), ""));
        Self { config, kept: Arc::new(RwLock::new(Kept { known, looked_at: None, forgotten: 0 })) }
    }

    /// What was known last, without asking.
    pub fn known(&self) -> Arc<Known> {
        self.kept.read().unwrap_or_else(PoisonError::into_inner).known.clone()
    }

    /// What holds: another node's change is seen within a second, this one's at once.
    pub async fn ask(&self, db: &Db, now: Instant) -> db::Result<Arc<Known>> {
        let (known, asked, forgotten) = {
            let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
            (kept.known.clone(), kept.looked_at, kept.forgotten)
        };
        if asked.is_some_and(|at| at <= now && now < at + BELIEVED) {
            return Ok(known);
        }
        let same = match asked {
            Some(_) => store::version(db).await?.map(|(version,)| version).unwrap_or_default() == known.version,
            None => false,
        };
        let known = if same { known } else { Arc::new(Known::of(&self.config, store::all(db).await?, known.name)) };
        self.learn(&known, now, forgotten);
        Ok(known)
    }

    fn learn(&self, known: &Arc<Known>, now: Instant, forgotten: u64) {
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        if kept.forgotten == forgotten {
            *kept = Kept { known: Arc::clone(known), looked_at: Some(now), forgotten };
        }
    }

    /// What holds is asked for again, the next time that somebody wants to know.
    pub fn forget(&self) {
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        kept.looked_at = None;
        kept.forgotten += 1;
    }
}

/// Changes settings, each a fact with the reason. What stays the same is no change.
pub async fn change(app: &App, wanted: &[(Setting, String)], by: Actor, reason: &str) -> crate::error::Result<usize> {
    let now = app.clock.now();
    let done: crate::error::Result<usize> = decide!(app.db, tx, apply(tx, wanted, (by, reason), now).await);
    app.site.forget();
    done
}

async fn apply(
    tx: &mut Tx,
    wanted: &[(Setting, String)],
    (by, reason): (Actor, &str),
    now: Instant,
) -> crate::error::Result<usize> {
    // The row of the version is locked first, so that two who change something go one after the other.
    store::count(tx).await?;
    let rows: HashMap<String, String> = store::all(&mut *tx).await?.into_iter().collect();
    let mut changed = 0;
    for (setting, value) in wanted {
        if rows.get(&setting.key()).map_or("", String::as_str) == value {
            continue;
        }
        store::set(tx, &setting.key(), value).await?;
        let short = !matches!(setting, Setting::Legal(_) | Setting::Logo);
        let to = short.then(|| value.clone());
        let fact = SiteFact::SettingChanged { setting: setting.word().to_owned(), to, reason: reason.to_owned() };
        journal::append(tx, STREAM, &fact, by, now).await?;
        changed += 1;
    }
    Ok(changed)
}

/// Whether somebody with this address may make an account now.
pub async fn admits(app: &App, email: &Email) -> db::Result<bool> {
    Ok(match app.site.ask(&app.db, app.clock.now()).await?.sign_ups {
        SignUps::Open => true,
        SignUps::Invited => store::is_invited(&app.db, &email.key).await?,
        SignUps::Closed => false,
    })
}

/// Reports of events that wait for an admin.
pub async fn open_reports(on: impl Into<On<'_>>) -> db::Result<i64> {
    store::open_reports(on).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Source;

    #[test]
    fn an_answer_that_was_under_way_when_it_was_forgotten_is_not_kept() {
        let site = Site::new(Arc::new(Config::read(&Source::of(&[])).unwrap()));
        let (known, now) = (site.known(), Instant::from_micros(1));
        let looked_at = || site.kept.read().unwrap().looked_at;
        site.learn(&known, now, 0);
        assert_eq!(looked_at(), Some(now));
        site.forget();
        site.learn(&known, now, 0);
        assert_eq!(looked_at(), None);
        site.learn(&known, now, 1);
        assert_eq!(looked_at(), Some(now));
    }
}
