//! The one place that says what a password must be, and the only one that hashes.
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use argon2::password_hash::PasswordHasher;
use argon2::password_hash::phc::{Output, PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use tokio::sync::Semaphore;
use unicode_normalization::UnicodeNormalization;
use zxcvbn::matching::patterns::MatchPattern;

use super::hashing::{Blocks, Memory};
use crate::i18n::{Locale, Say};

/// So many characters of any kind are enough.
pub const LONG: usize = 15;
/// So many are enough with all four kinds.
pub const SHORT: usize = 8;
const MOST: usize = 128;
/// Fewer guesses than this, as zxcvbn counts them over its lists of some 30,000 passwords, names and words, and
/// the person's own, is a common password.
const GUESSES: u64 = 50_000;
/// A word among the first so many of a list stays common with up to `TAIL` digits and signs behind it.
const COMMON: usize = 10_000;
const TAIL: usize = 6;
/// Characters that zxcvbn reads: a hundred that all look like letters (`@4({[<369`) would keep it busy for seconds.
const READ: usize = 32;

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
    let password: String = password.nfc().take(MOST + 1).collect();
    let characters = password.chars().count();
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
    let core = bare(&password);
    if !core.is_empty() && own.iter().any(|word| bare(word) == core) {
        return Err(Missing::Yours);
    }
    let inputs: Vec<&str> = own.iter().map(String::as_str).collect();
    let start: String = password.chars().take(READ).collect();
    if zxcvbn::zxcvbn(&start, &inputs).guesses() < GUESSES || is_a_word_with_a_tail(&password) {
        return Err(Missing::Common);
    }
    Ok(())
}

/// `Sunshine2024!` has many guesses by count, but programs that guess try just such tails first.
fn is_a_word_with_a_tail(password: &str) -> bool {
    let word = password.trim_end_matches(|c: char| !c.is_alphabetic());
    if word.chars().count() > READ || password.chars().count() - word.chars().count() > TAIL {
        return false;
    }
    let read = zxcvbn::zxcvbn(word, &[]);
    matches!(read.sequence(), [only] if matches!(&only.pattern, MatchPattern::Dictionary(found) if found.rank <= COMMON))
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
    memory: Memory,
    runs: Arc<AtomicU64>,
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
        Self { params, turns: Arc::new(Semaphore::new(turns)), memory: Memory::default(), runs: Arc::default() }
    }

    /// A hash in PHC form.
    pub async fn hash(&self, password: &str) -> anyhow::Result<String> {
        let (params, password) = (self.params.clone(), normal(password));
        self.take_turn(move |_| hash(&params, &password)).await?
    }

    /// Compares with a hash; without one it takes as long and is wrong.
    pub async fn verify(&self, password: &str, with: Option<&str>) -> anyhow::Result<Verdict> {
        let (params, password) = (self.params.clone(), normal(password));
        let with = with.map(str::to_owned);
        self.take_turn(move |blocks| match with {
            Some(with) => verify(&params, &password, &with, blocks),
            None => {
                fill(&argon2(&params), password.as_bytes(), NOBODYS_SALT, blocks, &mut [0; 32])?;
                Ok(Verdict::Wrong)
            }
        })
        .await?
    }

    /// A code with too few bits to be hashed fast, hashed as slowly as passwords are. The same for the same salt.
    pub async fn code_hash(&self, code: &str, salt: &str) -> anyhow::Result<String> {
        let (params, code, salt) = (self.params.clone(), code.to_owned(), salt.to_owned());
        let work = move |blocks: &mut Blocks| {
            let mut out = [0; 32];
            fill(&argon2(&params), code.as_bytes(), salt.as_bytes(), blocks, &mut out)?;
            Ok(BASE64_URL_SAFE_NO_PAD.encode(out))
        };
        self.take_turn(work).await?
    }

    /// How often argon2 ran: what an answer costs, whatever else the machine does meanwhile.
    pub fn runs(&self) -> u64 {
        self.runs.load(Ordering::Relaxed)
    }

    async fn take_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Blocks) -> T + Send + 'static,
    ) -> anyhow::Result<T> {
        let waits = self.memory.waits();
        let turn = Arc::clone(&self.turns).acquire_owned().await?;
        let mut lent = waits.lent();
        self.runs.fetch_add(1, Ordering::Relaxed);
        // The work goes on when its request is given up, so the turn goes with the work.
        let work = move || {
            let _turn = turn;
            let done = work(&mut lent);
            // Before the turn ends, so that the next finds it.
            drop(lent);
            done
        };
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

fn verify(params: &Params, password: &str, with: &str, blocks: &mut Blocks) -> anyhow::Result<Verdict> {
    let parsed = PasswordHash::new(with).map_err(unread)?;
    let used = Params::try_from(&parsed).map_err(unread)?;
    let algorithm = Algorithm::try_from(parsed.algorithm.as_str()).map_err(unread)?;
    let version = parsed.version.map_or(Ok(Version::default()), Version::try_from).map_err(unread)?;
    let (Some(salt), Some(stored)) = (&parsed.salt, &parsed.hash) else { return Ok(Verdict::Wrong) };
    let mut made = [0; Output::MAX_LENGTH];
    let made = made.get_mut(..stored.len()).unwrap_or_default();
    fill(&Argon2::new(algorithm, version, used.clone()), password.as_bytes(), salt.as_ref(), blocks, made)?;
    // Outputs are compared in a time that does not tell where they differ.
    if !Output::new(made).is_ok_and(|made| made == *stored) {
        return Ok(Verdict::Wrong);
    }
    let costs = |of: &Params| (of.m_cost(), of.t_cost(), of.p_cost());
    Ok(if costs(&used) == costs(params) { Verdict::Right } else { Verdict::RightButOld })
}

fn unread(error: impl fmt::Display) -> anyhow::Error {
    anyhow::anyhow!("a stored hash cannot be read: {error}")
}

/// What is compared with when there is nothing to compare with.
const NOBODYS_SALT: &[u8] = b"nobody's own salt";

fn fill(argon2: &Argon2, text: &[u8], salt: &[u8], blocks: &mut Blocks, out: &mut [u8]) -> anyhow::Result<()> {
    let memory = blocks.at_least(argon2.params().block_count());
    argon2.hash_password_into_with_memory(text, salt, out, memory).map_err(|error| anyhow::anyhow!("argon2: {error}"))
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
        for common in [
            "Password1!",
            "Qwerty123!",
            "iloveyouiloveyou",
            "iloveyou123456789",
            "aaaaaaaaaaaaaaaa",
            "123456789012345",
            "P@ssw0rd",
            "Sunshine2024!",
            "Football-2026",
        ] {
            assert_eq!(check(common, &ADA), Err(Missing::Common), "{common}");
        }
        for own in ["Ada Lovelace 1815", "ada.lovelace@example.org", "Lovelace-1!", "Marquee Basel 2026"] {
            assert!(matches!(check(own, &ADA), Err(Missing::Yours | Missing::Common)), "{own}");
        }
    }

    #[test]
    fn what_counts_is_the_text_and_not_how_it_was_typed() {
        // A combining mark is no sign of its own.
        assert_eq!(check("Zu\u{308}rich1x", &ADA), check("Zürich1x", &ADA));
        assert_eq!(check("8371 9462 0573 28", &About { email: "", ..ADA }), Ok(()));
        // Read to its end, this one alone would take seconds.
        assert_eq!(check(&"@4({[<369!1|0$5+7%2".repeat(6), &ADA), Ok(()));
        assert_eq!(check("Monkey 8371 9462 0573", &ADA), Ok(()));
    }

    proptest::proptest! {
        #![proptest_config(proptest::test_runner::Config::with_cases(24))]
        #[test]
        fn no_text_upsets_the_rule_and_what_it_lets_in_has_a_fitting_length(password in "\\PC{0,140}") {
            let characters = password.nfc().count();
            if check(&password, &ADA).is_ok() {
                proptest::prop_assert!((SHORT..=MOST).contains(&characters));
            }
        }
    }

    #[tokio::test]
    async fn a_turn_lasts_as_long_as_its_work_even_when_nobody_waits_for_it() {
        let passwords = Passwords { turns: Arc::new(Semaphore::new(1)), ..Passwords::cheap() };
        let (go, wait) = std::sync::mpsc::channel::<()>();
        let (begun, begins) = tokio::sync::oneshot::channel();
        let other = passwords.clone();
        let task = tokio::spawn(async move {
            let work = move |_: &mut Blocks| {
                begun.send(()).ok();
                wait.recv().ok();
            };
            other.take_turn(work).await
        });
        begins.await.unwrap();
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
        assert_eq!(passwords.turns.available_permits(), 0);
        go.send(()).unwrap();
        assert!(passwords.hash("afterwards").await.is_ok());
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
