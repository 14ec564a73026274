//! Coming in by a passkey, and proving with it that it is still you.
use webauthn_rs::prelude::{
    AuthenticationResult, DiscoverableAuthentication, PasskeyAuthentication, PublicKeyCredential,
    RequestChallengeResponse,
};

use super::challenges::{self, Asked, Purpose};
use super::{Passkey, credential, store, unbelieved, webauthn};
use crate::app::App;
use crate::db::Tx;
use crate::error::Result;
use crate::members::{self, Member};
use crate::signin::Pass;
use crate::web::limits::{Ip, Limit};

/// Challenges for strangers, each a row until it ends.
const CHALLENGES: Limit = Limit::fixed("passkey-challenge", 30, 60);

/// Asks whoever is there for a passkey of this site. Nobody says who they are: the passkey does.
pub async fn ask(app: &App, ip: Ip) -> Result<Asked<RequestChallengeResponse>> {
    CHALLENGES.count(app, &ip.whose()).await?;
    let begun = webauthn(app)?.start_discoverable_authentication();
    let (options, state) = begun.map_err(|error| anyhow::anyhow!("no passkey can be asked for: {error}"))?;
    challenges::keep(app, Purpose::SignIn, "", &state, plain(options)).await
}

/// Not only in the list of a field: a button was pressed.
fn plain(mut options: RequestChallengeResponse) -> RequestChallengeResponse {
    options.mediation = None;
    options
}

/// What an answer opens. `None` for all that does not hold, and nobody is told which part.
pub async fn enter(app: &App, challenge: &str, answer: &PublicKeyCredential) -> Result<Option<Pass>> {
    let taken: Option<DiscoverableAuthentication> = challenges::take(app, Purpose::SignIn, "", challenge).await?;
    let Some(state) = taken else { return Ok(None) };
    let Some(passkey) = store::by_credential(&app.db, &credential(answer.get_credential_id())).await? else {
        return Ok(None);
    };
    let webauthn = webauthn(app)?;
    let of_owner = webauthn
        .identify_discoverable_authentication(answer)
        .is_ok_and(|(owner, _)| owner.to_string() == passkey.member_id.to_string());
    let key = passkey.key()?;
    let proven = match webauthn.finish_discoverable_authentication_v2(answer, state, &key) {
        Ok(proven) if of_owner => proven,
        Ok(_) => return Ok(None),
        Err(error) => {
            unbelieved(&error);
            return Ok(None);
        }
    };
    decide!(app.db, tx, {
        let Some(member) = used(tx, app, &passkey, &proven).await? else { return Ok(None) };
        Ok(member.suspended_at.is_none().then(|| Pass::by_passkey(member, passkey.id)))
    })
}

/// Notes the use of a passkey; its member, unless another use came in between.
async fn used(tx: &mut Tx, app: &App, passkey: &Passkey, proven: &AuthenticationResult) -> Result<Option<Member>> {
    let Some(member) = members::store::lock(tx, passkey.member_id).await? else { return Ok(None) };
    let mut key = passkey.key()?;
    key.update_credential(proven);
    let noted = store::set_used(tx, passkey, &serde_json::to_string(&key)?, app.clock.now()).await?;
    Ok(noted.then_some(member))
}

/// Asks a member for one of their own passkeys. `None` where they have none.
pub async fn ask_again(app: &App, me: &Member, session: &str) -> Result<Option<Asked<RequestChallengeResponse>>> {
    let own = store::of(&app.db, me.id).await?;
    if own.is_empty() {
        return Ok(None);
    }
    let keys = own.iter().map(Passkey::key).collect::<Result<Vec<_>>>()?;
    let begun = webauthn(app)?.start_passkey_authentication(&keys);
    let (options, state) = begun.map_err(|error| anyhow::anyhow!("no passkey can be asked for: {error}"))?;
    challenges::keep(app, Purpose::StepUp, session, &state, plain(options)).await.map(Some)
}

/// Whether an answer proves that it is still them.
pub async fn prove_again(
    app: &App,
    me: &Member,
    session: &str,
    challenge: &str,
    answer: &PublicKeyCredential,
) -> Result<bool> {
    let taken: Option<PasskeyAuthentication> = challenges::take(app, Purpose::StepUp, session, challenge).await?;
    let found = store::by_credential(&app.db, &credential(answer.get_credential_id())).await?;
    let (Some(state), Some(passkey)) = (taken, found.filter(|passkey| passkey.member_id == me.id)) else {
        return Ok(false);
    };
    let proven = match webauthn(app)?.finish_passkey_authentication(answer, &state) {
        Ok(proven) => proven,
        Err(error) => {
            unbelieved(&error);
            return Ok(false);
        }
    };
    decide!(app.db, tx, Ok(used(tx, app, &passkey, &proven).await?.is_some()))
}
