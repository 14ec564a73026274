//! How the site speaks TLS to others: with ring, and trusting the public authorities alone.
use std::sync::Arc;

/// What clients of HTTP are made with. Nothing of the machine is asked: neither its authorities nor its environment.
pub fn public() -> anyhow::Result<rustls::ClientConfig> {
    let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    Ok(rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth())
}
