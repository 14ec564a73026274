//! Where uploads lie: a folder by default, behind the interface that other stores share.
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use bytes::Bytes;
use futures_util::TryStreamExt;
use object_store::local::LocalFileSystem;
use object_store::path::Path as Key;
use object_store::{Error, ObjectStore, ObjectStoreExt};

/// Cheap to clone.
#[derive(Clone)]
pub struct Files {
    store: Arc<dyn ObjectStore>,
}

impl Files {
    /// Files in a folder, which is made if need be.
    pub fn folder(path: &Path) -> anyhow::Result<Self> {
        std::fs::create_dir_all(path).with_context(|| format!("The folder {} cannot be made", path.display()))?;
        Ok(Self { store: Arc::new(LocalFileSystem::new_with_prefix(path)?) })
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

    pub async fn put(&self, key: &str, bytes: impl Into<Bytes>) -> anyhow::Result<()> {
        self.store.put(&Self::key(key)?, bytes.into().into()).await?;
        Ok(())
    }

    /// `None` if there is none.
    pub async fn get(&self, key: &str) -> anyhow::Result<Option<Bytes>> {
        match self.store.get(&Self::key(key)?).await {
            Ok(found) => Ok(Some(found.bytes().await?)),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The keys of all there are.
    pub async fn list(&self) -> anyhow::Result<Vec<String>> {
        let found: Vec<_> = self.store.list(None).try_collect().await?;
        Ok(found.into_iter().map(|file| file.location.to_string()).collect())
    }

    /// Harmless when there is none.
    pub async fn delete(&self, key: &str) -> anyhow::Result<()> {
        match self.store.delete(&Self::key(key)?).await {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
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
