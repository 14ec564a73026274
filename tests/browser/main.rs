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
