//! The second factor: what it asks, what it keeps out, and what it survives.
use std::sync::Arc;

use marquee::app::App;
use marquee::clock::{days, minutes};
use marquee::files::Files;
use marquee::mail::Mailer;
use marquee::signin::passwords::Passwords;
use marquee::signin::second::{self, Checked};
use totp_rs::{Builder, Secret};

use crate::browser::Browser;
use crate::site::{PASSWORD, Site, link};

const STEP: jiff::SignedDuration = jiff::SignedDuration::from_secs(30);

/// An app on a phone.
pub struct Phone {
    /// In base 32.
    pub secret: String,
}

impl Phone {
    /// Types in the key that the page shows.
    pub fn reading(browser: &Browser) -> Self {
        Self { secret: browser.all("#key")[0].replace(' ', "") }
    }
    pub fn code(&self, site: &Site) -> String {
        let secret = Secret::try_from_base32(&self.secret).unwrap();
        let seconds = u64::try_from(site.now().timestamp().as_second()).unwrap();
        Builder::new().with_secret(secret).build().unwrap().generate(seconds).to_string()
    }
    /// The code of the next step: each works once.
    pub fn next_code(&self, site: &Site) -> String {
        site.app.clock.advance(STEP);
        self.code(site)
    }
}

impl Site {
    /// A member with a second factor, signed in; with their phone and their recovery codes.
    pub async fn secured(&self, name: &str) -> (Browser, Phone, Vec<String>) {
        let mut browser = self.member(name).await;
        let (phone, codes) = turn_on(self, &mut browser).await;
        (browser, phone, codes)
    }
}

pub async fn turn_on(site: &Site, browser: &mut Browser) -> (Phone, Vec<String>) {
    browser.visit("/settings/second-factor").await.steps_up().await;
    let phone = Phone::reading(browser);
    browser.fill("code", &phone.code(site)).press("Turn on").await.is(200);
    let codes = browser.all(".codes li");
    assert_eq!(codes.len(), 10);
    (phone, codes)
}

async fn first_step(browser: &mut Browser, name: &str, back: &str) {
    browser.visit(&format!("/sign-in?back={back}")).await;
    browser.fill("email", &format!("{name}@example.org")).fill("password", PASSWORD).press("Sign in").await;
}

#[tokio::test]
async fn who_has_one_is_asked_for_the_code_and_is_nobody_before() {
    let site = Site::start().await;
    let (mut ada, phone, _) = site.secured("ada").await;
    ada.visit("/").await.press("Sign out").await;
    first_step(&mut ada, "ada", "/tickets").await;
    ada.at("/sign-in/code").misses("ada");
    for closed in ["/settings", "/tickets", "/settings/second-factor", "/step-up"] {
        ada.visit(closed).await.at("/sign-in");
    }
    ada.visit("/api/v1/me").await.is(401);
    ada.visit("/sign-in/code").await.press("Sign in").await.is(422);
    assert_eq!(ada.error_at("code"), "Enter the code.");
    ada.fill("code", &phone.next_code(&site)).press("Sign in").await.is(200).at("/tickets");
    ada.visit("/settings").await.at("/settings");
}

#[tokio::test]
async fn nothing_is_on_before_a_code_proved_it() {
    let site = Site::start().await;
    let mut ada = site.member("ada").await;
    ada.visit("/settings/second-factor").await.fill("code", "000000").press("Turn on").await.is(422);
    let first = Phone::reading(&ada);
    ada.press("Turn on").await.is(422);
    assert_eq!(Phone::reading(&ada).secret, first.secret, "a slip of the finger changes no secret");
    first_step(&mut site.browser(), "ada", "/").await;
    let mut elsewhere = site.member("ada").await;
    elsewhere.visit("/settings").await.at("/settings");
    site.app.clock.advance(minutes(61));
    ada.fill("code", &first.code(&site)).press("Turn on").await.steps_up().await;
    ada.at("/settings/second-factor");
    assert_ne!(Phone::reading(&ada).secret, first.secret);
}

#[tokio::test]
async fn the_qr_code_of_an_app_can_be_scanned() {
    let site = Site::with(&[("MARQUEE_SITE_NAME", "Bühne: Basel")]).await;
    let mut ada = site.member("ada").await;
    ada.visit("/settings/second-factor").await;
    let url = scanned(&ada);
    let key = Phone::reading(&ada).secret;
    assert_eq!(
        url,
        format!("otpauth://totp/B%C3%BChne%20%20Basel:ada%40example.org?secret={key}&issuer=B%C3%BChne%20%20Basel")
    );
}

/// With the journeys, since it needs a tool that cargo does not bring.
#[cfg(feature = "browser")]
#[tokio::test]
async fn the_code_of_an_app_is_that_of_oathtool() {
    let site = Site::start().await;
    let mut ada = site.member("ada").await;
    ada.visit("/settings/second-factor").await;
    let key = Phone::reading(&ada).secret;
    let now = format!("@{}", site.now().timestamp().as_second());
    let output = std::process::Command::new("oathtool").args(["--totp", "--base32", "--now", &now, &key]).output();
    let output = output.expect("oathtool is missing: apt-get install oathtool");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let code = String::from_utf8(output.stdout).unwrap();
    ada.fill("code", &code[..6]).press("Turn on").await.is(200).sees("Keep the recovery codes");
}

/// What a camera reads off the page.
fn scanned(browser: &Browser) -> String {
    let page = browser.page();
    let svg = page.select(&scraper::Selector::parse("svg.qr").unwrap()).next().unwrap();
    let size: usize = svg.value().attr("viewBox").unwrap().split(' ').nth(2).unwrap().parse().unwrap();
    let paths: Vec<_> = svg.select(&scraper::Selector::parse("path").unwrap()).collect();
    let mut dark = vec![false; size * size];
    for run in paths[1].value().attr("d").unwrap().split('M').filter(|run| !run.is_empty()) {
        let (at, rest) = run.split_once('h').unwrap();
        let (x, y) = at.split_once(' ').unwrap();
        let (x, y): (usize, usize) = (x.parse().unwrap(), y.parse().unwrap());
        let long: usize = rest.split('v').next().unwrap().parse().unwrap();
        dark[y * size + x..y * size + x + long].fill(true);
    }
    const SCALE: usize = 4;
    let mut seen = rqrr::PreparedImage::prepare_from_greyscale(size * SCALE, size * SCALE, |x, y| {
        if dark[y / SCALE * size + x / SCALE] { 0 } else { 255 }
    });
    seen.detect_grids()[0].decode().unwrap().1
}

#[tokio::test]
async fn a_code_works_once_and_one_step_to_either_side() {
    let site = Site::start().await;
    let (_, phone, _) = site.secured("ada").await;
    let ada = site.account_named("ada").await;
    let check = async |code: &str| second::check(&site.app, &ada, code).await.unwrap();
    assert_eq!(check(&phone.code(&site)).await, Checked::Wrong, "it was used to turn it on");
    let early = phone.next_code(&site);
    site.app.clock.advance(STEP);
    let late = phone.next_code(&site);
    site.app.clock.advance(-STEP);
    assert_eq!(check(&early).await, Checked::Right);
    assert_eq!(check(&early).await, Checked::Wrong);
    assert_eq!(check(&format!(" {} {} ", &late[..3], &late[3..])).await, Checked::Right);
    assert_eq!(check(&phone.code(&site)).await, Checked::Wrong, "older than the last one");
    site.app.clock.advance(STEP);
    let stale = phone.next_code(&site);
    site.app.clock.advance(STEP + STEP);
    assert_eq!(check(&stale).await, Checked::Wrong);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_forty_at_once_with_one_code_one_is_let_in() {
    let site = Site::start().await;
    let (_, phone, codes) = site.secured("ada").await;
    let ada = Arc::new(site.account_named("ada").await);
    for code in [phone.next_code(&site), codes[0].clone()] {
        site.app.clock.advance(minutes(16));
        let code = if code.len() == 6 { phone.code(&site) } else { code };
        assert_eq!(all_at_once(&site, &ada, vec![code; 40]).await, 1);
    }
}

/// How many of these codes are right.
async fn all_at_once(site: &Site, member: &Arc<marquee::members::Member>, codes: Vec<String>) -> usize {
    let tries: Vec<_> = codes
        .into_iter()
        .map(|code| {
            let (app, member) = (site.app.clone(), Arc::clone(member));
            tokio::spawn(async move { second::check(&app, &member, &code).await.unwrap() == Checked::Right })
        })
        .collect();
    let mut right = 0;
    for one in tries {
        right += usize::from(one.await.unwrap());
    }
    right
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_guesses_at_once_five_are_looked_at() {
    let site = Site::start().await;
    let (_, phone, _) = site.secured("ada").await;
    let ada = Arc::new(site.account_named("ada").await);
    assert_eq!(all_at_once(&site, &ada, (0..40).map(|n| format!("{n:06}")).collect()).await, 0);
    let check = async |code: &str| second::check(&site.app, &ada, code).await.unwrap();
    assert!(matches!(check(&phone.next_code(&site)).await, Checked::TooMany { .. }));
    site.app.clock.advance(minutes(16));
    assert_eq!(check(&phone.next_code(&site)).await, Checked::Right);
}

#[tokio::test]
async fn guessing_codes_ends_after_five_on_every_way_in() {
    let site = Site::start().await;
    let (_, phone, codes) = site.secured("ada").await;
    let mut eve = site.browser();
    first_step(&mut eve, "ada", "/").await;
    for _ in 0..5 {
        eve.fill("code", "000000").press("Sign in").await.is(422);
    }
    eve.fill("code", &phone.next_code(&site)).press("Sign in").await.is(429);
    assert!(eve.headers.contains_key("retry-after"));
    let mut other = site.browser();
    first_step(&mut other, "ada", "/").await;
    other.follow("Lost your phone? Use a recovery code").await.fill("code", &codes[0]).press("Sign in").await.is(429);
    // Not even slowly: of a whole day fifty.
    let ada = site.account_named("ada").await;
    site.app.clock.advance(days(1));
    let mut looked_at = 0;
    for _ in 0..90 {
        site.app.clock.advance(minutes(15));
        for _ in 0..6 {
            looked_at += usize::from(second::check(&site.app, &ada, "000000").await.unwrap() == Checked::Wrong);
        }
    }
    assert!(looked_at <= 100, "{looked_at} of 540 guesses in less than a day and a night");
}

#[tokio::test]
async fn each_recovery_code_opens_once_and_its_owner_is_told() {
    let site = Site::start().await;
    let (_, _, codes) = site.secured("ada").await;
    let mut phoneless = site.browser();
    first_step(&mut phoneless, "ada", "/settings/second-factor").await;
    phoneless.follow("Lost your phone? Use a recovery code").await;
    let sloppy = codes[3].to_lowercase().replace('-', " ");
    phoneless.fill("code", &sloppy).press("Sign in").await.is(200).sees("9 recovery codes are left.");
    let told = site.mails_to("ada@example.org").await;
    assert!(
        told.iter().any(|mail| mail.subject == "A recovery code was used" && mail.text.contains("9 recovery codes"))
    );
    let mut again = site.browser();
    first_step(&mut again, "ada", "/").await;
    again.follow("Lost your phone? Use a recovery code").await.fill("code", &codes[3]).press("Sign in").await.is(422);
    assert!(again.error_at("code").contains("used before"));
    phoneless.press("Make new recovery codes").await.is(200);
    let new = phoneless.all(".codes li");
    assert!(new.len() == 10 && new.iter().all(|code| !codes.contains(code)));
    again.fill("code", &codes[4]).press("Sign in").await.is(422);
    again.fill("code", &new[4]).press("Sign in").await.is(200).at("/");
    phoneless.visit("/settings/second-factor").await;
    assert!(!phoneless.html().contains(&new[5]), "they are shown once");
}

#[tokio::test]
async fn nothing_replaces_it_while_it_is_on() {
    let site = Site::start().await;
    let mut ada = site.member("ada").await;
    ada.visit("/settings/second-factor").await;
    let (mallory, sealed) = (Phone::reading(&ada), ada.field("secret"));
    let (phone, _) = turn_on(&site, &mut ada).await;
    ada.post("/settings/second-factor", &[("secret", &sealed), ("code", &mallory.code(&site))]).await.is(303);
    ada.visit("/settings/second-factor").await.sees("nothing was changed");
    let member = site.account_named("ada").await;
    assert_eq!(second::check(&site.app, &member, &mallory.next_code(&site)).await.unwrap(), Checked::Wrong);
    assert_eq!(second::check(&site.app, &member, &phone.next_code(&site)).await.unwrap(), Checked::Right);
}

#[tokio::test]
async fn an_offered_secret_is_good_for_its_member_alone() {
    let site = Site::start().await;
    let (mut ada, mut eve) = (site.member("ada").await, site.member("eve").await);
    eve.visit("/settings/second-factor").await;
    let (phone, sealed) = (Phone::reading(&eve), eve.field("secret"));
    ada.post("/settings/second-factor", &[("secret", &sealed), ("code", &phone.code(&site))]).await.is(422);
    assert!(site.account_named("ada").await.second_factor_at.is_none());
}

#[tokio::test]
async fn a_new_password_does_not_go_around_it() {
    let site = Site::start().await;
    let (_, phone, _) = site.secured("ada").await;
    let mut ada = site.browser();
    ada.visit("/forgotten").await.fill("email", "ada@example.org").press("Send the link").await;
    ada.visit(&link(&site.mail_to("ada@example.org").await, "/reset/")).await;
    ada.fill("password", "Nine green bottles 9").press("Save the password").await.at("/sign-in");
    ada.fill("email", "ada@example.org").fill("password", "Nine green bottles 9").press("Sign in").await;
    ada.at("/sign-in/code");
    ada.fill("code", &phone.next_code(&site)).press("Sign in").await.at("/");
}

#[tokio::test]
async fn a_half_open_door_closes_when_the_password_changes_or_ten_minutes_pass() {
    let site = Site::start().await;
    let (mut ada, phone, _) = site.secured("ada").await;
    let mut thief = site.browser();
    first_step(&mut thief, "ada", "/").await;
    ada.visit("/settings/password").await.fill("current", PASSWORD).fill("password", "Nine green bottles 9");
    ada.press("Change password").await.is(200);
    thief.fill("code", &phone.next_code(&site)).press("Sign in").await.at("/sign-in");
    thief.visit("/settings").await.at("/sign-in");
    let mut slow = site.browser();
    slow.visit("/sign-in").await.fill("email", "ada@example.org").fill("password", "Nine green bottles 9");
    slow.press("Sign in").await.at("/sign-in/code");
    site.app.clock.advance(minutes(11));
    slow.fill("code", &phone.next_code(&site)).press("Sign in").await.at("/sign-in");
}

#[tokio::test]
async fn turning_it_on_or_off_ends_all_other_sessions_and_their_tokens() {
    let site = Site::start().await;
    let mut ada = site.member("ada").await;
    let mut phone_browser = site.member("ada").await;
    let program = site.program().bearer(&crate::api_signin::token(&site, "ada@example.org").await);
    let (phone, _) = turn_on(&site, &mut ada).await;
    assert_eq!(site.mail_to("ada@example.org").await.subject, "A second factor is on");
    phone_browser.visit("/settings").await.at("/sign-in");
    program.get("/api/v1/me").await.is(401);
    first_step(&mut phone_browser, "ada", "/settings").await;
    phone_browser.fill("code", &phone.next_code(&site)).press("Sign in").await.at("/settings");
    ada.visit("/settings/second-factor").await.follow("Turn off").await.press("Turn off").await.sees("is off");
    assert_eq!(site.mail_to("ada@example.org").await.subject, "The second factor is off");
    phone_browser.visit("/settings").await.at("/sign-in");
    ada.visit("/settings").await.at("/settings");
    first_step(&mut phone_browser, "ada", "/settings").await;
    phone_browser.at("/settings");
}

/// The same site under other keys.
fn under(site: &Site, keys: &[&str]) -> App {
    let mut config = (*site.app.config).clone();
    config.secret_keys = keys.iter().map(|key| (*key).to_owned()).collect();
    let files = Files::folder(&config.data_dir.join("files")).unwrap();
    let mailer = Mailer::Memory(Arc::clone(&site.mails));
    App::with(config, site.app.db.clone(), site.app.clock.clone(), mailer, files, Passwords::cheap()).unwrap()
}

#[tokio::test]
async fn its_secret_rests_sealed_and_the_keys_can_be_changed() {
    const OLD: &str = "0123456789abcdef0123456789abcdef";
    const NEW: &str = "fedcba9876543210fedcba9876543210";
    let site = Site::start().await;
    let (_, phone, codes) = site.secured("ada").await;
    let ada = site.account_named("ada").await;
    let stored = async || second::store::factor(&site.app.db, ada.id).await.unwrap().unwrap();
    let before = stored().await;
    assert!(!before.secret.contains(&phone.secret) && !codes.contains(&before.salt));
    let check = async |app: &App, code: String| second::check(app, &ada, &code).await.map_err(|_| ());
    assert_eq!(check(&under(&site, &[NEW]), phone.next_code(&site)).await, Err(()), "without its key it is closed");
    assert_eq!(check(&under(&site, &[NEW, OLD]), phone.next_code(&site)).await, Ok(Checked::Right));
    assert_ne!(stored().await.secret, before.secret, "sealed anew under the new key");
    assert_eq!(check(&under(&site, &[NEW]), phone.next_code(&site)).await, Ok(Checked::Right));
    assert_eq!(check(&under(&site, &[NEW]), codes[0].clone()).await, Ok(Checked::Right));
}

#[tokio::test]
async fn a_secret_that_was_moved_to_another_member_opens_nothing() {
    let site = Site::start().await;
    let (_, phone, _) = site.secured("ada").await;
    site.secured("eve").await;
    let (ada, eve) = (site.account_named("ada").await, site.account_named("eve").await);
    let of_ada = second::store::factor(&site.app.db, ada.id).await.unwrap().unwrap();
    let mut tx = site.app.db.write().await.unwrap();
    second::store::set_secret(&mut tx, eve.id, &of_ada.secret).await.unwrap();
    tx.commit().await.unwrap();
    assert!(second::check(&site.app, &eve, &phone.next_code(&site)).await.is_err());
}
