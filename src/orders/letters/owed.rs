//! What whoever pays later is told, beside those who have tickets.
use super::About;
use crate::app::App;
use crate::events::PayLater;
use crate::forms::Message as Sentence;
use crate::i18n::{Day, Exact, Time};
use crate::ids::Id;
use crate::letters::{Content, Reader};
use crate::orders::{Order, OrderState, Refusal};
use crate::payments;

impl About {
    /// An order whose people come: one that is confirmed, paid later, or whose money is on its way. `None` when it is
    /// none of these.
    pub async fn coming(app: &App, id: Id<Order>) -> anyhow::Result<Option<Self>> {
        if let Some(about) = Self::order(app, id, OrderState::Confirmed).await? {
            return Ok(Some(about));
        }
        Ok(Self::order(app, id, OrderState::Held).await?.filter(|about| about.order.is_expected()))
    }

    /// That places are kept, and how and until when they are paid, or that their money is on its way; `None` of an order
    /// that owes nothing.
    pub async fn still_to_pay(&self, app: &App) -> anyhow::Result<Option<Sentence>> {
        let Some(until) = self.order.held_until.filter(|_| self.order.is_expected()) else { return Ok(None) };
        if payments::is_on_its_way(&app.db, &self.order).await? {
            // Who is told the amount once more may pay it twice.
            return Ok(Some(Sentence::new(Refusal::OnItsWay)));
        }
        // What is owed follows the host's deadline by a job, which may come after this letter.
        let until = self.event.pay_later_until().map_or(until, |deadline| deadline.max(until));
        let until = until.in_zone(&self.event.time_zone());
        let (places, amount) = (self.order.places, Exact(self.order.money()));
        Ok(Some(match self.event.terms.pay_later {
            PayLater::Door => Sentence::new(tn!(
                "1 place is kept for you. Pay {amount} at the door.",
                "{n} places are kept for you. Pay {amount} at the door.",
                places,
                amount
            )),
            PayLater::Transfer | PayLater::No => Sentence::new(tn!(
                "1 place is kept for you. Transfer {amount} until {day}, {time}.",
                "{n} places are kept for you. Transfer {amount} until {day}, {time}.",
                places,
                amount,
                day = Day(until.date()),
                time = Time(until.time())
            )),
        }))
    }

    /// That money which still comes for places that are gone goes back, to whoever sent it.
    pub async fn comes_too_late(&self, app: &App, to: &Reader) -> anyhow::Result<Option<Sentence>> {
        let too_late = self.is_buyer(to) && payments::is_on_its_way(&app.db, &self.order).await?;
        Ok(too_late.then(|| {
            Sentence::new(t!("Your payment is on its way still. When the money arrives, all of it goes back to you."))
        }))
    }
}

/// The deadline of what was owed is over. `None` when the money came after all, or nobody can come any more.
pub(super) async fn not_paid(app: &App, id: Id<Order>, to: &Reader) -> anyhow::Result<Option<Content>> {
    let about = About::order(app, id, OrderState::Ended).await?;
    let Some(about) = about.filter(|about| !about.event.is_cancelled()) else { return Ok(None) };
    let heading = Sentence::new(t!("Not paid in time: {title}", title = about.title()));
    let mut sentences = vec![Sentence::new(t!(
        "The places of your order {number} were not paid in time. They are free for others, and its codes let nobody in.",
        number = about.order.number()
    ))];
    // What the provider could not be asked about may still come.
    if !payments::is_on_its_way(&app.db, &about.order).await? {
        sentences.push(Sentence::new(t!("If you still want to come, take places again on the event’s page.")));
    }
    let mut letter = about.plain(app, heading, sentences);
    letter.button = Some((Sentence::new(t!("To the event")), app.config.url(&about.event.path())));
    let mut content = letter.content(to.locale)?;
    content.files.push(about.calendar_as(app, to, true));
    Ok(Some(content))
}
