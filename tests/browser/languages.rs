//! The menu of languages for whoever is not signed in.
use crate::chrome::{Driver, Scripts, Window};
use crate::server::Server;

/// The menu of languages, open: with a script and without one.
async fn languages(scripts: Scripts) {
    let (server, driver) = (Server::start(), Driver::start());
    let window = Window::open(&driver, &server.base, scripts).await;
    for (width, menu) in [(1280, "details.menu.wide-only"), (320, "details.menu.narrow-only")] {
        window.width(width, 900).await.visit("/").await;
        window.wait_for(&format!("{menu} summary")).await.click().await.expect("a menu");
        if scripts == Scripts::On {
            assert_eq!(window.faults().await, Vec::<String>::new(), "{width}");
        }
        window.follow(&format!("{menu} button[value=de]")).await.sees("Anmelden").await;
        window.visit("/sign-up").await.sees("Konto anlegen").await.visit("/").await;
        window.wait_for(&format!("{menu} summary")).await.click().await.expect("a menu");
        window.follow(&format!("{menu} button[value=en-GB]")).await.sees("Sign in").await;
    }
    assert_eq!(window.console().await, Vec::<String>::new());
    window.close().await;
}

#[tokio::test]
async fn a_visitor_chooses_a_language_wide_and_narrow() {
    languages(Scripts::On).await;
}

#[tokio::test]
async fn a_visitor_chooses_a_language_without_javascript() {
    languages(Scripts::Off).await;
}
