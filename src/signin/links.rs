//! Links that are mailed to members: of one kind, for a short time, used once, hashed in the database. Opening
//! one changes nothing; the button on its page does.
use super::{SignUp, devices, prove, store};
use crate::app::App;
use crate::clock::{self, Instant};
use crate::db::Tx;
use crate::error::Result;
use crate::ids::{self, Id};
use crate::journal::{self, Actor};
use crate::letters::{self, Letter, Reader};
use crate::members::{self, Member, MemberFact};
use crate::web::limits::{self, Ip};
use crate::web::sessions;

words! {
    /// What a link is for. One for another purpose opens nothing.
    pub enum Kind { Verify = "verify", Reset = "reset", SignIn = "sign-in", Email = "email", StepUp = "step-up" }
}

impl Kind {
    /// How long one works.
    pub const fn lives(self) -> jiff::SignedDuration {
        match self {
            Self::Verify | Self::Reset | Self::Email => clock::hours(1),
            Self::SignIn | Self::StepUp => clock::minutes(10),
        }
    }
}

/// How a mailed code of a member is remembered, however it was typed.
pub fn mailed_code(member: Id<Member>, typed: &str) -> String {
    ids::hash(&format!("{member}/{}", ids::read_ticket_code(typed).unwrap_or_default()))
}

/// A button of a link's page that was pressed: the link's secret, and the name of that copy of the page.
#[derive(Debug, Clone, Copy)]
pub struct Press<'a> {
    pub token: &'a str,
    pub form: &'a str,
}

impl Press<'_> {
    /// How the copy is remembered. One without a name is like no other.
    fn form_hash(&self) -> String {
        if self.form.is_empty() { ids::hash(&ids::secret()) } else { ids::hash(self.form) }
    }
}

/// What came of it.
#[derive(Debug, PartialEq, Eq)]
pub enum Pressed<T> {
    First(T),
    /// The same copy of the page was pressed a moment ago.
    Again,
    /// Used, too old, of another kind, or the account has another address by now.
    Dead,
}

/// How long a second press of the same button is taken for the first.
const MOMENT: jiff::SignedDuration = clock::minutes(10);

/// Makes a link for a member and answers its token.
pub async fn mint(app: &App, kind: Kind, member: &Member) -> anyhow::Result<String> {
    write(app, kind, member, None).await
}

/// Makes the link that proves the address of a sign-up. `None` when it is proven already.
pub async fn mint_for(app: &App, sign_up: &SignUp) -> anyhow::Result<Option<String>> {
    let member = members::store::by_email_key(&app.db, &sign_up.email_key).await?;
    match member.filter(|member| member.email_verified_at.is_none()) {
        Some(member) => write(app, Kind::Verify, &member, Some(sign_up.id.to_string())).await.map(Some),
        None => Ok(None),
    }
}

/// The same for a link that is about something of its own.
pub(super) async fn write(app: &App, kind: Kind, member: &Member, subject: Option<String>) -> anyhow::Result<String> {
    let now = app.clock.now();
    let token = ids::secret();
    let hash = ids::hash(&token);
    decide!(app.db, tx, store::insert_link(tx, &hash, kind, member, subject.clone(), now).await)?;
    Ok(token)
}

/// Whose link this is, if it can still be used.
pub async fn owner(app: &App, kind: Kind, token: &str) -> Result<Option<Member>> {
    Ok(store::owner_of_link(&app.db, &ids::hash(token), kind, app.clock.now()).await?)
}

/// What a link is about, besides its member.
pub(super) async fn subject(app: &App, kind: Kind, token: &str) -> Result<Option<String>> {
    Ok(store::subject_of_link(&app.db, &ids::hash(token), kind).await?)
}

/// Which sign-up sent the link.
pub async fn sign_up(app: &App, token: &str) -> Result<Option<SignUp>> {
    Ok(store::sign_up_of_link(&app.db, &ids::hash(token)).await?)
}

/// Whether this copy of the page used the link a moment ago.
pub async fn was_pressed(app: &App, kind: Kind, press: Press<'_>) -> Result<bool> {
    let since = app.clock.now() - MOMENT;
    Ok(store::link_used_by(&app.db, &ids::hash(press.token), kind, &press.form_hash(), since).await?)
}

/// Whose link this copy of the page used a moment ago.
pub async fn pressed_by(app: &App, kind: Kind, press: Press<'_>) -> Result<Option<Member>> {
    let since = app.clock.now() - MOMENT;
    Ok(store::user_of_link(&app.db, &ids::hash(press.token), kind, &press.form_hash(), since).await?)
}

/// Uses a link, and with it all others of its kind.
pub(super) async fn take(tx: &mut Tx, kind: Kind, press: Press<'_>, now: Instant) -> Result<Pressed<Member>> {
    let (hash, form) = (ids::hash(press.token), press.form_hash());
    let owner = store::owner_of_link(&mut *tx, &hash, kind, now).await?;
    // Behind the member's lock the link is looked at again: of two at once, one finds it used.
    let member = match owner {
        Some(owner) => members::store::lock(tx, owner.id).await?,
        None => None,
    };
    if let Some(member) = member
        && store::use_link(tx, &hash, kind, &form, now).await?
    {
        store::drop_links(tx, member.id, kind).await?;
        return Ok(Pressed::First(member));
    }
    let again = store::link_used_by(tx, &hash, kind, &form, now - MOMENT).await?;
    Ok(if again { Pressed::Again } else { Pressed::Dead })
}

/// Proves the address of a new account, which becomes what `by` wrote, else what the sign-up did that sent the link.
pub async fn verify(app: &App, press: Press<'_>, by: Option<Id<SignUp>>) -> Result<Pressed<Member>> {
    let now = app.clock.now();
    decide!(app.db, tx, {
        let sign_up = match by {
            Some(by) => store::sign_up(&mut *tx, by).await?,
            None => store::sign_up_of_link(&mut *tx, &ids::hash(press.token)).await?,
        };
        match take(tx, Kind::Verify, press, now).await? {
            Pressed::First(member) if member.email_verified_at.is_some() => Ok(Pressed::Dead),
            Pressed::First(member) => own(tx, &member, sign_up.as_ref(), now).await,
            other => Ok(other),
        }
    })
}

async fn own(tx: &mut Tx, member: &Member, sign_up: Option<&SignUp>, now: Instant) -> Result<Pressed<Member>> {
    prove(tx, member, now).await?;
    if let Some(of) = sign_up.filter(|of| of.email_key == member.email_key) {
        members::store::set_owner(tx, member.id, &of.name, &of.email, &of.locale, &of.password).await?;
    }
    let owned = members::store::by_id(&mut *tx, member.id).await?;
    Ok(owned.map_or(Pressed::Dead, Pressed::First))
}

/// Sets a new password, which obeys the rule already, and ends all sessions. The mail proves the address:
/// of an account that never verified it nothing else remains.
pub async fn reset(app: &App, press: Press<'_>, password: &str, ip: Ip) -> Result<Pressed<()>> {
    limits::RESET.count(app, &ip.whose()).await?;
    let hash = app.passwords.hash(password).await?;
    let now = app.clock.now();
    decide!(app.db, tx, {
        match take(tx, Kind::Reset, press, now).await? {
            Pressed::First(member) => replace_password(tx, &member, &hash, now).await.map(Pressed::First),
            Pressed::Again => Ok(Pressed::Again),
            Pressed::Dead => Ok(Pressed::Dead),
        }
    })
}

async fn replace_password(tx: &mut Tx, member: &Member, hash: &str, now: Instant) -> Result<()> {
    prove(tx, member, now).await?;
    members::store::set_password(tx, member.id, Some(hash)).await?;
    sessions::end_others(tx, member.id, "").await?;
    crate::api::tokens::revoke_all(tx, member.id).await?;
    devices::forget_others(tx, member.id, None).await?;
    journal::append(tx, &member.stream(), &MemberFact::PasswordReset, Actor::Member(member.id), now).await?;
    letters::queue(tx, Letter::PasswordChanged { member: member.id }, &Reader::of(member), now).await?;
    Ok(())
}
