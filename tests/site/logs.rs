//! What the log says of requests: enough to find one again, and none of the secrets that stand in addresses.
use std::io::Write;
use std::sync::{Arc, Mutex};

use marquee::db::sql;
use marquee::serve;
use tracing::subscriber::DefaultGuard;

use crate::site::Site;

/// What was logged since it was made, on the thread of the test that made it.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    /// Listens as MARQUEE_LOG would say, until the guard is dropped.
    fn listening(directives: &str) -> (Self, DefaultGuard) {
        crate::listening::to_all();
        let log = Self::default();
        let to = log.clone();
        let subscriber =
            tracing_subscriber::fmt().json().with_env_filter(serve::filter(directives)).with_writer(move || to.clone());
        (log, tracing::subscriber::set_default(subscriber.finish()))
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

/// Takes tables away, so that whoever needs them fails.
async fn without(site: &Site, renamings: &[&'static str]) {
    let mut tx = site.app.db.write().await.unwrap();
    for &renaming in renamings {
        sql(renaming).execute(&mut tx).await.unwrap();
    }
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_request_that_fails_leaves_its_route_and_its_id_in_the_log_and_no_secret_of_its_address() {
    let site = Site::start().await;
    without(
        &site,
        &[
            "ALTER TABLE links RENAME TO links_away",
            "ALTER TABLE invitation_links RENAME TO letters_away",
            "ALTER TABLE attendees RENAME TO attendees_away",
        ],
    )
    .await;
    let (log, _guard) = Log::listening("debug");
    let mut browser = site.browser();
    for (path, route) in [
        ("/reset/Zx81secret", "/reset/{token}"),
        ("/reset/Zx81secret?also=Qy77secret", "/reset/{token}"),
        ("/invitations/Zx81secret", "/invitations/{token}"),
        ("/t/ZX81SECRETX1", "/t/{code}"),
    ] {
        browser.visit(path).await.is(500);
        let said = log.text();
        let failed = said.lines().rfind(|line| line.contains("the request failed"));
        let failed = failed.unwrap_or_else(|| panic!("{path} left nothing in {said}"));
        assert!(failed.contains(route), "{failed}");
        let id = browser.headers["x-request-id"].to_str().unwrap();
        assert!(failed.contains(id), "no {id} in {failed}");
    }
    let said = log.text().to_lowercase();
    assert!(!said.contains("zx81") && !said.contains("qy77"), "{said}");
}

#[tokio::test]
async fn a_request_is_one_line_with_its_route_status_and_id_where_that_is_asked_for() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    let mut browser = site.browser();
    let (quiet, guard) = Log::listening("info");
    browser.visit(&event.path()).await.is(200);
    assert!(!quiet.text().contains("requests"), "by default a request writes nothing");
    drop(guard);
    let (log, _guard) = Log::listening("info,requests=debug");
    for beat in ["/healthz", "/readyz", "/static/app.css"] {
        browser.visit(beat).await.is(200);
    }
    browser.visit(&format!("{}?utm=Qy77secret", event.path())).await.is(200);
    let said = log.text();
    let lines: Vec<&str> = said.lines().filter(|line| line.contains(r#""target":"requests""#)).collect();
    assert_eq!(lines.len(), 1, "{said}");
    let line: serde_json::Value = serde_json::from_str(lines[0]).unwrap();
    let fields = &line["fields"];
    assert_eq!(fields["method"], "GET");
    assert_eq!(fields["route"], "/events/{slug}");
    assert_eq!(fields["status"], 200);
    assert!(fields["micros"].is_u64(), "{line}");
    assert_eq!(fields["request_id"], browser.headers["x-request-id"].to_str().unwrap());
    assert!(!said.contains("quiz") && !said.contains("Qy77secret"), "{said}");
}

#[test]
fn no_level_for_all_writes_letters_and_the_password_of_the_mail_server_into_the_log() {
    let sends = || tracing::debug!(target: "lettre::transport::smtp", "Wrote: https://localhost/reset/Zx81secret");
    for (directives, heard) in
        [("debug", false), ("trace", false), ("marquee=trace,debug", false), ("lettre=debug", true)]
    {
        let (log, _guard) = Log::listening(directives);
        sends();
        tracing::error!(target: "lettre::transport::smtp", "the server hangs up");
        let said = log.text();
        assert_eq!(said.contains("Zx81secret"), heard, "{directives}: {said}");
        assert!(said.contains("hangs up"), "{directives}: {said}");
    }
}
