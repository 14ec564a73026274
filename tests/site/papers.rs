//! Tickets as PDF: what stands on them is read back as text, and who may have them.
mod drawn;

use std::io::Read;

use marquee::decide;
use marquee::events::Event;
use marquee::journal::Actor;
use marquee::orders::ending::{self, By};
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

/// The packed parts of a file, unpacked: the drawings of its sheets are among them.
fn parts(bytes: &[u8]) -> Vec<String> {
    let starts = bytes.windows(7).enumerate().filter(|(_, word)| *word == b"stream\n").map(|(at, _)| at + 7);
    let unpacked = |start: usize| {
        let mut part = Vec::new();
        // What is no zlib ("endstream") is none.
        flate2::read::ZlibDecoder::new(&bytes[start..]).read_to_end(&mut part).ok()?;
        Some(String::from_utf8_lossy(&part).into_owned())
    };
    starts.filter_map(unpacked).collect()
}

/// All of a file that can be read.
fn opened(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned() + &parts(bytes).concat()
}

fn sheets(file: &str) -> usize {
    file.replace("/Type /Page", "/Type/Page").matches("/Type/Page").count()
        - file.replace("/Type /Pages", "/Type/Pages").matches("/Type/Pages").count()
}

#[tokio::test]
async fn a_ticket_is_printed_two_on_a_sheet_with_letters_that_can_be_read_back() {
    let site = Site::start().await;
    let event = site.event("Late Night Jazz at the Gasometer").make().await;
    let names = ["Mara Lindt", "Žofka Żółć", "山田太郎", "محمد علي", "Ada 🎉👩‍🚀", "Мария", ""];
    let (path, tickets) = order(&site, &event, &names).await;
    let all = pdf(&site, &path).await;
    assert!(all.starts_with(b"%PDF-1.7"));
    let all = opened(&all);
    // One for each of seven, and one for all of them together.
    assert_eq!(sheets(&all), 4);
    assert!(all.contains("(Your 7 tickets for Late Night Jazz at the Gasometer)"));
    // Which letter a shape stands for (ISO 32000-1, 9.10.3), so that text can be searched and read aloud.
    for letter in "MaraLindtŽofkaŻółćLateNightJazzattheGasometer".chars() {
        assert!(all.contains(&format!("<{:04X}>\n", u32::from(letter))), "no {letter}");
    }
    let one = opened(&pdf(&site, &format!("/t/{}.pdf", tickets[0].code)).await);
    assert_eq!(sheets(&one), 1);
    // The poster is cut off at its edges: its corners, then W (ISO 32000-1, 8.5.4).
    assert!(one.contains("m 208.8 739.4175 l 208.8 523.4175 l 36 523.4175 l\nh\nW\nn\n"), "a poster beyond its edges");
    assert!(one.contains("(Your ticket for Late Night Jazz at the Gasometer)") && !one.contains("<017D>"));
}

#[tokio::test]
async fn tickets_are_printed_for_whoever_has_their_code_or_key_and_for_nobody_else() {
    let site = Site::start().await;
    let event = site.event("Jazz").make().await;
    let (path, tickets) = order(&site, &event, &["Mara Lindt", "Ada"]).await;
    let mut stranger = site.member("stranger").await;
    let keyless = path.split('?').next().unwrap();
    for wrong in [keyless, &format!("{keyless}?key=x"), "/t/AAAA-AAAA-AAAA.pdf", "/t/x.pdf"] {
        stranger.visit(wrong).await.is(404);
    }
    let (first, second) = (format!("/t/{}.pdf", tickets[0].code), format!("/t/{}.pdf", tickets[1].code));
    assert_ne!(pdf(&site, &first).await, pdf(&site, &second).await);
    let (now, by) = (site.now(), By::Host(Actor::Operator));
    decide!(site.app.db, tx, ending::cancel(tx, tickets[0].order_id, by, now).await).unwrap();
    stranger.visit(&first).await.is(404);
    stranger.visit(&path).await.is(404);
}

#[tokio::test]
async fn a_scanner_reads_one_code_for_each_ticket_and_one_for_the_party() {
    let site = Site::start().await;
    let event = site.event("Jazz").make().await;
    let (path, tickets) = order(&site, &event, &["Mara Lindt", "Ada", "Bo"]).await;
    let drawings = parts(&pdf(&site, &path).await);
    let read: Vec<_> = drawings.iter().flat_map(|drawing| drawn::codes(drawing)).collect();
    let (single, party): (Vec<_>, Vec<_>) = read.iter().partition(|url| tickets.iter().any(|t| url.ends_with(&t.code)));
    for ticket in &tickets {
        assert!(single.contains(&&site.app.config.url(&format!("/t/{}", ticket.code))), "{read:?}");
    }
    assert_eq!((single.len(), party.len()), (3, 1), "{read:?}");
    let code = party[0].strip_prefix(&site.app.config.url("/t/")).expect("an address of this site");
    site.browser().visit(&path.replace("/tickets.pdf", "")).await.sees(code);
}
