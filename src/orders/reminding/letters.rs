//! What somebody who comes is reminded of.
use super::{Ahead, is_due};
use crate::app::App;
use crate::clock::Instant;
use crate::forms::Message as Sentence;
use crate::ids::Id;
use crate::letters::{Content, Reader};
use crate::orders::Order;
use crate::orders::letters::{About, zone_elsewhere};

/// `None` where it is another day by now, or cancelled, or the ticket was given back.
pub async fn reminder(
    app: &App,
    order: Id<Order>,
    (ahead, starts_at): (Ahead, Instant),
    to: &Reader,
) -> anyhow::Result<Option<Content>> {
    let Some(about) = About::coming(app, order).await? else { return Ok(None) };
    if !is_due(&about.event, starts_at, app.clock.now()) {
        return Ok(None);
    }
    let heading = match ahead {
        Ahead::Day => Sentence::new(t!("A reminder: {title}", title = about.title())),
        Ahead::Hours => Sentence::new(t!("It begins soon: {title}", title = about.title())),
    };
    let mut sentences = about.when_and_where(app, to, zone_elsewhere(app, &about.event));
    if about.is_buyer(to) {
        sentences.extend(about.still_to_pay(app).await?);
        sentences.push(Sentence::new(t!("If you cannot come, give your places back: others may wait for them.")));
    }
    let mut letter = about.plain(app, heading, sentences);
    if !about.lead_to_tickets(app, &mut letter, to) {
        return Ok(None);
    }
    letter.content(to.locale).map(Some)
}
