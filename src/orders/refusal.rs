//! Why places are not given, not confirmed or not given back, as sentences.
use std::fmt;

use crate::error::Error;
use crate::i18n::{Locale, Money, Say};
use crate::money;

#[derive(Debug)]
pub enum Refusal {
    NotOpen,
    Cancelled,
    Past,
    Closed,
    NotOnSale {
        name: String,
    },
    NoPlaces,
    AccountRequired,
    /// Whoever asks has no account any more: it ended, or was suspended, while the request was on its way.
    NoAccount,
    /// Only those may come who were asked, and this address was not.
    NotInvited,
    TooManyPlusOnes {
        most: i64,
    },
    TooManyPerOrder {
        name: String,
        most: i64,
    },
    UnknownType,
    /// `left` places are free: fewer than asked for.
    Full {
        left: i64,
    },
    /// There are places left, so nobody has to wait.
    NotFull,
    /// The link to join the waiting list is over, or there is no such party.
    NotWaiting,
    /// This person has places at this event.
    AlreadyGoing,
    /// This person has an order here that waits to be paid.
    Unpaid,
    /// It is too late to pay later, or the event does not allow it.
    PayNow,
    /// Less is given for a place than the least.
    AmountTooSmall {
        name: String,
        least: Money,
    },
    AmountTooLarge {
        most: Money,
    },
    /// What cannot be paid so finely.
    Amount(money::Wrong),
    /// Less in all than a payment can be.
    TotalTooSmall {
        least: Money,
    },
    /// The event has no such code, or its time has not come.
    UnknownPromo,
    PromoOver,
    PromoUsedUp,
    /// It takes nothing off what is wanted.
    PromoNotForThese,
    /// Less is left to pay than a payment can be.
    PromoLeavesTooLittle {
        left: Money,
        least: Money,
    },
    /// The event has, or had, a code that is written the same.
    PromoExists,
    /// Money may be on its way: its price stays as it is.
    BeingPaid,
    /// Its places cost nothing and wait for the mailed link.
    NothingToPay,
    /// The host says what its places cost.
    PriceFixed,
    /// It costs, or would cost, another amount than a program said.
    OtherTotal,
    /// No payment could be begun for what would cost nothing.
    NothingToBegin,
    /// Its money is on its way, by a way of paying that takes days: nothing is paid twice.
    OnItsWay,
    /// Money that has bought nothing yet is there, and a person looks at it: the price that it was for stays.
    MoneyCame,
    /// It costs another amount than somebody was shown.
    PriceChanged {
        total: Money,
    },
    /// The checkout that is open is the last that these places are kept for: its price stays as it is.
    TooLateToReprice,
    /// The payment provider does not answer.
    NoAnswer,
    /// The site takes no money.
    NoPayments,
    PaidAlready,
    /// Its places are kept for a little while yet, and no checkout is opened for them any more.
    TooLateToPay,
    /// More money than there is to give back.
    MoreThanLeft {
        left: Money,
    },
    /// Neither places nor money.
    NothingLeft,
    /// The payment provider has yet to say what became of a refund.
    RefundUnderWay,
    /// The same form with other contents.
    OtherContents,
    HoldOver,
    TooLateToCancel,
    AlreadyCheckedIn,
    NotLive,
    /// Orders of guests that wait for their mailed link.
    TooManyWaiting {
        wait_seconds: i64,
    },
    /// Orders of guests that were written to one address in the last hour or day.
    TooManyMails,
    /// A ticket that lets nobody in cannot be given.
    NotGivable,
    UsedAtTheDoor,
    TooLateToGive,
    /// It was given to somebody else since the page was opened.
    GivenMeanwhile,
    GivenTooOften,
    /// Mails to an address whose owner did not ask.
    WrittenTooOften,
    Broken(anyhow::Error),
}

impl Say for Refusal {
    fn say(&self, w: &mut dyn fmt::Write, l: Locale) -> fmt::Result {
        match self {
            Self::NotOpen => t!("This event is not open yet.").say(w, l),
            Self::Cancelled => t!("This event is cancelled.").say(w, l),
            Self::Past => t!("This event is over.").say(w, l),
            Self::Closed => t!("Registration is closed.").say(w, l),
            Self::NotOnSale { name } => t!("“{name}” cannot be taken now.", name).say(w, l),
            Self::NoPlaces => t!("Choose at least one place.").say(w, l),
            Self::AccountRequired => t!("The host asks for an account. Sign in or sign up first.").say(w, l),
            Self::NoAccount => t!("Sign in first.").say(w, l),
            Self::NotInvited => t!("Only those can come who were invited. Use the address to which the invitation was sent.").say(w, l),
            Self::TooManyPlusOnes { most: 0 } => t!("One place a person: nobody else can be brought along.").say(w, l),
            Self::TooManyPlusOnes { most } => tn!("You can bring 1 other person.", "You can bring {n} other people.", *most).say(w, l),
            Self::TooManyPerOrder { name, most } => {
                tn!("Take 1 place of “{name}” at most.", "Take {n} places of “{name}” at most.", *most, name).say(w, l)
            }
            Self::UnknownType => t!("Choose one of the ticket types shown.").say(w, l),
            Self::Full { left: 0 } => t!("All places are taken.").say(w, l),
            Self::Full { left } => tn!("Only 1 place is left.", "Only {n} places are left.", *left).say(w, l),
            Self::NotFull => t!("There are places left. Take them on the event’s page.").say(w, l),
            Self::NotWaiting => t!("This link is over. Join the waiting list again.").say(w, l),
            Self::AlreadyGoing => t!("You have places at this event already. See “My tickets”.").say(w, l),
            Self::Unpaid => t!("You have places here that wait to be paid. Pay them or give them up first.").say(w, l),
            Self::PayNow => t!("These places cannot be paid later. Pay them now.").say(w, l),
            Self::AmountTooSmall { name, least } => t!("Give {least} or more for “{name}”.", least = *least, name).say(w, l),
            Self::AmountTooLarge { most } => t!("One payment can be {most} at most.", most = *most).say(w, l),
            Self::Amount(wrong) => wrong.say(w, l),
            Self::TotalTooSmall { least } => t!("A payment must be {least} or more in all.", least = *least).say(w, l),
            Self::UnknownPromo => t!("This event has no such promo code. Check how it is written.").say(w, l),
            Self::PromoOver => t!("This promo code is over.").say(w, l),
            Self::PromoUsedUp => t!("This promo code was used as often as it can be.").say(w, l),
            Self::PromoNotForThese => t!("This promo code takes nothing off these tickets.").say(w, l),
            Self::PromoLeavesTooLittle { left, least } => t!("With this promo code {left} would be left to pay, and a payment must be {least} or more. Take more places, or leave the code out.", left = *left, least = *least).say(w, l),
            Self::PromoExists => t!("This event has, or had, a promo code that is written the same. Choose another one.").say(w, l),
            Self::BeingPaid => t!("These places are being paid just now, so their price stays as it is. If that payment comes to nothing, try again then.").say(w, l),
            Self::PriceFixed => t!("The host says what these places cost: there is no amount to choose.").say(w, l),
            Self::OtherTotal => t!("The order costs another amount.").say(w, l),
            Self::NothingToBegin => t!("Nothing would be left to pay, so there is no payment to begin. Accept the places on the order’s page.").say(w, l),
            Self::OnItsWay => t!("The payment for these places is on its way, which can take some days. The tickets come by mail as soon as the money is here.").say(w, l),
            Self::NothingToPay => t!("These places cost nothing now. Confirm them by the link in the mail.").say(w, l),
            Self::MoneyCame => t!("Money came for this order already, so what it costs stays as it is. Write to the host.").say(w, l),
            Self::PriceChanged { total } => t!("The price changed meanwhile: it is {total} now.", total = *total).say(w, l),
            Self::TooLateToReprice => t!("It is too late to change what these places cost. Pay them as they are, or give them up and take them again.").say(w, l),
            Self::NoAnswer => t!("The payment service does not answer. Nothing was charged; try again in a minute.").say(w, l),
            Self::NoPayments => t!("This site cannot take payments now. Write to the host.").say(w, l),
            Self::MoreThanLeft { left } => t!("Only {left} can still be given back.", left = *left).say(w, l),
            Self::NothingLeft => t!("Nothing is left to give back.").say(w, l),
            Self::RefundUnderWay => t!("This money is on its way back through the payment service. Give it by hand only once that has failed.").say(w, l),
            Self::PaidAlready => t!("This order is paid.").say(w, l),
            Self::TooLateToPay => t!("It is too late to begin a payment for these places. Give them up and take them again.").say(w, l),
            Self::OtherContents => t!("This form was already sent with other contents. Reload the page and try again.").say(w, l),
            Self::HoldOver => t!("The time to confirm is over and the places were freed. Take places again.").say(w, l),
            Self::TooLateToCancel => t!("It is too late to give this place back here. Write to the host.").say(w, l),
            Self::AlreadyCheckedIn => t!("This ticket was used at the door and cannot be given back.").say(w, l),
            Self::NotLive => t!("This order has no places any more.").say(w, l),
            Self::TooManyWaiting { .. } => t!("Too many orders from here wait to be confirmed. Confirm one from the mail, or try again in half an hour.").say(w, l),
            Self::TooManyMails => t!("We wrote to this address often enough for now. Confirm from a mail that you have, or try again in an hour.").say(w, l),
            Self::NotGivable => t!("This ticket lets nobody in, so it cannot be given to anybody.").say(w, l),
            Self::UsedAtTheDoor => t!("Somebody came in with this ticket already.").say(w, l),
            Self::TooLateToGive => t!("The event has begun. The host can still give this ticket to somebody.").say(w, l),
            Self::GivenMeanwhile => t!("This ticket was given to somebody since you opened the page. Look at the order again.").say(w, l),
            Self::GivenTooOften => t!("This ticket was given often enough for now. Try again in an hour.").say(w, l),
            Self::WrittenTooOften => t!("We wrote to this address often enough for now. Try again in an hour.").say(w, l),
            Self::Broken(_) => t!("Something broke on our side.").say(w, l),
        }
    }
}
says!(Refusal);
breaks!(Refusal);

impl Refusal {
    /// The field of the event's stub that it speaks of; '' is the form as a whole.
    pub fn field(&self) -> &'static str {
        match self {
            Self::AmountTooSmall { .. }
            | Self::AmountTooLarge { .. }
            | Self::TotalTooSmall { .. }
            | Self::Full { .. }
            | Self::TooManyPlusOnes { .. }
            | Self::TooManyPerOrder { .. }
            | Self::NoPlaces => "people",
            Self::TooManyMails | Self::WrittenTooOften | Self::NotInvited => "email",
            Self::UnknownPromo
            | Self::PromoOver
            | Self::PromoUsedUp
            | Self::PromoNotForThese
            | Self::PromoLeavesTooLittle { .. } => "promo",
            _ => "",
        }
    }

    /// As a failure of work in the background.
    pub fn into_error(self) -> anyhow::Error {
        match self {
            Self::Broken(error) => error,
            refusal => anyhow::anyhow!("{refusal}"),
        }
    }

    /// What broke, or was too often, is no answer for a form: it ends the request.
    pub fn or_broken(self) -> Result<Self, Error> {
        match self {
            Self::Broken(error) => Err(Error::Internal(error)),
            Self::NoAccount => Err(Error::SignIn { back: "/".to_owned() }),
            Self::TooManyWaiting { wait_seconds } => Err(Error::TooMany { wait_seconds }),
            refusal => Ok(refusal),
        }
    }
}
