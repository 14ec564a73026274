//! Our signatures against Stripe's own library for Node.js, which `tests/run` installs.
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use marquee::clock::{self, Clock};
use marquee::payments::notices;
use serde_json::{Value, json};

use super::SECRET;

/// As in tests/run.
const INSTALL: &str = "npm install --no-save --ignore-scripts --prefix target/stripe-library stripe@23.1.0";
const FOLDER: &str = "target/stripe-library/node_modules";

/// Says which of our signatures fit, and signs by itself.
const SCRIPT: &str = "
const stripe = require('stripe')('sk_test_none');
const { secret, body, ours, tampered, old } = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const fits = (text, header) => {
    try { return stripe.webhooks.constructEvent(text, header, secret).id; } catch (error) { return error.type; }
};
console.log(JSON.stringify({
    ours: fits(body, ours), tampered: fits(tampered, ours), old: fits(body, old),
    theirs: stripe.webhooks.generateTestHeaderString({ payload: body, secret }),
}));";

/// None where the library is not installed.
fn library(asked: &Value) -> Option<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(FOLDER);
    if !folder.join("stripe").is_dir() {
        eprintln!("SKIPPED: Stripe's library is missing, so no signature was compared with its own. {INSTALL}");
        return None;
    }
    let mut node = Command::new("node")
        .args(["-e", SCRIPT])
        .env("NODE_PATH", folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node is missing: apt-get install nodejs");
    node.stdin.take().expect("its input").write_all(asked.to_string().as_bytes()).expect("it reads");
    let output = node.wait_with_output().expect("its answer");
    Some(serde_json::from_slice(&output.stdout).expect("JSON"))
}

#[test]
fn stripes_own_library_believes_our_signatures_and_we_believe_its() {
    let now = Clock::default().now();
    let body = super::notice("evt_1", "checkout.session.completed", &json!({"id": "cs_1", "note": "Zoë, 10 €"}));
    let text = String::from_utf8(body.clone()).expect("UTF-8");
    let sign = |at| notices::sign(SECRET.as_bytes(), &body, at);
    let asked = json!({
        "secret": SECRET, "body": text, "tampered": format!("{text} "), "ours": sign(now),
        "old": sign(now - clock::minutes(6)),
    });
    let Some(said) = library(&asked) else { return };
    assert_eq!(said["ours"], "evt_1");
    assert_eq!(said["tampered"], "StripeSignatureVerificationError");
    assert_eq!(said["old"], "StripeSignatureVerificationError");
    let theirs = said["theirs"].as_str().expect("a header");
    assert!(notices::signed(SECRET.as_bytes(), theirs, &body, now));
    assert!(!notices::signed(SECRET.as_bytes(), theirs, format!("{text} ").as_bytes(), now));
    assert!(!notices::signed(b"whsec_else", theirs, &body, now));
}
