//! From a pasted list to a place: as a guest, and with an account that is made along with the answer. Nobody else
//! learns of it.
use fantoccini::Locator;

use crate::chrome::{Driver, Scripts, Window};
use crate::people::{ada, is_silent_but_for, jonas, publishes, unfolds};
use crate::server::Server;

const ZITHER: &str = "/events/zither-hour";
pub const LIST: &str = "Grace Hopper, grace@example.net\nnobody at all\nIda Rhodes, ida@example.net";

/// Pastes a list with a bad line, and invites the others.
async fn invites(host: &Window) {
    host.visit(&format!("{ZITHER}/manage")).await.press("Invitations").await.sees("Nobody is invited yet.").await;
    host.fill("people", LIST).await.press("Look at the list").await.sees("2 people can be invited.").await;
    host.sees("1 line is passed over.").await.sees("There is no e-mail address on this line.").await;
    host.press("Invite 2 people").await.sees("2 people are invited.").await;
    host.sees("1 line was passed over. It stands here again.").await.sees("nobody at all").await;
    let list = format!("{ZITHER}/invitations");
    host.visit(&list).await.sees("2 invited: 0 come, 0 cannot, 2 have not answered.").await;
    host.finds(&list, "Sent").await;
}

/// Opens the letter to an address, and follows its link.
pub async fn opens_the_letter(window: &Window, email: &str) {
    window.finds("/dev/mail", email).await;
    let path = format!("//main//tr[td[normalize-space(.)='{email}']]//a[starts-with(., 'Invitation')]");
    let letter = window.client.find(Locator::XPath(&path)).await.unwrap_or_else(|error| panic!("{email}: {error}"));
    let letter = letter.attr("href").await.expect("a link").expect("its address");
    window.visit(&letter).await.follow("main a[href*='/invitations/']").await;
}

async fn is_asked(window: &Window, email: &str) {
    opens_the_letter(window, email).await;
    window.sees("Zither hour").await.sees("Ada Lovelace invites you.").await.sees("Do you come?").await;
}

/// Whoever has no letter finds nothing: neither in the list nor at the address.
async fn learns_nothing(window: &Window) {
    window.visit("/?q=zither").await.sees("Nothing found for").await;
    window.visit(ZITHER).await.sees("This page is not on the bill").await;
    is_silent_but_for(window, ZITHER).await;
}

async fn the_journey_of_who_is_asked(scripts: Scripts) {
    let (server, driver) = (Server::start(), Driver::start());
    let host = ada(&driver, &server, scripts).await;
    let (guest, member) =
        (Window::open(&driver, &server.base, scripts).await, Window::open(&driver, &server.base, scripts).await);
    publishes(&host, "Zither hour", "Those who are invited").await;
    invites(&host).await;
    learns_nothing(&guest).await;
    is_asked(&guest, "grace@example.net").await;
    let list = format!("{ZITHER}/invitations");
    host.visit(&list).await.sees("Opened").await;
    guest.press("I’m coming").await.sees("You’re going").await.sees("Grace Hopper").await;
    guest.visit(ZITHER).await.sees("Hosted by Ada Lovelace").await;
    host.visit(&list).await.sees("2 invited: 1 come, 0 cannot, 1 have not answered.").await;
    is_asked(&member, "ida@example.net").await;
    unfolds(&member, "main details:has([name=password]) summary").await;
    member.fill("password", "tables of sines and primes").await.press("I’m coming").await.sees("You’re going").await;
    member.visit("/settings").await.sees("ida@example.net").await;
    member.visit("/tickets").await.sees("Zither hour").await;
    host.visit(&list).await.sees("2 invited: 2 come, 0 cannot, 0 have not answered.").await;
    let other = jonas(&driver, &server, scripts).await;
    learns_nothing(&other).await;
    is_silent_but_for(&host, &list).await;
    for window in [guest, member] {
        assert_eq!(window.console().await, Vec::<String>::new());
        window.close().await;
    }
    for window in [host, other] {
        window.close().await;
    }
}

#[tokio::test]
async fn who_is_asked_comes_as_a_guest_or_with_a_new_account_and_nobody_else_learns_of_it() {
    the_journey_of_who_is_asked(Scripts::On).await;
}

#[tokio::test]
async fn who_is_asked_comes_as_a_guest_or_with_a_new_account_and_nobody_else_learns_of_it_without_javascript() {
    the_journey_of_who_is_asked(Scripts::Off).await;
}
