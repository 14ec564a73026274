//! What admins see and do; and that nobody else does.
use marquee::api::Scope;
use marquee::clock;
use marquee::db::sql;
use marquee::journal;
use marquee::members::{self, Member};
use serde_json::json;

use crate::api_signin::{grant, token};
use crate::site::{PASSWORD, Site, link};

async fn member(site: &Site, name: &str) -> Member {
    let email = format!("{}@example.org", name.to_lowercase());
    members::store::by_email_key(&site.app.db, &email).await.unwrap().unwrap()
}

async fn page(site: &Site, name: &str) -> String {
    format!("/admin/members/{}", member(site, name).await.id)
}

/// The kinds of a member's facts, the newest first.
async fn kinds(site: &Site, of: &Member) -> Vec<String> {
    let mut tx = site.app.db.read().await.unwrap();
    let facts = journal::before(&mut tx, i64::MAX, &of.stream(), "", 10).await.unwrap();
    facts.into_iter().map(|fact| fact.kind).collect()
}

#[tokio::test]
async fn these_pages_do_not_exist_for_others() {
    let site = Site::start().await;
    let mut ada = site.member("Ada").await;
    for path in ["/admin", "/admin/members", "/admin/events", "/admin/mails", "/admin/jobs", "/admin/journal"] {
        ada.visit(path).await.is(404);
        site.browser().visit(path).await.at("/sign-in");
    }
}

#[tokio::test]
async fn the_overview_says_what_is_to_be_done() {
    let site = Site::start().await;
    let mut admin = site.admin("Root").await;
    site.work().await;
    site.event("Quiz night").make().await;
    admin.visit("/admin").await.is(200).sees("No backup was made yet").sees("Upcoming events1");
    let folder = tempfile::tempdir().unwrap();
    marquee::backup::backup(&site.app, &folder.path().join("site.backup")).await.unwrap();
    admin.visit("/admin").await.sees("Nothing. All is well.");
    site.mail_server_down(true);
    admin
        .visit("/admin/mails")
        .await
        .fill("reason", "A new server")
        .press("Send a test to me")
        .await
        .sees("A test is on its way to root@example.org.");
    site.later(clock::minutes(10)).await;
    admin.visit("/admin").await.sees("Mail waits");
    admin.follow("Look at what waits").await.sees("root@example.org");
}

#[tokio::test]
async fn members_are_found_by_name_address_and_state() {
    let site = Site::start().await;
    let mut admin = site.admin("Root").await;
    site.account("Ada").await;
    site.account("Bob").await;
    admin.visit("/admin/members").await.sees("Ada").sees("Bob");
    admin.fill("q", "ADA@").press("Show").await.sees("Ada").misses("Bob");
    admin.visit("/admin/members?state=admin").await.misses("Ada").sees("Root");
    admin.visit("/admin/members?q=%25&state=nonsense&sort=x&after=-7").await.is(200).sees("Nothing here.");
}

#[tokio::test]
async fn nobody_is_suspended_without_a_reason() {
    let site = Site::start().await;
    let mut admin = site.admin("Root").await;
    site.account("Ada").await;
    admin.visit(&page(&site, "Ada").await).await.press("Suspend").await.is(422);
    assert!(admin.error_at("reason").contains("Say why"));
    assert!(member(&site, "Ada").await.suspended_at.is_none());
}

#[tokio::test]
async fn a_suspended_member_can_do_nothing() {
    let site = Site::start().await;
    let mut admin = site.admin("Root").await;
    let mut ada = site.member("Ada").await;
    let account = member(&site, "Ada").await;
    let program = site.program_of(&account, Scope::ALL).await;
    let signed_in = site.program().bearer(&token(&site, "ada@example.org").await);
    signed_in.get("/api/v1/me").await.is(200);
    admin
        .visit(&page(&site, "Ada").await)
        .await
        .fill("reason", "Spam")
        .press("Suspend")
        .await
        .sees("Suspended becauseSpam");
    ada.visit("/settings").await.at("/sign-in");
    program.get("/api/v1/me").await.is(401);
    signed_in.get("/api/v1/me").await.is(401);
    grant(&site, "ada@example.org", PASSWORD).await.is(400);
    site.program().post("/api/v1/auth/login", json!({"email": "ada@example.org", "password": PASSWORD})).await.is(403);
    assert_eq!(kinds(&site, &account).await[0], "member_suspended");
    admin.fill("reason", "A mistake").press("Restore").await.sees("Restored.");
    program.get("/api/v1/me").await.is(401);
    signed_in.get("/api/v1/me").await.is(401);
    site.member("Ada").await.visit("/settings").await.at("/settings");
}

#[tokio::test]
async fn an_admin_turns_a_lost_second_factor_off_and_its_owner_is_told() {
    let site = Site::start().await;
    let mut admin = site.admin("Root").await;
    let (mut ada, _, _) = site.secured("Ada").await;
    let of_ada = page(&site, "Ada").await;
    admin.visit(&of_ada).await.press("Turn off the second factor").await.is(422);
    assert!(admin.error_at("reason").contains("Say why"));
    assert!(member(&site, "Ada").await.second_factor_at.is_some());
    admin.fill("reason", "Lost her phone").press("Turn off the second factor").await.is(200);
    admin.sees("The second factor is off.").misses("Turn off the second factor");
    let account = member(&site, "Ada").await;
    assert!(account.second_factor_at.is_none());
    assert_eq!(kinds(&site, &account).await[0], "second_factor_reset");
    ada.visit("/settings").await.at("/sign-in");
    assert!(site.mail_to("ada@example.org").await.text.contains("turned it off for you"));
    site.member("Ada").await.visit("/settings").await.at("/settings");
}

#[tokio::test]
async fn an_admin_ends_all_sessions_of_a_member_and_the_page_says_who_did_it_and_why() {
    let site = Site::start().await;
    let mut admin = site.admin("Root").await;
    let mut ada = site.member("Ada").await;
    let account = member(&site, "Ada").await;
    let program = site.program_of(&account, Scope::ALL).await;
    let signed_in = site.program().bearer(&token(&site, "ada@example.org").await);
    signed_in.get("/api/v1/me").await.is(200);
    admin.visit(&page(&site, "Ada").await).await.press("End all sessions").await.is(422);
    assert!(admin.error_at("reason").contains("Say why"));
    ada.visit("/settings").await.at("/settings");
    admin.fill("reason", "A stolen phone").press("End all sessions").await.is(200).sees("All sessions are ended");
    admin.sees("sessions_ended_by_adminA stolen phoneRoot").sees("Signed in on0");
    assert!(!admin.has_button("End all sessions"));
    ada.visit("/settings").await.at("/sign-in");
    signed_in.get("/api/v1/me").await.is(401);
    program.get("/api/v1/me").await.is(200);
    assert_eq!(kinds(&site, &account).await[0], "sessions_ended_by_admin");
    assert!(site.mail_to("ada@example.org").await.text.contains("signed out all your devices"));
    admin.visit(&page(&site, "Root").await).await.fill("reason", "Mine").press("End all sessions").await.is(422);
    assert!(admin.error_at("reason").contains("in your settings"));
}

#[tokio::test]
async fn nobody_turns_their_own_second_factor_off_as_an_admin() {
    let site = Site::start().await;
    let (mut root, _, _) = site.secured("Root").await;
    let own = member(&site, "Root").await;
    let mut tx = site.app.db.write().await.unwrap();
    members::store::set_admin(&mut tx, own.id, true).await.unwrap();
    tx.commit().await.unwrap();
    root.visit(&page(&site, "Root").await).await.fill("reason", "Lost").press("Turn off the second factor").await;
    root.is(422);
    assert!(root.error_at("reason").contains("in your settings"));
    assert!(member(&site, "Root").await.second_factor_at.is_some());
}

#[tokio::test]
async fn admins_make_admins_and_the_last_one_stays() {
    let site = Site::start().await;
    let mut root = site.admin("Root").await;
    let mut ada = site.member("Ada").await;
    let own = page(&site, "Root").await;
    root.visit(&own).await.fill("reason", "Tired").press("Remove as admin").await.is(422);
    assert!(root.error_at("reason").contains("last admin"));
    root.fill("reason", "Tired").press("Suspend").await.is(422);
    root.visit(&page(&site, "Ada").await)
        .await
        .fill("reason", "Helps")
        .press("Make admin")
        .await
        .sees("is an admin now");
    ada.visit(&own).await.fill("reason", "Rest well").press("Remove as admin").await.sees("no admin any more");
    root.visit("/admin").await.is(404);
    let facts = kinds(&site, &member(&site, "Root").await).await;
    assert_eq!(facts[0], "admin_removed");
}

#[tokio::test]
async fn two_admins_who_remove_each_other_leave_one() {
    let site = Site::start().await;
    let mut root = site.admin("Root").await;
    let mut eve = site.admin("Eve").await;
    let (hers, his) = (page(&site, "Eve").await, page(&site, "Root").await);
    let fields = [("reason", "Me first")];
    let (a, b) = (format!("{hers}/admin/removal"), format!("{his}/admin/removal"));
    tokio::join!(root.post(&a, &fields), eve.post(&b, &fields));
    assert_eq!(members::store::admins(&site.app.db).await.unwrap(), 1);
}

#[tokio::test]
async fn a_test_mail_is_sent_for_a_reason() {
    let site = Site::start().await;
    let mut admin = site.admin("Root").await;
    admin.visit("/admin/mails").await.press("Send a test to me").await.is(422);
    assert!(admin.error_at("reason").contains("Say why"));
    assert!(site.mails_to("root@example.org").await.is_empty());
    admin.fill("reason", "A new server").press("Send a test to me").await.is(200);
    admin.visit("/admin/journal?kind=test_mail_sent").await.sees("A new server");
}

#[tokio::test]
async fn a_mail_that_failed_is_sent_again() {
    let site = Site::start().await;
    let mut admin = site.admin("Root").await;
    site.mail_server_down(true);
    admin.visit("/admin/mails").await.fill("reason", "A new server").press("Send a test to me").await;
    for _ in 0..80 {
        site.later(clock::hours(1)).await;
    }
    admin.visit("/admin/mails?state=failed").await.sees("root@example.org");
    admin.visit("/admin").await.sees("1 mail failed").sees("1 job failed");
    site.mail_server_down(false);
    admin.visit("/admin/mails?state=failed").await.follow("root@example.org").await.steps_up().await;
    admin.sees("Last error");
    admin.press("Send again").await.is(422);
    admin.fill("reason", "The server is back").press("Send again").await.sees("on its way once more");
    assert_eq!(site.mails_to("root@example.org").await.len(), 1);
    admin.visit("/admin/mails?state=failed").await.sees("Nothing here.");
}

#[tokio::test]
async fn the_page_of_a_mail_says_what_it_says_and_keeps_its_secrets() {
    let site = Site::start().await;
    let mut admin = site.admin("Root").await;
    admin.visit("/admin/mails").await.fill("reason", "A new server").press("Send a test to me").await;
    admin.visit("/admin/mails?q=root").await.follow("root@example.org").await;
    admin.sees("What the mail says").sees("This is the test that you asked for.").misses("secret link");
    admin.follow("See how it looks").await.is(200).sees("This is the test that you asked for.");
    assert!(!admin.html().contains(" href="), "its links lead nowhere");
    assert!(admin.headers["content-security-policy"].to_str().unwrap().ends_with("; sandbox"));
    site.account("Ada").await;
    site.browser().post("/forgotten", &[("email", "ada@example.org")]).await.is(303);
    let mail = site.mail_to("ada@example.org").await;
    admin.visit("/admin/mails?q=ada").await.follow("ada@example.org").await.is(200);
    admin.sees("This letter holds a secret link").misses("The link works once");
    assert!(!admin.html().contains("/reset/"));
    admin.visit(&format!("{}/html", admin.path.clone())).await.is(404);
    // Nothing was made anew by which the mailed one would have died.
    site.browser().visit(&link(&mail, "/reset/")).await.is(200).sees("Choose a new password");
}

#[tokio::test]
async fn a_letter_about_what_is_gone_says_so() {
    let site = Site::start().await;
    let event = site.event("Jazz").host("ada").make().await;
    let mut admin = site.admin("Root").await;
    admin.visit(&format!("/admin/events/{}/cancellation", event.slug)).await.fill("reason", "A fraud");
    admin.press("Cancel the event").await.is(200);
    site.work().await;
    admin.visit("/admin/mails?q=ada").await.follow("ada@example.org").await;
    admin.sees("The reason: A fraud").misses("would not be sent");
    let mut tx = site.app.db.write().await.unwrap();
    sql("UPDATE events SET status = 'published'").execute(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    admin.visit(&admin.path.clone()).await.sees("now it would not be sent").misses("The reason: A fraud");
}

#[tokio::test]
async fn the_files_of_a_mail_are_listed_and_open_for_admins_alone() {
    let site = Site::start().await;
    let event = site.event("Jazz").host("host").make().await;
    site.places(&event, "Ada", 1).await;
    let mut admin = site.admin("Root").await;
    admin.visit(&format!("/admin/events/{}/cancellation", event.slug)).await.fill("reason", "A fraud");
    admin.press("Cancel the event").await.is(200);
    site.work().await;
    let file = format!("{}.ics", event.slug);
    let mail: String = sql("SELECT id FROM mails WHERE kind = 'event_cancelled'").scalar(&site.app.db).await.unwrap();
    let page = format!("/admin/mails/{mail}");
    admin.visit(&page).await.sees("Files with this mail").sees(" bytes");
    admin.follow(&file).await.is(200);
    assert!(admin.html().contains("METHOD:CANCEL"));
    let head = |name: &str| admin.headers[name].to_str().unwrap().to_owned();
    assert_eq!(head("content-disposition"), format!("attachment; filename=\"{file}\""));
    assert_eq!(head("x-content-type-options"), "nosniff");
    site.member("host").await.visit(&format!("{page}/files/0")).await.is(404);
    admin.visit(&format!("{page}/files/9")).await.is(404);
}

#[tokio::test]
async fn a_job_runs_again() {
    let site = Site::start().await;
    let mut admin = site.admin("Root").await;
    site.mail_server_down(true);
    admin.visit("/admin/mails").await.fill("reason", "A new server").press("Send a test to me").await;
    for _ in 0..80 {
        site.later(clock::hours(1)).await;
    }
    site.mail_server_down(false);
    admin.visit("/admin/jobs").await.sees("1 failed");
    admin.follow("send_mail").await.steps_up().await;
    admin.fill("reason", "The server is back").press("Run again").await.sees("The job runs again now.");
    assert_eq!(site.mails_to("root@example.org").await.len(), 1);
    admin.visit("/admin/jobs").await.misses("1 failed");
}

#[tokio::test]
async fn an_event_is_cancelled_with_a_reason() {
    let site = Site::start().await;
    let mut admin = site.admin("Root").await;
    let event = site.event("Quiz night").make().await;
    let ada = site.account("Ada").await;
    site.program_of(&ada, Scope::ALL).await.post(&format!("/api/v1{}/orders", event.path()), json!({})).await.is(201);
    admin.visit("/admin/events?q=quiz&state=published").await.follow("Cancel Quiz night").await;
    admin.press("Cancel the event").await.is(422);
    admin.fill("reason", "Fraud").press("Cancel the event").await.sees("The event is cancelled.");
    admin.visit("/admin/events?state=cancelled").await.sees("Quiz night");
    assert!(site.mail_to("ada@example.org").await.subject.to_lowercase().contains("cancelled"));
    let told = site.mail_to("host@example.org").await;
    assert!(told.subject.contains("Cancelled: Quiz night") && told.text.contains("Fraud"), "{}", told.text);
    admin.visit("/admin/journal?kind=event_cancelled_by_admin").await.sees("Fraud");
    let who = format!("<a href=\"/admin/members/{}\">Root</a>", site.account_named("root").await.id);
    assert!(admin.html().contains(&who), "who did it, by the name of now");
    site.verifies().await;
}

#[tokio::test]
async fn the_journal_is_read_by_stream_kind_and_page() {
    let site = Site::start().await;
    let mut admin = site.admin("Root").await;
    let ada = site.account("Ada").await;
    for n in 0..60 {
        let mut tx = site.app.db.write().await.unwrap();
        let actor = journal::Actor::Operator;
        let fact = members::MemberFact::MadeAdmin { reason: format!("reason-{n}-") };
        journal::append(&mut tx, &ada.stream(), &fact, actor, site.now()).await.unwrap();
        tx.commit().await.unwrap();
    }
    admin.visit(&format!("/admin/journal?stream={}", ada.stream())).await.sees("reason-59-").misses("reason-9-");
    admin.follow("Older").await.sees("reason-9-").misses("reason-59-");
    for wish in [format!("stream={}&kind=made_admin", ada.stream()), "kind=made_admin".to_owned()] {
        admin.visit(&format!("/admin/journal?{wish}")).await.sees("reason-59-").misses("reason-9-");
        admin.follow("Older").await.sees("reason-9-").misses("reason-59-");
    }
    admin.visit(&format!("/admin/journal?stream={}&kind=none", ada.stream())).await.is(200).sees("Nothing here.");
    admin.visit(&format!("/admin/journal?stream={}&before=1", ada.stream())).await.is(200).sees("Nothing here.");
    admin.visit("/admin/journal?before=nonsense&kind=none").await.is(200).sees("Nothing here.");
    for path in ["/admin/mails/x", "/admin/jobs/x", "/admin/members/x", "/admin/events/none/cancellation"] {
        admin.visit(path).await.is(404);
    }
}

#[tokio::test]
async fn a_token_is_made_shown_once_and_revoked_on_its_page() {
    let site = Site::start().await;
    let mut ada = site.member("Ada").await;
    ada.visit("/settings/tokens").await.press("Make the token").await.is(422);
    assert!(!ada.error_at("name").is_empty());
    ada.fill("name", "Door <b>display</b>").press("Make the token").await.is(200).sees("shown only this once");
    let page = ada.page();
    let secret = page
        .select(&scraper::Selector::parse("#secret").unwrap())
        .next()
        .unwrap()
        .value()
        .attr("value")
        .unwrap()
        .to_owned();
    let program = site.program().bearer(&secret);
    program.get("/api/v1/me").await.is(200);
    ada.visit("/settings/tokens").await.sees("Door <b>display</b>");
    assert!(!ada.html().contains(&secret));
    ada.press("Revoke Door <b>display</b>").await.sees("The token is revoked.");
    program.get("/api/v1/me").await.is(401);
}

#[tokio::test]
async fn the_overview_draws_thirty_days_and_says_what_waits() {
    let site = Site::start().await;
    let mut admin = site.admin("Root").await;
    let event = site.event("Quiz night").make().await;
    let ada = site.account("Ada").await;
    site.program_of(&ada, Scope::ALL).await.post(&format!("/api/v1{}/orders", event.path()), json!({})).await.is(201);
    admin.visit("/admin").await.sees("Places taken1").sees("1 today").sees("New members a day");
    let bars = scraper::Selector::parse("svg[aria-labelledby^=places] rect").unwrap();
    assert_eq!(admin.page().select(&bars).count(), 1);
    let rows = scraper::Selector::parse("figure table tbody tr").unwrap();
    assert_eq!(admin.page().select(&rows).count(), 60, "a table for each of two charts");
    site.browser()
        .visit(&format!("{}/report", event.path()))
        .await
        .fill("ground", "scam")
        .fill("text", "A fraud")
        .press("Send the report")
        .await;
    admin.visit("/admin").await.sees("1 report");
    admin.follow("Look at the reports").await.sees("Quiz night");
    site.later(clock::days(40)).await;
    site.admin("Later").await.visit("/admin").await.sees("No place was taken in these thirty days.");
}

#[tokio::test]
async fn the_overview_says_how_the_machine_is_and_what_of_it_waits_for_somebody() {
    let site = Site::start().await;
    let mut admin = site.admin("Root").await;
    let folder = tempfile::tempdir().unwrap();
    marquee::backup::backup(&site.app, &folder.path().join("site.backup")).await.unwrap();
    site.later(clock::minutes(2)).await;
    let states = |admin: &crate::browser::Browser| admin.all("main table .tag");
    admin.visit("/admin").await.sees("None came yet.").misses("The workers stand still");
    assert_eq!(states(&admin), ["Fine"; 5], "the database, mail, notices, the backup, jobs");
    let mut tx = site.app.db.write().await.unwrap();
    let waiting = "INSERT INTO notices (id, provider, event, kind, reference, payment, payload, received_at)
         VALUES ($1, 'local', 'evt_1', 'charge.refunded', '', '', '{}', $2)";
    let id = marquee::ids::Id::<()>::new();
    marquee::db::sql(waiting).bind(id).bind(site.now()).execute(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    site.app.clock.advance(clock::minutes(30));
    admin
        .visit("/admin")
        .await
        .sees("The workers stand still")
        .sees("Payment notices wait")
        .misses("The backup is late");
    assert_eq!(states(&admin), ["Fine", "Fine", "Slow", "Fine", "Stopped"]);
    admin.follow("Look at the notices").await.is(200).sees("charge.refunded");
    site.app.clock.advance(clock::days(3));
    site.admin("Later").await.visit("/admin").await.sees("The backup is late").sees("The last one was made");
}

#[tokio::test]
async fn the_health_page_says_in_words_what_to_look_at() {
    let site = Site::start().await;
    let mut admin = site.admin("Root").await;
    site.work().await;
    admin.visit("/admin/health").await.is(200).sees("No recurring work was done yet.").sees("None was made yet.");
    site.later(clock::minutes(2)).await;
    admin.visit("/admin/health").await.sees("Recurring work was last done").sees("No mail waits.");
    admin.sees("MB are free in the data folder.").sees("migrations are applied").sees("running since");
    let well = admin.text().matches("Look at it").count();
    site.app.clock.advance(clock::minutes(30));
    admin.visit("/admin/health").await;
    assert_eq!(admin.text().matches("Look at it").count(), well + 1, "nobody works");
    site.member("Ada").await.visit("/admin/health").await.is(404);
}
