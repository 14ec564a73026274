//! Every page, light and dark, wide and as narrow as 320 px: axe finds nothing, nothing scrolls sideways, and the
//! console is silent.
use crate::chrome::{Driver, Scripts, Window};
use crate::server::Server;

/// Pages that everyone sees.
const PUBLIC: &[&str] = &[
    "/",
    "/?q=jazz",
    "/?q=nothing+like+it&category=sport",
    "/?near=47.56,7.59&radius=25&sort=newest",
    "/?near=Atlantis",
    "/calendar",
    "/events/repair-cafe/report",
    "/events/repair-cafe/embed",
    "/events/repair-cafe",
    "/events/late-night-jazz-at-the-gasometer",
    "/events/subsole/waiting-list",
    "/sign-in",
    "/sign-in/link",
    "/sign-in/link/too-old",
    "/sign-up",
    "/forgotten",
    "/verification",
    "/nothing-here",
    "/api/docs",
    "/api/docs/hosting",
];

/// Pages behind the sign-in: as a member, as a host, as an admin.
const INSIDE: &[&str] = &[
    "/tickets",
    "/settings",
    "/settings/password",
    "/settings/email",
    "/settings/second-factor",
    "/step-up",
    "/settings/sessions",
    "/settings/tokens",
    "/settings/calendar",
    "/settings/data",
    "/payments",
    "/receipts",
    "/credits",
    "/hosting",
    "/events/new",
    "/events/repair-cafe",
    "/events/subsole",
    "/events/pflanzentausch",
    "/events/intro-to-rust-ownership-without-tears/manage",
    "/events/intro-to-rust-ownership-without-tears/edit",
    "/events/intro-to-rust-ownership-without-tears/guests",
    "/events/intro-to-rust-ownership-without-tears/guests/import",
    "/events/intro-to-rust-ownership-without-tears/guests/acts?which=all&act=remove",
    "/events/intro-to-rust-ownership-without-tears/guests/acts?which=these&act=mail",
    "/events/intro-to-rust-ownership-without-tears/check-in",
    "/events/intro-to-rust-ownership-without-tears/team",
    "/events/intro-to-rust-ownership-without-tears/cancellation",
    "/admin",
    "/admin/members",
    "/admin/events",
    "/admin/orders",
    "/admin/payments",
    "/admin/payments/all?sort=-amount",
    "/admin/credits",
    "/admin/products",
    "/admin/subscriptions",
    "/admin/notices",
    "/admin/mails",
    "/admin/jobs",
    "/admin/journal",
    "/admin/reports",
    "/admin/health",
    "/admin/settings",
    "/admin/settings/logo",
    "/admin/settings/legal/privacy",
    "/dev/mail",
];

/// Pages that are reached by pressing, from one that is there anyway: where to begin, what to press.
const BEHIND: &[(&str, &str)] = &[
    ("/admin/members", "main a[href^='/admin/members/']"),
    ("/admin/events", "main a[href^='/admin/events/']"),
    ("/admin/events?state=featured", "main a[href$='/featuring/removal']"),
    ("/admin/mails", "main a[href^='/admin/mails/']"),
    ("/dev/mail", "main a[href^='/dev/mail/']"),
    ("/events/intro-to-rust-ownership-without-tears/guests", "main a[href$='/removal']"),
    ("/events/intro-to-rust-ownership-without-tears/edit", "main a[href$='/cover']"),
    ("/tickets", "main a[href^='/orders/']"),
    ("/events/repair-cafe", "main a[href$='/cancellation']"),
];

/// Looks at the page that is open, in every way.
pub async fn look(window: &Window, what: &str, faults: &mut Vec<String>) {
    for (dark, width) in [(false, 1280), (true, 1280), (true, 320), (false, 320)] {
        window.dark(dark).await.width(width, 900).await;
        let found = window.faults().await;
        faults.extend(found.into_iter().map(|fault| format!("{what}, dark {dark}, {width} px: {fault}")));
    }
    window.width(1280, 900).await;
}

#[tokio::test]
async fn every_public_page_is_accessible_light_and_dark_wide_and_narrow() {
    let (server, driver) = (Server::start(), Driver::start());
    let window = Window::open(&driver, &server.base, Scripts::On).await;
    let mut faults = Vec::new();
    for path in PUBLIC {
        window.visit(path).await;
        look(&window, path, &mut faults).await;
    }
    faults.extend(
        window.console().await.into_iter().filter(|said| !said.contains("/nothing-here") && !said.contains("/too-old")),
    );
    assert!(faults.is_empty(), "{faults:#?}");
    window.close().await;
}

#[tokio::test]
async fn every_page_behind_the_sign_in_is_accessible_light_and_dark_wide_and_narrow() {
    let (server, driver) = (Server::start(), Driver::start());
    let window = Window::open(&driver, &server.base, Scripts::On).await;
    window.dark(false).await.sign_in("mara@example.org", "stage lights at seven").await;
    window.visit("/events/repair-cafe").await.choose("people", "2").await.press("Save my place").await;
    let mut faults = Vec::new();
    look(&window, "the order", &mut faults).await;
    window.follow("main a[href^='/t/']").await;
    look(&window, "a ticket", &mut faults).await;
    window.visit("/tickets").await.follow("main a[href^='/orders/']").await;
    window.follow("main a[href$='/invitations']").await;
    look(&window, "friends to ask along", &mut faults).await;
    for path in INSIDE {
        window.visit(path).await;
        look(&window, path, &mut faults).await;
    }
    for (path, link) in BEHIND {
        window.visit(path).await.follow(link).await;
        look(&window, &format!("{path} {link}"), &mut faults).await;
    }
    acts(&window, &mut faults).await;
    faults.extend(window.console().await.into_iter().filter(|said| !said.contains("/guests/")));
    assert!(faults.is_empty(), "{faults:#?}");
    window.close().await;
}

/// A list that is looked at, one that is added, and an act on all of them.
async fn acts(window: &Window, faults: &mut Vec<String>) {
    const EVENT: &str = "/events/intro-to-rust-ownership-without-tears";
    let list = "Ada Lovelace, ada@example.com\nnobody\n";
    window.visit(&format!("{EVENT}/guests/import")).await.fill("people", list).await.press("Look at the list").await;
    look(window, "a list with a wrong line", faults).await;
    window.visit(&format!("{EVENT}/guests/import")).await.fill("people", "Ada, ada@example.com").await;
    window.press("Look at the list").await;
    look(window, "a list", faults).await;
    window.press("Add 1 person and mail the ticket").await.sees("Finished").await;
    look(window, "a list that is added", faults).await;
    window.visit(&format!("{EVENT}/guests/acts?which=all&act=mail")).await.press("Mail the tickets").await;
    look(window, "an act", faults).await;
}

/// What a buyer and a host see of money, in the order in which they come to it.
#[tokio::test]
async fn every_page_of_money_is_accessible_light_and_dark_wide_and_narrow() {
    const EVENT: &str = "/events/intro-to-rust-ownership-without-tears";
    let (server, driver) = (Server::start(), Driver::start());
    let window = Window::open(&driver, &server.base, Scripts::On).await;
    let mut faults = Vec::new();
    window.dark(false).await.sign_in("mara@example.org", "stage lights at seven").await;
    window.visit("/events/climbing-for-first-timers").await;
    look(&window, "prices", &mut faults).await;
    window.choose("people", "2").await.press("Get tickets").await;
    look(&window, "the checkout", &mut faults).await;
    window.press("Pay CHF 48.00").await.press("Decline the card").await;
    look(&window, "a declined card", &mut faults).await;
    window.press("Pay").await.sees("Your tickets").await;
    let order = window.path().await;
    for path in ["/receipt", "/cancellation"] {
        window.visit(&format!("{order}{path}")).await;
        look(&window, path, &mut faults).await;
    }
    window.visit(&order).await.press("Give it to somebody else").await;
    look(&window, "a gift", &mut faults).await;
    window.visit("/events/climbing-for-first-timers").await.wait_for("main details summary").await;
    look(&window, "more places", &mut faults).await;
    window.visit("/events/subsole").await.press("Join the waiting list").await;
    look(&window, "the waiting list", &mut faults).await;
    window.visit("/events/noche-de-cumbia").await;
    window
        .client
        .execute("document.querySelector('main [name=pay][value=later]').click()", Vec::new())
        .await
        .expect("a choice");
    window.press("Get tickets").await;
    look(&window, "places paid at the door", &mut faults).await;
    window.visit(EVENT).await.press("Get tickets").await.press("Pay CHF 12.00").await.press("Pay").await;
    for path in ["/manage", "/payments", "/guests/waiting"] {
        window.visit(&format!("{EVENT}{path}")).await;
        look(&window, path, &mut faults).await;
    }
    window.visit(&format!("{EVENT}/payments")).await.follow("main table a[href*='/orders/']").await;
    look(&window, "the host's order", &mut faults).await;
    window.wait_for("main input[type=checkbox]").await.click().await.expect("a tick");
    window.press("Refund the chosen tickets").await;
    look(&window, "the refund", &mut faults).await;
    window.visit("/admin/payments/all").await.follow("main table a[href*='/orders/']").await;
    look(&window, "the admin's order", &mut faults).await;
    window.visit("/admin/notices").await.follow("main table tbody a").await;
    look(&window, "a notice", &mut faults).await;
    window.visit("/admin/payments/all").await.follow("main table a[href*='/orders/']").await;
    window.press("Cancel the order").await;
    look(&window, "the admin's refund", &mut faults).await;
    faults.extend(window.console().await.into_iter().filter(|said| !said.contains("/local/checkouts/")));
    assert!(faults.is_empty(), "{faults:#?}");
    window.close().await;
}
