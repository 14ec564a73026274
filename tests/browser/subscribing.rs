//! Plans and what else the site sells: set up, paid, used, ended with the month and kept after all.
use crate::chrome::{Driver, Scripts, Window};
use crate::paper::leads_to_a_pdf;
use crate::people::{RECEIPT, ada, is_silent_but_for, mara, publishes};
use crate::server::Server;

/// Chooses a plan, pays it with the second card, and sees what it allows, its bill and its receipt.
async fn pays(window: &Window) {
    window.visit("/plans").await.sees("You have the plan Free.").await;
    window.sees("Events ahead\n1 of 3\n2 are left").await.press("Choose Individual").await;
    window.sees("CHF 9.00 a month").await.press("Decline the card").await.sees("The card was declined.").await;
    window.press("Pay").await.sees("Plan Individual").await.sees("Is running").await;
    window.press("My plan").await.sees("You have the plan Individual.").await;
    window.sees("Events ahead\n1 of 20\n19 are left").await.sees("0 of 500").await;
    window.finds("/plans", "Credits\n50").await.press("My subscriptions").await.press("Individual").await;
    window.sees("CHF 9.00").await.press("Receipt").await.sees(RECEIPT).await;
    window.sees("Plan Individual").await.sees("50 credits come with it.").await.sees("CHF 9.00").await;
    leads_to_a_pdf(window, "main a[href$='/receipt.pdf']").await;
}

/// Pays for a plan, ends it and takes that back, here and at the provider.
async fn the_subscribers_journey(scripts: Scripts) {
    let (server, driver) = (Server::start(), Driver::start());
    let (mara, ada) = (mara(&driver, &server, scripts).await, ada(&driver, &server, scripts).await);
    publishes(&ada, "Quiz night", "Everyone").await;
    pays(&ada).await;
    ada.visit("/plans").await.press("Choose Team").await.sees("Charged today").await;
    ada.press("Keep the plan Individual").await.sees("You have the plan Individual.").await;
    ada.visit("/plans").await.sees("The next month begins on").await.press("End with the month").await;
    ada.sees("Your plan ends with the month that is paid.").await.sees("The plan Individual ends on").await;
    ada.press("Go on after all").await.sees("Your plan Individual goes on.").await;
    ada.sees("The next month begins on").await.press("Cards and bills").await;
    ada.sees("The month that runs is paid.").await.press("End with this month").await.sees("It ends on").await;
    ada.press("Back to the site").await.sees("You have the plan Individual.").await;
    ada.finds("/plans", "The plan Individual ends on").await.press("My subscriptions").await;
    ada.sees("Ends with the month").await.press("My plan").await.press("Go on after all").await;
    ada.sees("Your plan Individual goes on.").await.press("Cards and bills").await.sees("The next one begins on").await;
    ada.visit("/receipts").await.sees("R-000038").await.sees("CHF 9.00").await;
    mara.visit("/admin/subscriptions").await.sees("Ada Lovelace").await.sees("Individual").await;
    assert_eq!(mara.console().await, Vec::<String>::new());
    is_silent_but_for(&ada, "/local/subscriptions/").await;
    for window in [mara, ada] {
        window.close().await;
    }
}

#[tokio::test]
async fn somebody_pays_for_a_plan_ends_it_and_goes_on_after_all() {
    the_subscribers_journey(Scripts::On).await;
}

#[tokio::test]
async fn somebody_pays_for_a_plan_ends_it_and_goes_on_after_all_without_javascript() {
    the_subscribers_journey(Scripts::Off).await;
}

/// Sets the products up once more, makes one, is refused its name, and deletes it.
async fn the_sellers_journey(scripts: Scripts) {
    let (server, driver) = (Server::start(), Driver::start());
    let window = mara(&driver, &server, scripts).await;
    window
        .visit("/admin/products")
        .await
        .fill("why", "Once more")
        .await
        .press("Set the products up")
        .await
        .sees("Individual: all is well.")
        .await;
    window.fill("name", "Sticker").await.fill("amount", "2.50").await.fill("reason", "For the fair").await;
    window.press("Make the product").await.sees("Sticker is made.").await.sees("CHF 2.50").await;
    window.fill("name", "sticker").await.fill("amount", "3").await.fill("reason", "Once more").await;
    window.press("Make the product").await.sees("There is a product with this name.").await;
    assert!(!window.text().await.contains("CHF 3.00"), "the second one was made");
    window.press("Sticker").await.sees("CHF 2.50").await.fill("why", "Sold out").await;
    window.press("Delete the product").await.sees("Sticker is deleted.").await;
    assert!(!window.text().await.contains("CHF 2.50"), "it stands there still");
    window.press("Who changed what").await.sees("product_made").await.sees("product_archived").await;
    is_silent_but_for(&window, "422").await;
    window.close().await;
}

#[tokio::test]
async fn an_admin_sets_up_what_is_sold_makes_a_product_and_deletes_it() {
    the_sellers_journey(Scripts::On).await;
}

#[tokio::test]
async fn an_admin_sets_up_what_is_sold_makes_a_product_and_deletes_it_without_javascript() {
    the_sellers_journey(Scripts::Off).await;
}
