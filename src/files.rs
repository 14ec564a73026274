//! Where uploads lie: in a folder by default, in a bucket of an S3-style storage by setting. Everything here ends in
//! time, and whoever shows a picture can go on without it.
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use bytes::Bytes;
use futures_util::TryStreamExt;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::client::{HttpClient, HttpConnector};
use object_store::local::LocalFileSystem;
use object_store::path::Path as Key;
use object_store::prefix::PrefixStore;
use object_store::{BackoffConfig, ClientOptions, Error, ObjectStore, ObjectStoreExt, RetryConfig};
use tokio::time::timeout;

use crate::config::{Config, S3};
use crate::images::{self, ImageRefusal};

/// How long a page waits for a picture before it shows another in its place.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long a folder may take, which may be on a disk that is elsewhere.
const FOLDER: Duration = Duration::from_secs(60);
/// How often a request is sent again that the storage did not answer, or with a 5xx.
const RETRIES: usize = 2;

/// Cheap to clone.
#[derive(Clone)]
pub struct Files {
    store: Arc<dyn ObjectStore>,
    /// Which, for people who run the site.
    pub place: &'static str,
    /// How long one deed may take, with all its tries.
    bound: Duration,
    patience: Duration,
}

/// A picture that a page asks for.
#[derive(Debug, PartialEq, Eq)]
pub enum Picture {
    There(Bytes),
    Gone,
    /// Not now, or what lies there is no such picture: something else is shown in its place.
    Unreachable,
}

/// Lets the storage be asked by a client of ours, so that it speaks the same TLS as everything else.
#[derive(Debug)]
struct Client(reqwest::Client);

impl HttpConnector for Client {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.0.clone()))
    }
}

impl Files {
    /// Where the settings say.
    pub fn open(config: &Config) -> anyhow::Result<Self> {
        match &config.s3 {
            Some(s3) => Self::bucket(s3),
            None => Self::folder(&config.data_dir.join("files")),
        }
    }

    /// Files in a folder, which is made if need be.
    pub fn folder(path: &Path) -> anyhow::Result<Self> {
        std::fs::create_dir_all(path).with_context(|| format!("The folder {} cannot be made", path.display()))?;
        let store = Arc::new(LocalFileSystem::new_with_prefix(path)?);
        Ok(Self { store, place: "The folder for uploads", bound: FOLDER, patience: PATIENCE })
    }

    /// Files in a bucket. Nothing is asked of it yet: a site starts while its storage is down.
    pub fn bucket(s3: &S3) -> anyhow::Result<Self> {
        let store = store(s3)?;
        let store: Arc<dyn ObjectStore> = match s3.prefix.as_str() {
            "" => Arc::new(store),
            prefix => Arc::new(PrefixStore::new(store, Key::parse(prefix)?)),
        };
        let bound = s3.timeout * 3;
        Ok(Self { store, place: "The bucket for uploads", bound, patience: PATIENCE.min(s3.timeout) })
    }

    /// A key is words joined by `/`; what leads out of the folder is refused.
    fn key(key: &str) -> anyhow::Result<Key> {
        let plain = !key.is_empty()
            && key.split('/').all(|part| {
                !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
                    || part.contains('.')
                        && !part.starts_with('.')
                        && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
            });
        anyhow::ensure!(plain, "{key:?} is no key of a file");
        Ok(Key::parse(key)?)
    }

    /// Over what was there, if anything was. What fails leaves that as it was, or the whole of the new one.
    pub async fn put(&self, key: &str, bytes: impl Into<Bytes>) -> anyhow::Result<()> {
        let (key, bytes): (Key, Bytes) = (Self::key(key)?, bytes.into());
        timeout(self.bound, self.store.put(&key, bytes.into())).await.context(SLOW)??;
        Ok(())
    }

    /// Keeps the sizes of a picture that somebody uploads, or says why not.
    pub async fn keep<const N: usize>(&self, made: [(String, Vec<u8>); N]) -> Result<(), ImageRefusal> {
        for (key, bytes) in made {
            if let Err(error) = self.put(&key, bytes).await {
                tracing::error!(error = format!("{error:#}"), "an upload cannot be stored");
                return Err(ImageRefusal::NotKept);
            }
        }
        Ok(())
    }

    /// `None` if there is none.
    pub async fn get(&self, key: &str) -> anyhow::Result<Option<Bytes>> {
        let key = Self::key(key)?;
        let read = async {
            match self.store.get(&key).await {
                Ok(found) => found.bytes().await.map(Some),
                Err(Error::NotFound { .. }) => Ok(None),
                Err(error) => Err(error),
            }
        };
        Ok(timeout(self.bound, read).await.context(SLOW)??)
    }

    /// A picture of this kind, as a page asks for it: soon, or not at all.
    pub async fn picture(&self, key: &str, kind: &str) -> Picture {
        let error = match timeout(self.patience, self.get(key)).await {
            Ok(Ok(Some(bytes))) if images::kind(&bytes) == Some(kind) => return Picture::There(bytes),
            Ok(Ok(None)) => return Picture::Gone,
            Ok(Ok(Some(_))) => "it is no such picture".to_owned(),
            Ok(Err(error)) => format!("{error:#}"),
            Err(_) => SLOW.to_owned(),
        };
        tracing::warn!(key, error, "a picture cannot be shown");
        Picture::Unreachable
    }

    /// The keys of all there are.
    pub async fn list(&self) -> anyhow::Result<Vec<String>> {
        let mut found = self.store.list(None);
        let mut keys = Vec::new();
        // As many as there are take their time; each page of them has its bound.
        while let Some(file) = timeout(self.bound, found.try_next()).await.context(SLOW)?? {
            keys.push(file.location.to_string());
        }
        Ok(keys)
    }

    /// Harmless when there is none.
    pub async fn delete(&self, key: &str) -> anyhow::Result<()> {
        let key = Self::key(key)?;
        match timeout(self.bound, self.store.delete(&key)).await.context(SLOW)? {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

const SLOW: &str = "The storage does not answer in time";

fn store(s3: &S3) -> anyhow::Result<AmazonS3> {
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured(crate::tls::trusting(&s3.authorities()?)?)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .connect_timeout(s3.timeout.min(Duration::from_secs(5)))
        .timeout(s3.timeout)
        .user_agent(concat!("marquee/", env!("CARGO_PKG_VERSION")))
        .build()?;
    let backoff =
        BackoffConfig { init_backoff: Duration::from_millis(50), max_backoff: Duration::from_secs(1), base: 2.0 };
    let retry = RetryConfig { backoff, max_retries: RETRIES, retry_timeout: s3.timeout * 2 };
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(&s3.bucket)
        .with_region(&s3.region)
        .with_access_key_id(&s3.access_key_id)
        .with_secret_access_key(&s3.secret_access_key)
        .with_virtual_hosted_style_request(!s3.path_style)
        // Not every storage deletes many at once, and we delete few.
        .with_disable_bulk_delete(true)
        .with_retry(retry)
        .with_http_connector(Client(client));
    if let Some(address) = s3.address() {
        builder = builder.with_endpoint(address);
    }
    Ok(builder.build()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_was_put_is_there_until_it_is_deleted() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::folder(folder.path()).unwrap();
        files.put("covers/a.jpg", vec![1, 2]).await.unwrap();
        assert_eq!(files.get("covers/a.jpg").await.unwrap().as_deref(), Some(&[1, 2][..]));
        files.delete("covers/a.jpg").await.unwrap();
        files.delete("covers/a.jpg").await.unwrap();
        assert_eq!(files.get("covers/a.jpg").await.unwrap(), None);
    }

    #[tokio::test]
    async fn no_key_leads_out_of_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::folder(&folder.path().join("inner")).unwrap();
        for key in ["../x", "/x", "a/../../x", "", "a//b", "..", "a/.x", "a\\b", "a\0b"] {
            assert!(files.put(key, vec![1]).await.is_err(), "{key:?}");
        }
    }
}
