//! What members are told of their plan.
use jiff::tz::TimeZone;

use super::standing::News;
use super::{Bill, GRACE_DAYS, Subscription, store};
use crate::app::App;
use crate::clock::Instant;
use crate::forms::Message as Sentence;
use crate::i18n::{Day, Exact};
use crate::ids::Id;
use crate::letters::{Content, Plain, Reader};
use crate::payments::{Refund, receipts};

fn day(app: &App, at: Instant) -> Day {
    Day(at.in_zone(&TimeZone::get(&app.config.zone).unwrap_or(TimeZone::UTC)).date())
}

fn plain<'a>(app: &'a App, of: &Subscription, heading: Sentence, sentences: Vec<Sentence>) -> Plain<'a> {
    Plain {
        site: app.site_name(),
        base_url: &app.config.base_url,
        heading,
        sentences,
        button: Some((Sentence::new(t!("See your subscription")), app.config.url(&of.path()))),
        why: Sentence::new(t!("You receive this because a plan was chosen with your account.")),
    }
}

/// A month was paid.
pub async fn paid(app: &App, id: Id<Bill>, to: &Reader) -> anyhow::Result<Option<Content>> {
    let Some(bill) = store::bill(&app.db, id).await? else { return Ok(None) };
    let Some(of) = store::by_id(&app.db, bill.subscription_id).await? else { return Ok(None) };
    let (amount, name, until) = (Exact(bill.money()), bill.tier.name(), day(app, bill.ends_at));
    let heading = Sentence::new(t!("{amount} paid for the plan {name}", amount, name));
    let mut sentences = vec![Sentence::new(t!("It is paid until {until}.", until))];
    if bill.credits > 0 {
        sentences.push(Sentence::new(tn!("1 credit comes with it.", "{n} credits come with it.", bill.credits)));
    }
    if let Some(payment) = bill.payment_id
        && let Some(receipt) = receipts::store::of_payment(&app.db, payment).await?
    {
        sentences.push(Sentence::new(t!("The receipt has the number {number}.", number = receipt.label())));
    }
    plain(app, &of, heading, sentences).content(to.locale).map(Some)
}

/// Money of a month went back.
pub async fn refunded(app: &App, refund: &Refund, to: &Reader) -> anyhow::Result<Option<Content>> {
    let Some(bill) = store::bill_of_payment(&app.db, refund.payment_id).await? else { return Ok(None) };
    let Some(of) = store::by_id(&app.db, bill.subscription_id).await? else { return Ok(None) };
    let (amount, name) = (Exact(refund.money()), bill.tier.name());
    let heading = Sentence::new(t!("{amount} given back for the plan {name}", amount, name));
    let (from, until) = (day(app, bill.starts_at), day(app, bill.ends_at));
    let sentences = vec![
        Sentence::new(t!(
            "You get {amount} back for the plan {name}, of what you paid for {from} to {until}.",
            amount,
            name,
            from,
            until
        )),
        Sentence::new(t!("Depending on your bank it takes some days until you see it.")),
    ];
    plain(app, &of, heading, sentences).content(to.locale).map(Some)
}

/// What is new about a subscription.
pub async fn news(app: &App, id: Id<Subscription>, news: News, to: &Reader) -> anyhow::Result<Option<Content>> {
    let Some(of) = store::by_id(&app.db, id).await? else { return Ok(None) };
    let name = of.tier.name();
    let until = day(app, of.period_ends_at.unwrap_or_else(|| app.clock.now()));
    let keeps =
        || Sentence::new(t!("Events that are published stay as they are; what goes beyond the plan Free is refused."));
    let (heading, sentences) = match news {
        News::Begun => (
            Sentence::new(t!("You have the plan {name}", name)),
            vec![Sentence::new(t!("It goes on every month until you end it, which you can at any time."))],
        ),
        News::Changed => (
            Sentence::new(t!("Your plan is {name} now", name)),
            vec![Sentence::new(t!(
                "What a bigger plan costs more for the rest of the month is paid at once; for a smaller one nothing is given back."
            ))],
        ),
        News::Cancelled => (
            Sentence::new(t!("The plan {name} ends on {until}", name, until)),
            vec![Sentence::new(t!("Until then nothing changes, and you can take this back.")), keeps()],
        ),
        News::Resumed => (
            Sentence::new(t!("The plan {name} goes on", name)),
            vec![Sentence::new(t!("It does not end with the month. The next one begins on {until}.", until))],
        ),
        News::Unpaid => (
            Sentence::new(t!("The plan {name} could not be paid", name)),
            vec![
                Sentence::new(t!("The payment service tries again. Look whether your card is still good.")),
                Sentence::new(t!(
                    "Your plan goes on for {n} days; if it is not paid by then, it is Free until it is.",
                    n = GRACE_DAYS
                )),
            ],
        ),
        News::Lapsed => (
            Sentence::new(t!("Your plan is Free until {name} is paid", name)),
            vec![Sentence::new(t!("The payment service tried for {n} days.", n = GRACE_DAYS)), keeps()],
        ),
        News::Ended => (
            Sentence::new(t!("The plan {name} is over", name)),
            vec![Sentence::new(t!("Your plan is Free now.")), keeps()],
        ),
    };
    plain(app, &of, heading, sentences).content(to.locale).map(Some)
}
