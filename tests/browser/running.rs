//! What those do who run an event or the site; each journey with JavaScript and without.
use crate::chrome::{Driver, Scripts};
use crate::people::mara;
use crate::server::Server;

const EVENT: &str = "/events/ask-a-structural-engineer";

/// Looks at the figures, finds a guest, lets two in at once, adds people from a list.
async fn the_dashboards_journey(scripts: Scripts) {
    let (server, driver) = (Server::start(), Driver::start());
    let window = mara(&driver, &server, scripts).await;
    window.visit("/hosting").await.press("Ask a structural engineer").await;
    window.visit(&format!("{EVENT}/manage")).await.sees("From looking to being there").await;
    window.press("Guests").await.sees("9 of 9").await;
    window.fill("q", "engstrum").await.press("Show").await.sees("Nobody is found").await;
    window.fill("q", "engstrom").await.press("Show").await.sees("1 of 1").await;
    window.visit(&format!("{EVENT}/guests?sort=-name")).await.tick("ticket", 0).await.tick("ticket", 1).await;
    window.press("Check in…").await.sees("Check in 2 places").await.press("Check them in").await;
    match scripts {
        // The page asks again by itself.
        Scripts::On => window.comes_to_say("Finished: 2 places.").await,
        Scripts::Off => window.finds(&window.path().await, "Finished: 2 places.").await,
    };
    window.visit(&format!("{EVENT}/guests?state=in")).await.sees("2 of 2").await;
    window.visit(&format!("{EVENT}/guests/import")).await;
    window
        .fill("people", "Grace Hopper, grace@example.org\nAda King; king@example.org")
        .await
        .press("Look at the list")
        .await;
    window
        .sees("Grace Hopper")
        .await
        .press("Add 2 people and mail their tickets")
        .await
        .sees("Finished: 2 places.")
        .await;
    assert_eq!(window.console().await, Vec::<String>::new());
    window.close().await;
}

/// Finds a member, suspends them with a reason and restores them, renames the site, finds both in the journal.
async fn the_admins_journey(scripts: Scripts) {
    let (server, driver) = (Server::start(), Driver::start());
    let window = mara(&driver, &server, scripts).await;
    window.visit("/admin").await.sees("New members a day").await.press("Members").await;
    window.fill("q", "jonas").await.press("Show").await.press("Jonas Frei").await;
    window.fill("reason", "Asked for it").await.press("Suspend").await.sees("Suspended").await;
    window.fill("reason", "Came back").await.press("Restore").await.sees("Suspend").await;
    window.visit("/admin/members?sort=name").await.press("Name").await.sees("Ada Lovelace").await;
    window.visit("/admin/settings").await.fill("name", "The Lantern").await.fill("reason", "A new name").await;
    window.press("Save").await.visit("/").await.sees("The Lantern").await;
    window.visit("/admin/journal").await.sees("setting_changed").await;
    window.sees("member_suspended").await.sees("member_restored").await;
    window.visit("/admin/health").await.sees("None was made yet").await;
    assert_eq!(window.console().await, Vec::<String>::new());
    window.close().await;
}

#[tokio::test]
async fn a_host_looks_at_figures_lets_many_in_and_adds_a_list() {
    the_dashboards_journey(Scripts::On).await;
}

#[tokio::test]
async fn a_host_looks_at_figures_lets_many_in_and_adds_a_list_without_javascript() {
    the_dashboards_journey(Scripts::Off).await;
}

#[tokio::test]
async fn an_admin_suspends_a_member_and_renames_the_site() {
    the_admins_journey(Scripts::On).await;
}

#[tokio::test]
async fn an_admin_suspends_a_member_and_renames_the_site_without_javascript() {
    the_admins_journey(Scripts::Off).await;
}
