//! What leaves the site and must come back unchanged carries a MAC (HMAC-SHA-256) under the site's key.
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::app::App;

fn mac(key: &[u8], purpose: &str, subject: &str) -> Option<Vec<u8>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(purpose.as_bytes());
    mac.update(&[0]);
    mac.update(subject.as_bytes());
    Some(mac.finalize().into_bytes()[..18].to_vec())
}

/// A key of 256 bits for one purpose, made of one of the site's.
pub fn derived(secret: &[u8], purpose: &str) -> Vec<u8> {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else { return Vec::new() };
    mac.update(purpose.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

/// A key of 144 bits that opens `subject` for `purpose` and nothing else.
pub fn key(app: &App, purpose: &str, subject: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(mac(app.key(), purpose, subject).unwrap_or_default())
}

/// Whether a key was made by us, under the current secret or one that is still believed. Takes the same time for all.
pub fn opens(app: &App, purpose: &str, subject: &str, key: &str) -> bool {
    let Ok(given) = BASE64_URL_SAFE_NO_PAD.decode(key) else { return false };
    let mut right = false;
    for secret in app.keys.iter() {
        right |= mac(secret, purpose, subject).is_some_and(|made| bool::from(made.ct_eq(&given)));
    }
    right
}
