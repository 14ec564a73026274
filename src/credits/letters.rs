//! What hosts are told by mail about the front page.
use super::facts::{ENDED, FeaturingFact};
use crate::app::App;
use crate::events::{self, Event};
use crate::forms::Message;
use crate::ids::Id;
use crate::journal;
use crate::letters::{Content, Plain, Reader};

/// An admin took the event off the front page: to those who run it, with the reason.
pub async fn off_the_front_page(app: &App, id: Id<Event>, to: &Reader) -> anyhow::Result<Option<Content>> {
    let Some(event) = events::store::by_id(&app.db, id).await? else { return Ok(None) };
    let mut tx = app.db.read().await?;
    let last = journal::before(&mut tx, i64::MAX, &event.stream(), ENDED, 1).await?.pop();
    tx.commit().await?;
    let Some(last) = last else { return Ok(None) };
    let FeaturingFact::FeaturingEnded { reason } = last.fact()?;
    let (site, title) = (app.site_name().to_owned(), event.title.clone());
    let letter = Plain {
        site: app.site_name(),
        base_url: &app.config.base_url,
        heading: Message::new(t!("Off the front page: {title}", title = title.clone())),
        sentences: vec![
            Message::new(t!("An admin of {site} has taken “{title}” off the front page.", site, title)),
            Message::new(t!("The reason: {reason}", reason)),
            Message::new(t!("The event goes on. Credits that were spent are not given back.")),
        ],
        button: Some((Message::new(t!("Look at the event")), app.config.url(&event.path()))),
        why: Message::new(t!("You receive this because you run this event.")),
    };
    letter.content(to.locale).map(Some)
}
