//! The settings of those who vouch for people who sign in: Google, Microsoft, GitHub.
use url::{Host, Url};

use super::{Source, Wrong};

words! {
    /// Who says who somebody is.
    pub enum Provider { Google = "google", Microsoft = "microsoft", GitHub = "github" }
}

impl Provider {
    /// As people call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Google => "Google",
            Self::Microsoft => "Microsoft",
            Self::GitHub => "GitHub",
        }
    }

    /// The names of its settings: client id, secret, address.
    const fn settings(self) -> [&'static str; 3] {
        match self {
            Self::Google => ["GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_SECRET", "GOOGLE_BASE_URL"],
            Self::Microsoft => ["MICROSOFT_CLIENT_ID", "MICROSOFT_CLIENT_SECRET", "MICROSOFT_BASE_URL"],
            Self::GitHub => ["GITHUB_CLIENT_ID", "GITHUB_CLIENT_SECRET", "GITHUB_BASE_URL"],
        }
    }
}

/// A provider by whom people can sign in here.
#[derive(Clone)]
pub struct WithProvider {
    pub provider: Provider,
    pub client_id: String,
    pub client_secret: String,
    /// Without a slash at its end.
    pub base_url: String,
    /// Where its API is, if that is elsewhere: GitHub's.
    pub api_url: String,
}

impl WithProvider {
    /// Those that are set up. Only a development site takes one that is spoken to without TLS.
    pub(super) fn all(source: &Source, development: bool) -> Result<Vec<Self>, Wrong> {
        let all = Provider::ALL.iter().map(|provider| Self::read(source, *provider, development));
        Ok(all.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
    }

    fn read(source: &Source, provider: Provider, development: bool) -> Result<Option<Self>, Wrong> {
        let [id, secret, base] = provider.settings();
        let base_url = address(source, base, development)?;
        let api_url = match provider {
            Provider::GitHub => address(source, "GITHUB_API_URL", development)?,
            Provider::Google | Provider::Microsoft => String::new(),
        };
        match (source.given(id), source.given(secret)) {
            (None, None) => Ok(None),
            (Some(client_id), Some(client_secret)) => {
                let (client_id, client_secret) = (client_id.to_owned(), client_secret.to_owned());
                Ok(Some(Self { provider, client_id, client_secret, base_url, api_url }))
            }
            (Some(_), None) => Err(Wrong(format!("{id} is set and {secret} is not. Set both, or neither."))),
            (None, Some(_)) => Err(Wrong(format!("{secret} is set and {id} is not. Set both, or neither."))),
        }
    }
}

fn address(source: &Source, name: &'static str, development: bool) -> Result<String, Wrong> {
    let text = source.text(name).trim_end_matches('/').to_owned();
    let url = Url::parse(&text).ok().filter(|url| url.query().is_none() && url.fragment().is_none());
    if url.is_some_and(|url| is_safe(&url, development)) {
        return Ok(text);
    }
    Err(Wrong(format!("{name} is “{text}”. Set it to an https address, or leave it out.")))
}

/// Whether codes and secrets may be sent there: by TLS, or on a development site to this machine.
pub fn is_safe(url: &Url, development: bool) -> bool {
    let here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    };
    url.scheme() == "https" || (development && here && url.scheme() == "http")
}
