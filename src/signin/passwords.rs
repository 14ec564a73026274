//! The one place that says what a password must be, and the only one that hashes.
use std::fmt;
use std::sync::{Arc, LazyLock};

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;
use unicode_normalization::UnicodeNormalization;

use crate::i18n::{Locale, Say};

const LONG: usize = 15;
const SHORT: usize = 8;
const MOST: usize = 128;
/// Fewer guesses than this, as zxcvbn counts them over its lists of some 30,000 passwords, names and words, and
/// the person's own, is a common password.
const GUESSES: u64 = 50_000;

/// What a password must not be made of.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    pub name: &'a str,
    pub email: &'a str,
    pub site: &'a str,
}

/// What keeps a text from being a password here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// So many more characters, or the four kinds of them.
    Length {
        kinds: bool,
    },
    TooLong,
    Common,
    Yours,
}

impl Say for Missing {
    fn say(&self, w: &mut dyn fmt::Write, l: Locale) -> fmt::Result {
        match self {
            Self::Length { kinds: false } => {
                t!("Use 15 or more characters of any kind, or 8 or more with a capital, a small letter, a digit and another character.").say(w, l)
            }
            Self::Length { kinds: true } => t!("Use 8 or more characters.").say(w, l),
            Self::TooLong => t!("Use 128 characters or fewer.").say(w, l),
            Self::Common => t!("This password is one of the first that anyone would try. Choose another.").say(w, l),
            Self::Yours => t!("Leave out your name, your e-mail address and the name of this site.").say(w, l),
        }
    }
}
says!(Missing);

/// Whether a text may be a password. Nothing is trimmed.
pub fn check(password: &str, about: &About) -> Result<(), Missing> {
    let characters = password.nfc().count();
    let kinds = [char::is_uppercase, char::is_lowercase, char::is_numeric, |c: char| !c.is_alphanumeric()]
        .iter()
        .all(|kind| password.chars().any(kind));
    if characters > MOST {
        return Err(Missing::TooLong);
    }
    if characters < SHORT || (characters < LONG && !kinds) {
        return Err(Missing::Length { kinds });
    }
    let own = own_words(about);
    let bare = |text: &str| text.to_lowercase().chars().filter(|c| c.is_alphabetic()).collect::<String>();
    let core = bare(password);
    if own.iter().any(|word| bare(word) == core && !core.is_empty()) || core == bare(about.email) {
        return Err(Missing::Yours);
    }
    let inputs: Vec<&str> = own.iter().map(String::as_str).collect();
    // It reads 100 characters at most; longer ones are not on any list.
    let start: String = password.chars().take(100).collect();
    if zxcvbn::zxcvbn(&start, &inputs).guesses() < GUESSES { Err(Missing::Common) } else { Ok(()) }
}

fn own_words(about: &About) -> Vec<String> {
    let local = about.email.split('@').next().unwrap_or_default();
    let mut words: Vec<String> =
        [about.name, about.email, local, about.site].iter().map(|word| word.to_lowercase()).collect();
    words.extend(about.name.split_whitespace().map(str::to_lowercase));
    words.retain(|word| word.chars().count() > 2);
    words
}

/// How a password compares with a hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Right,
    /// Right, but hashed with other parameters than today's: hash it anew.
    RightButOld,
    Wrong,
}

/// Hashes with argon2id on threads for such work, a bounded number at a time. Cheap to clone.
#[derive(Clone)]
pub struct Passwords {
    params: Params,
    turns: Arc<Semaphore>,
    /// What an account without a password is compared with, so that it takes as long.
    nobody: Arc<LazyLock<String, Box<dyn FnOnce() -> String + Send>>>,
}

impl Passwords {
    /// OWASP's parameters: 19 MiB, 2 passes, 1 lane.
    pub fn new() -> Self {
        Self::with(Params::new(19_456, 2, 1, None).unwrap_or_default())
    }
    /// For tests: the weakest that argon2 allows.
    pub fn cheap() -> Self {
        Self::with(Params::new(8, 1, 1, None).unwrap_or_default())
    }
    fn with(params: Params) -> Self {
        let turns = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let for_nobody = params.clone();
        let nobody: Box<dyn FnOnce() -> String + Send> =
            Box::new(move || hash(&for_nobody, "nobody has this password").unwrap_or_default());
        Self { params, turns: Arc::new(Semaphore::new(turns)), nobody: Arc::new(LazyLock::new(nobody)) }
    }

    /// A hash in PHC form.
    pub async fn hash(&self, password: &str) -> anyhow::Result<String> {
        let (params, password) = (self.params.clone(), normal(password));
        self.take_turn(move || hash(&params, &password)).await?
    }

    /// Compares with a hash; without one it takes as long and is wrong.
    pub async fn verify(&self, password: &str, with: Option<&str>) -> anyhow::Result<Verdict> {
        let (params, password) = (self.params.clone(), normal(password));
        let (with, nobody) = (with.map(str::to_owned), Arc::clone(&self.nobody));
        self.take_turn(move || match with {
            Some(with) => verify(&params, &password, &with),
            None => {
                verify(&params, &password, nobody.as_str()).ok();
                Ok(Verdict::Wrong)
            }
        })
        .await?
    }

    async fn take_turn<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> anyhow::Result<T> {
        let _turn = self.turns.acquire().await?;
        Ok(tokio::task::spawn_blocking(work).await?)
    }
}

impl Default for Passwords {
    fn default() -> Self {
        Self::new()
    }
}

/// The same characters however a keyboard composed them; more than a password can have is cut before it costs anything.
fn normal(password: &str) -> String {
    password.nfc().take(4 * MOST).collect()
}

fn argon2(params: &Params) -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone())
}

fn hash(params: &Params, password: &str) -> anyhow::Result<String> {
    let hash = argon2(params).hash_password(password.as_bytes()).map_err(|error| anyhow::anyhow!("argon2: {error}"))?;
    Ok(hash.to_string())
}

fn verify(params: &Params, password: &str, with: &str) -> anyhow::Result<Verdict> {
    let parsed = PasswordHash::new(with).map_err(|error| anyhow::anyhow!("a stored hash cannot be read: {error}"))?;
    if argon2(params).verify_password(password.as_bytes(), &parsed).is_err() {
        return Ok(Verdict::Wrong);
    }
    let same = Params::try_from(&parsed).is_ok_and(|used| {
        (used.m_cost(), used.t_cost(), used.p_cost()) == (params.m_cost(), params.t_cost(), params.p_cost())
    });
    Ok(if same { Verdict::Right } else { Verdict::RightButOld })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADA: About = About { name: "Ada Lovelace", email: "ada.lovelace@example.org", site: "Marquee Basel" };

    #[test]
    fn long_ones_of_any_kind_or_short_ones_of_every_kind() {
        for good in
            ["correct horse staple", "Tr4m-line9", "  spaces count  too ", "пароль из многих букв", "Zürich!2übel"]
        {
            assert_eq!(check(good, &ADA), Ok(()), "{good}");
        }
        assert_eq!(check("Tr4m-l9", &ADA), Err(Missing::Length { kinds: true }));
        assert_eq!(check("tramline1234", &ADA), Err(Missing::Length { kinds: false }));
        assert_eq!(check(&"x1Y-".repeat(33), &ADA), Err(Missing::TooLong));
    }

    #[test]
    fn common_ones_and_one_s_own_are_refused() {
        for common in
            ["Password1!", "Qwerty123!", "iloveyouiloveyou", "aaaaaaaaaaaaaaaa", "123456789012345", "P@ssw0rd"]
        {
            assert_eq!(check(common, &ADA), Err(Missing::Common), "{common}");
        }
        for own in ["Ada Lovelace 1815", "ada.lovelace@example.org", "Lovelace-1!", "Marquee Basel 2026"] {
            assert!(matches!(check(own, &ADA), Err(Missing::Yours | Missing::Common)), "{own}");
        }
    }

    #[tokio::test]
    async fn a_hash_knows_its_password_and_no_other() {
        let passwords = Passwords::cheap();
        let made = passwords.hash("Zu\u{308}rich").await.unwrap();
        assert!(made.starts_with("$argon2id$"));
        assert_eq!(passwords.verify("Z\u{fc}rich", Some(&made)).await.unwrap(), Verdict::Right);
        assert_eq!(passwords.verify("zürich", Some(&made)).await.unwrap(), Verdict::Wrong);
        assert_eq!(passwords.verify("nobody has this password", None).await.unwrap(), Verdict::Wrong);
        assert_eq!(Passwords::new().verify("Zürich", Some(&made)).await.unwrap(), Verdict::RightButOld);
    }
}
