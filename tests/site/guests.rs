//! The people who come, as hosts see and change them.
use marquee::ids::Id;

use crate::site::Site;

#[tokio::test]
async fn guests_are_found_by_name_address_and_code() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    let ada = site.places(&event, "Ada Lovelace", 2).await;
    site.places(&event, "100%_Bob", 1).await;
    let mut host = site.member("host").await;
    let guests = format!("{}/guests", event.path());
    host.visit(&guests).await.sees("Ada Lovelace").sees("Guest of Ada Lovelace").sees("1–3 of 3");
    for q in ["lovelace", "ada.lovelace@", &ada[0].code, &ada[0].code.replace('-', "").to_lowercase()] {
        host.visit(&format!("{guests}?q={q}")).await.sees("Ada Lovelace").misses("Bob");
    }
    host.visit(&format!("{guests}?q=%25_")).await.sees("100%_Bob").misses("Guest of Ada");
    host.visit(&format!("{guests}?state=in")).await.sees("Nobody is found");
    host.visit(&format!("{guests}?state=nonsense&page=-7&q=%00")).await.is(200);
}

#[tokio::test]
async fn guests_are_found_however_their_names_are_accented_or_capitalised() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    for name in ["Åsa Engström", "ÖZGE Łuczak", "Bob *^+{a|b}?", "Maria Fischer"] {
        site.places(&event, name, 1).await;
    }
    let mut host = site.member("host").await;
    let guests = format!("{}/guests", event.path());
    for (q, name) in [
        ("engstrom", "Engström"),
        ("ASA ENGSTRÖM", "Engström"),
        ("özge lu", "ÖZGE"),
        ("ozge", "ÖZGE"),
        ("bob *^+{A|B}?", "Bob *"),
        // As long as a code.
        ("maria fischer", "Maria Fischer"),
    ] {
        let q: String = form_urlencoded::byte_serialize(q.as_bytes()).collect();
        host.visit(&format!("{guests}?q={q}")).await.sees(name).sees("1 of 1");
    }
    for q in ["*", "[a-z]", "\\w", "?", ".*"] {
        let q: String = form_urlencoded::byte_serialize(q.as_bytes()).collect();
        host.visit(&format!("{guests}?q={q}")).await.misses("Engström");
    }
}

#[tokio::test]
async fn no_cell_of_the_guest_list_runs_as_a_formula() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    let mut host = site.member("host").await;
    let guests = format!("{}/guests", event.path());
    host.visit(&guests).await.fill("people", "=HYPERLINK(A1), eve@example.org").press("Add people").await;
    host.visit(&format!("{guests}.csv")).await.is(200);
    let text = host.html();
    assert!(text.contains("'=HYPERLINK"), "{text}");
    assert!(!text.contains(",=") && !text.contains("\n="), "{text}");
    assert_eq!(host.headers["content-type"], "text/csv; charset=utf-8");
}

#[tokio::test]
async fn a_pasted_list_is_added_line_by_line_and_each_line_is_answered() {
    let site = Site::start().await;
    let event = site.event("Quiz").capacity(3).make().await;
    site.places(&event, "Ada", 1).await;
    let mut host = site.member("host").await;
    let guests = format!("{}/guests", event.path());
    let list = "Ada, ada@example.org\nBob, bob@example.org\nnobody at all\nCy <cy@example.org>\nDan, dan@example.org";
    host.visit(&guests).await.fill("people", list).press("Add people").await.is(422);
    host.sees("Has a place already.").sees("There is no e-mail address on this line.").sees("All places are taken.");
    host.field_is("people", "Ada, ada@example.org\nnobody at all\nDan, dan@example.org");
    assert_eq!(site.reload(&event).await.taken, 3);
    host.fill("people", "").press("Add people").await.is(422);
    assert!(host.error_at("people").starts_with("Enter a name and an e-mail address"));
    site.verifies().await;
}

#[tokio::test]
async fn a_pasted_line_is_taken_as_it_stands_or_refused() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    let mut host = site.member("host").await;
    let list = "\"Day, \"\"D\"\", A; B\", day@example.org\n\"=HYPERLINK(\"http://evil\",\"x\"), eve@example.org\nCy\0an, cy@example.org";
    host.visit(&format!("{}/guests", event.path())).await.fill("people", list).press("Add people").await.is(422);
    host.sees("Day, \"D\", A; B")
        .sees("A quotation mark on this line is not closed")
        .sees("Remove invisible control characters.");
    assert_eq!(site.reload(&event).await.taken, 1);
}

#[tokio::test]
async fn removing_a_guest_asks_again_and_frees_the_place_once() {
    let site = Site::start().await;
    let event = site.event("Quiz").capacity(2).make().await;
    let tickets = site.places(&event, "Ada", 2).await;
    let mut host = site.member("host").await;
    let removal = format!("{}/guests/{}/removal", event.path(), tickets[0].id);
    host.visit(&removal).await.sees("Remove Ada");
    host.press("Remove").await.sees("The place is free again.");
    host.post(&removal, &[]).await.is(303);
    assert_eq!(site.reload(&event).await.taken, 1);
    host.visit(&format!("{}/guests/{}/removal", event.path(), Id::<()>::new())).await.is(404);
    host.visit(&format!("{}/guests/no-id/removal", event.path())).await.is(404);
    let before = site.letters("tickets").await;
    host.post(&format!("{}/guests/{}/mail", event.path(), tickets[1].id), &[]).await.is(303);
    assert_eq!(site.letters("tickets").await, before + 1);
    site.verifies().await;
}

#[tokio::test]
async fn the_pages_of_the_table_lead_both_ways_and_say_which_of_all_they_show() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    for n in 0..120 {
        site.places(&event, &format!("Guest {n:03}"), 1).await;
    }
    let mut host = site.member("host").await;
    for (sort, first, middle, last) in [("", "000", "050", "119"), ("-name", "119", "069", "000")] {
        host.visit(&format!("{}/guests?q=guest&sort={sort}", event.path()))
            .await
            .sees("1–50 of 120")
            .sees(&format!("Guest {first}"));
        host.misses("Previous");
        host.follow("Next").await.sees("51–100 of 120").sees(&format!("Guest {middle}"));
        host.follow("Next").await.sees("101–120 of 120").sees(&format!("Guest {last}")).misses("Next");
        host.follow("Previous").await.sees("51–100 of 120").sees(&format!("Guest {middle}"));
        host.follow("Previous").await.sees("1–50 of 120").sees(&format!("Guest {first}")).misses("Previous");
        host.field_is("q", "guest").field_is("sort", sort);
    }
    let order = marquee::ids::Id::<()>::new();
    for place in [format!("9223372036854775807.{order}.0.x"), format!("-7.{order}.0.x"), "x".to_owned()] {
        host.visit(&format!("{}/guests?after={place}", event.path())).await.is(200).sees("of 120");
        host.visit(&format!("{}/guests?before={place}", event.path())).await.is(200).sees("of 120");
    }
}

#[tokio::test]
async fn a_row_is_checked_in_and_undone_and_the_table_stays_where_it_was() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    for n in 0..60 {
        site.places(&event, &format!("Guest {n:02}"), 1).await;
    }
    let mut host = site.member("host").await;
    host.visit(&format!("{}/guests?q=guest", event.path())).await.follow("Next").await.sees("51–60 of 60");
    host.press("Check in, Guest 55").await.is(200).sees("Guest 55 is in.").sees("51–60 of 60").sees("In, ");
    assert!(host.path.contains("after=") && host.path.contains("q=guest"), "{}", host.path);
    let row = host.path.split_once('#').expect("the row").1.to_owned();
    assert!(host.html().contains(&format!("id=\"{row}\"")), "it comes back to the row {row}");
    assert!(!host.has_button("Check in, Guest 55"), "who is in is not let in again");
    host.press("Undo, Guest 55").await.sees("Not in any more").sees("51–60 of 60");
    assert!(host.has_button("Check in, Guest 55") && !host.has_button("Undo, Guest 55"));
    // Of the only one of a list that becomes empty the first page is shown.
    host.press("Check in, Guest 55").await.visit(&format!("{}/guests?state=in", event.path())).await;
    host.press("Undo, Guest 55").await.is(200).sees("Nobody is found");
    site.verifies().await;
}

#[tokio::test]
async fn the_way_back_to_the_table_leads_nowhere_else_and_is_none_for_who_has_no_table() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    let ticket = site.places(&event, "Ada", 1).await.remove(0).id.to_string();
    let (check_in, guests) = (format!("{}/check-in", event.path()), format!("{}/guests", event.path()));
    let mut host = site.member("host").await;
    for back in ["https://evil.example/", "//evil.example?q=x", "?next=//evil.example&sort=-name", "\r\nx: y", "\0"] {
        host.post(&check_in, &[("ticket", &ticket), ("back", back)]).await.is(303);
        let to = host.headers["location"].to_str().unwrap();
        assert!(to.starts_with(&guests) && !to.contains("evil"), "{to}");
    }
    host.post(&check_in, &[("ticket", "no-id"), ("back", "")]).await.is(404);
    let mut door = site.door(&event).await;
    door.post(&check_in, &[("undo", &ticket), ("back", "")]).await.is(200).sees("Not in any more");
    site.verifies().await;
}
