//! The journeys that need a real Chromium: with JavaScript and without, light and dark, wide and narrow.
mod chrome;
mod server;

use chrome::{Driver, Scripts, Window};
use server::Server;

/// Pages that everyone sees.
const PUBLIC: &[&str] = &["/", "/sign-in", "/sign-up", "/forgotten", "/nothing-here", "/api/docs"];

#[tokio::test]
async fn every_public_page_is_accessible_light_and_dark_wide_and_narrow() {
    let (server, driver) = (Server::start(), Driver::start());
    let window = Window::open(&driver, &server.base, Scripts::On).await;
    for path in PUBLIC {
        for dark in [false, true] {
            for width in [1280, 320] {
                window.dark(dark).await.width(width, 900).await.visit(path).await;
                window.is_sound(&format!("{path}, dark {dark}, {width} px")).await;
            }
        }
    }
    let said: Vec<_> = window.console().await.into_iter().filter(|said| !said.contains("/nothing-here")).collect();
    assert!(said.is_empty(), "{said:#?}");
    window.close().await;
}

async fn sign_in(window: &Window, email: &str, password: &str) {
    window.visit("/sign-in").await.fill("email", email).await.fill("password", password).await.press("Sign in").await;
}

/// Finds an event, takes two places, finds the ticket again, gives the places back.
async fn the_attendees_journey(scripts: Scripts) {
    let (server, driver) = (Server::start(), Driver::start());
    let window = Window::open(&driver, &server.base, scripts).await;
    sign_in(&window, "ada@example.org", "engines that weave algebra").await;
    window.visit("/").await.sees("What’s on").await.press("Repair Café").await;
    window.set("people", "2").await.press("Save my place").await;
    window.sees("Your tickets").await.sees("Ada Lovelace").await;
    window.visit("/tickets").await.sees("Repair Café").await;
    window.visit("/events/repair-cafe").await.sees("You have 2 places.").await.press("I can’t come").await;
    window.press("Give the places back").await.sees("These places were given back").await;
    window.visit("/events/repair-cafe").await.sees("Are you coming?").await;
    assert!(window.console().await.is_empty());
    window.close().await;
}

/// Makes an event, publishes it, adds a guest, lets them in.
async fn the_hosts_journey(scripts: Scripts) {
    let (server, driver) = (Server::start(), Driver::start());
    let window = Window::open(&driver, &server.base, scripts).await;
    sign_in(&window, "mara@example.org", "stage lights at seven").await;
    window.visit("/events/new").await.fill("title", "Quiz night").await.fill("description", "Ten rounds.").await;
    window.set("starts", "2031-03-10T19:30").await.set("ends", "2031-03-10T22:30").await;
    window.fill("place_name", "Town hall").await.fill("type-0-name", "Seat").await.press("Publish").await;
    window.sees("Quiz night").await;
    window
        .visit("/events/quiz-night/guests")
        .await
        .fill("people", "Grace Hopper, grace@example.org")
        .await
        .press("Add")
        .await;
    window.sees("Grace Hopper").await;
    window.visit("/events/quiz-night/check-in").await.fill("code", "grace").await.press("Check in").await;
    window.sees("Grace Hopper").await;
    assert!(window.console().await.is_empty());
    window.close().await;
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

/// Pages behind the sign-in: as a member, as a host, as an admin.
const INSIDE: &[&str] = &[
    "/tickets",
    "/settings",
    "/settings/password",
    "/settings/sessions",
    "/settings/tokens",
    "/hosting",
    "/events/new",
    "/events/repair-cafe",
    "/events/subsole",
    "/events/pflanzentausch",
    "/events/intro-to-rust-ownership-without-tears/manage",
    "/events/intro-to-rust-ownership-without-tears/edit",
    "/events/intro-to-rust-ownership-without-tears/guests",
    "/events/intro-to-rust-ownership-without-tears/check-in",
    "/events/intro-to-rust-ownership-without-tears/team",
    "/events/intro-to-rust-ownership-without-tears/cancellation",
    "/admin",
    "/admin/members",
    "/admin/events",
    "/admin/mails",
    "/admin/jobs",
    "/admin/journal",
    "/dev/mail",
];

#[tokio::test]
async fn every_page_behind_the_sign_in_is_accessible_light_and_dark_wide_and_narrow() {
    let (server, driver) = (Server::start(), Driver::start());
    let window = Window::open(&driver, &server.base, Scripts::On).await;
    sign_in(&window, "mara@example.org", "stage lights at seven").await;
    for path in INSIDE {
        for (dark, width) in [(false, 1280), (true, 1280), (false, 320), (true, 320)] {
            window.dark(dark).await.width(width, 900).await.visit(path).await;
            window.is_sound(&format!("{path}, dark {dark}, {width} px")).await;
        }
    }
    assert!(window.console().await.is_empty());
    window.close().await;
}
