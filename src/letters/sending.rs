//! The way of a queued letter to its reader: its text is made, and handed to the mail server.
use futures_util::future::BoxFuture;

use super::{Content, Letter, Mail, Reader, store};
use crate::app::App;
use crate::clock::Instant;
use crate::db::{self, Tx};
use crate::forms::Email;
use crate::ids::Id;
use crate::jobs::{self, Job};
use crate::mail::Message;
use crate::unasked::{self, Address};

/// Makes one queued letter's text and hands it over. A failure is written down and thrown on, so that the job tries again.
pub async fn deliver(app: &App, id: Id<Mail>) -> anyhow::Result<()> {
    let Some(row) = store::by_id(&app.db, id).await?.filter(|row| row.state != "sent") else { return Ok(()) };
    let letter: Letter = serde_json::from_str(&row.letter)?;
    let outcome = send(app, id, letter, row.reader()).await;
    let now = app.clock.now();
    decide!(
        app.db,
        tx,
        match &outcome {
            Ok(Some(subject)) => store::done(tx, id, "sent", subject, now).await,
            Ok(None) => store::done(tx, id, "dropped", "", now).await,
            Err(error) => {
                let text: String = format!("{error:#}").chars().take(500).collect();
                store::failed(tx, id, &text).await
            }
        }
    )?;
    outcome.map(drop)
}

/// What its subject was, unless nobody wants it any more.
/// On the heap: it holds what any letter needs to be made.
fn send(app: &App, id: Id<Mail>, letter: Letter, to: Reader) -> BoxFuture<'_, anyhow::Result<Option<String>>> {
    Box::pin(async move {
        // Whose account is gone cannot be written to.
        if to.email.is_empty() {
            return Ok(None);
        }
        let stop = letter.unasked().zip(Email::parse(&to.email)).map(|(kind, email)| (Address::of(&email), kind));
        if let Some((address, kind)) = &stop
            && !unasked::wants(&app.db, address, *kind).await?
        {
            return Ok(None);
        }
        let Some(mut content) = letter.compose(app, &to).await? else { return Ok(None) };
        let stop = stop.as_ref().map(|(address, kind)| (address, *kind));
        let unsubscribe = unasked::below::add(app, stop, &mut content, to.locale)?;
        let Content { subject, text, html, files } = content;
        let message = Message {
            id: id.to_string(),
            from_name: app.site.ask(&app.db, app.clock.now()).await?.name.to_owned(),
            to_name: if letter.asks_a_stranger() { String::new() } else { to.name },
            to: to.email,
            subject: subject.clone(),
            text,
            html,
            files,
            at: app.clock.now().rfc3339(),
            unsubscribe,
        };
        app.mailer.send(&message).await?;
        Ok(Some(subject))
    })
}

/// Queues a mail once more, whatever became of it. False if there is none.
pub async fn resend(tx: &mut Tx, id: Id<Mail>, now: Instant) -> db::Result<bool> {
    let found = store::wait_again(tx, id).await?;
    if found {
        jobs::enqueue(tx, Job::SendMail { mail: id, many: false }, now).await?;
    }
    Ok(found)
}
