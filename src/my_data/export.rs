//! A copy of everything that is kept of a member, as a ZIP of JSON files and pictures. It is written while it is read:
//! a page of rows at a time, whatever there is of them.
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use serde_json::{Value, json};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use zip::write::{SimpleFileOptions, StreamWriter, ZipWriter};

use super::rows::Row;
use super::store::{self, Of};
use crate::app::App;
use crate::members::Member;

/// Where the archive writes, and from where it is taken on its way.
#[derive(Clone, Default)]
struct Pipe(Arc<Mutex<Vec<u8>>>);

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Pipe {
    fn take(&self) -> Bytes {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner)).into()
    }
}

struct Archive {
    zip: ZipWriter<StreamWriter<Pipe>>,
    pipe: Pipe,
    send: Sender<io::Result<Bytes>>,
}

/// The archive, part by part. Whoever stops reading ends the work.
pub fn archive(app: &App, member: Arc<Member>) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static + use<> {
    let (send, receive) = channel(2);
    let app = app.clone();
    tokio::spawn(async move {
        let pipe = Pipe::default();
        let archive = Archive { zip: ZipWriter::new_stream(pipe.clone()), pipe, send: send.clone() };
        if let Err(error) = archive.write(&app, &member).await {
            tracing::warn!(member = %member.id, error = format!("{error:#}"), "a copy of somebody's data ended early");
            // So that the copy is seen to be cut short.
            send.send(Err(io::Error::other("the copy ended early"))).await.ok();
        }
    });
    // Whoever compresses it asks once more behind its end.
    futures_util::stream::unfold(receive, |mut receive: Receiver<_>| async move {
        receive.recv().await.map(|part| (part, receive))
    })
    .fuse()
}

/// One file of rows: asked for page by page, each behind the last row of the one before.
macro_rules! rows {
    ($archive:ident, $app:ident, $member:ident: $($name:literal = $page:path),+ $(,)?) => { $(
        $archive.begin($name)?;
        let mut behind = String::new();
        let mut first = true;
        loop {
            let rows = $page(&$app.db, Of { member: $member, behind: &behind }).await?;
            for row in &rows {
                $archive.line(row, &mut first)?;
            }
            $archive.pass_on().await?;
            match rows.last() {
                Some(last) if i64::try_from(rows.len()).is_ok_and(|n| n == store::PAGE) => behind = last.id().to_owned(),
                _ => break,
            }
        }
        $archive.end(first)?;
    )+ };
}

impl Archive {
    async fn write(mut self, app: &App, member: &Member) -> anyhow::Result<()> {
        self.file("profile.json", &serde_json::to_vec_pretty(&profile(member))?)?;
        rows!(self, app, member:
            "identities.json" = store::identities,
            "passkeys.json" = store::passkeys,
            "sessions.json" = store::sessions,
            "tokens.json" = store::tokens,
            "devices.json" = store::devices,
            "calendar-address.json" = store::calendar,
            "wanted-addresses.json" = store::wanted_addresses,
            "events.json" = store::events,
            "orders.json" = store::orders,
            "tickets.json" = store::tickets,
            "tickets-from-others.json" = store::given,
            "payments.json" = store::payments,
            "refunds.json" = store::refunds,
            "receipts.json" = store::receipts,
            "credits.json" = store::credits,
            "subscriptions.json" = store::subscriptions,
            "plan-bills.json" = store::plan_bills,
            "waiting-lists.json" = store::parties,
            "answers.json" = store::answers,
            "invitations.json" = store::invitations,
            "friends.json" = store::friends,
            "team-invitations.json" = store::team_invitations,
            "letters.json" = store::letters,
            "stopped-mails.json" = store::stopped,
            "reports.json" = store::reports,
        );
        self.facts(app, member).await?;
        self.pictures(app, member).await?;
        self.zip.finish()?;
        self.send.send(Ok(self.pipe.take())).await.ok();
        Ok(())
    }

    fn begin(&mut self, name: &str) -> anyhow::Result<()> {
        self.zip.start_file(name, SimpleFileOptions::default())?;
        Ok(self.zip.write_all(b"[")?)
    }
    fn line(&mut self, row: &impl serde::Serialize, first: &mut bool) -> anyhow::Result<()> {
        self.zip.write_all(if std::mem::take(first) { b"\n" } else { b",\n" })?;
        Ok(serde_json::to_writer(&mut self.zip, row)?)
    }
    fn end(&mut self, empty: bool) -> anyhow::Result<()> {
        Ok(self.zip.write_all(if empty { b"]\n" } else { b"\n]\n" })?)
    }
    fn file(&mut self, name: &str, bytes: &[u8]) -> anyhow::Result<()> {
        self.zip.start_file(name, SimpleFileOptions::default())?;
        Ok(self.zip.write_all(bytes)?)
    }
    /// Hands on what is written so far, and waits until somebody takes it.
    async fn pass_on(&mut self) -> anyhow::Result<()> {
        let part = self.pipe.take();
        if !part.is_empty() {
            self.send.send(Ok(part)).await.map_err(|_| anyhow::anyhow!("nobody reads it any more"))?;
        }
        Ok(())
    }

    /// What happened to the account.
    async fn facts(&mut self, app: &App, member: &Member) -> anyhow::Result<()> {
        self.begin("account-history.json")?;
        let (mut first, mut behind) = (true, 0);
        loop {
            let facts = store::facts(&app.db, &member.stream(), behind).await?;
            for fact in &facts {
                self.line(fact, &mut first)?;
            }
            self.pass_on().await?;
            match facts.last() {
                Some(last) => behind = last.version,
                None => break,
            }
        }
        self.end(first)
    }

    /// Their own picture, and those of their events.
    async fn pictures(&mut self, app: &App, member: &Member) -> anyhow::Result<()> {
        let mut files: Vec<(String, String)> = Vec::new();
        if let Some(picture) = &member.shown.avatar {
            files.push(("picture.webp".to_owned(), format!("avatars/{picture}-320.webp")));
        }
        for (slug, key) in store::covers(&app.db, member.id).await? {
            files.push((format!("events/{slug}.jpg"), format!("{key}-800.jpg")));
        }
        for (name, key) in files {
            // One that was exchanged in this moment is not there any more.
            if let Some(bytes) = app.files.get(&key).await? {
                self.file(&name, &bytes)?;
                self.pass_on().await?;
            }
        }
        Ok(())
    }
}

fn profile(member: &Member) -> Value {
    let at = |at: Option<crate::clock::Instant>| at.map(crate::clock::Instant::rfc3339);
    json!({
        "id": member.id.to_string(),
        "name": member.name,
        "email": member.email,
        "email_verified_at": at(member.email_verified_at),
        "handle": member.shown.handle,
        "bio": member.shown.bio,
        "zone": member.zone,
        "language": member.locale,
        "theme": member.theme,
        "admin": member.admin,
        "has_password": member.password.is_some(),
        "second_factor_since": at(member.second_factor_at),
        "passkeys_since": at(member.passkey_at),
        "created_at": member.created_at.rfc3339(),
        "last_seen_at": at(member.last_seen_at),
    })
}
