//! The settings of an S3-style storage for uploads.
use std::path::PathBuf;
use std::time::Duration;

use rustls::RootCertStore;
use url::Url;

use super::{Source, Wrong};
use crate::tls;

#[derive(Clone)]
pub struct S3 {
    pub bucket: String,
    pub access_key_id: String,
    pub secret_access_key: String,
    pub region: String,
    /// Without a slash at its end; none is Amazon's own.
    pub endpoint: Option<String>,
    /// Whether the bucket is named in the path, not in the host.
    pub path_style: bool,
    /// Without slashes at its ends; empty if there is none.
    pub prefix: String,
    /// How long one request may take.
    pub timeout: Duration,
    /// A PEM file of authorities that may vouch for the storage besides the public ones.
    pub ca_file: Option<PathBuf>,
}

impl S3 {
    /// None without a bucket.
    pub(super) fn read(source: &Source) -> Result<Option<Self>, Wrong> {
        let given = |name| source.given(name).map(str::to_owned);
        let Some(bucket) = given("S3_BUCKET") else {
            let others = ["S3_ENDPOINT", "S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY", "S3_PREFIX", "S3_CA_FILE"];
            return match others.into_iter().find(|&name| source.given(name).is_some()) {
                Some(name) => Err(Wrong(format!("{name} is set and S3_BUCKET is not. Set both, or neither."))),
                None => Ok(None),
            };
        };
        let needed = |name| given(name).ok_or_else(|| Wrong(format!("S3_BUCKET is set and {name} is not. Set both.")));
        let endpoint = given("S3_ENDPOINT").map(|endpoint| endpoint.trim_end_matches('/').to_owned());
        let s3 = Self {
            bucket,
            access_key_id: needed("S3_ACCESS_KEY_ID")?,
            secret_access_key: needed("S3_SECRET_ACCESS_KEY")?,
            region: source.text("S3_REGION"),
            path_style: yes_or_no(source, "S3_PATH_STYLE", endpoint.is_some())?,
            endpoint,
            prefix: source.text("S3_PREFIX").trim_matches('/').to_owned(),
            timeout: Duration::from_secs(source.parsed("S3_TIMEOUT_SECONDS", "10")?),
            ca_file: given("S3_CA_FILE").map(PathBuf::from),
        };
        s3.check(yes_or_no(source, "S3_ALLOW_HTTP", false)?)?;
        Ok(Some(s3))
    }

    /// Under which address its objects are: with the bucket in it where that belongs into the host.
    pub fn address(&self) -> Option<String> {
        let endpoint = self.endpoint.as_ref()?;
        match endpoint.split_once("://") {
            Some((scheme, host)) if !self.path_style => Some(format!("{scheme}://{}.{host}", self.bucket)),
            _ => Some(endpoint.clone()),
        }
    }

    /// Who may vouch for the storage besides the public authorities.
    pub fn authorities(&self) -> Result<RootCertStore, Wrong> {
        let Some(file) = &self.ca_file else { return Ok(RootCertStore::empty()) };
        let read = std::fs::read(file).map_err(|error| error.to_string()).and_then(|pem| tls::authorities(&pem));
        read.map_err(|error| {
            Wrong(format!(
                "S3_CA_FILE is {}, which cannot be used: {error}. Set it to a PEM file of the certificate authority, or leave it out.",
                file.display()
            ))
        })
    }

    /// Keys are never in a sentence: it may end up in a log.
    fn check(&self, allow_http: bool) -> Result<(), Wrong> {
        let wrong = |text: String| Err(Wrong(text));
        let plain = |text: &str, more: &[char]| {
            !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(&c))
        };
        if !(3..=63).contains(&self.bucket.len())
            || !plain(&self.bucket, &['-', '.', '_'])
            || !self.bucket.starts_with(|c: char| c.is_ascii_alphanumeric())
        {
            return wrong(format!("S3_BUCKET is “{}”, which is no name of a bucket.", self.bucket));
        }
        for (name, key) in
            [("S3_ACCESS_KEY_ID", &self.access_key_id), ("S3_SECRET_ACCESS_KEY", &self.secret_access_key)]
        {
            if !key.chars().all(|c| c.is_ascii_graphic()) || key.contains(',') {
                return wrong(format!("{name} has a character that no key has. Copy it again."));
            }
        }
        if !plain(&self.region, &['-']) {
            return wrong(format!("S3_REGION is “{}”. Set it to something like eu-central-1.", self.region));
        }
        let piece = |piece: &str| !piece.starts_with('.') && plain(piece, &['-', '_', '.']);
        if !self.prefix.is_empty() && !self.prefix.split('/').all(piece) {
            return wrong(format!("S3_PREFIX is “{}”. Set it to words like marquee/uploads.", self.prefix));
        }
        if !(1..=60).contains(&self.timeout.as_secs()) {
            return wrong("S3_TIMEOUT_SECONDS must be between 1 and 60.".to_owned());
        }
        if !self.path_style && self.bucket.contains('.') {
            return wrong("S3_BUCKET has a dot, so no certificate fits its host. Set S3_PATH_STYLE=yes.".to_owned());
        }
        self.endpoint.as_deref().map_or(Ok(()), |endpoint| address(endpoint, allow_http))
    }
}

/// Whether the storage may be there.
fn address(endpoint: &str, allow_http: bool) -> Result<(), Wrong> {
    let url = Url::parse(endpoint).ok().filter(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none()
    });
    let Some(url) = url else {
        // Not repeated: somebody may have written a password into it.
        return Err(Wrong("S3_ENDPOINT must be an address without a path, like https://s3.example.org.".to_owned()));
    };
    if url.scheme() == "https" || allow_http || super::is_safe(&url, true) {
        return Ok(());
    }
    Err(Wrong(
        "S3_ENDPOINT must be https, or on this machine: what people upload would travel in the clear. In a network that is yours alone, set S3_ALLOW_HTTP=yes.".to_owned(),
    ))
}

fn yes_or_no(source: &Source, name: &'static str, without: bool) -> Result<bool, Wrong> {
    match source.text(name).as_str() {
        "" => Ok(without),
        "yes" => Ok(true),
        "no" => Ok(false),
        other => Err(Wrong(format!("{name} is “{other}”. Set it to yes or no."))),
    }
}
