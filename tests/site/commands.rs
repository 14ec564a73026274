//! The commands of the program, as an operator types them.
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

use crate::chaos::killed::binary;
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
