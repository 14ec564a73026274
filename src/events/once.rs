//! Pressing twice makes one event: a form that makes one carries an id of its own.
use super::hosting::Result;
use super::planning::Plan;
use super::{Event, copying, hosting, once_store, store};
use crate::app::App;
use crate::clock::{self, Instant};
use crate::db::Tx;
use crate::ids::{self, Id};
use crate::members::Member;

/// How a member's form is remembered; forms without an id are not.
fn hash(form: &str, member: Id<Member>) -> Option<String> {
    (!form.is_empty() && form.len() <= 100).then(|| ids::hash(&format!("{member}/{form}")))
}

/// The event that this form has made before.
async fn earlier(tx: &mut Tx, hash: Option<&str>, now: Instant) -> Result<Option<Event>> {
    let Some(hash) = hash else { return Ok(None) };
    match once_store::begun(tx, hash, now).await? {
        Some(id) => Ok(store::by_id(tx, id).await?),
        None => Ok(None),
    }
}

async fn remember(tx: &mut Tx, hash: Option<&str>, event: &Event) -> Result<()> {
    if let Some(hash) = hash {
        once_store::made(tx, hash, event.id).await?;
    }
    Ok(())
}

/// [`hosting::create`], once a form.
pub async fn create(
    tx: &mut Tx,
    form: &str,
    plan: &Plan,
    owner: Id<Member>,
    publish: bool,
    now: Instant,
) -> Result<Event> {
    let hash = hash(form, owner);
    if let Some(event) = earlier(tx, hash.as_deref(), now).await? {
        return Ok(event);
    }
    let event = hosting::create(tx, plan, owner, publish, now).await?;
    remember(tx, hash.as_deref(), &event).await?;
    Ok(event)
}

/// [`copying::copy`], once a form.
pub async fn copy(tx: &mut Tx, form: &str, id: Id<Event>, owner: Id<Member>, now: Instant) -> Result<Event> {
    let hash = hash(form, owner);
    if let Some(event) = earlier(tx, hash.as_deref(), now).await? {
        return Ok(event);
    }
    let event = copying::copy(tx, id, owner, now).await?;
    remember(tx, hash.as_deref(), &event).await?;
    Ok(event)
}

/// Forgets old forms.
pub async fn tidy(app: &App) -> anyhow::Result<()> {
    let before = app.clock.now() - clock::days(2);
    let done: anyhow::Result<()> = decide!(app.db, tx, {
        once_store::forget(tx, before).await?;
        Ok(())
    });
    done
}
