//! How the site speaks TLS to others: with ring, trusting the public authorities and besides them only whom a setting
//! names.
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

/// What clients of HTTP are made with. Nothing of the machine is asked: neither its authorities nor its environment.
pub fn public() -> anyhow::Result<ClientConfig> {
    trusting(&RootCertStore::empty())
}

/// The same for a service that these may vouch for, too.
pub fn trusting(more: &RootCertStore) -> anyhow::Result<ClientConfig> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    roots.extend(more.roots.iter().cloned());
    Ok(ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

/// The authorities of a PEM file, or why it names none.
pub fn authorities(pem: &[u8]) -> Result<RootCertStore, String> {
    let mut found = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|error| error.to_string())?;
        found.add(certificate).map_err(|_| "a certificate in it cannot be read".to_owned())?;
    }
    if found.is_empty() { Err("no certificate stands in it".to_owned()) } else { Ok(found) }
}
