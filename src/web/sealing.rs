//! What rests in the database and is of no use to whoever reads it there: sealed by XChaCha20-Poly1305 under the
//! site's key. The newest key seals, all open, so keys can be changed while the site runs.
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};

use super::signing::derived;
use crate::app::App;
use crate::ids;

const NONCE: usize = 24;

fn cipher(secret: &[u8], purpose: &str) -> anyhow::Result<XChaCha20Poly1305> {
    XChaCha20Poly1305::new_from_slice(&derived(secret, &format!("seal/{purpose}")))
        .map_err(|_| anyhow::anyhow!("no key to seal with"))
}

/// Seals bytes for one purpose and one subject: moved to another's row they do not open.
pub fn seal(app: &App, purpose: &str, subject: &str, bytes: &[u8]) -> anyhow::Result<String> {
    let nonce: [u8; NONCE] = ids::random();
    let payload = Payload { msg: bytes, aad: subject.as_bytes() };
    let sealed = cipher(app.key(), purpose)?
        .encrypt(&XNonce::from(nonce), payload)
        .map_err(|_| anyhow::anyhow!("could not be sealed"))?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode([&nonce[..], &sealed[..]].concat()))
}

/// What was sealed, and whether it was with the newest key.
pub struct Opened {
    pub bytes: Vec<u8>,
    pub newest: bool,
}

/// `None` when it was changed, moved, or sealed under a key that is no longer among ours.
pub fn open(app: &App, purpose: &str, subject: &str, sealed: &str) -> Option<Opened> {
    let all = BASE64_URL_SAFE_NO_PAD.decode(sealed).ok()?;
    let (nonce, sealed) = all.split_first_chunk::<NONCE>()?;
    app.keys.iter().enumerate().find_map(|(n, secret)| {
        let payload = Payload { msg: sealed, aad: subject.as_bytes() };
        let bytes = cipher(secret, purpose).ok()?.decrypt(&XNonce::from(*nonce), payload).ok()?;
        Some(Opened { bytes, newest: n == 0 })
    })
}
