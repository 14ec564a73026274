//! The commands of the program, as an operator types them.
use std::fs::Permissions;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Stdio};

use marquee::app::App;

use crate::chaos::killed::{Server, binary};
use crate::races::{guest, take, wish};
use crate::site::Site;

/// Ends with the test, however that ends.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// A public site that has nobody to send mails by.
const PUBLIC: &[(&str, &str)] = &[
    ("MARQUEE_ENV", "production"),
    ("BASE_URL", "http://localhost"),
    ("MARQUEE_ADDR", "127.0.0.1:0"),
    ("SMTP_HOST", "localhost"),
    ("SMTP_PORT", "9"),
    ("SMTP_USE_TLS", "none"),
    ("SMTP_FROM_ADDRESS", "events@example.org"),
];

#[tokio::test]
async fn what_a_start_says_is_json_where_the_log_is_and_shown_whatever_the_log_leaves_out() {
    let site = Site::start().await;
    let mut command = binary(&site.app);
    command.envs(PUBLIC.iter().copied()).env("MARQUEE_LOG_FORMAT", "json").env("MARQUEE_LOG", "error");
    let mut server = Running(command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap());
    let mut lines = BufReader::new(server.0.stdout.take().unwrap()).lines();
    for part in ["is at http://localhost", "Become the first one at http://localhost/setup?token="] {
        let line = lines.next().unwrap().unwrap();
        let said: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert!(said["fields"]["message"].as_str().unwrap().contains(part), "{line}");
        assert_eq!(said["level"], "INFO", "{line}");
    }
}

#[tokio::test]
async fn health_tells_a_site_that_serves_from_one_that_is_gone_or_cannot_serve() {
    let site = Site::start().await;
    // With an event it is not new, and no demo is made.
    site.event("Quiz").make().await;
    let server = Server::start(&site.app, &[]);
    let addr = server.base.trim_start_matches("http://").to_owned();
    let asked = || binary(&site.app).arg("health").env("MARQUEE_ADDR", &addr).output().unwrap();
    let well = asked();
    assert_eq!((well.status.code(), well.stdout.as_slice()), (Some(0), &b"ready\n"[..]));
    server.kill();
    let gone = asked();
    let said = String::from_utf8_lossy(&gone.stderr).into_owned();
    assert_eq!(gone.status.code(), Some(1), "{said}");
    assert!(said.contains("nobody answers at 127.0.0.1:"), "{said}");

    // Somebody is there, and says no.
    let busy = std::net::TcpListener::bind(&addr).unwrap();
    let refusing = std::thread::spawn(move || {
        let (mut stream, _) = busy.accept().unwrap();
        let mut asked = [0; 256];
        let n = stream.read(&mut asked).unwrap();
        stream.write_all(b"HTTP/1.1 503 Service Unavailable\r\n\r\nthe database does not answer\n").unwrap();
        String::from_utf8_lossy(&asked[..n]).into_owned()
    });
    let ill = asked();
    let said = String::from_utf8_lossy(&ill.stderr).into_owned();
    assert_eq!(ill.status.code(), Some(1), "{said}");
    assert!(said.contains("cannot serve: the database does not answer"), "{said}");
    assert!(refusing.join().unwrap().starts_with("GET /readyz HTTP/1.1\r\n"));
}

/// The exit code of a command, and what it said on both channels.
fn says(app: &App, words: &[&str], file: Option<&Path>) -> (i32, String) {
    let done = binary(app).args(words).args(file).output().unwrap();
    let said = [done.stdout, done.stderr].concat();
    (done.status.code().unwrap(), String::from_utf8(said).unwrap())
}

#[tokio::test]
async fn the_program_backs_a_site_up_and_restores_it_under_both_names() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    for n in 0..3 {
        take(&site.app, &wish(&site.app, &event, guest(n), 0, 1).await).await.unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    for (out, back) in [("backup", "restore"), ("export", "import")] {
        let file = folder.path().join(out);
        let (code, said) = says(&site.app, &[out], Some(&file));
        assert!(code == 0 && said.contains(" rows and 0 files."), "{out}: {said}");
        let (code, said) = says(&site.app, &[out], Some(&file));
        assert!(code == 1 && said.contains("exists already"), "{out}: {said}");
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "for its owner alone");

        let other = Site::empty(false).await;
        let (code, said) = says(&other.app, &[back], Some(&file));
        assert!(code == 0 && said.contains("0 differences between the journal and the tables"), "{back}: {said}");
        let (code, said) = says(&other.app, &[back], Some(&file));
        assert!(code == 1 && said.contains("not empty"), "{back}: {said}");
        assert_eq!(other.reload(&event).await.taken, 3);
        assert_eq!(says(&other.app, &["journal", "verify"], None).0, 0);
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "nothing half-made lies about");
    let (code, said) = says(&site.app, &["restore"], Some(&folder.path().join("none")));
    assert!(code == 1 && said.contains("cannot be restored"), "{said}");
}

#[tokio::test]
async fn the_doctor_of_the_program_says_by_its_exit_code_whether_all_is_well() {
    let site = Site::start().await;
    site.event("Quiz").make().await;
    let (code, said) = says(&site.app, &["doctor"], None);
    assert!(code == 0 && said.contains("ok     The database finds no damage\n"), "{said}");
    assert!(said.contains("look   No backup was made yet") && !said.contains("WRONG"), "{said}");
    let (code, said) = says(&Site::empty(false).await.app, &["doctor"], None);
    assert!(code == 1 && said.contains("WRONG") && said.contains("run `marquee migrate`"), "{said}");
}

#[tokio::test]
async fn what_a_start_makes_is_for_its_owner_alone_and_what_was_there_stays_as_it_was() {
    let site = Site::empty(true).await;
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let mode = |name: &str| path(name).metadata().unwrap().permissions().mode() & 0o777;
    let start = || {
        let mut command = binary(&site.app);
        command.env_remove("MARQUEE_SECRET_KEY").env_remove("DATABASE_URL").env("MARQUEE_DATA_DIR", folder.path());
        let done = command.arg("migrate").output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    };
    start();
    for name in ["marquee.db", "secret.key"] {
        assert_eq!(mode(name), 0o600, "{name}");
        std::fs::set_permissions(path(name), Permissions::from_mode(0o640)).unwrap();
    }
    start();
    assert_eq!((mode("marquee.db"), mode("secret.key")), (0o640, 0o640), "the operator knows why");
}
