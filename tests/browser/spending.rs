//! Credits are bought, and put an event on the front page, where others find it.
use crate::chrome::{Driver, Scripts, Window};
use crate::paper::leads_to_a_pdf;
use crate::people::{RECEIPT, ada, publishes};
use crate::server::Server;

/// Buys sixty, and sees them in the balance, in the history and on a receipt.
async fn buys_credits(window: &Window) {
    window.visit("/credits").await.sees("Balance\n0").await.sees("Nothing yet.").await;
    window.fill("credits", "60").await.press("Buy credits").await.sees("60 credits").await;
    window.sees("Pay CHF 6.00").await.press("Pay").await.sees("Paid. Your balance is 60.").await;
    window.sees(RECEIPT).await.sees("CHF 6.00").await;
    leads_to_a_pdf(window, "main a[href$='/receipt.pdf']").await;
    window.press("To my credits").await.sees("Balance\n60").await.sees("Bought").await.sees("+60").await;
}

/// Puts an event for two days on the front page with credits that were bought; a visitor finds it there.
async fn the_spenders_journey(scripts: Scripts) {
    let (server, driver) = (Server::start(), Driver::start());
    let (ada, visitor) = (ada(&driver, &server, scripts).await, Window::open(&driver, &server.base, scripts).await);
    publishes(&ada, "Quiz night", "Everyone").await;
    let first = visitor.visit("/").await.text().await;
    assert!(!first.contains("Quiz night"), "{first}");
    buys_credits(&ada).await;
    ada.visit("/events/quiz-night/manage").await.press("Put it on the front page").await.sees("Balance\n60").await;
    ada.fill("days", "2").await.press("Put it on the front page").await.sees("you have 20 credits left").await;
    ada.sees("It stands there until").await.sees("Balance\n20").await;
    visitor.visit("/").await.sees("Featured").await.press("Quiz night").await.sees("Hosted by Ada Lovelace").await;
    assert_eq!(visitor.path().await, "/events/quiz-night");
    ada.visit("/credits").await.sees("Balance\n20").await.sees("−40").await.sees("on the front page until").await;
    for window in [ada, visitor] {
        assert_eq!(window.console().await, Vec::<String>::new());
        window.close().await;
    }
}

#[tokio::test]
async fn somebody_buys_credits_and_puts_an_event_on_the_front_page() {
    the_spenders_journey(Scripts::On).await;
}

#[tokio::test]
async fn somebody_buys_credits_and_puts_an_event_on_the_front_page_without_javascript() {
    the_spenders_journey(Scripts::Off).await;
}
