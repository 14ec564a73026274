//! What people come for, done by pressing what they see; each journey with JavaScript and without.
use crate::chrome::{Driver, Scripts, Window};
use crate::server::Server;

/// Finds an event, takes two places, finds the tickets again, gives the places back.
async fn the_attendees_journey(scripts: Scripts) {
    let (server, driver) = (Server::start(), Driver::start());
    let window = Window::open(&driver, &server.base, scripts).await;
    window.sign_in("ada@example.org", "engines that weave algebra").await;
    window.visit("/").await.sees("What’s on").await.press("Repair Café").await;
    window.choose("people", "2").await.press("Save my place").await;
    window.sees("Your tickets").await.sees("Ada Lovelace").await;
    window.visit("/tickets").await.sees("Repair Café").await;
    window.visit("/events/repair-cafe").await.sees("You have 2 places.").await.press("I can’t come").await;
    window.press("Give back").await.sees("These places were given back").await;
    window.visit("/events/repair-cafe").await.sees("Are you coming?").await;
    assert_eq!(window.console().await, Vec::<String>::new());
    window.close().await;
}

/// Makes an event, publishes it, adds a guest, lets them in, finds them in the list.
async fn the_hosts_journey(scripts: Scripts) {
    let (server, driver) = (Server::start(), Driver::start());
    let window = Window::open(&driver, &server.base, scripts).await;
    window.sign_in("mara@example.org", "stage lights at seven").await;
    window.visit("/events/new").await.fill("title", "Quiz night").await.fill("description", "Ten rounds.").await;
    window.pick_time("starts", "2031-03-10T19:30").await.pick_time("ends", "2031-03-10T22:30").await;
    window.fill("place_name", "Town hall").await.fill("type-0-name", "Seat").await.press("Publish").await;
    window.sees("Quiz night").await;
    window.visit("/events/quiz-night/guests").await.fill("people", "Grace Hopper, grace@example.org").await;
    window.press("Add people").await.sees("Added").await;
    window.visit("/events/quiz-night/check-in").await.fill("code", "grace").await.press("Check in").await;
    window.sees("1 place is found").await.press("Let in Grace Hopper").await.sees("Let them through.").await;
    window.visit("/events/quiz-night/manage").await.sees("Checked in").await.sees("Grace Hopper, Seat").await;
    window.fill("code", "grace").await.press("Check in").await.sees("1 place is found").await;
    window.visit("/events/quiz-night/guests").await.press("Undo, Grace Hopper").await.sees("Not in any more").await;
    window.press("Check in, Grace Hopper").await.sees("Grace Hopper is in.").await;
    assert_eq!(window.console().await, Vec::<String>::new());
    window.close().await;
}

/// Looks for a word without its accent, goes to the month, and from there to a day and an event.
async fn the_seekers_journey(scripts: Scripts) {
    let (server, driver) = (Server::start(), Driver::start());
    let window = Window::open(&driver, &server.base, scripts).await;
    window.visit("/").await.fill("q", "repair cafe").await.press("Show").await.sees("Repair Café").await;
    window.fill("q", "no such thing").await.press("Show").await.sees("Nothing found for").await;
    window.press("Show everything").await.press("Month").await.sees("Mon").await;
    window.follow(".title-month a[rel=next]").await.follow(".title-month a[rel=prev]").await;
    window.press("List").await.press("Repair Café").await.sees("Save my place").await;
    assert_eq!(window.console().await, Vec::<String>::new());
    window.close().await;
}

#[tokio::test]
async fn somebody_looks_for_an_event_in_words_and_in_the_month() {
    the_seekers_journey(Scripts::On).await;
}

#[tokio::test]
async fn somebody_looks_for_an_event_in_words_and_in_the_month_without_javascript() {
    the_seekers_journey(Scripts::Off).await;
}

#[tokio::test]
async fn somebody_finds_an_event_and_takes_places() {
    the_attendees_journey(Scripts::On).await;
}

#[tokio::test]
async fn somebody_finds_an_event_and_takes_places_without_javascript() {
    the_attendees_journey(Scripts::Off).await;
}

#[tokio::test]
async fn a_host_makes_an_event_and_lets_people_in() {
    the_hosts_journey(Scripts::On).await;
}

#[tokio::test]
async fn a_host_makes_an_event_and_lets_people_in_without_javascript() {
    the_hosts_journey(Scripts::Off).await;
}

#[tokio::test]
async fn a_new_passwords_meter_says_what_is_missing_while_one_types() {
    let (server, driver) = (Server::start(), Driver::start());
    let window = Window::open(&driver, &server.base, Scripts::On).await;
    window.visit("/sign-up").await.sees("15 characters or more; or 8 with").await;
    window.fill("password", "Kettle").await.sees("Still missing: 8 characters, a digit, a sign.").await;
    window.fill("password", "Kettle 7 larks").await.sees("Long and varied enough.").await;
    window.fill("password", "a kettle of larks").await.sees("Long and varied enough.").await;
    window.fill("name", "Ada King-Noel-Byron").await.fill("password", "ada king noel byron 1").await;
    window.sees("Leave out your name").await;
    assert_eq!(window.console().await, Vec::<String>::new());
    window.close().await;
}

#[tokio::test]
async fn without_javascript_the_password_rule_stands_alone() {
    let (server, driver) = (Server::start(), Driver::start());
    let window = Window::open(&driver, &server.base, Scripts::Off).await;
    window.visit("/sign-up").await.fill("password", "Kettle").await.sees("15 characters or more; or 8 with").await;
    assert!(!window.text().await.contains("Still missing"));
    let meter = window.wait_for(".strength").await;
    assert!(!meter.is_displayed().await.expect("an element"));
    window.close().await;
}

/// The code that an app shows now, or so many steps later.
fn code(key: &str, steps: u64) -> String {
    let secret = totp_rs::Secret::try_from_base32(key.replace(' ', "")).expect("base 32");
    let totp = totp_rs::Builder::new().with_secret(secret).build().expect("a generator");
    let now = std::time::SystemTime::UNIX_EPOCH.elapsed().expect("after 1970").as_secs();
    totp.generate(now + 30 * steps).to_string()
}

pub async fn sign_out(window: &Window) {
    window.wait_for("details.menu summary").await.click().await.expect("a menu");
    window.follow("form[action='/sign-out'] button").await;
}

/// Signs up, turns on a second factor, comes back with a code of the app, then with a recovery code.
async fn the_careful_ones_journey(scripts: Scripts) {
    const PASSWORD: &str = "nanoseconds cut from wire";
    let (server, driver) = (Server::start(), Driver::start());
    let window = Window::open(&driver, &server.base, scripts).await;
    window.visit("/sign-up").await.fill("name", "Grace Hopper").await.fill("email", "grace@example.net").await;
    window.fill("password", PASSWORD).await.press("Create account").await;
    window.finds("/dev/mail", "grace@example.net").await.press("Confirm your e-mail address").await;
    window.follow("main a[href*='/verify/']").await.press("Confirm my address").await.sees("Welcome, Grace").await;
    window.visit("/settings/second-factor").await.sees("Scan this code").await;
    let key = window.wait_for("#key").await.text().await.expect("a key");
    window.fill("code", &code(&key, 0)).await.press("Turn on").await.sees("Keep the recovery codes").await;
    let recovery = window.wait_for(".codes li").await.text().await.expect("a recovery code");
    window.press("I have kept them").await.sees("10 recovery codes are left.").await;
    sign_out(&window).await;
    window.sign_in("grace@example.net", PASSWORD).await.sees("Enter your code").await;
    window.fill("code", "000000").await.press("Sign in").await.sees("This code is wrong").await;
    window.fill("code", &code(&key, 1)).await.press("Sign in").await.visit("/settings").await.sees("Grace").await;
    sign_out(&window).await;
    window.sign_in("grace@example.net", PASSWORD).await.press("Lost your phone? Use a recovery code").await;
    window.fill("code", &recovery).await.press("Sign in").await.visit("/settings/second-factor").await;
    window.sees("9 recovery codes are left.").await;
    let said = window.console().await;
    assert!(said.iter().all(|line| line.contains("422")), "{said:#?}");
    window.close().await;
}

#[tokio::test]
async fn somebody_turns_on_a_second_factor_and_comes_back_with_it() {
    the_careful_ones_journey(Scripts::On).await;
}

#[tokio::test]
async fn somebody_turns_on_a_second_factor_and_comes_back_with_it_without_javascript() {
    the_careful_ones_journey(Scripts::Off).await;
}
