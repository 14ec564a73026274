//! The commands of the program, as an operator types them.
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Stdio};

use crate::chaos::killed::{Server, binary};
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
    assert_eq!((well.status.code(), String::from_utf8_lossy(&well.stdout).as_ref()), (Some(0), "ready\n"));
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
