//! A secret that waits for its first code. It travels sealed in the form and rests nowhere: what is not confirmed
//! changes nothing.
use totp_rs::Totp;

use super::totp;
use crate::app::App;
use crate::clock::{self, Instant};
use crate::error::Result;
use crate::ids;
use crate::members::Member;
use crate::web::{qr, sealing};

/// How long a code may take to come.
const LIVES: jiff::SignedDuration = clock::hours(1);
const OFFERED: &str = "second-factor-offer";
const BYTES: usize = 20;

pub struct Offer {
    pub(super) totp: Totp,
    /// For the form; opens for this member alone.
    pub sealed: String,
}

impl Offer {
    /// A new secret of 160 bits.
    pub fn new(app: &App, member: &Member, now: Instant) -> Result<Self> {
        let secret: [u8; BYTES] = ids::random();
        let bytes = [&now.micros().to_be_bytes()[..], &secret[..]].concat();
        let sealed = sealing::seal(app, OFFERED, &member.id.to_string(), &bytes)?;
        Self::with(app, member, &secret, sealed)
    }

    /// The one that was offered; `None` if it is not ours, not theirs or too old.
    pub fn of(app: &App, member: &Member, sealed: &str, now: Instant) -> Result<Option<Self>> {
        let Some(opened) = sealing::open(app, OFFERED, &member.id.to_string(), sealed) else { return Ok(None) };
        let Some((at, secret)) = opened.bytes.split_first_chunk::<8>() else { return Ok(None) };
        if Instant::from_micros(i64::from_be_bytes(*at)) + LIVES < now {
            return Ok(None);
        }
        Self::with(app, member, secret, sealed.to_owned()).map(Some)
    }

    fn with(app: &App, member: &Member, secret: &[u8], sealed: String) -> Result<Self> {
        // A colon would end the name in the address that the app reads.
        let plain = |text: &str| text.replace(':', " ");
        let named = totp(secret).with_issuer(Some(plain(app.site_name()))).with_account_name(plain(&member.email));
        Ok(Self { totp: named.build()?, sealed })
    }

    pub(super) fn secret(&self) -> &[u8] {
        self.totp.secret().as_bytes()
    }
    /// What the QR code says.
    pub fn url(&self) -> Result<String> {
        Ok(self.totp.to_url()?)
    }
    /// As the `d` of a path, and its width in modules.
    pub fn qr(&self) -> Result<(String, usize)> {
        Ok(qr::svg(&self.url()?)?)
    }
    /// The secret to type, in groups of four.
    pub fn text(&self) -> String {
        let letters: Vec<char> = self.totp.secret().to_base32().chars().collect();
        letters.chunks(4).map(String::from_iter).collect::<Vec<_>>().join(" ")
    }
}
