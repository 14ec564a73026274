//! Wishes for an account. Several people may name one address: whoever proves it gets what they wrote themselves.
use super::{NewMember, limits, store, write};
use crate::app::App;
use crate::clock::Instant;
use crate::db::Tx;
use crate::error::Result;
use crate::forms::Email;
use crate::ids::Id;
use crate::journal::{self, Actor};
use crate::letters::{Letter, Reader};
use crate::members::{self, Member, MemberFact};
use crate::web::limits::Ip;

/// What somebody wrote who wants an account.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct SignUp {
    pub id: Id<SignUp>,
    pub email: String,
    pub email_key: String,
    pub name: String,
    pub locale: String,
    /// An argon2id hash in PHC form.
    pub password: String,
    pub created_at: Instant,
}

impl SignUp {
    fn of(wish: &NewMember, password: String, now: Instant) -> Self {
        Self {
            id: Id::new(),
            email: wish.email.address.clone(),
            email_key: wish.email.key.clone(),
            name: wish.name.clone(),
            locale: wish.locale.tag().to_owned(),
            password,
            created_at: now,
        }
    }
    fn reader(&self) -> Reader {
        let locale = self.locale.parse().unwrap_or_default();
        Reader { member: None, name: self.name.clone(), email: self.email.clone(), locale }
    }
}

/// Makes an account that waits for its address to be proven, or one more wish for one. Where the address is proven
/// its owner is told by mail, and the answer is the same: the name of a wish, which then opens nothing.
pub async fn sign_up(app: &App, wish: NewMember, ip: Ip) -> Result<Id<SignUp>> {
    limits::SIGN_UP.count(app, &ip.whose()).await?;
    let hash = app.passwords.hash(&wish.password).await?;
    let now = app.clock.now();
    let sign_up = SignUp::of(&wish, hash, now);
    let member = wish.member(None, now);
    decide!(app.db, tx, enroll(tx, &member, &sign_up, now).await)?;
    Ok(sign_up.id)
}

async fn enroll(tx: &mut Tx, member: &Member, sign_up: &SignUp, now: Instant) -> Result<()> {
    if members::store::insert(tx, member).await? {
        let by = Actor::Member(member.id);
        journal::append(tx, &member.stream(), &MemberFact::MemberSignedUp, by, now).await?;
    }
    store::insert_sign_up(tx, sign_up).await?;
    let known = members::store::by_email_key(&mut *tx, &sign_up.email_key).await?;
    let (letter, to) = match known.filter(|member| member.email_verified_at.is_some()) {
        Some(owner) => (Letter::AccountExists { member: owner.id }, Reader::of(&owner)),
        None => (Letter::Verify { sign_up: sign_up.id }, sign_up.reader()),
    };
    write(tx, &sign_up.email_key, letter, Some(to), now).await
}

/// Sends the link that proves an address once more, if the address waits for it: of the sign-up that was made in
/// this browser, else of the last one.
pub async fn resend(app: &App, email: &Email, own: Option<Id<SignUp>>, ip: Ip) -> Result<()> {
    limits::RESEND.count(app, &ip.whose()).await?;
    let member = members::store::by_email_key(&app.db, &email.key).await?;
    let sign_up = store::sign_up_with(&app.db, &email.key, own).await?;
    let proven = member.is_some_and(|member| member.email_verified_at.is_some());
    ask(app, &email.key, sign_up.filter(|_| !proven).as_ref()).await
}

/// Queues the mail that proves the address of a sign-up.
pub async fn ask_to_verify(app: &App, sign_up: &SignUp) -> Result<()> {
    ask(app, &sign_up.email_key, Some(sign_up)).await
}

async fn ask(app: &App, email_key: &str, sign_up: Option<&SignUp>) -> Result<()> {
    let letter = Letter::Verify { sign_up: sign_up.map_or_else(Id::new, |sign_up| sign_up.id) };
    let now = app.clock.now();
    decide!(app.db, tx, write(tx, email_key, letter, sign_up.map(SignUp::reader), now).await)
}
