//! The description of the API for machines (OpenAPI 3.1), made of the handlers themselves.
use utoipa::openapi::path::{Operation, Parameter, ParameterIn};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{Content, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{Modify, OpenApi, ToSchema};

use super::answers::Fail;
use crate::app::App;

#[derive(OpenApi)]
#[openapi(
    info(title = "Marquee", description = "Everything that the pages do, for programs."),
    modifiers(&Schemes, &Refusals, &Meanings),
    tags(
        (name = "Signing in", description = "Accounts, passwords, second factors, passkeys, and the tokens that a sign-in gives."),
        (name = "Me", description = "The caller: profile, sessions, personal tokens, and what belongs to them."),
        (name = "Events", description = "What there is to go to. Needs no key."),
        (name = "Places", description = "Orders and their tickets: taking, giving on, giving back, waiting, inviting."),
        (name = "Payments", description = "Checkout, receipts, plans, credits, and the products they are sold as."),
        (name = "Hosting", description = "Making and running events: guests, team, promo codes, taxes, takings."),
        (name = "Live", description = "What pages hear as it happens."),
    ),
    paths(
        crate::signin::api::register,
        crate::signin::api::verify,
        crate::signin::api::login,
        crate::signin::api::logout,
        crate::signin::grant_api::token,
        crate::signin::api::end_token,
        crate::signin::mfa_api::setup,
        crate::signin::mfa_api::verify,
        crate::signin::mfa_api::validate,
        crate::signin::mfa_api::turn_off,
        crate::signin::mfa_api::remake,
        crate::signin::passkeys_api::ask,
        crate::signin::passkeys_api::enter,
        crate::signin::passkeys_api::token,
        crate::signin::passkeys_api::ask_again,
        crate::signin::passkeys_api::prove,
        crate::signin::passkeys_api::list,
        crate::signin::passkeys_api::add,
        crate::signin::passkeys_api::offer,
        crate::signin::passkeys_api::rename,
        crate::signin::passkeys_api::remove,
        crate::signin::password_api::recover,
        crate::signin::password_api::reset,
        crate::signin::password_api::change,
        crate::signin::password_api::list,
        crate::signin::password_api::end,
        crate::signin::password_api::end_others,
        crate::members::api::me,
        crate::members::api::change,
        crate::members::api::read,
        crate::members::avatar_api::put,
        crate::my_data::api::erase,
        crate::members::avatar_api::remove,
        super::token_api::list,
        super::token_api::make,
        super::token_api::revoke,
        crate::events::api::list,
        crate::events::api::read,
        crate::orders::api::take,
        crate::orders::api::mine,
        crate::orders::given_api::list,
        crate::orders::api::read,
        crate::orders::api::cancel,
        crate::orders::api::cancel_ticket,
        crate::orders::attendee_api::give,
        crate::orders::attendee_api::name,
        crate::orders::repricing::api::put_on,
        crate::orders::repricing::api::take_off,
        crate::orders::waiting::api::join,
        crate::orders::waiting::api::mine,
        crate::orders::waiting::api::leave,
        crate::payments::api::create,
        crate::payments::api::read,
        crate::payments::api::mine,
        crate::payments::receipts::api::mine,
        crate::plans::api::tiers,
        crate::plans::api::subscribe,
        crate::plans::api::mine,
        crate::plans::former_api::payments,
        crate::plans::former_api::subscriptions,
        crate::plans::former_api::initialize,
        crate::plans::product_api::list,
        crate::plans::product_api::make,
        crate::plans::product_api::remove,
        crate::plans::product_api::set_up,
        crate::credits::api::mine,
        crate::credits::api::buy,
        crate::credits::api::test,
        crate::credits::api::feature,
        crate::events::api::mine,
        crate::events::host_api::create,
        crate::events::host_api::change,
        crate::events::host_api::publish,
        crate::events::host_api::cancel,
        crate::orders::guest_api::list,
        crate::orders::waiting::api::list,
        crate::invitations::api::invite,
        crate::invitations::api::list,
        crate::invitations::api::revoke,
        crate::invitations::friends_api::list,
        crate::invitations::friends_api::ask,
        crate::invitations::friends_api::take_back,
        crate::payments::host_api::list,
        crate::orders::promo_codes::api::list,
        crate::events::taxes::api::list,
        crate::events::taxes::api::make,
        crate::events::taxes::api::remove,
        crate::events::team_api::list,
        crate::events::team_api::ask,
        crate::events::team_api::change,
        crate::events::team_api::remove,
        crate::events::team_api::withdraw,
        crate::events::team_api::leave,
        crate::events::transfer_api::read,
        crate::events::transfer_api::join,
        crate::events::transfer_api::decline,
        crate::events::transfer_api::offer,
        crate::events::transfer_api::take_back,
        crate::events::transfer_api::accept,
        crate::events::transfer_api::refuse,
        crate::orders::promo_codes::api::make,
        crate::orders::promo_codes::api::end,
        crate::payments::host_api::refund,
        crate::payments::host_api::receive,
        crate::live::api::ticket,
    )
)]
struct Api;

/// What opens the closed doors.
struct Schemes;

impl Modify for Schemes {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        let components = api.components.get_or_insert_default();
        let bearer = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("A personal token (mq_…), or the access token of a sign-in."));
        components.add_security_scheme("token", SecurityScheme::Http(bearer.build()));
        let cookie = ApiKeyValue::with_description("__Host-marquee", "The session of the same site.");
        components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    }
}

/// What all calls of a kind may be refused with, whatever they do, and what a status means where handlers say no more.
struct Refusals;

impl Modify for Refusals {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        for path in api.paths.paths.values_mut() {
            let calls = [&mut path.get, &mut path.put, &mut path.post, &mut path.patch, &mut path.delete];
            for call in calls.into_iter().flatten() {
                for status in refusals(call) {
                    call.responses.responses.entry(status.to_owned()).or_insert_with(refusal);
                }
                for (status, response) in &mut call.responses.responses {
                    if let RefOr::T(response) = response
                        && response.description.is_empty()
                    {
                        usual(status).clone_into(&mut response.description);
                    }
                }
            }
        }
    }
}

fn refusals(call: &Operation) -> Vec<&'static str> {
    let mut all = Vec::new();
    // No JSON (or a useless Idempotency-Key), too much of it, another content type, a field that the call does not have.
    if matches!(&call.request_body, Some(RefOr::T(body)) if body.content.contains_key("application/json")) {
        all.extend(["400", "413", "415", "422"]);
    }
    if call.parameters.iter().flatten().any(is_paging) {
        all.push("422");
    }
    // What was sent is no good any more, or nothing was. A personal token may lack the scope, and does not do for what a
    // sign-in is asked for.
    if call.security.iter().flatten().any(|key| *key != SecurityRequirement::default()) {
        all.extend(["401", "403"]);
    }
    all
}

fn is_paging(parameter: &RefOr<Parameter>) -> bool {
    let RefOr::T(parameter) = parameter else { return false };
    parameter.parameter_in == ParameterIn::Query && matches!(parameter.name.as_str(), "limit" | "cursor")
}

fn refusal() -> RefOr<Response> {
    let content = Content::new(Some(Ref::from_schema_name(Fail::name())));
    ResponseBuilder::new().content("application/json", content).into()
}

/// What an answer of this status says.
fn usual(status: &str) -> &'static str {
    match status {
        "200" => "Done",
        "201" => "Made",
        "202" => "It goes on by mail",
        "400" => "Not readable",
        "401" => "No token, or one that is no longer good",
        "403" => "Not open to the caller, or the token lacks the scope",
        "404" => "Nothing there that the caller may know of",
        "409" => "Not as things stand",
        "413" => "More than the call takes",
        "415" => "Another content type than the call takes",
        "422" => "Fields are wrong: a sentence for each",
        "429" => "Too often: Retry-After says when",
        _ => "",
    }
}

/// What parameters mean that many calls have: handlers need not say it.
struct Meanings;

impl Modify for Meanings {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        for path in api.paths.paths.values_mut() {
            let calls = [&mut path.get, &mut path.put, &mut path.post, &mut path.patch, &mut path.delete];
            let parameters = calls.into_iter().flatten().filter_map(|call| call.parameters.as_mut()).flatten();
            for parameter in parameters {
                let RefOr::T(parameter) = parameter else { continue };
                if parameter.description.as_deref().unwrap_or_default().is_empty() {
                    parameter.description = meaning(&parameter.name).map(str::to_owned);
                }
            }
        }
    }
}

fn meaning(name: &str) -> Option<&'static str> {
    Some(match name {
        "slug" => "The event: how its address ends",
        "id" => "Its id, as answers give it",
        "ticket" => "The id of a ticket of the order",
        "invitation" => "The id of an invitation of the order",
        "handle" => "The member: what stands behind the @",
        "key" => "What stands as `key` in the link of the order’s mail: opens it to whoever has no account",
        _ => return None,
    })
}

/// The description, with this site's address.
pub fn description(app: &App) -> utoipa::openapi::OpenApi {
    let mut api = Api::openapi();
    app.site_name().clone_into(&mut api.info.title);
    api.servers = Some(vec![utoipa::openapi::Server::new(app.config.base_url.as_str())]);
    api
}
