//! Through Stripe's pay page, which here is that of the tests' own Stripe: paying, being declined and trying again,
//! walking away, coming back late.
#![expect(dead_code, reason = "journeys need less of it than the site's own tests")]

#[path = "../site/stripe/account.rs"]
mod account;
#[path = "../site/stripe/bills.rs"]
mod bills;
#[path = "../site/stripe/books.rs"]
mod books;
#[path = "../site/stripe/goods.rs"]
mod goods;
#[path = "../site/stripe/objects.rs"]
mod objects;
#[path = "../site/stripe/pages.rs"]
mod pages;
#[path = "../site/stripe/subscribed.rs"]
mod subscribed;

use crate::chrome::{Driver, Scripts, Window};
use crate::server::Server;
use account::{Account, KEY};

const CLIMBING: &str = "/events/climbing-for-first-timers";
const SECRET: &str = "whsec_journey";

async fn the_journey_through_stripe(scripts: Scripts) {
    let stripe = Account::open().await;
    let base = stripe.base();
    let settings = [
        ("STRIPE_SECRET_KEY", KEY.to_owned()),
        ("STRIPE_WEBHOOK_SECRET", SECRET.to_owned()),
        ("STRIPE_API_BASE", base.clone()),
    ];
    let (server, driver) = (Server::with(&settings), Driver::start());
    stripe.books(|books| books.listener = Some((server.base.clone(), SECRET.to_owned())));
    let window = Window::open(&driver, &server.base, scripts).await;
    window.sign_in("ada@example.org", "engines that weave algebra").await;

    // Declined, walked away, and paid in the end: all on one and the same session.
    window.visit(CLIMBING).await.choose("people", "2").await.press("Get tickets").await;
    window.sees("Kept for you until").await.press("Pay CHF 48.00").await.sees("Pay CHF 48.00").await;
    window.press("Pay with an empty card").await.sees("Your card was declined.").await;
    window.press("Back").await.sees("Kept for you until").await;
    window.press("Pay CHF 48.00").await.press("Pay").await.sees("You’re going").await;
    assert_eq!(stripe.books(|books| books.sessions.len()), 1);

    // Never comes back from Stripe: the notice brings the ticket.
    window.visit(CLIMBING).await.sees("You have 2 places.").await;
    window.wait_for("main .stub details summary").await.click().await.expect("more places");
    window.press("Get tickets").await.sees("Kept for you until").await;
    let order = window.path().await;
    window.press("Pay CHF 24.00").await.press("Pay and stay here").await.sees("Paid.").await;
    window.finds(&order, "You’re going").await;

    // Comes back to Stripe when it is paid, and from there to us.
    let paid = stripe.session();
    window.client.goto(&format!("{base}/pay/{}", paid.id)).await.expect("the page");
    window.sees("This checkout is over.").await.press("Back").await.sees("You’re going").await;
    assert_eq!(window.console().await, Vec::<String>::new());
    window.close().await;
}

#[tokio::test]
async fn somebody_pays_at_stripe_with_the_second_card_and_another_time_never_comes_back() {
    the_journey_through_stripe(Scripts::On).await;
}

#[tokio::test]
async fn somebody_pays_at_stripe_with_the_second_card_and_another_time_never_comes_back_without_javascript() {
    the_journey_through_stripe(Scripts::Off).await;
}
