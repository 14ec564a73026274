//! A device that makes passkeys, as browsers hand on what it answers; it lies when a test asks it to.
use axum::http::header;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use marquee::ids;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::browser::Browser;

/// Present, verified, with a new key.
const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const NEW: u8 = 0x40;

pub struct Device {
    key: SigningKey,
    id: [u8; 16],
    /// For whom the key is, as the site told it.
    owner: String,
    /// The next signature's number.
    pub counter: u32,
    /// The page that asks, as the browser sees it.
    pub origin: String,
    /// The site that the key is for.
    pub site: String,
    /// Whether it makes sure who holds it.
    pub verifies: bool,
}

fn coded(bytes: impl AsRef<[u8]>) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

impl Device {
    pub fn new() -> Self {
        let key = SigningKey::from_slice(&ids::random::<32>()).unwrap();
        let (origin, site) = ("http://localhost:8080".to_owned(), "localhost".to_owned());
        Self { key, id: ids::random(), owner: String::new(), counter: 1, origin, site, verifies: true }
    }

    fn client_data(&self, kind: &str, options: &Value) -> String {
        let challenge = &options["publicKey"]["challenge"];
        json!({ "type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": false }).to_string()
    }

    fn authenticator_data(&mut self, more: u8) -> Vec<u8> {
        let verified = if self.verifies { VERIFIED } else { 0 };
        let mut data = Sha256::digest(self.site.as_bytes()).to_vec();
        data.push(PRESENT | verified | more);
        data.extend(self.counter.to_be_bytes());
        self.counter += 1;
        data
    }

    /// Makes its key for this site.
    pub fn makes(&mut self, options: &Value) -> Value {
        options["publicKey"]["user"]["id"].as_str().unwrap().clone_into(&mut self.owner);
        let mut data = self.authenticator_data(NEW);
        data.extend([0; 16]);
        data.extend([0, 16]);
        data.extend(self.id);
        data.extend(self.public_key());
        let client = self.client_data("webauthn.create", options);
        // {"fmt": "none", "attStmt": {}, "authData": bytes}
        let mut object = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58".to_vec();
        object.push(u8::try_from(data.len()).unwrap());
        object.extend(data);
        let response = json!({ "clientDataJSON": coded(client), "attestationObject": coded(object) });
        json!({ "id": coded(self.id), "rawId": coded(self.id), "type": "public-key", "response": response })
    }

    /// In COSE's form: {1: 2, 3: -7, -1: 1, -2: x, -3: y}.
    fn public_key(&self) -> Vec<u8> {
        let point = self.key.verifying_key().to_encoded_point(false);
        let mut key = b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20".to_vec();
        key.extend(point.x().unwrap());
        key.extend(b"\x22\x58\x20");
        key.extend(point.y().unwrap());
        key
    }

    /// Signs a challenge with its key.
    pub fn signs(&mut self, options: &Value) -> Value {
        let (data, client) = (self.authenticator_data(0), self.client_data("webauthn.get", options));
        let signed = [&data[..], &Sha256::digest(client.as_bytes())[..]].concat();
        let signature: Signature = self.key.sign(&signed);
        let response = json!({ "clientDataJSON": coded(client), "authenticatorData": coded(data),
            "signature": coded(signature.to_der()), "userHandle": self.owner });
        json!({ "id": coded(self.id), "rawId": coded(self.id), "type": "public-key", "response": response })
    }

    /// The same key under another owner's name.
    pub fn claims_to_be_of(&mut self, owner: &str) {
        self.owner = coded(uuid::Uuid::try_parse(owner).unwrap().as_bytes());
    }
}

impl Browser {
    /// Sends JSON as a script does.
    pub async fn sends(&mut self, path: &str, body: &Value) -> &mut Self {
        self.request("POST", path, Some("application/json"), body.to_string().into_bytes()).await
    }

    /// A challenge.
    pub async fn is_asked(&mut self, path: &str) -> Value {
        self.sends(&format!("{path}/challenge"), &json!({})).await.is(200);
        self.json()
    }

    /// Adds a passkey of this device, as the script of the page does.
    pub async fn adds(&mut self, device: &mut Device, name: &str) -> &mut Self {
        let asked = self.is_asked("/settings/passkeys").await;
        let body = json!({ "id": asked["id"], "name": name, "answer": device.makes(&asked) });
        self.sends("/settings/passkeys", &body).await
    }

    /// Presses the passkey's button on the page that signs in, or asks again.
    pub async fn uses(&mut self, device: &mut Device, path: &str, back: &str) -> &mut Self {
        let asked = self.is_asked(path).await;
        let body = json!({ "id": asked["id"], "back": back, "answer": device.signs(&asked) });
        self.sends(path, &body).await
    }

    /// Where the script is told to go.
    pub fn is_told(&self, path: &str) {
        self.is(200);
        assert_eq!(self.json()["see"], path);
        assert!(self.headers[header::CONTENT_TYPE].to_str().unwrap().starts_with("application/json"));
    }
}
