//! What a fact of the journal means for those who listen. Messages are made of ids when they are told, and say no
//! more than the pages of whoever listens do.
use serde_json::{Value, json};

use super::Topic;
use crate::app::App;
use crate::error::Result;
use crate::events::{self, Event};
use crate::ids::Id;
use crate::invitations;
use crate::journal::Entry;
use crate::members::{self, Member};
use crate::orders::waiting::{self, WaitingFact};
use crate::orders::{self, Order, OrderFact};
use crate::payments::{self, Payment, purchases};
use crate::plans;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Effect {
    /// To all who listen to a topic; the position of the fact is added.
    Say(Topic, Value),
    /// Places of an event may be others now.
    Counts(Id<Event>),
    /// Who listens to this may have lost the right to.
    Check(Topic),
}

/// What follows from a fact.
pub(super) async fn effects(app: &App, entry: &Entry) -> Result<Vec<Effect>> {
    let Some((kind, id)) = entry.stream.split_once('/') else { return Ok(Vec::new()) };
    match (kind, id.parse::<uuid::Uuid>()) {
        ("member", Ok(id)) => member(app, entry, id.into()).await,
        ("event", Ok(id)) => Ok(event(entry, id.into())),
        ("order", Ok(id)) => order(app, entry, id.into()).await,
        ("waiting", Ok(id)) => party(app, entry, id.into()).await,
        ("payment", Ok(id)) => payment(app, id.into()).await,
        ("invitation", Ok(id)) => {
            let invitation = invitations::store::by_id(&app.db, id.into()).await?;
            Ok(invitation.into_iter().map(|invitation| Effect::Counts(invitation.event_id)).collect())
        }
        _ => Ok(Vec::new()),
    }
}

async fn member(app: &App, entry: &Entry, id: Id<Member>) -> Result<Vec<Effect>> {
    let topic = Topic::Member(id);
    // Whatever happens to an account may end its sessions or take a role.
    let mut effects = vec![Effect::Check(topic)];
    if entry.kind == "avatar_changed"
        && let Some(member) = members::store::by_id(&app.db, id).await?
    {
        let url = member.portrait().large().map(|path| app.config.url(&path));
        effects.push(Effect::Say(topic, json!({ "event": "avatar_changed", "avatar_url": url })));
    }
    Ok(effects)
}

fn event(entry: &Entry, id: Id<Event>) -> Vec<Effect> {
    // What visitors say about an event changes neither its places nor who may know of it.
    if matches!(entry.kind.as_str(), "answered" | "event_reported" | "report_settled") {
        return Vec::new();
    }
    let topics = [Topic::Event(id), Topic::Door(id), Topic::Dashboard(id)];
    topics.into_iter().map(Effect::Check).chain([Effect::Counts(id)]).collect()
}

async fn order(app: &App, entry: &Entry, id: Id<Order>) -> Result<Vec<Effect>> {
    let Some(order) = orders::store::by_id(&app.db, id).await? else { return Ok(Vec::new()) };
    let mut effects = vec![Effect::Counts(order.event_id)];
    let (ticket, checked_in) = match entry.fact() {
        Ok(OrderFact::CheckedIn { ticket }) => (ticket, true),
        Ok(OrderFact::CheckInUndone { ticket }) => (ticket, false),
        _ => return Ok(effects),
    };
    let Some(event) = events::store::by_id(&app.db, order.event_id).await? else { return Ok(effects) };
    let said = |topic: Option<&str>| {
        let topic = topic.map(|kind| format!("{kind}/{}", event.slug));
        json!({ "event": "checked_in", "topic": topic, "event_slug": event.slug, "order": id, "ticket": ticket,
            "checked_in": checked_in })
    };
    effects.push(Effect::Say(Topic::Door(event.id), said(Some("door"))));
    effects.push(Effect::Say(Topic::Dashboard(event.id), said(Some("dashboard"))));
    effects.extend(order.member_id.map(|member| Effect::Say(Topic::Member(member), said(None))));
    Ok(effects)
}

async fn party(app: &App, entry: &Entry, id: Id<waiting::Party>) -> Result<Vec<Effect>> {
    let Some(party) = waiting::store::by_id(&app.db, id).await? else { return Ok(Vec::new()) };
    let mut effects = vec![Effect::Counts(party.event_id)];
    if let Ok(WaitingFact::PlaceOffered { order, until }) = entry.fact()
        && let Some(member) = party.member_id
        && let Some(event) = events::store::by_id(&app.db, party.event_id).await?
    {
        let said = json!({ "event": "place_offered", "event_slug": event.slug, "order": order,
            "places": party.places, "until": until.rfc3339(), "url": app.config.url(&format!("/orders/{order}")) });
        effects.push(Effect::Say(Topic::Member(member), said));
    }
    Ok(effects)
}

async fn payment(app: &App, id: Id<Payment>) -> Result<Vec<Effect>> {
    let Some(payment) = payments::store::by_id(&app.db, id).await? else { return Ok(Vec::new()) };
    let said = json!({ "event": "payment_updated", "payment": id, "order": payment.order_id,
        "state": payment.state.word(), "refunded": payment.refunded });
    let Some(order) = payment.order_id else {
        let bought = purchases::store::by_payment(&app.db, id).await?.map(|purchase| purchase.member_id);
        let billed = plans::store::bill_of_payment(&app.db, id).await?.map(|bill| bill.member_id);
        return Ok(bought.or(billed).map(|member| Effect::Say(Topic::Member(member), said)).into_iter().collect());
    };
    let mut effects = vec![Effect::Say(Topic::Order(order), said.clone())];
    let member = orders::store::by_id(&app.db, order).await?.and_then(|order| order.member_id);
    effects.extend(member.map(|member| Effect::Say(Topic::Member(member), said)));
    Ok(effects)
}

/// What may concern a member among all facts: what else happened need not be looked up.
pub(super) fn may_concern_members(entry: &Entry) -> bool {
    entry.kind == "avatar_changed"
        || matches!(entry.kind.as_str(), "place_offered" | "checked_in" | "check_in_undone")
        || entry.stream.starts_with("payment/")
}
