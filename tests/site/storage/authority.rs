//! A storage that speaks TLS by an authority of its own.
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::files;

/// A storage in which there is nothing: its address, and the certificate of who vouches for it.
fn empty() -> (String, String) {
    let mut own = CertificateParams::new(Vec::new()).unwrap();
    own.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(own, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let of = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    let chain = vec![of.signed_by(&key, &authority).unwrap().der().clone()];
    let ring = Arc::new(rustls::crypto::ring::default_provider());
    let versions = ServerConfig::builder_with_provider(ring).with_safe_default_protocol_versions().unwrap();
    let key = PrivatePkcs8KeyDer::from(key.serialize_der());
    let config = Arc::new(versions.with_no_client_auth().with_single_cert(chain, key.into()).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        while let Ok((stream, _)) = listener.accept() {
            let mut tls = StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), stream);
            // Whoever does not trust it hangs up before they ask anything.
            if tls.read(&mut [0; 8192]).is_ok_and(|asked| asked > 0) {
                tls.write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").ok();
                tls.conn.send_close_notify();
                tls.flush().ok();
            }
        }
    });
    (url, authority.pem())
}

#[tokio::test]
async fn a_storage_of_an_own_authority_is_spoken_to_once_that_is_trusted() {
    let (url, certificate) = empty();
    let folder = tempfile::tempdir().unwrap();
    let authority = folder.path().join("authority.pem");
    std::fs::write(&authority, certificate).unwrap();
    let mut settings = vec![
        ("S3_BUCKET", "uploads"),
        ("S3_ENDPOINT", url.as_str()),
        ("S3_ACCESS_KEY_ID", super::KEY),
        ("S3_SECRET_ACCESS_KEY", super::SECRET),
        ("S3_TIMEOUT_SECONDS", "2"),
    ];
    let told = files(&settings).get("covers/a.jpg").await.unwrap_err();
    let told = format!("{told:#} {told:?}");
    assert!(told.contains("UnknownIssuer"), "{told}");
    settings.push(("S3_CA_FILE", authority.to_str().unwrap()));
    assert_eq!(files(&settings).get("covers/a.jpg").await.unwrap(), None);
}
