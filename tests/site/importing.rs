//! A list of people as a file: each line is looked at first, then all are added in one act or nobody.
use marquee::events::Status;
use marquee::orders::importing;

use crate::site::Site;

#[tokio::test]
async fn each_line_is_looked_at_before_anything_is_done() {
    let site = Site::start().await;
    let event = site.event("Quiz").ticket_type("Seat", Some(3), 10).ticket_type("Table", Some(1), 10).make().await;
    site.places(&event, "Ada", 1).await;
    let mut host = site.member("host").await;
    let page = format!("{}/guests/import", event.path());
    let list = "Name;E-mail;Ticket type\nAda;ada@example.org;Seat\nBob;bob@example.org;table\nCy;cy@example.org;Table\n\
        Dan;dan@example.org;Balcony\nBob;BOB@example.org;Seat\nnobody\nEve;eve@example.org";
    host.visit(&page).await.fill("people", list).press("Look at the list").await.is(422);
    host.sees("Line 2 Has a place already.").sees("Line 4 There is no room").sees("Line 5 There is no ticket type");
    host.sees("Line 6 This address stands on the list twice.")
        .sees("Line 7 There is no e-mail address on this line.")
        .sees("Eve");
    assert!(!host.has_button("Add 2 people and mail their tickets"));
    assert_eq!(site.reload(&event).await.taken, 1);
    host.visit(&page).await.press("Look at the list").await.is(422);
    assert!(host.error_at("people").starts_with("Enter a name"));
}

#[tokio::test]
async fn a_file_is_added_in_one_act_and_pressing_twice_adds_nobody_twice() {
    let site = Site::start().await;
    let event = site.event("Quiz").ticket_type("Seat", None, 10).ticket_type("Table", Some(1), 10).make().await;
    let mut host = site.member("host").await;
    let page = format!("{}/guests/import", event.path());
    let list = "\u{feff}Name,E-mail,Ticket type\r\n\"Day, D.\",day@example.org,Table\r\nBob,bob@example.org,\r\n";
    host.visit(&page).await.fill("file", list).press("Look at the list").await.is(200).sees("2 people can be added");
    assert_eq!(site.reload(&event).await.taken, 0, "nothing is done yet");
    let before = host.html();
    host.press("Add 2 people and mail their tickets").await.is(200).sees("Finished: 2 places.").sees("Day, D.");
    let act = host.path.clone();
    // The page before, from the browser's memory.
    host.bytes = before.into_bytes();
    host.press("Add 2 people and mail their tickets").await.is(200).at(&act);
    assert_eq!(site.reload(&event).await.taken, 2);
    assert_eq!(site.mails_to("day@example.org").await.len(), 1);
    host.visit(&format!("{}/guests.csv", event.path())).await;
    let file = host.html();
    assert!(file.lines().next().unwrap().ends_with("Ordered at,First name,Last name,Friend of"), "{file}");
    assert!(file.contains(",\"Day,\",D.,\r\n") && file.contains(",Bob,,\r\n"), "{file}");
    host.visit(&page).await.fill("file", &file).press("Look at the list").await.is(422);
    host.sees("Day, D.").sees("Table").sees("Has a place already.").misses("No name");
    site.verifies().await;
}

#[tokio::test]
async fn a_heading_says_which_column_is_what_and_first_and_last_names_become_one() {
    let site = Site::start().await;
    let event = site.event("Quiz").ticket_type("Seat", None, 10).ticket_type("Table", Some(1), 10).make().await;
    let mut host = site.member("host").await;
    let page = format!("{}/guests/import", event.path());
    for list in [
        "\u{feff}E-Mail;Ticketart;Nachname;Vorname\r\nada@example.org;Table;Lovelace;Ada\r\n",
        "Type de billet,Nom,Prénom,Adresse e-mail\nTable,Lovelace,Ada,ada@example.org",
        "Ada, Lovelace, ada@example.org, Table",
    ] {
        host.visit(&page).await.fill("file", list).press("Look at the list").await.is(200);
        host.sees("Ada Lovelaceada@example.orgTableCan be added");
    }
    host.press("Add 1 person and mail the ticket").await.is(200).sees("Finished: 1 place.").sees("Ada Lovelace");
    site.verifies().await;
}

#[tokio::test]
async fn a_field_over_two_lines_is_one_and_lines_are_told_by_where_they_begin() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    let mut host = site.member("host").await;
    let page = format!("{}/guests/import", event.path());
    let list = "Name;Note;E-Mail\r\nAda;\"likes\r\ntea\";ada@example.org\r\nBob;;bob@example\r\n";
    host.visit(&page).await.fill("file", list).press("Look at the list").await.is(422);
    host.sees("Line 4 “bob@example” is no e-mail address.").sees("ada@example.org").misses("Line 2").misses("Line 3");
    let list = "\"Ada, ada@example.org\nBob, bob@example.org";
    host.visit(&page).await.fill("people", list).press("Look at the list").await.is(422);
    host.sees("Line 1 A quotation mark on this line is not closed").sees("bob@example.org");
}

#[tokio::test]
async fn surnames_of_their_own_are_kept_wherever_people_are_pasted() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    let mut host = site.member("host").await;
    let list = "Nom;E-mail;Prénom\nLovelace;ada@example.org;Ada\nDay;d@example;D";
    host.visit(&format!("{}/guests", event.path())).await.fill("people", list).press("Add people").await.is(422);
    host.sees("Ada Lovelace");
    host.field_is("people", "Nom;E-mail;Prénom\nDay;d@example;D");
    host.visit(&format!("{}/invitations", event.path())).await.fill("people", "Bob, Hope, bob@example.org");
    host.press("Look at the list").await.is(200).sees("Bob Hope");
    host.press("Invite 1 person").await.is(200).sees("1 person is invited.").sees("Bob Hope");
}

#[tokio::test]
async fn a_name_that_is_too_long_is_told_and_never_cut() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    let mut host = site.member("host").await;
    let (whole, long) = ("ä".repeat(100), "ä".repeat(103));
    let list = format!("Name;E-mail\n{long};ada@example.org\n{whole};bob@example.org");
    host.visit(&format!("{}/guests/import", event.path())).await.fill("people", &list);
    host.press("Look at the list").await.is(422).sees("Line 2 Shorten the name by 3 characters.").sees(&whole);
    host.misses("Line 3");
    host.visit(&format!("{}/invitations", event.path())).await.fill("people", &list);
    host.press("Look at the list").await.is(200).sees("Shorten the name by 3 characters.");
    host.visit(&format!("{}/guests", event.path())).await.fill("people", &list).press("Add people").await.is(422);
    host.sees("Shorten the name by 3 characters.").sees("1 line was not added.");
    assert_eq!(site.reload(&event).await.taken, 1);
    let path = format!("/api/v1/events/{}/invitations", event.slug);
    let body = format!(r#"{{"people":[{{"name":"{long}","email":"cy@example.org"}}]}}"#).into_bytes();
    host.request("POST", &path, Some("application/json"), body).await.is(422);
    assert!(!host.json()["data"]["people.0.name"].is_null(), "{}", host.json());
}

#[tokio::test]
async fn a_place_that_went_meanwhile_keeps_all_of_the_list_out() {
    let site = Site::start().await;
    let event = site.event("Quiz").capacity(2).make().await;
    let mut host = site.member("host").await;
    let page = format!("{}/guests/import", event.path());
    let list = "Ada, ada@example.org\nBob, bob@example.org";
    host.visit(&page).await.fill("people", list).press("Look at the list").await.is(200);
    site.places(&event, "Zoe", 1).await;
    host.press("Add 2 people and mail their tickets").await.is(422).sees("Line 2 There is no room");
    assert_eq!(site.reload(&event).await.taken, 1);
    host.visit(&format!("{}/guests", event.path())).await.sees("1 of 1");
    site.verifies().await;
}

#[tokio::test]
async fn an_event_that_takes_nobody_promises_nothing() {
    let site = Site::start().await;
    let draft = site.event("Draft").draft().make().await;
    let cancelled = site.event("Cancelled").with(|event| event.status = Status::Cancelled).make().await;
    let mut host = site.member("host").await;
    for (event, says) in [(&draft, "This event is not open yet."), (&cancelled, "This event is cancelled.")] {
        host.visit(&format!("{}/guests/import", event.path())).await.fill("people", "Ada, ada@example.org");
        host.press("Look at the list").await.is(422).sees(says).misses("can be added").misses("Line 1");
        host.field_is("people", "Ada, ada@example.org");
        assert_eq!(site.reload(event).await.taken, 0);
    }
}

#[tokio::test]
async fn lists_at_once_never_take_more_than_there_is() {
    let site = Site::start().await;
    let event = site.event("Quiz").capacity(25).make().await;
    let types = marquee::events::store::ticket_types(&site.app.db, event.id).await.unwrap();
    let host = marquee::members::store::by_email_key(&site.app.db, "host@example.org").await.unwrap().unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for list in 0..4 {
        let (app, of, id, now, by) = (site.app.clone(), types[0].id, event.id, site.now(), host.id);
        tasks.spawn(async move {
            let text: String = (0..10).map(|n| format!("Guest, guest{list}-{n}@example.org\n")).collect();
            let people: Vec<_> = marquee::web::csv::listed(&text).into_iter().map(|line| (line.unwrap(), of)).collect();
            let (form, locale) = (format!("form {list}"), marquee::i18n::Locale::En);
            marquee::decide!(long app.db, tx, importing::add(tx, id, &people, (&form, by, locale), now).await).is_ok()
        });
    }
    let added = tasks.join_all().await.into_iter().filter(|added| *added).count();
    assert_eq!((added, site.reload(&event).await.taken), (2, 20));
    site.verifies().await;
}
