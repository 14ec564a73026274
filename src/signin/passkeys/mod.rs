//! Passkeys (WebAuthn): a device signs a challenge of ours, for our address alone, after it made sure who holds it.
//! So one counts as password and second factor alike, and as the strongest answer to "is it still you?".
pub mod challenges;
pub mod letters;
pub mod proving;
pub mod store;

use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use url::Url;
use webauthn_rs::prelude::{
    CreationChallengeResponse, Passkey as Key, PasskeyRegistration, RegisterPublicKeyCredential, Webauthn,
    WebauthnBuilder, WebauthnError,
};
use webauthn_rs_proto::ResidentKeyRequirement;

use super::{end_other_sessions, oauth};
use crate::app::App;
use crate::clock::Instant;
use crate::config::Config;
use crate::db::Tx;
use crate::error::{Error, OrNotFound, Result};
use crate::forms::{Errors, Reader as Read};
use crate::ids::Id;
use crate::journal::{self, Actor};
use crate::letters::{Letter, Reader, queue};
use crate::members::{self, Member, MemberFact};
use crate::web::sessions;

use challenges::{Asked, Purpose};

/// Of one member.
const MOST: usize = 20;
/// Letters of a name.
const NAME: usize = 60;

/// One passkey of a member.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Passkey {
    pub id: Id<Passkey>,
    pub member_id: Id<Member>,
    pub credential: String,
    pub public_key: String,
    pub name: String,
    pub created_at: Instant,
    pub last_used_at: Option<Instant>,
}

impl Passkey {
    fn key(&self) -> Result<Key> {
        Ok(serde_json::from_str(&self.public_key)?)
    }
}

/// How a credential is named in the table.
fn credential(id: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(id)
}

/// What checks passkeys for BASE_URL. `None` where that is an IP address, for which browsers make none.
pub fn verifier(config: &Config) -> anyhow::Result<Option<Arc<Webauthn>>> {
    let origin = Url::parse(&config.base_url)?;
    let Some(host) = origin.domain().map(str::to_owned) else { return Ok(None) };
    let built = WebauthnBuilder::new(&host, &origin).and_then(|builder| builder.rp_name(&config.site_name).build());
    Ok(Some(Arc::new(built?)))
}

fn webauthn(app: &App) -> Result<&Webauthn> {
    app.passkeys.as_deref().or_404()
}

/// Why a device's answer is not taken: for the log, since whoever asks gets no details.
fn unbelieved(error: &WebauthnError) {
    tracing::warn!("the answer of a passkey does not hold: {error}");
}

/// The name as typed, or what is wrong with it.
pub fn name(typed: &str) -> std::result::Result<String, Errors> {
    let mut reader = Read::default();
    let name = reader.required("name", typed, NAME, t!("Give the passkey a name, so that you know which one it is."));
    reader.errors.or(|| name)
}

/// Asks a device for a new passkey, which it keeps itself, so that nobody has to type who they are.
pub async fn offer(app: &App, me: &Member, session: &str) -> Result<Option<Asked<CreationChallengeResponse>>> {
    let known = store::of(&app.db, me.id).await?;
    if known.len() >= MOST {
        return Ok(None);
    }
    let known = known.iter().map(|passkey| passkey.key().map(|key| key.cred_id().clone()));
    let known = known.collect::<Result<Vec<_>>>()?;
    let handle = uuid::Uuid::try_parse(&me.id.to_string())?;
    let begun = webauthn(app)?.start_passkey_registration(handle, &me.email, &me.name, Some(known));
    let (mut options, state) = begun.map_err(|error| anyhow::anyhow!("no passkey can be asked for: {error}"))?;
    app.site_name().clone_into(&mut options.public_key.rp.name);
    if let Some(wanted) = &mut options.public_key.authenticator_selection {
        wanted.resident_key = Some(ResidentKeyRequirement::Required);
        wanted.require_resident_key = true;
    }
    challenges::keep(app, Purpose::Add, session, &state, options).await.map(Some)
}

/// What came of adding one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Added {
    Done,
    /// The challenge was used, is too old, or the answer does not hold.
    Wrong,
    /// It opens an account already.
    Known,
}

/// Keeps what a device answered.
pub async fn add(
    app: &App,
    me: &Member,
    session: &str,
    challenge: &str,
    answer: &RegisterPublicKeyCredential,
    name: &str,
) -> Result<Added> {
    let taken: Option<PasskeyRegistration> = challenges::take(app, Purpose::Add, session, challenge).await?;
    let Some(state) = taken else { return Ok(Added::Wrong) };
    let key = match webauthn(app)?.finish_passkey_registration(answer, &state) {
        Ok(key) => key,
        Err(error) => {
            unbelieved(&error);
            return Ok(Added::Wrong);
        }
    };
    let now = app.clock.now();
    let passkey = Passkey {
        id: Id::new(),
        member_id: me.id,
        credential: credential(key.cred_id()),
        public_key: serde_json::to_string(&key)?,
        name: name.to_owned(),
        created_at: now,
        last_used_at: None,
    };
    decide!(app.db, tx, {
        let member = open_session(tx, me.id, session, now).await?;
        if !store::insert(tx, &passkey).await? {
            return Ok(Added::Known);
        }
        members::store::set_passkey(tx, member.id, Some(member.passkey_at.unwrap_or(now))).await?;
        changed(tx, &member, session, MemberFact::PasskeyAdded, Letter::PasskeyAdded { member: member.id }, now)
            .await?;
        Ok(Added::Done)
    })
}

/// Gives one another name.
pub async fn rename(tx: &mut Tx, me: Id<Member>, id: Id<Passkey>, name: &str) -> Result<()> {
    store::set_name(tx, me, id, name).await?.then_some(()).or_404()
}

/// Removes one, unless nothing else opens the account.
pub async fn remove(
    tx: &mut Tx,
    me: Id<Member>,
    session: &str,
    id: Id<Passkey>,
    now: Instant,
) -> Result<Option<Errors>> {
    let member = open_session(tx, me, session, now).await?;
    let all = store::of(&mut *tx, member.id).await?;
    all.iter().find(|passkey| passkey.id == id).or_404()?;
    let last = all.len() == 1;
    if last && member.password.is_none() && oauth::store::of(&mut *tx, member.id).await?.is_empty() {
        return Ok(Some(Errors::whole(t!(
            "This passkey is your only way in, so it stays until you choose a password."
        ))));
    }
    store::remove(tx, id).await?;
    if last {
        members::store::set_passkey(tx, member.id, None).await?;
    }
    changed(tx, &member, session, MemberFact::PasskeyRemoved, Letter::PasskeyRemoved { member: member.id }, now)
        .await?;
    Ok(None)
}

/// None is left: for whoever has never proven the address, or has lost them all.
pub async fn remove_all(tx: &mut Tx, member: Id<Member>) -> Result<()> {
    store::remove_all(tx, member).await?;
    Ok(members::store::set_passkey(tx, member, None).await?)
}

/// A session that was ended meanwhile decides nothing any more.
async fn open_session(tx: &mut Tx, me: Id<Member>, session: &str, now: Instant) -> Result<Member> {
    let member = members::store::lock(tx, me).await?.or_404()?;
    if sessions::is_open(&mut *tx, session, member.id, now).await? {
        Ok(member)
    } else {
        Err(Error::SignIn { back: "/settings/passkeys".to_owned() })
    }
}

/// The strongest factor is another one now, so what was open on the word of the one before ends.
async fn changed(
    tx: &mut Tx,
    member: &Member,
    session: &str,
    fact: MemberFact,
    letter: Letter,
    now: Instant,
) -> Result<()> {
    end_other_sessions(tx, member, session, now).await?;
    journal::append(tx, &member.stream(), &fact, Actor::Member(member.id), now).await?;
    queue(tx, letter, &Reader::of(member), now).await?;
    Ok(())
}
