//! Maybe and not going: answers that keep no place.
use super::Refusal;
use super::facts::AnswerFact;
use super::forms::Answer;
use crate::clock::Instant;
use crate::db::Tx;
use crate::events::{self, Event};
use crate::ids::Id;
use crate::journal::{self, Actor};
use crate::members::Member;

/// Writes down what a member answers; "going" takes an earlier answer back, since going is an order.
pub async fn answer(
    tx: &mut Tx,
    event: Id<Event>,
    member: Id<Member>,
    answer: Answer,
    now: Instant,
) -> Result<(), Refusal> {
    let event = events::store::lock(tx, event).await?.ok_or(Refusal::NotOpen)?;
    if event.is_cancelled() {
        return Err(Refusal::Cancelled);
    }
    if event.is_past(now) {
        return Err(Refusal::Past);
    }
    let kept = if answer == Answer::Going { "" } else { answer.word() };
    events::store::set_answer(tx, event.id, member, kept, now).await?;
    let fact = AnswerFact::Answered { member, answer };
    journal::append(tx, &event.stream(), &fact, Actor::Member(member), now).await?;
    Ok(())
}
