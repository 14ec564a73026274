//! What people do with money, by pressing what they see: paying, being refused, waiting, having it back.
use crate::chrome::{Driver, Scripts, Window};
use crate::people::{ada, jonas};
use crate::server::Server;

const CLIMBING: &str = "/events/climbing-for-first-timers";
/// Eight places at CHF 42, of which one is taken.
const KINTSUGI: &str = "/events/kintsugi";

/// Buys two tickets with a card that is declined at first, walks away in between, and buys one more.
async fn the_buyers_journey(scripts: Scripts) {
    let (server, driver) = (Server::start(), Driver::start());
    let window = ada(&driver, &server, scripts).await;
    window.visit(CLIMBING).await.choose("people", "2").await;
    if scripts == Scripts::On {
        window.comes_to_say("Total\nCHF 48.00").await;
    }
    window.press("Get tickets").await.sees("Kept for you until").await.sees("CHF 48.00").await;
    window.press("Pay CHF 48.00").await.press("Decline the card").await.sees("The card was declined.").await;
    window.press("Go back without paying").await.sees("Kept for you until").await;
    window.press("Pay CHF 48.00").await.press("Pay").await.sees("Your tickets").await.sees("You’re going").await;
    window.press("Receipt").await.sees("Paid").await.sees("CHF 48.00").await;
    window.visit(CLIMBING).await.sees("You have 2 places.").await;
    window.wait_for("main .stub details summary").await.click().await.expect("more places");
    window.press("Get tickets").await.press("Pay CHF 24.00").await.press("Pay").await.sees("Your tickets").await;
    window
        .visit(CLIMBING)
        .await
        .sees("You have 3 places.")
        .await
        .press("See your tickets")
        .await
        .sees("My tickets")
        .await;
    let declined = |said: &String| said.contains("/local/checkouts/");
    assert_eq!(
        window.console().await.into_iter().filter(|said| !declined(said)).collect::<Vec<_>>(),
        Vec::<String>::new()
    );
    window.close().await;
}

#[tokio::test]
async fn somebody_pays_with_the_second_card_and_comes_back_for_more() {
    the_buyers_journey(Scripts::On).await;
}

#[tokio::test]
async fn somebody_pays_with_the_second_card_and_comes_back_for_more_without_javascript() {
    the_buyers_journey(Scripts::Off).await;
}

/// The last tickets go to a guest; who comes too late waits, is offered what somebody gives back, and buys it.
async fn the_journey_of_who_waits(scripts: Scripts) {
    let (server, driver) = (Server::start(), Driver::start());
    let (ada, jonas) = (ada(&driver, &server, scripts).await, jonas(&driver, &server, scripts).await);
    let guest = Window::open(&driver, &server.base, scripts).await;
    ada.visit(KINTSUGI).await.choose("people", "4").await.press("Get tickets").await;
    ada.press("Pay CHF 168.00").await.press("Pay").await.sees("Your tickets").await;
    let order = ada.path().await;
    guest.visit(KINTSUGI).await.choose("people", "3").await.fill("name", "Grace Hopper").await;
    guest.fill("email", "grace@example.net").await.press("Get tickets").await;
    guest.press("Pay CHF 126.00").await.press("Pay").await.sees("Your tickets").await;
    jonas.visit(KINTSUGI).await.sees("Sold out").await.press("Join the waiting list").await;
    jonas.sees("You wait for 1 place and are number 1.").await;
    ada.visit(&format!("{order}/cancellation")).await.sees("You get CHF 168.00 back.").await.press("Give back").await;
    ada.finds(&order, "CHF 168.00 was given back to you.").await;
    jonas.finds(KINTSUGI, "It is your turn").await.press("See your offer").await;
    jonas.press("Pay CHF 42.00").await.press("Pay").await.sees("You’re going").await;
    jonas.finds("/dev/mail", "It is your turn").await;
    for window in [ada, jonas, guest] {
        assert_eq!(window.console().await, Vec::<String>::new());
        window.close().await;
    }
}

#[tokio::test]
async fn who_waits_for_what_is_sold_out_is_offered_it_and_buys_it() {
    the_journey_of_who_waits(Scripts::On).await;
}

#[tokio::test]
async fn who_waits_for_what_is_sold_out_is_offered_it_and_buys_it_without_javascript() {
    the_journey_of_who_waits(Scripts::Off).await;
}

/// A host finds what was paid, and gives one ticket back.
async fn the_hosts_refund(scripts: Scripts) {
    let (server, driver) = (Server::start(), Driver::start());
    let (ada, jonas) = (ada(&driver, &server, scripts).await, jonas(&driver, &server, scripts).await);
    ada.visit(CLIMBING).await.choose("people", "2").await.press("Get tickets").await;
    ada.press("Pay CHF 48.00").await.press("Pay").await.sees("Your tickets").await;
    let order = ada.path().await;
    let desk = format!("{CLIMBING}/payments");
    jonas.visit(&desk).await.sees("Ada Lovelace").await.follow("main table a[href*='/orders/']").await;
    jonas.wait_for("main input[type=checkbox]").await.click().await.expect("a tick");
    jonas.press("Refund the chosen tickets").await.sees("CHF 24.00 goes back to Ada Lovelace.").await;
    jonas.press("Give back CHF 24.00").await.sees("CHF 24.00 is on its way back.").await;
    jonas.finds(&desk, "−CHF 24.00").await;
    jonas.visit(&format!("{CLIMBING}/manage")).await.sees("Takings").await.sees("CHF 24").await;
    ada.finds(&order, "CHF 24.00 was given back to you.").await;
    for window in [ada, jonas] {
        assert_eq!(window.console().await, Vec::<String>::new());
        window.close().await;
    }
}

#[tokio::test]
async fn a_host_gives_a_ticket_back_from_the_desk() {
    the_hosts_refund(Scripts::On).await;
}

#[tokio::test]
async fn a_host_gives_a_ticket_back_from_the_desk_without_javascript() {
    the_hosts_refund(Scripts::Off).await;
}
