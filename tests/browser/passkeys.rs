//! Passkeys of a device that Chromium plays, on the pages and through the script that people use.
use crate::chrome::{Driver, Scripts, Window};
use crate::journeys::sign_out;
use crate::server::Server;

const MARA: (&str, &str) = ("mara@example.org", "stage lights at seven");

#[tokio::test]
async fn somebody_adds_a_passkey_signs_in_with_it_and_proves_that_it_is_them() {
    let (server, driver) = (Server::start(), Driver::start());
    let window = Window::open(&driver, &server.base, Scripts::On).await;
    window.plays_a_device().await;
    window.sign_in(MARA.0, MARA.1).await.visit("/settings/passkeys").await.sees("You have none yet.").await;
    window.fill("name", "This laptop").await.press("Add a passkey").await;
    window.sees("The passkey opens your account from now on").await.sees("not used yet").await;
    // The same device again.
    window.wait_for("[data-passkey] button").await.click().await.expect("a button");
    window.comes_to_say("This device has a passkey for your account already.").await;
    sign_out(&window).await;
    window.visit("/sign-in?back=/settings/passkeys").await.press("Sign in with a passkey").await;
    window.sees("last used on").await;
    assert_eq!(window.path().await, "/settings/passkeys");
    sign_out(&window).await;
    // By password alone nothing important is open.
    window.sign_in(MARA.0, MARA.1).await.visit("/settings/email").await.sees("Is it still you?").await;
    window.press("Use your passkey").await;
    assert_eq!(window.path().await, "/settings/email");
    window.visit("/settings/passkeys").await.press("Remove This laptop").await.sees("You have none yet.").await;
    sign_out(&window).await;
    window.visit("/sign-in").await.wait_for("[data-passkey] button").await.click().await.expect("a button");
    window.comes_to_say("This passkey opens no account here").await;
    let said = window.console().await;
    assert!(said.iter().all(|line| line.contains("422")), "{said:#?}");
    window.close().await;
}

#[tokio::test]
async fn without_javascript_the_page_that_signs_in_says_nothing_of_passkeys() {
    let (server, driver) = (Server::start(), Driver::start());
    let window = Window::open(&driver, &server.base, Scripts::Off).await;
    window.visit("/sign-in").await;
    assert!(!window.text().await.contains("passkey"));
    window.sign_in(MARA.0, MARA.1).await.visit("/settings/passkeys").await;
    window.sees("Adding a passkey needs JavaScript").await;
    assert!(!window.text().await.contains("Add a passkey"));
    window.close().await;
}

#[tokio::test]
async fn pages_with_passkeys_have_no_fault_light_or_dark_wide_or_narrow() {
    let (server, driver) = (Server::start(), Driver::start());
    let window = Window::open(&driver, &server.base, Scripts::On).await;
    window.plays_a_device().await;
    window.sign_in(MARA.0, MARA.1).await.visit("/settings/passkeys").await.press("Add a passkey").await;
    sign_out(&window).await;
    window.sign_in(MARA.0, MARA.1).await;
    for (pages, signed_in) in [(&["/settings/passkeys", "/step-up"][..], true), (&["/sign-in"], false)] {
        if signed_in {
            window.visit("/step-up?back=/").await.press("Use your passkey").await;
        } else {
            sign_out(&window).await;
        }
        for page in pages {
            for (width, dark) in [(1280, false), (1280, true), (320, false)] {
                window.width(width, 900).await.dark(dark).await;
                window.visit(page).await.wait_for("[data-passkey]:not([hidden])").await;
                assert_eq!(window.faults().await, Vec::<String>::new(), "{page} {width} {dark}");
            }
        }
        window.width(1280, 900).await;
    }
    window.close().await;
}
