//! Who may know of an event: the one question that its pages, its pictures and the API ask.
use super::{Event, Visibility, store};
use crate::app::App;
use crate::error::{OrNotFound, Result};
use crate::members::Member;
use crate::web::Visitor;
use crate::{invitations, orders};

/// The event, if whoever looks may know of it; else it does not exist.
pub async fn seen(app: &App, visitor: &Visitor, slug: &str) -> Result<Event> {
    let event = store::by_slug(&app.db, slug).await?.or_404()?;
    may_see(app, &event, visitor.me.as_deref(), &visitor.invited).await?.then_some(event).or_404()
}

/// The same for what others than those who run it may use at all.
pub async fn published(app: &App, visitor: &Visitor, slug: &str) -> Result<Event> {
    let event = store::by_slug(&app.db, slug).await?.filter(|event| !event.is_draft()).or_404()?;
    may_see(app, &event, visitor.me.as_deref(), &visitor.invited).await?.then_some(event).or_404()
}

/// Drafts are for those who run them; where only those may come who were asked, for them, for those who have a place,
/// and for admins. `invited` are the events to which this browser opened an invitation.
pub async fn may_see(app: &App, event: &Event, me: Option<&Member>, invited: &[String]) -> Result<bool> {
    if !event.is_draft() && event.visibility != Visibility::Invited {
        return Ok(true);
    }
    if !event.is_draft() && invited.contains(&event.id.to_string()) {
        return Ok(true);
    }
    let Some(me) = me else { return Ok(false) };
    if store::hosted_by(&app.db, &event.slug, me.id).await?.is_some() {
        return Ok(true);
    }
    if event.is_draft() {
        return Ok(false);
    }
    Ok(me.admin
        || invitations::is_welcome(&app.db, event, &me.email_key).await?
        || orders::store::of_member_at(&app.db, event.id, me.id).await?.is_some())
}
