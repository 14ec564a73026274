//! A code takes a fifth off, the tax is in the price, and both stand on the receipt.
use crate::chrome::{Driver, Scripts, Window};
use crate::paper::leads_to_a_pdf;
use crate::people::{RECEIPT, ada, jonas, unfolds};
use crate::server::Server;

const CLIMBING: &str = "/events/climbing-for-first-timers";

/// A tax in the price of the tickets, and a code of twenty percent.
async fn prices(host: &Window) {
    host.visit(&format!("{CLIMBING}/manage")).await.press("Taxes").await.sees("There is no tax rate yet.").await;
    host.fill("name", "VAT").await.fill("percent", "8.1").await.press("Add the tax rate").await.sees("VAT 8.1 %").await;
    let list = host.wait_for("main select[name^='tax-']").await;
    list.select_by_index(1).await.expect("the rate");
    host.press("Save the taxes").await.sees("Saved.").await.press("Promo codes").await;
    host.sees("There is no promo code yet.").await.fill("code", "Ropes").await.fill("value", "20").await;
    host.press("Make the code").await.sees("The code Ropes counts now.").await.sees("20 %").await;
}

/// Types the code, sees what it takes off before paying, pays, and has it all on the receipt.
async fn the_journey_with_a_code(scripts: Scripts) {
    let (server, driver) = (Server::start(), Driver::start());
    let (ada, jonas) = (ada(&driver, &server, scripts).await, jonas(&driver, &server, scripts).await);
    prices(&jonas).await;
    ada.visit(CLIMBING).await.sees("VAT 8.1 % included").await.choose("people", "2").await;
    unfolds(&ada, "main .stub details:has([name=promo]) summary").await;
    ada.fill("promo", "ropes").await;
    if scripts == Scripts::On {
        ada.comes_to_say("Total before the code\nCHF 48.00").await;
    }
    ada.press("Get tickets").await.sees("Promo code Ropes\n−CHF 9.60").await.sees("Total\nCHF 38.40").await;
    ada.sees("VAT 8.1 % included\nCHF 2.88").await.press("Pay CHF 38.40").await.sees("Pay CHF 38.40").await;
    ada.press("Pay").await.sees("You’re going").await.sees("The promo code Ropes took CHF 9.60 off.").await;
    ada.press("Receipt").await.sees(RECEIPT).await.sees("Total\nCHF 38.40").await;
    ada.sees("Promo code Ropes\n−CHF 9.60").await.sees("VAT 8.1 % included\nCHF 2.88").await.sees("CHF 35.52").await;
    leads_to_a_pdf(&ada, "main a[href*='/receipt.pdf']").await;
    jonas.visit(&format!("{CLIMBING}/promo-codes")).await.sees("−CHF 9.60").await;
    jonas.press("End Ropes").await.sees("The code Ropes does not count any more.").await.sees("Ended").await;
    for window in [ada, jonas] {
        assert_eq!(window.console().await, Vec::<String>::new());
        window.close().await;
    }
}

#[tokio::test]
async fn a_host_makes_a_code_and_a_buyer_pays_less_and_has_a_receipt() {
    the_journey_with_a_code(Scripts::On).await;
}

#[tokio::test]
async fn a_host_makes_a_code_and_a_buyer_pays_less_and_has_a_receipt_without_javascript() {
    the_journey_with_a_code(Scripts::Off).await;
}
