//! What admins say about the site itself: it holds at once, on every node, and stands in the journal.
use image::{DynamicImage, ImageFormat};
use marquee::clock;
use marquee::events::{self, Role};
use marquee::forms::Email;
use marquee::site::SignUps;
use serde_json::json;

use crate::browser::Browser;
use crate::site::Site;

const LONG: &str = "a long sentence of mine";

/// An admin on the settings page.
async fn settings(site: &Site) -> Browser {
    let mut admin = site.admin("Root").await;
    admin.visit("/admin/settings").await.is(200);
    admin
}

async fn sign_up<'a>(browser: &'a mut Browser, email: &str) -> &'a mut Browser {
    browser.visit("/sign-up").await.fill("name", "Ada").fill("email", email).fill("password", LONG);
    browser.press("Create account").await
}

#[tokio::test]
async fn another_name_shows_on_the_next_page_of_this_node_and_within_a_second_on_others() {
    let site = Site::with(&[("MARQUEE_SITE_NAME", "Town hall")]).await;
    let other = site.second().await;
    let mut visitor = Browser::new(marquee::routes::router(other));
    visitor.visit("/").await.sees("Town hall");
    let mut admin = settings(&site).await;
    admin.field_is("name", "Town hall");
    admin.fill("name", "The shed").press("Save").await.is(422);
    assert!(admin.error_at("reason").contains("Say why"));
    admin.fill("reason", "We moved").press("Save").await.sees("Saved.").sees("The shed");
    site.browser().visit("/").await.misses("Town hall").sees("The shed");
    site.app.clock.advance(clock::seconds(2));
    visitor.visit("/").await.misses("Town hall").sees("The shed");
    admin.visit("/admin/journal?stream=site").await.sees("setting_changed").sees("We moved").sees("The shed");
    admin.visit("/admin/settings").await.fill("reason", "Again").press("Save").await.sees("Nothing was changed.");
    admin.visit("/admin/mails").await.fill("reason", "Its name").press("Send a test to me").await;
    site.work().await;
    assert!(site.mail_to("root@example.org").await.text.contains("The shed"));
}

#[tokio::test]
async fn feeds_and_calendar_files_carry_the_name_that_holds_without_a_visit_to_a_page_before() {
    let site = Site::with(&[("MARQUEE_SITE_NAME", "The barn")]).await;
    let event = site.event("Quiz night").make().await;
    let ada = site.account("ada").await;
    let mut tx = site.app.db.write().await.unwrap();
    let secret = events::own::make(&mut tx, &ada, site.now()).await.unwrap();
    tx.commit().await.unwrap();
    settings(&site).await.fill("name", "The shed").fill("reason", "We moved").press("Save").await.is(200);
    let (file, own) = (format!("{}/calendar.ics", event.path()), format!("/calendar/{secret}/events.ics"));
    for path in ["/events.ics", "/events.atom", &file, &own] {
        // A node that has just begun, for each of them.
        let mut program = Browser::new(marquee::routes::router(site.second().await));
        program.visit(path).await.is(200);
        assert!(program.html().contains("The shed"), "{path}: {}", program.html());
        assert!(!program.html().contains("The barn"), "{path}");
    }
}

#[tokio::test]
async fn by_invitation_lets_in_whom_a_team_has_asked_and_says_so_to_others() {
    let site = Site::start().await;
    let event = site.event("Quiz night").make().await;
    settings(&site).await.fill("sign_ups", "invited").fill("reason", "Too much spam").press("Save").await.is(200);
    let mut tx = site.app.db.write().await.unwrap();
    let asked = Email::parse("Asked@example.org").unwrap();
    events::team_store::invite(&mut tx, event.id, &asked, Role::Host, site.now()).await.unwrap();
    tx.commit().await.unwrap();
    let mut visitor = site.browser();
    sign_up(&mut visitor, "ada@example.org").await.is(403);
    assert!(visitor.error_at("email").contains("by invitation"));
    // An address that has an account is told the same.
    site.account("Bob").await;
    sign_up(&mut visitor, "bob@example.org").await.is(403);
    assert!(visitor.error_at("email").contains("by invitation"));
    site.work().await;
    assert!(site.mails_to("ada@example.org").await.is_empty() && site.mails_to("bob@example.org").await.is_empty());
    sign_up(&mut visitor, "asked@example.org").await.at("/verification");
    site.work().await;
    assert_eq!(site.mails_to("asked@example.org").await.len(), 1);
    let program = site.program();
    let body = |email: &str| json!({"name": "Ada", "email": email, "password": LONG});
    program.post("/api/v1/auth/register", body("ada@example.org")).await.is(422);
    site.program().post("/api/v1/auth/register", body("asked@example.org")).await.is(202);
}

#[tokio::test]
async fn closed_takes_no_account_and_hides_the_way_to_it() {
    let site = Site::start().await;
    let mut visitor = site.browser();
    visitor.visit("/sign-up").await.fill("name", "Ada").fill("email", "ada@example.org").fill("password", LONG);
    settings(&site).await.fill("sign_ups", "closed").fill("reason", "Winter").press("Save").await.is(200);
    visitor.press("Create account").await.is(403);
    visitor.visit("/sign-up").await.is(200).sees("This site takes no new accounts.");
    assert!(!visitor.has_button("Create account"));
    visitor.visit("/").await.misses("Sign up");
    let body = json!({"name": "Ada", "email": "ada@example.org", "password": LONG});
    site.program().post("/api/v1/auth/register", body).await.is(422);
    site.work().await;
    assert!(site.mails_to("ada@example.org").await.is_empty());
    assert_eq!(site.app.site.known().sign_ups, SignUps::Closed);
}

#[tokio::test]
async fn a_legal_text_is_linked_while_there_is_one_and_can_do_no_harm() {
    let site = Site::start().await;
    let mut admin = settings(&site).await;
    let mut visitor = site.browser();
    visitor.visit("/legal/imprint").await.is(404);
    visitor.visit("/legal/nonsense").await.is(404);
    visitor.visit("/").await.misses("Imprint");
    admin.visit("/admin/settings/legal/imprint").await.press("Save").await.is(422);
    let text = "# Verein\n\n**Rheinknie** <script>alert(1)</script> [x](javascript:alert(1))";
    admin.fill("text", text).fill("reason", "The law").press("Save").await.sees("There is a text");
    visitor.visit("/").await.follow("Imprint").await.is(200).at("/legal/imprint").sees("Rheinknie");
    assert!(visitor.html().contains(r#"<meta name="description" content="Imprint – "#), "{}", visitor.html());
    assert!(!visitor.html().contains("<script") && !visitor.html().contains("javascript:"), "{}", visitor.html());
    admin.visit("/admin/journal?stream=site").await.sees("The law").misses("Rheinknie");
    admin.visit("/admin/settings/legal/imprint").await.fill("text", "").fill("reason", "Gone").press("Save").await;
    visitor.visit("/").await.misses("Imprint");
    visitor.visit("/legal/imprint").await.is(404);
    assert!(!site.app.site.known().has("imprint"));
}

#[tokio::test]
async fn new_events_begin_with_the_site_s_zone_and_currency() {
    let site = Site::start().await;
    let mut admin = settings(&site).await;
    admin.fill("zone", "Asia/Tokyo").fill("currency", "JPY").fill("reason", "We moved").press("Save").await.is(200);
    admin.visit("/events/new").await.field_is("zone", "Asia/Tokyo").field_is("currency", "JPY");
    for (field, wrong) in [
        ("zone", "Nowhere/Town"),
        ("zone", "localtime"),
        ("zone", "FACTORY"),
        ("currency", "XXX"),
        ("sign_ups", "some"),
        ("name", " "),
    ] {
        let mut fields = vec![("name", "A"), ("sign_ups", "open"), ("zone", "UTC"), ("currency", "CHF")];
        fields.retain(|(name, _)| *name != field);
        fields.extend([(field, wrong), ("reason", "Why not")]);
        admin.post("/admin/settings", &fields).await.is(422);
    }
}

/// A form with a file in it.
async fn put<'a>(admin: &'a mut Browser, file: &[u8], reason: &str) -> &'a mut Browser {
    let mut body = b"--x\r\nContent-Disposition: form-data; name=\"up\"; filename=\"a.png\"\r\n\r\n".to_vec();
    body.extend_from_slice(file);
    body.extend_from_slice(b"\r\n--x\r\nContent-Disposition: form-data; name=\"reason\"\r\n\r\n");
    body.extend_from_slice(reason.as_bytes());
    body.extend_from_slice(b"\r\n--x--\r\n");
    admin.request("POST", "/admin/settings/logo", Some("multipart/form-data; boundary=x"), body).await
}

fn png(width: u32, height: u32) -> Vec<u8> {
    let mut out = std::io::Cursor::new(Vec::new());
    DynamicImage::new_rgba8(width, height).write_to(&mut out, ImageFormat::Png).unwrap();
    out.into_inner()
}

#[tokio::test]
async fn a_logo_is_drawn_anew_and_goes_when_another_stands() {
    let site = Site::start().await;
    let mut admin = settings(&site).await;
    let mut visitor = site.browser();
    visitor.visit("/logo.png").await.is(404);
    for (file, reason) in [(&b"<svg onload=alert(1)>"[..], "A logo"), (&png(9, 9), "A logo"), (&png(640, 320), "")] {
        put(&mut admin, file, reason).await.is(422);
    }
    visitor.visit("/logo.png").await.is(404);
    let mut with_notes = png(960, 320);
    with_notes.extend_from_slice(b"<script>hidden</script>");
    put(&mut admin, &with_notes, "Our own sign").await.is(303);
    visitor.visit("/").await;
    assert!(visitor.html().contains("class=\"site-logo\" src=\"/logo.png?v="), "{}", visitor.html());
    visitor.visit("/logo.png").await.is(200);
    let shown = image::load_from_memory_with_format(&visitor.bytes, ImageFormat::Png).unwrap();
    assert_eq!((shown.width(), shown.height()), (480, 160));
    assert!(!visitor.bytes.windows(6).any(|part| part == b"hidden"));
    put(&mut admin, &png(100, 50), "A smaller one").await.is(303);
    assert_eq!(site.app.files.list().await.unwrap().len(), 1);
    admin.visit("/admin/settings/logo/removal").await.fill("reason", "Old").press("Remove the logo").await.is(200);
    assert!(site.app.files.list().await.unwrap().is_empty());
    visitor.visit("/logo.png").await.is(404);
}

#[tokio::test]
async fn two_admins_who_change_different_settings_do_not_undo_each_other() {
    let site = Site::start().await;
    let (mut one, mut other) = (site.admin("root").await, site.admin("second").await);
    one.visit("/admin/settings").await;
    other.visit("/admin/settings").await;
    one.fill("sign_ups", "closed").fill("reason", "Enough").press("Save").await.is(200);
    other.fill("name", "The Lantern").fill("reason", "Better").press("Save").await.is(200);
    other.visit("/admin/settings").await;
    assert_eq!(crate::bill::attributes(&other, "input[name=sign_ups][checked]", "value"), ["closed"]);
    for browser in [&mut one, &mut other] {
        browser.visit("/admin/settings/legal/terms").await;
    }
    one.fill("text", "First").fill("reason", "New").press("Save").await.is(200);
    other
        .fill("text", "Second")
        .fill("reason", "Newer")
        .press("Save")
        .await
        .is(422)
        .sees("Somebody saved another text");
    assert!(other.html().contains("Second"), "what was typed is kept");
    site.browser().visit("/legal/terms").await.sees("First");
    other.fill("reason", "Known").press("Save").await.is(200);
    site.browser().visit("/legal/terms").await.sees("Second");
}
