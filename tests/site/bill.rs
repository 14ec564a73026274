//! The bill in detail: what stands where in the list and on an event's page, and who is shown how much of it.
mod demo;
mod outputs;
mod places;

use marquee::clock;
use marquee::events::{Event, GuestList, Status, Visibility, store};
use marquee::i18n::{DayNoYear, Locale, Say};
use scraper::Selector;

use crate::browser::Browser;
use crate::site::Site;

pub fn all(browser: &Browser, selector: &str) -> Vec<String> {
    let (page, selector) = (browser.page(), Selector::parse(selector).unwrap());
    let found = page.select(&selector);
    found.map(|element| element.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

pub fn attributes(browser: &Browser, selector: &str, name: &str) -> Vec<String> {
    let (page, selector) = (browser.page(), Selector::parse(selector).unwrap());
    let found = page.select(&selector);
    found.map(|element| element.value().attr(name).unwrap_or_default().to_owned()).collect()
}

async fn visit(site: &Site, path: &str) -> Browser {
    let mut browser = site.browser();
    browser.visit(path).await.is(200);
    browser
}

#[tokio::test]
async fn only_public_events_to_come_are_listed() {
    let site = Site::start().await;
    site.event("Repair café").make().await;
    site.event("First ideas").draft().make().await;
    site.event("For friends").with(|event| event.visibility = Visibility::Unlisted).make().await;
    site.event("Called off").with(|event| event.status = Status::Cancelled).make().await;
    site.event("Long ago").starts_in(-clock::days(3)).make().await;
    let browser = visit(&site, "/").await;
    assert_eq!(all(&browser, ".entry h3"), ["Repair café"]);
    browser.sees("Town hall, Basel").sees("Free");
}

#[tokio::test]
async fn an_empty_list_says_what_will_be_here() {
    let site = Site::start().await;
    visit(&site, "/").await.sees("Nothing is on yet").sees("Create event");
}

#[tokio::test]
async fn pages_of_the_list_show_every_event_once_even_when_many_start_together() {
    let site = Site::start().await;
    for n in 0..70 {
        let day = if n < 50 { 7 } else { n };
        site.event(&format!("Event {n}")).starts_in(clock::days(day)).make().await;
    }
    let mut browser = visit(&site, "/").await;
    let mut seen = all(&browser, ".entry h3");
    while let Some(later) = attributes(&browser, ".pager a[href^='/?page']", "href").pop() {
        assert!(seen.len() <= 70, "the pages never end");
        browser.visit(&later).await.is(200).sees("From today");
        seen.extend(all(&browser, ".entry h3"));
    }
    assert_eq!(seen.len(), 70);
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 70, "an event stands twice");
}

#[tokio::test]
async fn the_way_to_the_next_page_names_its_first_day() {
    let site = Site::start().await;
    for n in 1..=31 {
        site.event(&format!("Event {n}")).starts_in(clock::days(n)).make().await;
    }
    let zone = jiff::tz::TimeZone::get("Europe/Zurich").unwrap();
    let day = (site.now() + clock::days(31)).in_zone(&zone).date();
    visit(&site, "/").await.sees(&format!("Later: from {}", DayNoYear(day).to(Locale::En)));
}

#[tokio::test]
async fn a_made_up_address_of_a_page_shows_the_first_one() {
    let site = Site::start().await;
    site.event("Repair café").make().await;
    for from in ["x", ".", "1.2", "99999999999999999999.x", "%00", "1.%27%3B--", "-1.", &"9".repeat(5_000)] {
        visit(&site, &format!("/?page={from}")).await.sees("Repair café");
    }
}

#[tokio::test]
async fn what_runs_stands_under_today_and_days_follow_the_clocks_of_each_place() {
    let site = Site::start().await;
    site.event("Running").starts_in(-clock::hours(2)).make().await;
    let far = |event: &mut Event| event.zone = "Pacific/Kiritimati".into();
    site.event("Island").with(far).starts_in(clock::days(3)).make().await;
    site.event("Home").starts_in(clock::days(3) + clock::minutes(1)).make().await;
    let browser = visit(&site, "/").await;
    assert!(all(&browser, ".day")[0].contains("Today"), "{:?}", all(&browser, ".day"));
    assert_eq!(all(&browser, ".day:first-child h3"), ["Running"]);
    let days = attributes(&browser, ".day-head time", "datetime");
    let mut sorted = days.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!(days, sorted, "days are in order and stand once");
    for (zone, hours) in [("Pacific/Kiritimati", 72), ("Europe/Zurich", 72)] {
        let zone = jiff::tz::TimeZone::get(zone).unwrap();
        assert!(days.contains(&(site.now() + clock::hours(hours)).in_zone(&zone).date().to_string()));
    }
}

#[tokio::test]
async fn only_the_posters_of_the_first_day_load_at_once() {
    let site = Site::start().await;
    site.event("Soon").starts_in(clock::days(1)).make().await;
    site.event("Later").starts_in(clock::days(9)).make().await;
    assert_eq!(attributes(&visit(&site, "/").await, ".entry img", "loading"), ["", "lazy"]);
}

#[tokio::test]
async fn a_title_says_its_language_where_it_is_not_the_pages() {
    let site = Site::start().await;
    let event = site.event("Nachtzug").with(|event| event.language = "de".into()).make().await;
    assert_eq!(attributes(&visit(&site, "/").await, ".entry h3", "lang"), ["de"]);
    assert_eq!(attributes(&visit(&site, &event.path()).await, "h1", "lang"), ["de"]);
}

#[tokio::test]
async fn what_is_sold_out_says_so_in_the_list_and_on_its_page() {
    let site = Site::start().await;
    let full = site.event("Subsole").capacity(2).make().await;
    site.event("Roomy").capacity(12).make().await;
    site.places(&full, "Ada", 2).await;
    let browser = visit(&site, "/").await;
    assert_eq!(all(&browser, ".entry-foot .tag"), ["Sold out", "12 places left"]);
    let browser = visit(&site, &full.path()).await;
    browser.sees("All places are taken.").sees("Sold out").misses("Save my place");
    assert!(browser.html().contains("schema.org/SoldOut"));
}

#[tokio::test]
async fn past_and_cancelled_events_stay_and_say_so() {
    let site = Site::start().await;
    let past = site.event("Long ago").starts_in(-clock::days(3)).make().await;
    visit(&site, &past.path()).await.sees("Past event").sees("This event is over").misses("Save my place");
    let cancelled = site.event("Called off").make().await;
    let mut tx = site.app.db.write().await.unwrap();
    let why = Some("The hall is flooded.");
    store::set_status(&mut tx, cancelled.id, Status::Cancelled, why, site.now()).await.unwrap();
    tx.commit().await.unwrap();
    let browser = visit(&site, &cancelled.path()).await;
    browser.sees("Cancelled").sees("The hall is flooded.").misses("Save my place");
    assert!(browser.html().contains("schema.org/EventCancelled"));
}

#[tokio::test]
async fn a_draft_with_all_its_files_is_there_for_its_hosts_alone() {
    let site = Site::start().await;
    let draft = site.event("First ideas").draft().host("mara").make().await;
    let mut host = site.member("mara").await;
    host.visit(&draft.path()).await.is(200).sees("This is a draft");
    assert!(host.html().contains("noindex"));
    let mut stranger = site.member("bob").await;
    let (mut visitor, mut admin) = (site.browser(), site.admin("Root").await);
    for file in ["", "/calendar.ics", "/poster.svg", "/poster.png", "/og.png", "/cover.jpg"] {
        let path = format!("{}{file}", draft.path());
        stranger.visit(&path).await.is(404);
        visitor.visit(&path).await.is(404);
        admin.visit(&path).await.is(404);
    }
    // That there is one, and whose it is, stands in the list of those who run the site.
    admin.visit("/admin/events?state=draft").await.sees("First ideas").sees("mara");
    assert!(!admin.html().contains(&format!("href=\"{}\"", draft.path())));
    host.visit(&format!("{}/poster.svg", draft.path())).await.is(200);
    assert!(host.headers["cache-control"].to_str().unwrap().contains("private"));
}

#[tokio::test]
async fn an_unlisted_event_opens_to_who_has_its_address_and_not_to_search_engines() {
    let site = Site::start().await;
    let unlisted = site.event("For friends").with(|event| event.visibility = Visibility::Unlisted).make().await;
    let public = site.event("For all").make().await;
    assert_eq!(attributes(&visit(&site, &unlisted.path()).await, "meta[name=robots]", "content"), ["noindex"]);
    assert!(attributes(&visit(&site, &public.path()).await, "meta[name=robots]", "content").is_empty());
}

#[tokio::test]
async fn only_hosts_meet_a_way_to_manage() {
    let site = Site::start().await;
    let event = site.event("Repair café").host("mara").make().await;
    visit(&site, &event.path()).await.misses("Manage");
    let mut host = site.member("mara").await;
    host.visit(&event.path()).await.follow("Manage").await.is(200).at(&format!("{}/manage", event.path()));
    // An admin runs the site, not this event: a link would lead nowhere.
    site.admin("root").await.visit(&event.path()).await.is(200).misses("Manage");
}

#[tokio::test]
async fn who_comes_is_shown_as_far_as_the_host_allows() {
    let site = Site::start().await;
    for (list, count, names) in
        [(GuestList::Hidden, false, false), (GuestList::Count, true, false), (GuestList::Names, true, true)]
    {
        let event = site.event(&format!("List {}", list.word())).with(|event| event.guest_list = list).make().await;
        site.places(&event, "Zuleika Dobson", 3).await;
        let browser = visit(&site, &event.path()).await;
        assert_eq!(browser.text().contains("3 people"), count, "{list:?}");
        assert_eq!(browser.text().contains("Zuleika"), names, "{list:?}");
        browser.misses("Dobson").misses("zuleika.dobson@");
    }
}

#[tokio::test]
async fn times_are_shown_by_other_clocks_when_asked_or_when_the_profile_has_some() {
    let site = Site::start().await;
    let event = site.event("Repair café").make().await;
    let tokyo = jiff::tz::TimeZone::get("Asia/Tokyo").unwrap();
    let there = event.starts_at.in_zone(&tokyo).strftime("%H:%M").to_string();
    let here = event.start().strftime("%H:%M").to_string();
    let mut browser = visit(&site, &format!("{}?zone=Asia/Tokyo", event.path())).await;
    browser.sees(&here).sees(&there).sees("in Asia/Tokyo");
    for nonsense in ["Nowhere/Land", "%00", "../../etc/passwd", "Europe/Zurich", ""] {
        browser.visit(&format!("{}?zone={nonsense}", event.path())).await.is(200).sees(&here);
        assert_eq!(all(&browser, ".facts time").len(), 1);
        browser.misses("etc/passwd");
    }
}

#[tokio::test]
async fn an_address_that_names_no_event_is_404() {
    let site = Site::start().await;
    let mut browser = site.browser();
    let long = "x".repeat(5_000);
    for slug in ["nothing", "%00", "a%00b", "%FF%FE", "%E2%80%AE", "..%2f..%2fetc", "%27%20OR%201=1--", &long, "ж"] {
        let slug: String = form_urlencoded::byte_serialize(slug.as_bytes()).collect::<String>().replace("%25", "%");
        for file in ["", "/calendar.ics", "/poster.svg", "/poster.png", "/og.png", "/cover.jpg"] {
            browser.visit(&format!("/events/{slug}{file}")).await.is(404);
        }
    }
    browser.visit("/events/nothing").await.is(404).sees("This page is not on the bill");
}
