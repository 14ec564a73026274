//! What somebody with a ticket is reminded of.
use super::{Ahead, is_due};
use crate::app::App;
use crate::clock::Instant;
use crate::forms::Message as Sentence;
use crate::ids::Id;
use crate::letters::{Content, Reader};
use crate::orders::letters::{About, when, where_lines};
use crate::orders::{Order, OrderState};

/// `None` where it is another day by now, or cancelled, or the ticket was given back.
pub async fn reminder(
    app: &App,
    order: Id<Order>,
    (ahead, starts_at): (Ahead, Instant),
    to: &Reader,
) -> anyhow::Result<Option<Content>> {
    let Some(about) = About::order(app, order, OrderState::Confirmed).await? else { return Ok(None) };
    if !is_due(&about.event, starts_at, app.clock.now()) {
        return Ok(None);
    }
    let heading = match ahead {
        Ahead::Day => Sentence::new(t!("A reminder: {title}", title = about.title())),
        Ahead::Hours => Sentence::new(t!("It begins soon: {title}", title = about.title())),
    };
    let mut sentences = vec![Sentence::new(when(&about.event))];
    let lines = where_lines(&about.place(app)).join(", ");
    if !lines.is_empty() {
        sentences.push(Sentence::new(lines));
    }
    let mut letter = about.plain(app, heading, sentences);
    if about.is_buyer(to) {
        letter
            .sentences
            .push(Sentence::new(t!("If you cannot come, give your places back: others may wait for them.")));
        letter.button = Some((Sentence::new(t!("See your tickets")), about.url(app)));
    } else {
        // The order's own page is not for them.
        let Some(ticket) = about.ticket_of(to) else { return Ok(None) };
        letter.button = Some((Sentence::new(t!("See your ticket")), ticket.url(app)));
        letter.why = about.why_companion();
    }
    letter.content(to.locale).map(Some)
}
