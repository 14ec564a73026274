//! Who may hear what: the same answers as the pages give on which it stands.
use super::Topic;
use super::listener::Listener;
use crate::app::App;
use crate::error::Result;
use crate::events::{self, Event, Role, access};
use crate::orders;

/// What somebody asks to listen to, as they say it: `event/SLUG`, `door/SLUG`, `dashboard/SLUG` or `order/ID`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Wish {
    pub name: String,
    /// Opens an order to whoever has its mailed address.
    pub key: String,
}

/// The longest key of an order that is kept, in bytes.
const KEY: usize = 256;

impl Wish {
    /// A key that opens nothing is not kept: there are many sockets.
    pub fn new(name: String, key: String) -> Self {
        let opens = name.starts_with("order/") && key.len() <= KEY;
        Self { name, key: if opens { key } else { String::new() } }
    }
}

/// The topic, if they may hear it; what is none of their business does not exist.
pub(super) async fn granted(app: &App, who: &Listener, wish: &Wish) -> Result<Option<Topic>> {
    let Some((kind, name)) = wish.name.split_once('/') else { return Ok(None) };
    match kind {
        "event" => {
            let Some(event) = events::store::by_slug(&app.db, name).await? else { return Ok(None) };
            let seen = access::may_see(app, &event, who.me.as_deref(), &who.invited).await?;
            Ok(seen.then_some(Topic::Event(event.id)))
        }
        "door" => Ok(run(app, who, name, Role::Door).await?.map(|event| Topic::Door(event.id))),
        "dashboard" => Ok(run(app, who, name, Role::Host).await?.map(|event| Topic::Dashboard(event.id))),
        "order" => order(app, who, name, &wish.key).await,
        _ => Ok(None),
    }
}

/// The event, if they have this role there.
async fn run(app: &App, who: &Listener, slug: &str, needed: Role) -> Result<Option<Event>> {
    let Some(me) = who.me.as_ref().filter(|_| who.may_host()) else { return Ok(None) };
    let role = events::store::hosted_by(&app.db, slug, me.id).await?;
    if !role.is_some_and(|role| role.covers(needed)) {
        return Ok(None);
    }
    Ok(events::store::by_slug(&app.db, slug).await?)
}

async fn order(app: &App, who: &Listener, id: &str, key: &str) -> Result<Option<Topic>> {
    let Ok(id) = id.parse() else { return Ok(None) };
    let Some(order) = orders::store::by_id(&app.db, id).await? else { return Ok(None) };
    let own = who.me.as_ref().is_some_and(|me| order.member_id == Some(me.id));
    Ok((own || orders::opening(app, order.id, key).is_some()).then_some(Topic::Order(order.id)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_key_that_may_open_an_order_is_kept() {
        let kept = |name: &str, length: usize| Wish::new(name.to_owned(), "k".repeat(length)).key.len();
        assert_eq!((kept("order/x", KEY), kept("order/x", KEY + 1), kept("event/x", 1)), (KEY, 0, 0));
    }
}
