//! What those who wait are told by mail.
use super::{Party, PartyState, position, store};
use crate::app::App;
use crate::events::{self, Event};
use crate::forms::Message as Sentence;
use crate::i18n::{Day, Exact, Time};
use crate::ids::Id;
use crate::letters::{Content, Plain, Reader};
use crate::orders::repricing::offered::{self, Choosable};
use crate::orders::{self, Order, letters::when};

/// A party and its event; `None` when it is not, or no longer, in that state: then there is nothing to tell.
async fn about(app: &App, id: Id<Party>, state: PartyState) -> anyhow::Result<Option<(Party, Event)>> {
    let Some(party) = store::by_id(&app.db, id).await?.filter(|party| party.state == state) else { return Ok(None) };
    let event = events::store::by_id(&app.db, party.event_id).await?;
    Ok(event.map(|event| (party, event)))
}

fn plain(app: &App, heading: Sentence, sentences: Vec<Sentence>, button: Option<(Sentence, String)>) -> Plain<'_> {
    let why = Sentence::new(t!("You receive this because a waiting list was joined with this address."));
    Plain { site: app.site_name(), base_url: &app.config.base_url, heading, sentences, button, why }
}

/// The link by which a guest joins. Says no name: whoever typed the address may have typed anything as one.
pub async fn confirm_waiting(app: &App, id: Id<Party>, to: &Reader) -> anyhow::Result<Option<Content>> {
    let Some((party, event)) = about(app, id, PartyState::Asked).await? else { return Ok(None) };
    let heading = Sentence::new(t!("Join the waiting list: {title}", title = event.title.clone()));
    let sentences = vec![
        Sentence::new(tn!(
            "Somebody, probably you, wants to wait for 1 place at “{title}”, {when}.",
            "Somebody, probably you, wants to wait for {n} places at “{title}”, {when}.",
            party.places,
            title = event.title.clone(),
            when = when(&event)
        )),
        Sentence::new(t!("You stand on the list once you confirm it, within a day. If it was not you, do nothing.")),
    ];
    let url = app.config.url(&party.confirm_path(app));
    let button = Some((Sentence::new(t!("Join the waiting list")), url));
    plain(app, heading, sentences, button).content(to.locale).map(Some)
}

/// They are on the list: where they stand, and the way off it.
pub async fn on_the_list(app: &App, id: Id<Party>, to: &Reader) -> anyhow::Result<Option<Content>> {
    let Some((party, event)) = about(app, id, PartyState::Waiting).await? else { return Ok(None) };
    let number = position(&app.db, &event, &party).await?;
    let heading = Sentence::new(t!("You are on the waiting list: {title}", title = event.title.clone()));
    let sentences = vec![
        Sentence::new(tn!(
            "You wait for 1 place at “{title}”, {when}. You are number {number} on the list.",
            "You wait for {n} places at “{title}”, {when}. You are number {number} on the list.",
            party.places,
            title = event.title.clone(),
            when = when(&event),
            number
        )),
        Sentence::new(t!("Places that are given back go to the list in order. We write to you when it is your turn.")),
        Sentence::new(t!("If you cannot come any more, leave the list there.")),
    ];
    let url = app.config.url(&party.secret_path(app, &event));
    let button = Some((Sentence::new(t!("See where you stand")), url));
    plain(app, heading, sentences, button).content(to.locale).map(Some)
}

/// It is their turn: places are held until then.
pub async fn place_offered(app: &App, id: Id<Party>, to: &Reader) -> anyhow::Result<Option<Content>> {
    let Some((party, event)) = about(app, id, PartyState::Offered).await? else { return Ok(None) };
    let Some(order) = party.order_id else { return Ok(None) };
    let Some(order) = orders::store::by_id(&app.db, order).await?.filter(Order::is_held) else { return Ok(None) };
    let Some(until) = order.held_until.filter(|until| *until > app.clock.now()) else { return Ok(None) };
    let until = until.in_zone(&event.time_zone());
    let heading = Sentence::new(t!("It is your turn: {title}", title = event.title.clone()));
    let tickets = orders::store::tickets(&app.db, order.id).await?;
    let sentences = vec![
        held(&event, &order, offered::choosable(app, &order, &tickets).await?),
        Sentence::new(t!(
            "Pay until {day}, {time} ({zone}). Without it the places go to the next on the list.",
            day = Day(until.date()),
            time = Time(until.time()),
            zone = event.zone.clone()
        )),
    ];
    let button = Some((Sentence::new(t!("See your offer")), app.config.url(&order.secret_path(app))));
    plain(app, heading, sentences, button).content(to.locale).map(Some)
}

/// What is held for them, and what it costs or how little is enough.
fn held(event: &Event, order: &Order, choosable: Option<Choosable>) -> Sentence {
    let (title, when) = (event.title.clone(), when(event));
    match choosable {
        Some(Choosable { least, .. }) => Sentence::new(tn!(
            "1 place at “{title}”, {when}, is held for you. You choose what you give for it: {amount} or more.",
            "{n} places at “{title}”, {when}, are held for you. You choose what you give for each: {amount} or more.",
            order.places,
            title,
            when,
            amount = Exact(least)
        )),
        None => Sentence::new(tn!(
            "1 place at “{title}”, {when}, is held for you. It costs {amount}.",
            "{n} places at “{title}”, {when}, are held for you. They cost {amount}.",
            order.places,
            title,
            when,
            amount = Exact(order.money())
        )),
    }
}

/// They did not use their offer.
pub async fn offer_ended(app: &App, id: Id<Party>, to: &Reader) -> anyhow::Result<Option<Content>> {
    let Some((_, event)) = about(app, id, PartyState::Passed).await? else { return Ok(None) };
    let heading = Sentence::new(t!("Your offer has ended: {title}", title = event.title.clone()));
    let sentences = vec![
        Sentence::new(t!("The time to pay is over, and the places went to the next on the list. Nothing was charged.")),
        Sentence::new(t!("If you still want to come, join the list again.")),
    ];
    let button = Some((Sentence::new(t!("To the waiting list")), app.config.url(&super::path(&event))));
    plain(app, heading, sentences, button).content(to.locale).map(Some)
}

/// The event is cancelled, so there is nothing to wait for; or they are not among those who may come any more.
pub async fn waiting_closed(app: &App, id: Id<Party>, to: &Reader) -> anyhow::Result<Option<Content>> {
    let Some(party) = store::by_id(&app.db, id).await? else { return Ok(None) };
    let Some((_, event)) = about(app, id, party.state).await? else { return Ok(None) };
    if party.is_live() {
        return Ok(None);
    }
    if !event.is_cancelled() {
        return not_welcome(app, &event).content(to.locale).map(Some);
    }
    let heading = Sentence::new(t!("Cancelled: {title}", title = event.title.clone()));
    let mut sentences = vec![Sentence::new(t!(
        "“{title}”, {when}, does not take place.",
        title = event.title.clone(),
        when = when(&event)
    ))];
    if let Some(reason) = event.cancelled_why.clone().filter(|why| !why.is_empty()) {
        sentences.push(Sentence::new(t!("The host says: {reason}", reason)));
    }
    plain(app, heading, sentences, None).content(to.locale).map(Some)
}

fn not_welcome<'a>(app: &'a App, event: &Event) -> Plain<'a> {
    let heading = Sentence::new(t!("You are off the waiting list: {title}", title = event.title.clone()));
    let sentences = vec![
        Sentence::new(t!(
            "Only those who are invited can come to “{title}”, {when}, and your address is not among them any more. So you do not wait for a place there any longer.",
            title = event.title.clone(),
            when = when(event)
        )),
        Sentence::new(t!("Nothing was charged. If you think that this is a mistake, write to the host.")),
    ];
    plain(app, heading, sentences, None)
}
