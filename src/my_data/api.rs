//! The end of an account, for programs.
use axum::extract::State;
use axum::http::StatusCode;

use super::Outcome;
use crate::api::answers::{Done, Fail, Problem, Success};
use crate::api::token_api::not_by_token;
use crate::api::{Caller, Result, Scope, ok};
use crate::app::App;
use crate::forms::Errors;
use crate::i18n::{Locale, Say};
use crate::web::SteppedUp;

/// Delete my account
///
/// Only for a session or the token of a sign-in. 409 while people come to events of yours, or while you are the last
/// admin.
#[utoipa::path(delete, path = "/api/v1/me", tag = "Me", security(("session" = [])),
    params(("Step-Up" = Option<String>, Header, description = "A code of your app (your password if you have none), unless you proved within the last ten minutes that it is you")),
    responses((status = 200, body = Success<Done>), (status = 401, body = Fail), (status = 403, body = Fail), (status = 409, body = Fail)))]
pub async fn erase(State(app): State<App>, SteppedUp(caller): SteppedUp<Caller>, locale: Locale) -> Result {
    let me = caller.needs(Scope::Write)?;
    not_by_token(&caller)?;
    let now = app.clock.now();
    let outcome: crate::error::Result<Outcome> = decide!(long app.db, tx, super::erase(tx, me.id, now).await);
    let refused = match outcome? {
        Outcome::Erased => return ok(Done { message: t!("Your account is deleted.").to(locale) }),
        Outcome::LastAdmin => Errors::whole(t!("You are the last admin. Make somebody else an admin first.")),
        Outcome::Hosts(events) => Errors::whole(tn!(
            "People come to 1 event of yours. Leave it to somebody else or cancel it first.",
            "People come to {n} events of yours. Leave them to somebody else or cancel them first.",
            events
        )),
    };
    Err(Problem::Fail(StatusCode::CONFLICT, refused))
}
