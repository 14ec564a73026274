//! Personal tokens: made by a member for a program, with a name, scopes and an end; stored hashed.
use super::caller::Scope;
use super::store;
use crate::app::App;
use crate::clock::{self, Instant};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::forms::{Errors, Reader};
use crate::ids::{self, Id};
use crate::journal::{self, Actor};
use crate::members::{self, Member, MemberFact};
use crate::web::sessions;

/// What every personal token begins with, so that people and leak scanners know one when they see it.
pub const PREFIX: &str = "mq_";
/// How many a member may have.
const MOST: i64 = 50;

#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Token {
    pub id: Id<Token>,
    pub member_id: Id<Member>,
    pub name: String,
    /// Words separated by single spaces.
    pub scopes: String,
    pub created_at: Instant,
    pub expires_at: Option<Instant>,
    pub last_used_at: Option<Instant>,
}

impl Token {
    pub fn scope_list(&self) -> Vec<Scope> {
        self.scopes.split(' ').filter_map(|word| word.parse().ok()).collect()
    }
    pub fn is_over(&self, now: Instant) -> bool {
        self.expires_at.is_some_and(|end| end <= now)
    }
}

/// As typed.
#[derive(Debug, Clone, Default)]
pub struct Typed {
    pub name: String,
    pub scopes: Vec<String>,
    /// Days; '' for no end.
    pub days: String,
}

/// A readable wish for a token.
#[derive(Debug, Clone)]
pub struct Wish {
    pub name: String,
    pub scopes: Vec<Scope>,
    pub days: Option<i64>,
}

impl Typed {
    pub fn has(&self, scope: &Scope) -> bool {
        self.scopes.iter().any(|typed| typed == scope.word())
    }

    pub fn parse(&self, admin: bool) -> Result<Wish, Errors> {
        let mut reader = Reader::default();
        let name = reader.required("name", &self.name, 80, t!("Name the token after what will use it."));
        let mut scopes: Vec<Scope> = Vec::new();
        for typed in &self.scopes {
            let scope = reader.choice("scopes", typed);
            if !scopes.contains(&scope) {
                scopes.push(scope);
            }
        }
        if self.scopes.is_empty() {
            reader.errors.add("scopes", t!("Choose what the token may do."));
        }
        if scopes.contains(&Scope::Admin) && !admin {
            reader.errors.add("scopes", t!("Only admins can give this."));
        }
        let days = reader.number("days", &self.days, 1, 366);
        reader.errors.or(|| Wish { name, scopes, days })
    }
}

/// Makes a token and answers it with its secret, which is shown this once. `None` when there are too many. A token is a
/// way in, so the session that asks must be open still: a new password has ended it, or will end the token.
pub async fn make(
    tx: &mut Tx,
    owner: &Member,
    session: &str,
    wish: &Wish,
    now: Instant,
) -> Result<Option<(Token, String)>> {
    let fresh = members::acting(tx, owner.id).await?;
    if !sessions::is_open(&mut *tx, session, owner.id, now).await? {
        return Err(Error::SignIn { back: "/settings/tokens".to_owned() });
    }
    if wish.scopes.contains(&Scope::Admin) && !fresh.admin {
        return Err(Error::Forbidden);
    }
    if store::count(&mut *tx, owner.id).await? >= MOST {
        return Ok(None);
    }
    let secret = format!("{PREFIX}{}", ids::secret());
    let words: Vec<&str> = wish.scopes.iter().map(|scope| scope.word()).collect();
    let token = Token {
        id: Id::new(),
        member_id: owner.id,
        name: wish.name.clone(),
        scopes: words.join(" "),
        created_at: now,
        expires_at: wish.days.map(|days| now + clock::days(days)),
        last_used_at: None,
    };
    store::insert(tx, &token, &ids::hash(&secret)).await?;
    journal::append(tx, &owner.stream(), &MemberFact::TokenMade, Actor::Member(owner.id), now).await?;
    Ok(Some((token, secret)))
}

/// Whether a member's token is good still.
pub async fn stands(app: &App, owner: Id<Member>, id: Id<Token>) -> Result<bool> {
    let now = app.clock.now();
    Ok(store::of(&app.db, owner).await?.iter().any(|token| token.id == id && !token.is_over(now)))
}

/// Ends a token. False if it is not theirs, or gone.
pub async fn revoke(tx: &mut Tx, owner: &Member, id: Id<Token>, now: Instant) -> Result<bool> {
    members::store::lock(tx, owner.id).await?;
    let gone = store::remove(tx, id, owner.id).await?;
    if gone {
        journal::append(tx, &owner.stream(), &MemberFact::TokenRevoked, Actor::Member(owner.id), now).await?;
    }
    Ok(gone)
}

/// Ends all tokens of a member; answers how many.
pub async fn revoke_all(tx: &mut Tx, owner: Id<Member>) -> Result<u64> {
    Ok(store::remove_all(tx, owner).await?)
}

/// Whose token this is, while it is good. Use is noted at most once a minute.
pub async fn owner(app: &App, secret: &str) -> Result<Option<(Member, Token)>> {
    let now = app.clock.now();
    let hash = ids::hash(secret);
    let owned = store::by_hash(&app.db, &hash).await?.map(|owned| (owned.token(), owned.member));
    let counts = |(token, member): &(Token, Member)| !token.is_over(now) && member.suspended_at.is_none();
    let Some((token, member)) = owned.filter(counts) else { return Ok(None) };
    if token.last_used_at.is_none_or(|used| used + clock::minutes(1) < now) {
        app.uses.note(token.id, now);
    }
    Ok(Some((member, token)))
}
