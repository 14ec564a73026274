//! Another e-mail address: it counts once it is proven, and the old one is told.
use super::links::{self, Kind, Press, Pressed};
use super::{store, write};
use crate::app::App;
use crate::clock::Instant;
use crate::error::{Error, Result};
use crate::forms::Email;
use crate::ids::Id;
use crate::journal::{self, Actor};
use crate::letters::{Letter, Reader, queue};
use crate::members::{self, Member, MemberFact};
use crate::orders;
use crate::unasked;
use crate::web::limits;
use crate::web::sessions;

/// An address that a member wants.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct EmailChange {
    pub id: Id<EmailChange>,
    pub member_id: Id<Member>,
    pub email: String,
    pub email_key: String,
    pub created_at: Instant,
}

/// Sends a link to the address that a member wants. If it is another member's nothing is sent, and nobody told.
pub async fn ask(app: &App, me: &Member, session: &str, email: &Email) -> Result<()> {
    limits::EMAIL_CHANGE.count(app, &me.id.to_string()).await?;
    let now = app.clock.now();
    let change = EmailChange {
        id: Id::new(),
        member_id: me.id,
        email: email.address.clone(),
        email_key: email.key.clone(),
        created_at: now,
    };
    decide!(app.db, tx, {
        let member = members::store::lock(tx, me.id).await?.ok_or(Error::NotFound)?;
        if !sessions::is_open(&mut *tx, session, member.id, now).await? {
            return Err(Error::SignIn { back: "/settings/email".to_owned() });
        }
        let other = members::store::by_email_key(&mut *tx, &change.email_key).await?;
        let taken = other.is_some_and(|other| other.id != member.id && other.email_verified_at.is_some());
        store::drop_email_changes(tx, member.id).await?;
        // Without a wish the letter, which is for nobody, is dropped when its turn comes.
        if !taken {
            store::insert_email_change(tx, &change).await?;
        }
        let to = Reader { email: change.email.clone(), ..Reader::of(&member) };
        write(tx, &change.email_key, Letter::EmailChange { change: change.id }, (!taken).then_some(to), now).await
    })
}

/// Makes the link that the letter shows. `None` when the wish is gone.
pub async fn mint(app: &App, change: &EmailChange) -> anyhow::Result<Option<String>> {
    let Some(member) = members::store::by_id(&app.db, change.member_id).await? else { return Ok(None) };
    links::write(app, Kind::Email, &member, Some(change.id.to_string())).await.map(Some)
}

/// What a link would change, and whose account.
pub async fn of_link(app: &App, token: &str) -> Result<Option<(Member, EmailChange)>> {
    let owner = links::owner(app, Kind::Email, token).await?;
    let id = links::subject(app, Kind::Email, token).await?.and_then(|id| id.parse().ok());
    match owner.zip(id) {
        Some((owner, id)) => Ok(store::email_change(&app.db, id).await?.map(|change| (owner, change))),
        None => Ok(None),
    }
}

/// The address is theirs: from now on it is the one of their account, and no link to the old one opens anything.
pub async fn confirm(app: &App, press: Press<'_>) -> Result<Pressed<()>> {
    let Some((_, change)) = of_link(app, press.token).await? else {
        let again = links::was_pressed(app, Kind::Email, press).await?;
        return Ok(if again { Pressed::Again } else { Pressed::Dead });
    };
    let now = app.clock.now();
    decide!(app.db, tx, {
        let member = match links::take(tx, Kind::Email, press, now).await? {
            Pressed::First(member) if member.suspended_at.is_none() => member,
            Pressed::First(_) | Pressed::Dead => return Ok(Pressed::Dead),
            Pressed::Again => return Ok(Pressed::Again),
        };
        members::store::free_unproven_email(tx, &change.email_key).await?;
        if !members::store::set_email(tx, member.id, &change.email, &change.email_key, now).await? {
            return Ok(Pressed::Dead);
        }
        store::drop_sign_ups(tx, &change.email_key).await?;
        store::drop_email_changes(tx, member.id).await?;
        let by = Actor::Member(member.id);
        journal::append(tx, &member.stream(), &MemberFact::EmailChanged, by, now).await?;
        queue(tx, Letter::EmailChanged { member: member.id }, &Reader::of(&member), now).await?;
        orders::claim(tx, member.id, &change.email_key, now).await?;
        unasked::moved(tx, &member.email_key, &change.email_key, by, now).await?;
        Ok(Pressed::First(()))
    })
}
