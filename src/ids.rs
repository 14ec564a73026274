//! Names for things: typed ids, secrets, hashes of secrets. The only source of chance.
use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use rand::RngCore;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};
use sqlx::{Database, Decode, Encode, Type};
use uuid::Uuid;

/// The id of a `T`: a UUID of version 7 (RFC 9562), so newer ids sort behind older ones. Stored as text.
pub struct Id<T> {
    uuid: Uuid,
    of: PhantomData<fn() -> T>,
}

impl<T> Id<T> {
    /// A new id, never given before.
    #[expect(clippy::new_without_default, reason = "each is another one")]
    pub fn new() -> Self {
        Self::from(Uuid::now_v7())
    }
}

impl<T> From<Uuid> for Id<T> {
    fn from(uuid: Uuid) -> Self {
        Self { uuid, of: PhantomData }
    }
}
impl<T> FromStr for Id<T> {
    type Err = uuid::Error;
    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        Uuid::try_parse(text).map(Self::from)
    }
}
impl<T> fmt::Display for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.uuid.hyphenated().fmt(f)
    }
}
impl<T> fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Id<T> {}
impl<T> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        self.uuid == other.uuid
    }
}
impl<T> Eq for Id<T> {}
impl<T> PartialOrd for Id<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<T> Ord for Id<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.uuid.cmp(&other.uuid)
    }
}
impl<T> std::hash::Hash for Id<T> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.uuid.hash(state);
    }
}
impl<T> Serialize for Id<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<'de, T> Deserialize<'de> for Id<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
impl<T, DB: Database> Type<DB> for Id<T>
where
    String: Type<DB>,
{
    fn type_info() -> DB::TypeInfo {
        String::type_info()
    }
    fn compatible(info: &DB::TypeInfo) -> bool {
        String::compatible(info)
    }
}
impl<'q, T, DB: Database> Encode<'q, DB> for Id<T>
where
    String: Encode<'q, DB>,
{
    fn encode_by_ref(
        &self,
        buffer: &mut <DB as Database>::ArgumentBuffer,
    ) -> Result<sqlx::encode::IsNull, sqlx::error::BoxDynError> {
        self.to_string().encode(buffer)
    }
}
impl<'r, T, DB: Database> Decode<'r, DB> for Id<T>
where
    &'r str: Decode<'r, DB>,
{
    fn decode(value: <DB as Database>::ValueRef<'r>) -> Result<Self, sqlx::error::BoxDynError> {
        Ok(<&str>::decode(value)?.parse()?)
    }
}

/// So many random bytes.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::rng().fill_bytes(&mut bytes);
    bytes
}

/// A secret of 192 random bits for links, tokens and forms, safe in a URL.
pub fn secret() -> String {
    BASE64_URL_SAFE_NO_PAD.encode(random::<24>())
}

/// A ticket's code: 60 random bits as twelve letters that cannot be mistaken for each other
/// (Crockford's base 32), in groups of four: `7Q4M-K2XD-91VN`.
pub fn ticket_code() -> String {
    letters(12)
}

/// A code of 40 random bits in the same letters: `7Q4M-K2XD`. So few only where tries are counted and hashing is slow.
pub fn recovery_code() -> String {
    letters(8)
}

/// At most twelve letters, in groups of four.
fn letters(many: usize) -> String {
    const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let mut bits = rand::rng().next_u64();
    let mut code = String::with_capacity(14);
    for place in 0..many {
        if place % 4 == 0 && place > 0 {
            code.push('-');
        }
        code.push(char::from(LETTERS[(bits & 31) as usize]));
        bits >>= 5;
    }
    code
}

/// A code as somebody typed or scanned it, in the form of [`ticket_code`]; `None` if it cannot be one.
/// Takes a ticket's address too, case and separators do not matter, O is 0, I and L are 1.
pub fn read_ticket_code(typed: &str) -> Option<String> {
    let typed = typed.trim().trim_end_matches('/');
    read_letters(typed.rsplit('/').next().unwrap_or(typed), 12)
}

/// The same for [`recovery_code`].
pub fn read_recovery_code(typed: &str) -> Option<String> {
    read_letters(typed, 8)
}

fn read_letters(typed: &str, many: usize) -> Option<String> {
    let letters: Vec<char> = typed
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '–' | '_' | '.'))
        .map(|c| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            c => c,
        })
        .collect();
    let right =
        letters.len() == many && letters.iter().all(|c| c.is_ascii_digit() || (c.is_ascii_uppercase() && *c != 'U'));
    right.then(|| letters.chunks(4).map(String::from_iter).collect::<Vec<_>>().join("-"))
}

/// How secrets stand in the database: who reads it cannot use them. They are long and random, so one
/// round of SHA-256 without salt is enough.
pub fn hash(secret: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(secret.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_however_it_was_typed() {
        let code = ticket_code();
        let sloppy = code.to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l");
        assert_eq!(read_ticket_code(&sloppy).as_deref(), Some(code.as_str()));
        assert_eq!(read_ticket_code(&format!("https://example.org/t/{code}/")).as_deref(), Some(code.as_str()));
        let code = recovery_code();
        assert_eq!(read_recovery_code(&code.to_lowercase().replace('-', "")).as_deref(), Some(code.as_str()));
        assert_eq!(read_recovery_code("123456"), None);
        assert_eq!(read_ticket_code("hello"), None);
        assert_eq!(read_ticket_code("ÄÄÄÄ-ÄÄÄÄ-ÄÄÄÄ"), None);
    }

    #[test]
    fn newer_ids_sort_behind_older_ones() {
        let (a, b) = (Id::<()>::new(), Id::<()>::new());
        assert!(a < b && a.to_string() < b.to_string());
    }
}
