//! Signing in by a mailed link, for those who would rather not type a password.
use super::links::{self, Kind, Press, Pressed};
use super::{Pass, Way, prove, reader, write};
use crate::app::App;
use crate::error::Result;
use crate::forms::Email;
use crate::ids::Id;
use crate::letters::Letter;
use crate::members::{self, Member};
use crate::web::limits::{self, Ip};

/// Somebody's wish for a link: the browser that asked keeps its name, so that it knows the link when it comes.
#[derive(Debug)]
pub struct Wish;

/// Sends a link, if there is an account with this address. What is done is the same if there is none.
pub async fn ask(app: &App, email: &Email, wish: Id<Wish>, ip: Ip) -> Result<()> {
    limits::SIGN_IN_LINK.count(app, &ip.whose()).await?;
    let found = members::store::by_email_key(&app.db, &email.key).await?;
    let letter = Letter::SignInLink { member: found.as_ref().map_or_else(Id::new, |member| member.id), wish };
    let now = app.clock.now();
    decide!(app.db, tx, write(tx, &email.key, letter, found.as_ref().map(reader), now).await)
}

/// Makes the link that the letter shows.
pub async fn mint(app: &App, member: &Member, wish: Id<Wish>) -> anyhow::Result<String> {
    links::write(app, Kind::SignIn, member, Some(wish.to_string())).await
}

/// Whether the link was asked for under this name.
pub async fn is_of(app: &App, token: &str, wish: Option<Id<Wish>>) -> Result<bool> {
    let of = links::subject(app, Kind::SignIn, token).await?;
    Ok(wish.is_some_and(|wish| of == Some(wish.to_string())))
}

/// What a link is worth. Whoever uses it proves the address: of an account that never did nothing else remains.
pub async fn enter(app: &App, press: Press<'_>) -> Result<Pressed<Pass>> {
    let now = app.clock.now();
    decide!(app.db, tx, {
        let member = match links::take(tx, Kind::SignIn, press, now).await? {
            Pressed::First(member) if member.suspended_at.is_none() => member,
            Pressed::First(_) | Pressed::Dead => return Ok(Pressed::Dead),
            Pressed::Again => return Ok(Pressed::Again),
        };
        if member.email_verified_at.is_none() {
            prove(tx, &member, now).await?;
        }
        let proven = members::store::by_id(&mut *tx, member.id).await?;
        Ok(proven.map_or(Pressed::Dead, |member| Pressed::First(Pass::new(member, Way::Link))))
    })
}
