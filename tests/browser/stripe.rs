//! Through Stripe's pay page, which here is that of the tests' own Stripe: paying, being declined and trying again,
//! walking away, coming back late. And through its page for cards and bills, where a plan is ended, too.
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

use crate::chrome::{Driver, Scripts};
use crate::people::{ada, mara, sets_plans_up};
use crate::server::Server;
use account::{Account, KEY};

const CLIMBING: &str = "/events/climbing-for-first-timers";
const SECRET: &str = "whsec_journey";

/// A site that takes money through this Stripe, and is told by it.
fn site_of(stripe: &Account) -> Server {
    let settings = [
        ("STRIPE_SECRET_KEY", KEY.to_owned()),
        ("STRIPE_WEBHOOK_SECRET", SECRET.to_owned()),
        ("STRIPE_API_BASE", stripe.base()),
    ];
    let server = Server::with(&settings);
    stripe.books(|books| books.listener = Some((server.base.clone(), SECRET.to_owned())));
    server
}

async fn the_journey_through_stripe(scripts: Scripts) {
    let stripe = Account::open().await;
    let base = stripe.base();
    let (server, driver) = (site_of(&stripe), Driver::start());
    let window = ada(&driver, &server, scripts).await;

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

/// Pays for a plan, ends it at Stripe and goes on here after all.
async fn the_subscribers_journey_through_stripe(scripts: Scripts) {
    let stripe = Account::open().await;
    let (server, driver) = (site_of(&stripe), Driver::start());
    let (mara, ada) = (mara(&driver, &server, scripts).await, ada(&driver, &server, scripts).await);
    sets_plans_up(&mara).await;
    ada.visit("/plans").await.press("Choose Individual").await.sees("Pay CHF 9.00").await;
    ada.press("Pay with an empty card").await.sees("Your card was declined.").await;
    ada.press("Pay").await.sees("Plan Individual").await.sees("Is running").await;
    ada.press("Receipt").await.sees("Receipt R-000001").await.sees("CHF 9.00").await;
    ada.visit("/plans").await.sees("You have the plan Individual.").await.press("Cards and bills").await;
    assert!(ada.client.current_url().await.expect("an address").as_str().starts_with(&stripe.base()));
    ada.sees("It goes on.").await.press("Cancel plan").await;
    ada.sees("It ends with the month.").await.press("Back").await.sees("You have the plan Individual.").await;
    ada.finds("/plans", "The plan Individual ends on").await.press("Go on after all").await;
    ada.sees("Your plan Individual goes on.").await.press("Cards and bills").await.sees("It goes on.").await;
    ada.press("Back").await.sees("The next month begins on").await;
    assert_eq!(stripe.books(|books| (books.sessions.len(), books.subscriptions.len())), (1, 1));
    for window in [mara, ada] {
        assert_eq!(window.console().await, Vec::<String>::new());
        window.close().await;
    }
}

#[tokio::test]
async fn somebody_pays_a_plan_at_stripe_ends_it_there_and_goes_on_here() {
    the_subscribers_journey_through_stripe(Scripts::On).await;
}

#[tokio::test]
async fn somebody_pays_a_plan_at_stripe_ends_it_there_and_goes_on_here_without_javascript() {
    the_subscribers_journey_through_stripe(Scripts::Off).await;
}
