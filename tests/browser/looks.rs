//! Pages that one comes to by plans, credits, codes and invitations: as accessible as those that are there anyway.
use crate::chrome::{Driver, Scripts, Window};
use crate::inviting::{LIST, opens_the_letter};
use crate::pages::look;
use crate::people::{ada, jonas, mara, publishes, unfolds};
use crate::server::Server;

const CLIMBING: &str = "/events/climbing-for-first-timers";

/// Nothing is wrong, and the console said nothing but of the refusals that were wanted.
async fn ends(window: Window, mut faults: Vec<String>, wanted: &str) {
    faults.extend(window.console().await.into_iter().filter(|said| !said.contains(wanted)));
    assert!(faults.is_empty(), "{faults:#?}");
    window.close().await;
}

#[tokio::test]
async fn every_page_of_plans_is_accessible_light_and_dark_wide_and_narrow() {
    let (server, driver) = (Server::start(), Driver::start());
    let (admin, window) = (mara(&driver, &server, Scripts::On).await, ada(&driver, &server, Scripts::On).await);
    let mut faults = Vec::new();
    admin.visit("/admin/products").await.fill("why", "Once more").await.press("Set the products up").await;
    look(&admin, "products that were set up", &mut faults).await;
    admin.press("Individual").await;
    look(&admin, "a plan as a product", &mut faults).await;
    window.visit("/plans").await;
    look(&window, "plans", &mut faults).await;
    window.press("Choose Individual").await;
    look(&window, "the till of a plan", &mut faults).await;
    window.press("Decline the card").await;
    look(&window, "a declined card", &mut faults).await;
    window.press("Pay").await.sees("Is running").await;
    look(&window, "a subscription", &mut faults).await;
    window.press("Receipt").await;
    look(&window, "a bill", &mut faults).await;
    window.visit("/plans").await.press("Choose Team").await.sees("Charged today").await;
    look(&window, "what another plan costs", &mut faults).await;
    window.visit("/plans").await.press("End with the month").await;
    look(&window, "a plan that ends", &mut faults).await;
    window.press("Cards and bills").await.sees("It ends on").await;
    look(&window, "the provider's page of a plan", &mut faults).await;
    window.visit("/subscriptions").await.sees("Individual").await;
    look(&window, "/subscriptions", &mut faults).await;
    admin.visit("/admin/subscriptions").await.sees("Individual").await;
    look(&admin, "/admin/subscriptions", &mut faults).await;
    ends(admin, Vec::new(), "no refusal").await;
    ends(window, faults, "/local/subscriptions/").await;
}

#[tokio::test]
async fn every_page_of_credits_is_accessible_light_and_dark_wide_and_narrow() {
    let (server, driver) = (Server::start(), Driver::start());
    let window = ada(&driver, &server, Scripts::On).await;
    let mut faults = Vec::new();
    publishes(&window, "Quiz night", "Everyone").await;
    window.visit("/credits").await.fill("credits", "60").await.press("Buy credits").await;
    look(&window, "the till of credits", &mut faults).await;
    window.press("Pay").await.sees("Paid.").await;
    look(&window, "credits that were bought", &mut faults).await;
    window.visit("/events/quiz-night/featuring").await;
    look(&window, "an event to put on the front page", &mut faults).await;
    window.press("Put it on the front page").await.sees("It stands there until").await;
    look(&window, "an event on the front page", &mut faults).await;
    window.visit("/").await.sees("Featured").await;
    look(&window, "the front page", &mut faults).await;
    ends(window, faults, "/local/checkouts/").await;
}

#[tokio::test]
async fn every_page_of_codes_and_taxes_is_accessible_light_and_dark_wide_and_narrow() {
    let (server, driver) = (Server::start(), Driver::start());
    let window = jonas(&driver, &server, Scripts::On).await;
    let mut faults = Vec::new();
    window.visit(&format!("{CLIMBING}/taxes")).await.fill("name", "VAT").await.fill("percent", "8.1").await;
    window.press("Add the tax rate").await;
    window.wait_for("main select[name^='tax-']").await.select_by_index(1).await.expect("the rate");
    window.press("Save the taxes").await.sees("Saved.").await;
    look(&window, "a tax", &mut faults).await;
    window.press("Promo codes").await.fill("code", "Ropes").await.fill("value", "20").await;
    window.press("Make the code").await.sees("The code Ropes counts now.").await;
    look(&window, "a promo code", &mut faults).await;
    window.visit(CLIMBING).await;
    unfolds(&window, "main .stub details:has([name=promo]) summary").await;
    look(&window, "where a code is typed", &mut faults).await;
    window.fill("promo", "summer").await.press("Get tickets").await.sees("no such promo code").await;
    look(&window, "a wrong code", &mut faults).await;
    window.fill("promo", "ropes").await.press("Get tickets").await.sees("Promo code Ropes").await;
    look(&window, "the checkout with a code", &mut faults).await;
    window.press("Pay CHF 19.20").await.press("Pay").await.press("Receipt").await.sees("VAT 8.1 %").await;
    look(&window, "a receipt with a tax", &mut faults).await;
    ends(window, faults, &format!("{CLIMBING}/orders")).await;
}

#[tokio::test]
async fn every_page_of_an_invitation_is_accessible_light_and_dark_wide_and_narrow() {
    let (server, driver) = (Server::start(), Driver::start());
    let (host, guest) =
        (ada(&driver, &server, Scripts::On).await, Window::open(&driver, &server.base, Scripts::On).await);
    let mut faults = Vec::new();
    publishes(&host, "Zither hour", "Those who are invited").await;
    host.visit("/events/zither-hour/invitations").await;
    look(&host, "nobody is invited", &mut faults).await;
    host.fill("people", LIST).await.press("Look at the list").await;
    look(&host, "a list with a wrong line", &mut faults).await;
    host.press("Invite 2 people").await;
    look(&host, "what is left of the list", &mut faults).await;
    host.visit("/events/zither-hour/invitations").await.sees("2 invited").await;
    look(&host, "who is invited", &mut faults).await;
    opens_the_letter(&host, "ida@example.net").await;
    host.sees("This invitation is for somebody else").await;
    look(&host, "somebody else's letter", &mut faults).await;
    opens_the_letter(&guest, "grace@example.net").await;
    look(&guest, "a letter", &mut faults).await;
    unfolds(&guest, "main details:has([name=password]) summary").await;
    look(&guest, "an account along with it", &mut faults).await;
    guest.press("I’m coming").await.sees("You’re going").await;
    look(&guest, "who said yes", &mut faults).await;
    opens_the_letter(&guest, "grace@example.net").await;
    guest.sees("You said yes").await;
    look(&guest, "a letter that was answered", &mut faults).await;
    ends(guest, Vec::new(), "/invitations/").await;
    ends(host, faults, "/invitations").await;
}

/// What a script says of the page.
async fn measured(window: &Window, script: &str) -> serde_json::Value {
    window.client.execute(script, Vec::new()).await.expect("a measure")
}

#[tokio::test]
async fn on_a_phone_a_row_of_links_that_goes_on_fades_and_its_last_link_does_not() {
    let (server, driver) = (Server::start(), Driver::start());
    let window = jonas(&driver, &server, Scripts::On).await;
    let admin = mara(&driver, &server, Scripts::On).await;
    for (window, path, row) in [(&admin, "/admin", ".side-nav"), (&window, &*format!("{CLIMBING}/manage"), ".tabs")] {
        window.width(320, 900).await.visit(path).await;
        let mask =
            measured(window, &format!("return getComputedStyle(document.querySelector('{row}')).maskImage")).await;
        assert!(mask.as_str().is_some_and(|mask| mask.contains("gradient")), "{row}: {mask}");
        let last = format!(
            "const row = document.querySelector('{row}'); row.scrollLeft = row.scrollWidth;
             return row.getBoundingClientRect().right
                 - Math.max(...[...row.children].map((link) => link.getBoundingClientRect().right));"
        );
        let last = measured(window, &last).await;
        // The fade is 48 px wide, and rows are scrolled by whole pixels.
        assert!(last.as_f64().is_some_and(|beside| beside > 47.0), "{row}: {last} px beside the last link");
    }
    window.close().await;
    admin.close().await;
}

#[tokio::test]
async fn on_a_phone_the_button_of_filters_is_in_sight() {
    let (server, driver) = (Server::start(), Driver::start());
    let window = mara(&driver, &server, Scripts::On).await;
    window.width(320, 900).await;
    for path in ["/", "/admin/members", "/admin/orders", "/admin/subscriptions", "/admin/journal"] {
        window.visit(path).await;
        let button = "return document.querySelector('main .filters > .btn').getBoundingClientRect().right";
        let right = measured(&window, button).await;
        assert!(right.as_f64().is_some_and(|right| right <= 320.0), "{path}: the button ends at {right} px");
    }
    window.close().await;
}
