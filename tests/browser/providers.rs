//! Coming in by another site's word, in a browser that crosses from one to the other.
use crate::chrome::{Driver, Scripts, Window};
use crate::journeys::sign_out;
use crate::server::Server;
use crate::standin::Standin;

/// Signs up with one account, connects another, removes the first and comes back with the second.
async fn the_travellers_journey(scripts: Scripts) {
    let standin = Standin::start().await;
    let (server, driver) = (Server::with(&standin.settings()), Driver::start());
    let window = Window::open(&driver, &server.base, scripts).await;
    window.visit("/sign-up").await.press("Google").await.press("Go on as Ada of Google").await;
    window.sees("Welcome, Ada of Google. Your address is confirmed.").await;
    window.visit("/settings/ways-in").await.sees("It is your only way in").await;
    window.press("Connect GitHub").await.press("Go on as Ada of Google").await;
    window.sees("Connected: from now on you can sign in with GitHub.").await;
    window.press("Remove Google").await.sees("Removed. All other devices are signed out.").await;
    sign_out(&window).await;
    window.visit("/sign-in").await.press("GitHub").await.press("Go on as Ada of Google").await;
    window.visit("/settings/ways-in").await.sees("It is your only way in").await.sees("grace@example.net").await;
    assert_eq!(window.console().await, Vec::<String>::new());
    window.close().await;
}

#[tokio::test]
async fn somebody_signs_up_with_a_provider_connects_another_and_removes_the_first() {
    the_travellers_journey(Scripts::On).await;
}

#[tokio::test]
async fn somebody_signs_up_with_a_provider_connects_another_and_removes_the_first_without_javascript() {
    the_travellers_journey(Scripts::Off).await;
}

#[tokio::test]
async fn pages_with_providers_have_no_fault_light_or_dark_wide_or_narrow() {
    let standin = Standin::start().await;
    let (server, driver) = (Server::with(&standin.settings()), Driver::start());
    let window = Window::open(&driver, &server.base, Scripts::On).await;
    window.visit("/sign-in").await.press("Google").await.press("Go on as Ada of Google").await;
    let own = ["/settings/ways-in", "/auth/google/callback?state=none"];
    for (pages, signed_in) in [(&own[..], true), (&["/sign-in", "/sign-up", "/auth/google/callback?state=none"], false)]
    {
        if !signed_in {
            window.visit("/").await;
            sign_out(&window).await;
        }
        for page in pages {
            for (width, dark) in [(1280, false), (1280, true), (320, false)] {
                window.width(width, 900).await.dark(dark).await;
                assert_eq!(window.visit(page).await.faults().await, Vec::<String>::new(), "{page} {width} {dark}");
            }
        }
        window.width(1280, 900).await;
    }
    window.close().await;
}
