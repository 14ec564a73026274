//! What hosts do with invitations, on pages and by the API.
use marquee::clock::{hours, minutes};
use marquee::{invitations, jobs};

use super::{invites, link_of};
use crate::site::Site;

#[tokio::test]
async fn each_line_of_a_list_is_told_apart_and_only_those_are_asked_who_were_not() {
    let site = Site::start().await;
    let event = site.event("Supper").make().await;
    let mut host = invites(&site, &event, "Ida, ida@example.org").await;
    let list = "Name,E-mail\nIda, IDA@example.org\nBob <bob@example.org>\nbob@example.org\nnobody at all";
    let page = format!("{}/invitations", event.path());
    host.visit(&page).await.fill("people", list).press("Look at the list").await.is(200);
    host.sees("1 person can be invited.").sees("3 lines are passed over.");
    host.sees("Is invited already, and has not answered.").sees("This address stands on line 3 already.");
    host.sees("There is no e-mail address on this line.");
    assert!(site.mails_to("bob@example.org").await.is_empty(), "looking sends nothing");
    host.press("Invite 1 person").await.is(422).sees("1 person is invited.").sees("3 lines were passed over.");
    let left = "Ida, IDA@example.org\nbob, bob@example.org\nnobody at all";
    assert_eq!(host.field("people"), left, "to be mended");
    assert_eq!(site.mails_to("bob@example.org").await.len(), 1);
    assert_eq!(site.mails_to("ida@example.org").await.len(), 1);
    host.visit(&page).await.sees("2 invited: 0 come").sees("Sent");
    host.visit(&page).await.fill("people", "ida@example.org").press("Look at the list").await.is(422);
    site.verifies().await;
}

#[tokio::test]
async fn a_file_is_read_line_by_line_like_what_is_pasted() {
    let site = Site::start().await;
    let event = site.event("Supper").make().await;
    let mut host = site.member("host").await;
    let page = format!("{}/invitations", event.path());
    host.visit(&page).await.fill("file", "Name,E-mail\nBob,bob@example.org\nnobody").press("Look at the list").await;
    host.is(200).sees("1 person can be invited.").sees("1 line is passed over.");
    assert_eq!(host.all("tbody td.n"), ["2", "3"]);
    assert_eq!(host.all("tbody th"), ["Bob", "nobody"]);
    let outcomes = ["Can be invited", "Passed over There is no e-mail address on this line."];
    assert_eq!(host.all("tbody td:last-child"), outcomes);
    assert!(site.mails_to("bob@example.org").await.is_empty(), "looking sends nothing");
    host.press("Invite 1 person").await.is(422).sees("1 person is invited.").sees("1 line was passed over.");
    assert_eq!(host.field("people"), "nobody", "to be mended");
    assert_eq!(site.mails_to("bob@example.org").await.len(), 1);
    host.visit(&page).await.sees("1 invited: 0 come").sees("Sent");
    // What is pasted beside a file counts, too.
    host.visit(&page).await.fill("file", "ida@example.org\n").fill("people", "cy@example.org\nBOB@example.org");
    host.press("Look at the list").await.is(200).sees("2 people can be invited.").sees("1 line is passed over.");
    host.sees("Is invited already, and has not answered.");
    site.verifies().await;
}

#[tokio::test]
async fn hosts_see_what_became_of_each_and_take_back_what_stands() {
    let site = Site::start().await;
    let event = site.event("Supper").make().await;
    let mut host = invites(&site, &event, "ida@example.org\nbob@example.org").await;
    let page = format!("{}/invitations", event.path());
    let path = link_of(&site, "ida@example.org").await;
    site.browser().visit(&path).await.is(200);
    host.visit(&page).await.sees("Opened").sees("Sent");
    let mut tab = site.member("host").await;
    tab.visit(&page).await;
    host.press("Take back ida@example.org").await.sees("The invitation is taken back.");
    tab.press("Take back ida@example.org").await.sees("The invitation is taken back.");
    site.browser().visit(&path).await.is(404);
    host.visit(&format!("{page}?state=revoked")).await.sees("ida@example.org").misses("bob@example.org");
    host.visit(&page).await.fill("people", "ida@example.org").press("Look at the list").await;
    host.press("Invite 1 person").await.is(200);
    site.browser().visit(&link_of(&site, "ida@example.org").await).await.is(200).sees("Do you come?");
    site.verifies().await;
}

#[tokio::test]
async fn nobody_but_those_who_run_the_event_asks_or_sees_who_was_asked() {
    let site = Site::start().await;
    let event = site.event("Supper").make().await;
    site.event("Other").host("eve").make().await;
    invites(&site, &event, "ida@example.org").await;
    let invitation = invitations::store::of_address(&site.app.db, event.id, "ida@example.org").await.unwrap().unwrap();
    let mut eve = site.member("eve").await;
    eve.visit(&format!("{}/invitations", event.path())).await.is(404);
    for act in ["mail", "removal"] {
        eve.post(&format!("{}/invitations/{}/{act}", event.path(), invitation.id), &[]).await.is(404);
        eve.post(&format!("/events/other/invitations/{}/{act}", invitation.id), &[]).await.is(404);
    }
    site.browser().visit(&link_of(&site, "ida@example.org").await).await.is(200);
}

#[tokio::test]
async fn an_address_gets_three_letters_an_hour_whoever_sends_them() {
    let site = Site::start().await;
    for (n, host) in ["a", "b", "c"].into_iter().enumerate() {
        let event = site.event(&format!("Supper {n}")).host(host).make().await;
        let mut host = site.member(host).await;
        host.visit(&format!("{}/invitations", event.path())).await.fill("people", "ida@example.org");
        host.press("Look at the list").await.press("Invite 1 person").await.is(200);
    }
    let event = site.event("Supper 4").make().await;
    let mut host = invites(&site, &event, "ida@example.org").await;
    assert_eq!(site.mails_to("ida@example.org").await.len(), 3);
    let page = format!("{}/invitations", event.path());
    host.visit(&page).await.sees("Not sent: too many letters to this address");
    host.press("Send again ida@example.org").await.sees("We wrote to this address often enough");
    site.later(hours(1) + minutes(1)).await;
    host.visit(&page).await.press("Send again ida@example.org").await.sees("The letter is on its way.");
    assert_eq!(site.mails_to("ida@example.org").await.len(), 4);
    host.visit(&page).await.press("Send again ida@example.org").await;
    assert_eq!(site.mails_to("ida@example.org").await.len(), 4, "pressed twice");
    site.verifies().await;
}

#[tokio::test]
async fn who_wants_no_invitations_gets_none() {
    let site = Site::start().await;
    let event = site.event("Supper").make().await;
    invites(&site, &event, "ida@example.org").await;
    let stop = site.mail_to("ida@example.org").await.unsubscribe.unwrap();
    let mut ida = site.browser();
    ida.visit(stop.trim_start_matches("http://localhost:8080")).await.press("Stop these mails").await.is(200);
    let other = site.event("Dinner").make().await;
    let mut host = invites(&site, &other, "ida@example.org").await;
    assert_eq!(site.mails_to("ida@example.org").await.len(), 1);
    host.visit(&format!("{}/invitations", other.path())).await.sees("Takes no invitations");
}

#[tokio::test]
async fn hundreds_are_sent_once_each_and_a_stopped_node_is_taken_over() {
    let site = Site::start().await;
    let event = site.event("Supper").make().await;
    let list: String = (0..250).map(|n| format!("guest{n}@example.org\n")).collect();
    invites(&site, &event, &list).await;
    // As after a crash: the job is there again, on two nodes.
    let mut tx = site.app.db.write().await.unwrap();
    jobs::enqueue(&mut tx, jobs::Job::Invite { event: event.id }, site.now()).await.unwrap();
    tx.commit().await.unwrap();
    let other = site.second().await;
    let (one, two) =
        tokio::join!(invitations::inviting::send(&site.app, event.id), invitations::inviting::send(&other, event.id));
    one.unwrap();
    two.unwrap();
    site.work().await;
    let sent = site.mails.sent.lock().unwrap().iter().filter(|mail| mail.subject == "Invitation: Supper").count();
    assert_eq!(sent, 250);
    site.verifies().await;
}

#[tokio::test]
async fn programs_invite_list_and_take_back() {
    let site = Site::start().await;
    let event = site.event("Supper").make().await;
    let mut host = site.member("host").await;
    let path = format!("/api/v1/events/{}/invitations", event.slug);
    let body = r#"{"people":[{"email":"ida@example.org","name":"Ida"},{"email":"IDA@example.org"}]}"#;
    host.request("POST", &path, Some("application/json"), body.into()).await.is(201);
    assert_eq!(host.json()["data"]["invited"], 1);
    assert_eq!(host.json()["data"]["people"][1]["outcome"], "twice");
    host.request("POST", &path, Some("application/json"), br#"{"people":[{"email":"nobody"}]}"#.to_vec()).await.is(422);
    site.work().await;
    host.visit(&path).await.is(200);
    let row = host.json()["data"]["items"][0].clone();
    assert_eq!((row["email"].as_str(), row["state"].as_str()), (Some("ida@example.org"), Some("sent")));
    let one = format!("{path}/{}", row["id"].as_str().unwrap());
    let mut eve = site.member("eve").await;
    eve.request("DELETE", &one, None, Vec::new()).await.is(404);
    for _ in 0..2 {
        host.request("DELETE", &one, None, Vec::new()).await.is(200);
        assert_eq!(host.json()["data"]["state"], "revoked");
    }
    site.browser().visit(&link_of(&site, "ida@example.org").await).await.is(404);
}

#[tokio::test]
async fn whoever_declined_is_asked_again_by_hand_alone_and_not_more_often_than_others() {
    let site = Site::start().await;
    let event = site.event("Supper").make().await;
    let mut host = invites(&site, &event, "ida@example.org").await;
    let page = format!("{}/invitations", event.path());
    site.browser().visit(&link_of(&site, "ida@example.org").await).await.press("I cannot come").await.is(200);
    host.visit(&page).await.fill("people", "ida@example.org").press("Look at the list").await.is(422);
    site.app.clock.advance(minutes(2));
    host.visit(&page).await.press("Ask again ida@example.org").await.sees("The letter is on its way.");
    assert_eq!(site.mails_to("ida@example.org").await.len(), 2);
    let path = link_of(&site, "ida@example.org").await;
    site.verifies().await;
    let mut ida = site.browser();
    ida.visit(&path).await.press("I’m coming").await.is(200);
    site.verifies().await;
    // Twice more, and it is enough for this hour.
    let event = site.event("Dinner").make().await;
    let mut host = invites(&site, &event, "ida@example.org").await;
    site.browser().visit(&link_of(&site, "ida@example.org").await).await.press("I cannot come").await.is(200);
    site.app.clock.advance(minutes(2));
    host.visit(&format!("{}/invitations", event.path())).await.press("Ask again ida@example.org").await;
    host.sees("We wrote to this address often enough").sees("Cannot come");
    assert_eq!(site.mails_to("ida@example.org").await.len(), 4, "with the ticket");
    site.verifies().await;
}

#[tokio::test]
async fn a_yes_with_a_place_is_not_taken_back_and_a_no_is() {
    let site = Site::start().await;
    let event = site.event("Supper").make().await;
    let mut host = invites(&site, &event, "ida@example.org\nbob@example.org").await;
    site.browser().visit(&link_of(&site, "ida@example.org").await).await.fill("name", "Ida").press("I’m coming").await;
    site.browser().visit(&link_of(&site, "bob@example.org").await).await.press("I cannot come").await.is(200);
    host.visit(&format!("{}/invitations", event.path())).await;
    assert!(!host.has_button("Take back ida@example.org"));
    let invitation = invitations::store::of_address(&site.app.db, event.id, "ida@example.org").await.unwrap().unwrap();
    let one = format!("/api/v1/events/{}/invitations/{}", event.slug, invitation.id);
    host.request("DELETE", &one, None, Vec::new()).await.is(409);
    host.visit(&format!("{}/invitations", event.path())).await.sees("1 come, 1 cannot");
    host.press("Take back bob@example.org").await.sees("The invitation is taken back.");
    host.follow("Guests ida@example.org").await.is(200).sees("ida@example.org");
    assert_eq!(site.reload(&event).await.taken, 1);
    site.verifies().await;
}

#[tokio::test]
async fn nobody_is_told_of_letters_that_were_not_written() {
    let site = Site::start().await;
    invites(&site, &site.event("Supper").make().await, "ida@example.org").await;
    let stop = site.mail_to("ida@example.org").await.unsubscribe.unwrap();
    let mut ida = site.browser();
    ida.visit(stop.trim_start_matches("http://localhost:8080")).await.press("Stop these mails").await.is(200);
    let other = site.event("Dinner").make().await;
    let mut host = invites(&site, &other, "ida@example.org\nbob@example.org").await;
    host.sees("2 people are invited.");
    site.work().await;
    host.visit(&format!("{}/invitations", other.path())).await.sees("This person takes no invitations by mail.");
    assert!(!host.has_button("Send again ida@example.org") && host.has_button("Send again bob@example.org"));
    let invitation = invitations::store::of_address(&site.app.db, other.id, "ida@example.org").await.unwrap().unwrap();
    site.app.clock.advance(minutes(2));
    host.post(&format!("{}/invitations/{}/mail", other.path(), invitation.id), &[]).await.is(303);
    host.visit(&format!("{}/invitations", other.path())).await.misses("The letter is on its way.");
    assert_eq!(site.mails_to("ida@example.org").await.len(), 1);
}

#[tokio::test]
async fn those_who_run_the_event_are_passed_over() {
    let site = Site::start().await;
    let event = site.event("Supper").make().await;
    let mut host = site.member("host").await;
    host.visit(&format!("{}/invitations", event.path())).await.fill("people", "HOST@example.org\nida@example.org");
    host.press("Look at the list").await.is(200).sees("Runs this event.").sees("1 person can be invited.");
    let path = format!("/api/v1/events/{}/invitations", event.slug);
    let body = br#"{"people":[{"email":"host@example.org"}]}"#.to_vec();
    host.request("POST", &path, Some("application/json"), body).await.is(201);
    let data = host.json()["data"].clone();
    assert_eq!(data["invited"], 0);
    assert_eq!(data["people"][0]["outcome"], "runs");
}

#[tokio::test]
async fn each_reason_is_said_as_it_is_before_anything_is_sent() {
    let site = Site::start().await;
    invites(&site, &site.event("Supper").make().await, "ida@example.org").await;
    let stop = site.mail_to("ida@example.org").await.unsubscribe.unwrap();
    let mut ida = site.browser();
    ida.visit(stop.trim_start_matches("http://localhost:8080")).await.press("Stop these mails").await.is(200);
    for n in 0..3 {
        invites(&site, &site.event(&format!("Brunch {n}")).make().await, "bob@example.org").await;
    }
    let event = site.event("Dinner").make().await;
    site.places(&event, "Zoe", 1).await;
    let mut host = invites(&site, &event, "cy@example.org").await;
    site.browser().visit(&link_of(&site, "cy@example.org").await).await.fill("name", "Cy").press("I’m coming").await;
    let list = "ida@example.org\nbob@example.org\ncy@example.org\nAda, ada@example\n\"Day, day@example.org";
    host.visit(&format!("{}/invitations", event.path())).await.fill("people", list).press("Look at the list").await;
    host.is(200).sees("Stopped invitations by mail, so gets no letter.").sees("Had enough letters for now");
    host.sees("Is invited already, and said yes.").sees("“ada@example” is no e-mail address.").sees("is not closed");
}
