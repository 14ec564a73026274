//! Tickets as PDF: what stands on them is read back, text as text and QR codes as QR codes.
use marquee::events::Event;
use marquee::orders::{self, Ticket};

use crate::races::{guest, take, wish};
use crate::site::Site;

/// An order of a guest with these people, the first of whom bought, and its tickets.
async fn order(site: &Site, event: &Event, names: &[&str]) -> (String, Vec<Ticket>) {
    let mut wish = wish(&site.app, event, guest(1), 0, i64::try_from(names.len()).unwrap()).await;
    wish.attendees = names.iter().map(|name| ((*name).to_owned(), String::new())).collect();
    let id = take(&site.app, &wish).await.expect("places").id();
    let tickets = orders::store::tickets(&site.app.db, id).await.unwrap();
    (format!("/orders/{id}/tickets.pdf?key={}", orders::key(&site.app, id)), tickets)
}

async fn pdf(site: &Site, path: &str) -> Vec<u8> {
    let mut browser = site.browser();
    browser.visit(path).await.is(200);
    assert_eq!(browser.headers["content-type"], "application/pdf");
    browser.bytes.clone()
}

#[tokio::test]
async fn dump() {
    let site = Site::start().await;
    let event = site.event("Late Night Jazz at the Gasometer").make().await;
    let names = ["Mara Lindt", "Žofka Żółć", "山田太郎", "محمد علي", "Ada 🎉👩‍🚀", "Мария", ""];
    let (path, tickets) = order(&site, &event, &names).await;
    std::fs::write("/tmp/tickets.pdf", pdf(&site, &path).await).unwrap();
    let other = site.event("俳句の夕べ").make().await;
    let (path, _) = order(&site, &other, &["Kobayashi Issa"]).await;
    std::fs::write("/tmp/haiku.pdf", pdf(&site, &path).await).unwrap();
    std::fs::write("/tmp/one.pdf", pdf(&site, &format!("/t/{}.pdf", tickets[0].code)).await).unwrap();
}
