//! A storage that speaks TLS by an authority of its own.
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::files;

/// A storage in which there is nothing: its address.
fn empty() -> String {
    let pem: &[u8] = include_bytes!("storage.pem");
    let chain = CertificateDer::pem_slice_iter(pem).map(Result::unwrap).collect();
    let key = PrivateKeyDer::from_pem_slice(pem).unwrap();
    let ring = Arc::new(rustls::crypto::ring::default_provider());
    let versions = ServerConfig::builder_with_provider(ring).with_safe_default_protocol_versions().unwrap();
    let config = Arc::new(versions.with_no_client_auth().with_single_cert(chain, key).unwrap());
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
    url
}

#[tokio::test]
async fn a_storage_of_an_own_authority_is_spoken_to_once_that_is_trusted() {
    let url = empty();
    let authority = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/site/storage/authority.pem");
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
    settings.push(("S3_CA_FILE", authority));
    assert_eq!(files(&settings).get("covers/a.jpg").await.unwrap(), None);
}
