//! The file of a backup: a gzipped tar of rows and uploads, with a manifest at its end that says what must be in it.
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{BufReader, BufWriter, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::{Context, bail, ensure};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::tables::Table;

/// What this program writes and reads.
const FORMAT: u32 = 1;
const MANIFEST: &str = "manifest.json";

/// What is in a backup. It stands behind everything else, so a file that was cut short has none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    pub format: u32,
    /// The Marquee that made it.
    pub marquee: String,
    /// When its snapshot was taken: microseconds since 1970.
    pub taken_at: i64,
    pub migrations: Vec<i64>,
    /// In an order in which each stands behind those that it refers to.
    pub tables: Vec<Table>,
    /// Every other entry with the SHA-256 of its bytes.
    pub entries: BTreeMap<String, String>,
}

impl Manifest {
    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|table| table.rows).sum()
    }
    pub fn files(&self) -> usize {
        self.entries.keys().filter(|name| name.starts_with("files/")).count()
    }
}

pub struct Writer {
    tar: tar::Builder<GzEncoder<BufWriter<File>>>,
    entries: BTreeMap<String, String>,
}

impl Writer {
    /// Readable for its owner alone: it holds what people entrusted to the site.
    pub fn create(path: &Path) -> anyhow::Result<Self> {
        let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path);
        let file = file.with_context(|| format!("{} cannot be written", path.display()))?;
        let tar = tar::Builder::new(GzEncoder::new(BufWriter::new(file), Compression::fast()));
        Ok(Self { tar, entries: BTreeMap::new() })
    }

    pub fn add(&mut self, name: &str, bytes: &[u8]) -> anyhow::Result<()> {
        self.append(name, bytes)?;
        self.entries.insert(name.to_owned(), sum(bytes));
        Ok(())
    }

    /// Whether anything was added whose name begins so.
    pub fn has_some(&self, prefix: &str) -> bool {
        self.entries.range(prefix.to_owned()..).next().is_some_and(|(name, _)| name.starts_with(prefix))
    }

    fn append(&mut self, name: &str, bytes: &[u8]) -> anyhow::Result<()> {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o600);
        self.tar.append_data(&mut header, name, bytes).context("The backup cannot be written")
    }

    /// Writes the manifest, and returns once all of it is on the disk.
    pub fn finish(mut self, taken_at: i64, migrations: Vec<i64>, tables: Vec<Table>) -> anyhow::Result<()> {
        let entries = std::mem::take(&mut self.entries);
        let marquee = env!("CARGO_PKG_VERSION").to_owned();
        let manifest = Manifest { format: FORMAT, marquee, taken_at, migrations, tables, entries };
        self.append(MANIFEST, &serde_json::to_vec_pretty(&manifest)?)?;
        let written = self.tar.into_inner().and_then(GzEncoder::finish);
        let mut file = written.context("The backup cannot be written")?;
        file.flush().context("The backup cannot be written")?;
        file.get_ref().sync_all().context("The backup cannot be written to the disk")
    }
}

/// Reads a backup from its beginning to its end, with each entry but the manifest.
fn read(path: &Path, mut entry: impl FnMut(&str, Vec<u8>) -> anyhow::Result<()>) -> anyhow::Result<Manifest> {
    let file = File::open(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let mut tar = tar::Archive::new(GzDecoder::new(BufReader::new(file)));
    let mut manifest = None;
    for found in tar.entries()? {
        let mut found = found.context("It is damaged, or no backup")?;
        let name = found.path()?.to_string_lossy().into_owned();
        let mut bytes = Vec::new();
        found.read_to_end(&mut bytes).context("It is damaged, or was cut short")?;
        match manifest {
            Some(_) => bail!("something stands behind its manifest"),
            None if name == MANIFEST => manifest = Some(serde_json::from_slice(&bytes)?),
            None => entry(&name, bytes)?,
        }
    }
    // To the very end, where gzip's own check sum stands.
    std::io::copy(&mut tar.into_inner(), &mut std::io::sink()).context("It is damaged, or was cut short")?;
    manifest.context("It has no manifest: it is damaged, or was cut short")
}

/// Reads all of it once, and answers what is in it if that is what its manifest says.
pub fn verify(path: &Path) -> anyhow::Result<Manifest> {
    let mut found = BTreeMap::new();
    let manifest = read(path, |name, bytes| {
        ensure!(found.insert(name.to_owned(), sum(&bytes)).is_none(), "{name} is in it twice");
        Ok(())
    })?;
    ensure!(manifest.format == FORMAT, "its format is {}, and this Marquee reads format {FORMAT}", manifest.format);
    ensure!(found == manifest.entries, "its content is not what its manifest says");
    Ok(manifest)
}

/// Hands out the entries, in the order in which they were written.
pub fn entries(path: &Path) -> impl Iterator<Item = anyhow::Result<(String, Vec<u8>)>> {
    let (send, receive) = std::sync::mpsc::sync_channel(2);
    let path = path.to_owned();
    std::thread::spawn(move || {
        let outcome =
            read(&path, |name, bytes| send.send(Ok((name.to_owned(), bytes))).context("nobody reads any more"));
        if let Err(error) = outcome {
            send.send(Err(error)).ok();
        }
    });
    receive.into_iter()
}

fn sum(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
