//! What members are told about credits that they paid.
use super::{Purchase, number, path, store};
use crate::app::App;
use crate::credits;
use crate::forms::Message as Sentence;
use crate::i18n::Exact;
use crate::ids::Id;
use crate::letters::{Content, Plain, Reader};
use crate::payments::{Payment, Refund, receipts, store as payments};

fn plain<'a>(app: &'a App, of: &Purchase, heading: Sentence, sentences: Vec<Sentence>) -> Plain<'a> {
    Plain {
        site: app.site_name(),
        base_url: &app.config.base_url,
        heading,
        sentences,
        button: Some((Sentence::new(t!("See your purchase")), app.config.url(&path(of.payment_id)))),
        why: Sentence::new(t!(
            "You receive this because credits were bought with your account, purchase {number}.",
            number = number(of.payment_id)
        )),
    }
}

/// The credits are there.
pub async fn bought(app: &App, id: Id<Payment>, to: &Reader) -> anyhow::Result<Option<Content>> {
    let Some(of) = store::by_payment(&app.db, id).await? else { return Ok(None) };
    let Some(payment) = payments::by_id(&app.db, id).await?.filter(Payment::is_paid) else { return Ok(None) };
    let balance = credits::balance(app, of.member_id).await?;
    let amount = Exact(payment.money());
    let mut sentences = vec![
        Sentence::new(tn!(
            "You bought 1 credit for {amount}.",
            "You bought {n} credits for {amount}.",
            of.credits,
            amount
        )),
        Sentence::new(t!("Your balance is {balance}.", balance)),
    ];
    if let Some(receipt) = receipts::store::of_payment(&app.db, id).await? {
        sentences.push(Sentence::new(t!("The receipt has the number {number}.", number = receipt.label())));
    }
    let heading = Sentence::new(tn!("1 credit bought", "{n} credits bought", of.credits));
    plain(app, &of, heading, sentences).content(to.locale).map(Some)
}

/// Money went back, and the credits with it.
pub async fn refunded(app: &App, refund: &Refund, to: &Reader) -> anyhow::Result<Option<Content>> {
    let Some(of) = store::by_payment(&app.db, refund.payment_id).await? else { return Ok(None) };
    let balance = credits::balance(app, of.member_id).await?;
    let amount = Exact(refund.money());
    let heading = Sentence::new(t!("{amount} given back for credits", amount));
    let mut sentences = vec![
        Sentence::new(t!(
            "You get {amount} back for credits that you bought. They are taken off your balance.",
            amount
        )),
        Sentence::new(t!("Depending on your bank it takes some days until you see it.")),
    ];
    sentences.push(match balance {
        0.. => Sentence::new(t!("Your balance is {balance}.", balance)),
        owed => Sentence::new(t!(
            "You had spent some of them, so your balance is {balance}. Nothing can be spent until it is above 0.",
            balance = owed
        )),
    });
    plain(app, &of, heading, sentences).content(to.locale).map(Some)
}
