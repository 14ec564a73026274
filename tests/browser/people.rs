//! Those of the demo, at a window of their own, and what several journeys begin with.
use crate::chrome::{Driver, Scripts, Window};
use crate::server::Server;

async fn signed_in(driver: &Driver, server: &Server, scripts: Scripts, (email, password): (&str, &str)) -> Window {
    let window = Window::open(driver, &server.base, scripts).await;
    window.sign_in(email, password).await;
    window
}

/// The admin.
pub async fn mara(driver: &Driver, server: &Server, scripts: Scripts) -> Window {
    signed_in(driver, server, scripts, ("mara@example.org", "stage lights at seven")).await
}

/// Hosts the neighbourhood: the climbing, too.
pub async fn jonas(driver: &Driver, server: &Server, scripts: Scripts) -> Window {
    signed_in(driver, server, scripts, ("jonas@example.org", "soldering iron and tea")).await
}

/// Comes to things, and hosts none yet.
pub async fn ada(driver: &Driver, server: &Server, scripts: Scripts) -> Window {
    signed_in(driver, server, scripts, ("ada@example.org", "engines that weave algebra")).await
}

/// An event years ahead, free and published, for whom the list "Who finds it" says.
pub async fn publishes(window: &Window, title: &str, who: &str) {
    window.visit("/events/new").await.fill("title", title).await.fill("description", "Bring a pen.").await;
    window.pick_time("starts", "2031-03-10T19:30").await.pick_time("ends", "2031-03-10T22:30").await;
    window.fill("place_name", "Town hall").await.choose("visibility", who).await.fill("type-0-name", "Seat").await;
    window.press("Publish").await.sees(title).await;
}

/// In the demo four hosts paid a month of a plan, and three guests of eleven events a ticket: the number of the next
/// receipt.
pub const RECEIPT: &str = "Receipt R-000038";

/// The four plans and the credits are for sale from now on, where there are none in the demo: at Stripe.
pub async fn sets_plans_up(admin: &Window) {
    admin.visit("/admin/products").await.sees("Plans are off").await.fill("why", "Opening").await;
    admin.press("Set the products up").await.sees("Individual: made.").await;
}

/// Opens what is folded, by its summary.
pub async fn unfolds(window: &Window, css: &str) {
    window.wait_for(css).await.click().await.unwrap_or_else(|error| panic!("{css}: {error}"));
}

/// Nothing was said in the console but what has this in it: the refusals that a journey wants.
pub async fn is_silent_but_for(window: &Window, wanted: &str) {
    let said = window.console().await;
    let other: Vec<&String> = said.iter().filter(|said| !said.contains(wanted)).collect();
    assert!(other.is_empty(), "{other:#?}");
}
