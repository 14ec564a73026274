//! The mail queue: which letters there are, and their way to the reader.
//!
//! A letter is queued as its kind and ids. Its text, with any secret link, is made when it is sent, so no
//! secret rests in the database, and what it says is true at that moment.
use askama::Template;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::clock::Instant;
use crate::db::{self, Tx, later, sql};
use crate::events::reports::Report;
use crate::events::{self, team::Invitation};
use crate::forms::{Email, Message as Sentence};
use crate::i18n::{Locale, Say};
use crate::ids::Id;
use crate::invitations;
use crate::jobs::{self, Job};
use crate::mail::{File, Message};
use crate::members::Member;
use crate::orders::reminding::Ahead;
use crate::orders::waiting::Party;
use crate::orders::{self, Order, Ticket};
use crate::payments::disputes::Dispute;
use crate::payments::{self, Payment, Refund};
use crate::signin::new_address::EmailChange;
use crate::signin::oauth::Provider;
use crate::signin::sign_in_links::Wish;
use crate::signin::{self, SignUp};
use crate::unasked::{self, Address};

/// Marks the ids of queued mails.
#[derive(Debug)]
pub struct Mail;

/// Every letter that is ever sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "letter", rename_all = "snake_case")]
pub enum Letter {
    /// Sign-up: prove the address.
    Verify {
        // Letters of before there were sign-ups name the member, whose id the sign-up then has.
        #[serde(alias = "member")]
        sign_up: Id<SignUp>,
    },
    /// Sign-up with an address that has an account: its owner is told, the page tells nobody.
    AccountExists {
        member: Id<Member>,
    },
    Reset {
        member: Id<Member>,
    },
    PasswordChanged {
        member: Id<Member>,
    },
    NewDevice {
        member: Id<Member>,
    },
    /// A link that signs in.
    SignInLink {
        member: Id<Member>,
        wish: Id<Wish>,
    },
    /// To an address that a member wants: the link makes it theirs.
    EmailChange {
        change: Id<EmailChange>,
    },
    /// To the address that a member had.
    EmailChanged {
        member: Id<Member>,
    },
    /// "Is it still you?", for those who have no password.
    StepUpCode {
        member: Id<Member>,
    },
    SecondFactorOn {
        member: Id<Member>,
    },
    SecondFactorOff {
        member: Id<Member>,
    },
    /// An admin turned it off for them.
    SecondFactorReset {
        member: Id<Member>,
    },
    RecoveryCodesMade {
        member: Id<Member>,
    },
    RecoveryCodeUsed {
        member: Id<Member>,
    },
    /// An account elsewhere opens theirs from now on.
    IdentityLinked {
        member: Id<Member>,
        provider: Provider,
    },
    IdentityUnlinked {
        member: Id<Member>,
        provider: Provider,
    },
    /// A guest's free places are held until the link is used.
    ConfirmPlaces {
        order: Id<Order>,
    },
    /// A guest asked for places, but has some: here they are.
    AlreadyGoing {
        order: Id<Order>,
    },
    Tickets {
        order: Id<Order>,
    },
    OrderCancelled {
        order: Id<Order>,
    },
    /// Places that are paid later: how, and until when.
    Owed {
        order: Id<Order>,
    },
    /// Credits were paid.
    CreditsBought {
        payment: Id<Payment>,
    },
    /// Money went back.
    Refunded {
        refund: Id<Refund>,
    },
    /// The bank of a buyer asks money back, or has made up its mind: to those who run the event, and to admins.
    Disputed {
        dispute: Id<Dispute>,
    },
    /// One ticket of several was given back, or one that was mailed to a companion.
    TicketBack {
        ticket: Id<Ticket>,
    },
    EventChanged {
        order: Id<Order>,
    },
    EventCancelled {
        order: Id<Order>,
    },
    /// An admin cancelled it: to those who run it.
    EventCancelledByAdmin {
        event: Id<events::Event>,
    },
    /// One ticket, to a companion whose address is known.
    Ticket {
        ticket: Id<Ticket>,
    },
    /// A ticket of the order is somebody else's now: to whoever ordered.
    TicketGiven {
        ticket: Id<Ticket>,
    },
    /// The ticket that was mailed to this address lets nobody in any more.
    TicketGone {
        ticket: Id<Ticket>,
    },
    /// An address is asked to help run an event.
    TeamInvitation {
        invitation: Id<Invitation>,
    },
    /// An address is asked to come to an event.
    Invitation {
        invitation: Id<invitations::Invitation>,
    },
    /// A guest wants to wait: the link counts them in.
    ConfirmWaiting {
        party: Id<Party>,
    },
    OnTheList {
        party: Id<Party>,
    },
    /// It is their turn, and something is to be paid.
    PlaceOffered {
        party: Id<Party>,
    },
    OfferEnded {
        party: Id<Party>,
    },
    /// A day or two hours before it begins.
    Reminder {
        order: Id<Order>,
        ahead: Ahead,
        starts_at: Instant,
    },
    /// The event for which they waited is cancelled.
    WaitingClosed {
        party: Id<Party>,
    },
    /// Somebody says that something is wrong with an event: to admins.
    Reported {
        report: Id<Report>,
    },
    /// Their account is gone: the last letter.
    AccountErased,
    /// An admin's test of the mail settings.
    Test,
}

impl Letter {
    /// As it is kept until it is sent.
    fn json(self) -> db::Result<String> {
        serde_json::to_string(&self).map_err(|error| db::DbError::Encode(error.into()))
    }

    /// How an admin sees it.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Verify { .. } => "verify",
            Self::AccountExists { .. } => "account_exists",
            Self::Reset { .. } => "reset",
            Self::PasswordChanged { .. } => "password_changed",
            Self::NewDevice { .. } => "new_device",
            Self::SignInLink { .. } => "sign_in_link",
            Self::EmailChange { .. } => "email_change",
            Self::EmailChanged { .. } => "email_changed",
            Self::StepUpCode { .. } => "step_up_code",
            Self::SecondFactorOn { .. } => "second_factor_on",
            Self::SecondFactorOff { .. } => "second_factor_off",
            Self::SecondFactorReset { .. } => "second_factor_reset",
            Self::RecoveryCodesMade { .. } => "recovery_codes_made",
            Self::RecoveryCodeUsed { .. } => "recovery_code_used",
            Self::IdentityLinked { .. } => "identity_linked",
            Self::IdentityUnlinked { .. } => "identity_unlinked",
            Self::ConfirmPlaces { .. } => "confirm_places",
            Self::AlreadyGoing { .. } => "already_going",
            Self::Tickets { .. } => "tickets",
            Self::OrderCancelled { .. } => "order_cancelled",
            Self::Owed { .. } => "owed",
            Self::CreditsBought { .. } => "credits_bought",
            Self::Refunded { .. } => "refunded",
            Self::Disputed { .. } => "disputed",
            Self::TicketBack { .. } => "ticket_back",
            Self::EventChanged { .. } => "event_changed",
            Self::EventCancelled { .. } => "event_cancelled",
            Self::EventCancelledByAdmin { .. } => "event_cancelled_by_admin",
            Self::Ticket { .. } => "ticket",
            Self::TicketGiven { .. } => "ticket_given",
            Self::TicketGone { .. } => "ticket_gone",
            Self::TeamInvitation { .. } => "team_invitation",
            Self::Invitation { .. } => "invitation",
            Self::ConfirmWaiting { .. } => "confirm_waiting",
            Self::OnTheList { .. } => "on_the_list",
            Self::PlaceOffered { .. } => "place_offered",
            Self::OfferEnded { .. } => "offer_ended",
            Self::WaitingClosed { .. } => "waiting_closed",
            Self::Reminder { .. } => "reminder",
            Self::Reported { .. } => "reported",
            Self::AccountErased => "account_erased",
            Self::Test => "test",
        }
    }

    /// What kind of unasked mail it is, where it can be stopped: all but what concerns an account, an order or a duty.
    fn unasked(self) -> Option<unasked::Kind> {
        match self {
            Self::Reminder { .. } => Some(unasked::Kind::Reminders),
            Self::Invitation { .. } | Self::TeamInvitation { .. } => Some(unasked::Kind::Invitations),
            _ => None,
        }
    }

    /// `None` when what it is about is gone: then nothing is sent.
    async fn compose(self, app: &App, to: &Reader) -> anyhow::Result<Option<Content>> {
        match self {
            Self::Verify { sign_up } => signin::letters::verify(app, sign_up, to).await,
            Self::AccountExists { member } => signin::letters::account_exists(app, member, to).await,
            Self::Reset { member } => signin::letters::reset(app, member, to).await,
            Self::PasswordChanged { member } => signin::letters::password_changed(app, member, to).await,
            Self::NewDevice { member } => signin::letters::new_device(app, member, to).await,
            Self::SignInLink { member, wish } => signin::letters::sign_in_link(app, member, wish, to).await,
            Self::EmailChange { change } => signin::letters::email_change(app, change, to).await,
            Self::EmailChanged { member } => signin::letters::email_changed(app, member, to).await,
            Self::StepUpCode { member } => signin::second::letters::step_up_code(app, member, to).await,
            Self::SecondFactorOn { member } => signin::second::letters::on(app, member, to).await,
            Self::SecondFactorOff { member } => signin::second::letters::off(app, member, to).await,
            Self::SecondFactorReset { member } => signin::second::letters::reset(app, member, to).await,
            Self::RecoveryCodesMade { member } => signin::second::letters::codes_made(app, member, to).await,
            Self::RecoveryCodeUsed { member } => signin::second::letters::code_used(app, member, to).await,
            Self::IdentityLinked { member, provider } => {
                signin::oauth::letters::linked(app, member, provider, to).await
            }
            Self::IdentityUnlinked { member, provider } => {
                signin::oauth::letters::unlinked(app, member, provider, to).await
            }
            Self::ConfirmPlaces { order } => orders::letters::confirm_places(app, order, to).await,
            Self::AlreadyGoing { order } => orders::letters::already_going(app, order, to).await,
            Self::Tickets { order } => orders::ticket_letters::tickets(app, order, to).await,
            Self::OrderCancelled { order } => orders::letters::order_cancelled(app, order, to).await,
            Self::Owed { order } => payments::letters::owed(app, order, to).await,
            Self::CreditsBought { payment } => payments::purchases::letters::bought(app, payment, to).await,
            Self::Refunded { refund } => payments::letters::refunded(app, refund, to).await,
            Self::Disputed { dispute } => payments::disputes::letters::disputed(app, dispute, to).await,
            Self::TicketBack { ticket } => orders::telling::ticket_back(app, ticket, to).await,
            Self::EventChanged { order } => orders::letters::event_changed(app, order, to).await,
            Self::EventCancelled { order } => orders::letters::event_cancelled(app, order, to).await,
            Self::EventCancelledByAdmin { event } => events::letters::cancelled_by_admin(app, event, to).await,
            Self::Ticket { ticket } => orders::ticket_letters::ticket(app, ticket, to).await,
            Self::TicketGiven { ticket } => orders::ticket_letters::ticket_given(app, ticket, to).await,
            Self::TicketGone { ticket } => orders::ticket_letters::ticket_gone(app, ticket, to).await,
            Self::TeamInvitation { invitation } => events::letters::team_invitation(app, invitation, to).await,
            Self::Invitation { invitation } => invitations::letters::invitation(app, invitation, to).await,
            Self::ConfirmWaiting { party } => orders::waiting::letters::confirm_waiting(app, party, to).await,
            Self::OnTheList { party } => orders::waiting::letters::on_the_list(app, party, to).await,
            Self::PlaceOffered { party } => orders::waiting::letters::place_offered(app, party, to).await,
            Self::OfferEnded { party } => orders::waiting::letters::offer_ended(app, party, to).await,
            Self::WaitingClosed { party } => orders::waiting::letters::waiting_closed(app, party, to).await,
            Self::Reminder { order, ahead, starts_at } => {
                orders::reminding::letters::reminder(app, order, (ahead, starts_at), to).await
            }
            Self::Reported { report } => events::letters::reported(app, report, to).await,
            Self::AccountErased => crate::my_data::letters::erased(app, to).await,
            Self::Test => Ok(Some(test_letter(app, to)?)),
        }
    }
}

/// To whom a letter goes, and in which language.
#[derive(Debug, Clone)]
pub struct Reader {
    pub member: Option<Id<Member>>,
    pub name: String,
    pub email: String,
    pub locale: Locale,
}

impl Reader {
    pub fn of(member: &Member) -> Self {
        Self {
            member: Some(member.id),
            name: member.name.clone(),
            email: member.email.clone(),
            locale: member.locale(),
        }
    }
    pub fn guest(name: &str, email: &Email, locale: Locale) -> Self {
        Self { member: None, name: name.to_owned(), email: email.address.clone(), locale }
    }
}

/// What a letter says.
pub struct Content {
    pub subject: String,
    pub text: String,
    pub html: String,
    pub files: Vec<File>,
}

/// A letter of a few sentences and at most one button; those that show more have templates of their own.
#[derive(Template)]
#[template(path = "mail/letter.html")]
pub struct Plain<'a> {
    pub site: &'a str,
    pub base_url: &'a str,
    pub heading: Sentence,
    pub sentences: Vec<Sentence>,
    pub button: Option<(Sentence, String)>,
    /// Why this came, as the last line.
    pub why: Sentence,
}

#[derive(Template)]
#[template(path = "mail/letter.txt")]
struct PlainText<'a> {
    letter: &'a Plain<'a>,
}

impl Plain<'_> {
    pub fn content(&self, locale: Locale) -> anyhow::Result<Content> {
        Ok(Content {
            subject: self.heading.to(locale),
            text: PlainText { letter: self }.render_with_values(&locale)?,
            html: self.render_with_values(&locale)?,
            files: Vec::new(),
        })
    }
}

fn test_letter(app: &App, to: &Reader) -> anyhow::Result<Content> {
    Plain {
        site: app.site_name(),
        base_url: &app.config.base_url,
        heading: Sentence::new(t!("Mail works")),
        sentences: vec![Sentence::new(t!("This is the test that you asked for. The mail settings are right."))],
        button: None,
        why: Sentence::new(t!("You receive this because an admin of the site sent a test to this address.")),
    }
    .content(to.locale)
}

/// Queues a letter in the transaction that makes it necessary.
pub async fn queue(tx: &mut Tx, letter: Letter, to: &Reader, now: Instant) -> db::Result<Id<Mail>> {
    let id = Id::new();
    let mail = later(tx, INSERT).bind(id).bind(letter.kind()).bind(letter.json()?).bind(to.member).bind(&to.name);
    mail.bind(&to.email).bind(to.locale.tag()).bind(now).bind(None::<String>).write().await?;
    jobs::enqueue(tx, Job::SendMail { mail: id }, now).await?;
    Ok(id)
}

/// The same, unless one was queued under this key before: a job that runs twice writes once.
pub async fn queue_once(tx: &mut Tx, letter: Letter, to: &Reader, once: &str, now: Instant) -> db::Result<bool> {
    let id = Id::new();
    let mail = sql(INSERT).bind(id).bind(letter.kind()).bind(letter.json()?).bind(to.member).bind(&to.name);
    let new = mail.bind(&to.email).bind(to.locale.tag()).bind(now).bind(once).execute(&mut *tx).await? == 1;
    if new {
        jobs::enqueue(tx, Job::SendMail { mail: id }, now).await?;
    }
    Ok(new)
}

const INSERT: &str =
    "INSERT INTO mails (id, kind, letter, member_id, to_name, to_email, locale, state, created_at, once)
     VALUES ($1, $2, $3, $4, $5, $6, $7, 'waiting', $8, $9) ON CONFLICT (once) DO NOTHING";

/// A mail as an admin sees it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Row {
    pub id: Id<Mail>,
    pub kind: String,
    pub letter: String,
    pub member_id: Option<Id<Member>>,
    pub to_name: String,
    pub to_email: String,
    pub subject: String,
    pub locale: String,
    pub state: String,
    pub attempts: i64,
    pub last_error: Option<String>,
    pub created_at: Instant,
    pub sent_at: Option<Instant>,
}

/// Makes one queued letter's text and hands it over. A failure is written down and thrown on, so that the job tries again.
pub async fn deliver(app: &App, id: Id<Mail>) -> anyhow::Result<()> {
    let row: Option<Row> = sql("SELECT * FROM mails WHERE id = $1").bind(id).optional(&app.db).await?;
    let Some(row) = row.filter(|row| row.state != "sent") else { return Ok(()) };
    let to = Reader {
        member: row.member_id,
        name: row.to_name,
        email: row.to_email,
        locale: row.locale.parse().unwrap_or_default(),
    };
    let letter: Letter = serde_json::from_str(&row.letter)?;
    let unasked = letter.unasked().zip(Email::parse(&to.email)).map(|(kind, email)| (Address::of(&email), kind));
    let wanted = match &unasked {
        Some((address, kind)) => unasked::wants(&app.db, address, *kind).await?,
        None => true,
    };
    // Whose account is gone cannot be written to.
    let composed = if wanted && !to.email.is_empty() { letter.compose(app, &to).await? } else { None };
    let outcome = match composed {
        None => Ok(("dropped", String::new())),
        Some(mut content) => {
            let stop = unasked.as_ref().map(|(address, kind)| (address, *kind));
            let unsubscribe = unasked::below::add(app, stop, &mut content, to.locale)?;
            let subject = content.subject.clone();
            let message = Message {
                id: id.to_string(),
                from_name: app.site.ask(&app.db, app.clock.now()).await?.name.to_owned(),
                to_name: to.name,
                to: to.email,
                subject: content.subject,
                text: content.text,
                html: content.html,
                files: content.files,
                at: app.clock.now().rfc3339(),
                unsubscribe,
            };
            app.mailer.send(&message).await.map(|()| ("sent", subject))
        }
    };
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    match &outcome {
        Ok((state, subject)) => {
            sql("UPDATE mails SET state = $2, subject = $3, attempts = attempts + 1, last_error = NULL, sent_at = $4 WHERE id = $1")
                .bind(id).bind(*state).bind(subject).bind(now).execute(&mut tx).await?;
        }
        Err(error) => {
            let text: String = format!("{error:#}").chars().take(500).collect();
            sql("UPDATE mails SET attempts = attempts + 1, last_error = $2 WHERE id = $1")
                .bind(id)
                .bind(text)
                .execute(&mut tx)
                .await?;
        }
    }
    tx.commit().await?;
    outcome.map(drop)
}

/// The job's horizon has passed: the mail is shown to admins as failed.
pub async fn gave_up(tx: &mut Tx, id: Id<Mail>, error: &str) -> db::Result<()> {
    sql("UPDATE mails SET state = 'failed', last_error = $2 WHERE id = $1 AND state = 'waiting'")
        .bind(id)
        .bind(error)
        .execute(tx)
        .await
        .map(drop)
}

/// Takes back every letter that waits: the guests of the demo are nobody.
pub async fn forget_waiting(tx: &mut Tx) -> db::Result<()> {
    sql("DELETE FROM mails WHERE state = 'waiting'").execute(&mut *tx).await?;
    sql("DELETE FROM jobs WHERE kind = 'send_mail'").execute(tx).await.map(drop)
}

/// Forgets the last letters to those whose accounts are gone, once they were sent.
pub async fn forget_last(tx: &mut Tx, before: Instant) -> db::Result<()> {
    sql("DELETE FROM mails WHERE kind = 'account_erased' AND state <> 'waiting' AND created_at < $1")
        .bind(before)
        .execute(tx)
        .await
        .map(drop)
}

/// Queues a mail once more, whatever became of it. False if there is none.
pub async fn resend(tx: &mut Tx, id: Id<Mail>, now: Instant) -> db::Result<bool> {
    let found = sql("UPDATE mails SET state = 'waiting', last_error = NULL WHERE id = $1").bind(id).execute(tx).await?;
    if found == 1 {
        jobs::enqueue(tx, Job::SendMail { mail: id }, now).await?;
    }
    Ok(found == 1)
}

/// The newest mails: in a state ('' is any), to an address that contains `q`.
pub async fn list(tx: &mut Tx, state: &str, q: &str, limit: i64, offset: i64) -> db::Result<Vec<Row>> {
    sql("SELECT * FROM mails WHERE ($1 = '' OR state = $1) AND ($2 = '' OR LOWER(to_email) LIKE '%' || LOWER($2) || '%')
         ORDER BY created_at DESC, id DESC LIMIT $3 OFFSET $4")
    .bind(state)
    .bind(q)
    .bind(limit)
    .bind(offset)
    .all(tx)
    .await
}

pub async fn by_id(on: impl Into<db::On<'_>>, id: Id<Mail>) -> db::Result<Option<Row>> {
    sql("SELECT * FROM mails WHERE id = $1").bind(id).optional(on).await
}

/// When the mail that waits longest was queued.
pub async fn oldest_waiting(tx: &mut Tx) -> db::Result<Option<Instant>> {
    let row: Option<(Instant,)> =
        sql("SELECT created_at FROM mails WHERE state = 'waiting' ORDER BY created_at LIMIT 1").optional(tx).await?;
    Ok(row.map(|(at,)| at))
}

/// A mail that waits longer than this is late: when all is well it goes within seconds.
pub const SLOW: jiff::SignedDuration = crate::clock::minutes(5);

/// (waiting, failed).
pub async fn counts(tx: &mut Tx) -> db::Result<(i64, i64)> {
    sql("SELECT CAST(COALESCE(SUM(CASE WHEN state = 'waiting' THEN 1 ELSE 0 END), 0) AS BIGINT),
                CAST(COALESCE(SUM(CASE WHEN state = 'failed' THEN 1 ELSE 0 END), 0) AS BIGINT)
         FROM mails WHERE state IN ('waiting', 'failed')")
    .one(tx)
    .await
}
