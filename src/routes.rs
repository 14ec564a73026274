//! Every URL and the function that answers it, in one table, and the layers around them.
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{delete, get, patch, post};
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::csrf::CsrfLayer;

use crate::app::App;
use crate::error::Error;
use crate::signin::pages::{
    by_passkey, code, forgotten, link, new_address, passkeys as own_passkeys, password, providers, second_factor,
    sessions as own_sessions, setup, sign_in, sign_up, step_up, verify, ways_in,
};
use crate::web::arriving::{PATIENCE, Patience};
use crate::web::shared::Shared;
use crate::web::{self, assets, health, mailbox};
use crate::{
    admin, api, credits, events, invitations, members, my_data, orders, payments, plans, signin, site, unasked,
};

/// One row of the table; tests hold every row against who may use it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// `get`, `post`, `patch` or `delete`, in lower case.
    pub method: &'static str,
    pub path: &'static str,
}

/// Forms are small; what takes a picture says so in its row.
const FORM: usize = 256 * 1024;
const PICTURE: usize = 6 * 1024 * 1024;
const NOTICE: usize = 512 * 1024;
/// A list of people with the same as a file beside it.
const LIST: usize = 1024 * 1024;

macro_rules! table {
    ($($method:ident $path:literal => $handler:expr $(, up to $limit:expr)?;)+) => {
        /// Every route of the site.
        pub const ROUTES: &[Route] = &[$(Route { method: stringify!($method), path: $path }),+];

        fn table() -> Router<App> {
            Router::new()$(.route($path, $method($handler)$(.layer(DefaultBodyLimit::max($limit)))?))+
        }
    };
}

table! {
    get "/" => events::finding::pages::index;
    get "/calendar" => events::finding::month_pages::show;
    get "/events/{slug}" => events::pages::show;
    get "/events/{slug}/calendar.ics" => events::picture_pages::calendar;
    get "/events/{slug}/poster.svg" => events::picture_pages::poster_svg;
    get "/events/{slug}/poster.png" => events::picture_pages::poster_png;
    get "/events/{slug}/og.png" => events::picture_pages::preview;
    get "/events/{slug}/cover.jpg" => events::picture_pages::cover;
    get "/posters/404.svg" => events::picture_pages::not_found;
    get "/events/{slug}/embed" => events::embed_pages::show;
    get "/events/{slug}/report" => events::reports::pages::form;
    post "/events/{slug}/report" => events::reports::pages::send;
    get "/events.ics" => events::finding::feed_pages::calendar;
    get "/events.atom" => events::finding::feed_pages::atom;
    get "/sitemap.xml" => events::finding::feed_pages::sitemap;
    get "/sitemaps/{file}" => events::finding::feed_pages::sitemap_page;
    get "/calendar/{token}/events.ics" => events::own::pages::calendar;
    get "/legal/{page}" => site::pages::legal;
    get "/logo.png" => site::pages::logo;
    get "/robots.txt" => events::finding::feed_pages::robots;
    get "/hosting" => events::own_pages::index;
    get "/hosting/poster.svg" => events::edit_pages::poster;
    get "/events/new" => events::edit_pages::new;
    post "/events" => events::edit_pages::create;
    get "/events/{slug}/edit" => events::edit_pages::edit;
    post "/events/{slug}/edit" => events::edit_pages::save;
    get "/events/{slug}/cover" => events::cover_pages::show;
    post "/events/{slug}/cover" => events::cover_pages::put, up to PICTURE;
    post "/events/{slug}/cover/removal" => events::cover_pages::remove;
    get "/events/{slug}/manage" => events::host_pages::manage;
    post "/events/{slug}/publication" => events::host_pages::publish;
    get "/events/{slug}/cancellation" => events::host_pages::ask_cancel;
    post "/events/{slug}/cancellation" => events::host_pages::cancel;
    post "/events/{slug}/copy" => events::host_pages::copy;
    get "/events/{slug}/team" => events::team_pages::show;
    post "/events/{slug}/team" => events::team_pages::add;
    post "/events/{slug}/team/{member}/removal" => events::team_pages::remove;
    get "/events/{slug}/team/invitation" => events::team_pages::invitation;
    post "/events/{slug}/team/invitation" => events::team_pages::join;
    post "/events/{slug}/team/invitations/{id}/removal" => events::team_pages::withdraw;
    get "/events/{slug}/promo-codes" => orders::promo_codes::pages::index;
    post "/events/{slug}/promo-codes" => orders::promo_codes::pages::make;
    post "/events/{slug}/promo-codes/{id}/end" => orders::promo_codes::pages::end;
    get "/events/{slug}/taxes" => events::taxes::pages::index;
    post "/events/{slug}/taxes" => events::taxes::pages::make;
    post "/events/{slug}/taxes/tickets" => events::taxes::pages::assign;
    post "/events/{slug}/taxes/{id}/removal" => events::taxes::pages::remove;
    get "/events/{slug}/featuring" => credits::featuring_pages::show;
    post "/events/{slug}/featuring" => credits::featuring_pages::feature;
    get "/events/{slug}/guests" => orders::guest_pages::index;
    post "/events/{slug}/guests" => orders::guest_pages::add;
    get "/events/{slug}/guests.csv" => orders::guest_pages::file;
    get "/events/{slug}/guests/acts" => orders::bulk::pages::ask;
    post "/events/{slug}/guests/acts" => orders::bulk::pages::begin;
    get "/events/{slug}/guests/acts/{id}" => orders::bulk::pages::show;
    get "/events/{slug}/guests/import" => orders::importing_pages::form;
    post "/events/{slug}/guests/import" => orders::importing_pages::put, up to LIST;
    get "/events/{slug}/guests/{ticket}/removal" => orders::guest_pages::ask_remove;
    post "/events/{slug}/guests/{ticket}/removal" => orders::guest_pages::remove;
    get "/events/{slug}/guests/{ticket}/gift" => orders::giving_pages::host_asks;
    post "/events/{slug}/guests/{ticket}/gift" => orders::giving_pages::host_gives;
    post "/events/{slug}/guests/{ticket}/mail" => orders::guest_pages::mail;
    get "/events/{slug}/invitations" => invitations::host_pages::index;
    post "/events/{slug}/invitations" => invitations::host_pages::put, up to LIST;
    post "/events/{slug}/invitations/{id}/mail" => invitations::host_pages::mail;
    post "/events/{slug}/invitations/{id}/removal" => invitations::host_pages::revoke;
    get "/invitations/{token}" => invitations::pages::show;
    post "/invitations/{token}" => invitations::pages::decide_on;
    post "/invitations/{token}/again" => invitations::pages::again;
    get "/events/{slug}/guests/waiting" => orders::waiting::host_pages::index;
    get "/events/{slug}/guests/waiting.csv" => orders::waiting::host_pages::file;
    post "/events/{slug}/guests/waiting/{party}/removal" => orders::waiting::host_pages::remove;
    get "/events/{slug}/waiting-list" => orders::waiting::pages::show;
    post "/events/{slug}/waiting-list" => orders::waiting::pages::join;
    get "/events/{slug}/waiting-list/sent" => orders::waiting::pages::sent;
    post "/events/{slug}/waiting-list/removal" => orders::waiting::pages::leave;
    get "/waiting/{token}" => orders::waiting::pages::confirmation;
    post "/waiting/{token}" => orders::waiting::pages::confirm;
    get "/events/{slug}/check-in" => orders::door_pages::show;
    post "/events/{slug}/check-in" => orders::door_pages::check_in;
    get "/events/{slug}/orders" => orders::pages::sent;
    post "/events/{slug}/orders" => orders::pages::take;
    get "/events/{slug}/payments.csv" => payments::takings::file_pages::of_event;
    get "/events/{slug}/payments" => payments::desk::pages::index;
    post "/events/{slug}/payments/{id}/mending" => payments::desk::pages::mend_payment;
    post "/events/{slug}/refunds/{id}/mending" => payments::desk::pages::mend_refund;
    get "/events/{slug}/orders/{id}" => payments::desk::order_pages::show;
    get "/events/{slug}/orders/{id}/refund" => payments::desk::order_pages::ask;
    post "/events/{slug}/orders/{id}/refund" => payments::desk::order_pages::give_back;
    post "/events/{slug}/orders/{id}/payment" => payments::desk::order_pages::received;
    post "/events/{slug}/answer" => orders::pages::answer;
    get "/confirm/{token}" => orders::pages::confirmation;
    post "/confirm/{token}" => orders::pages::confirm;
    get "/orders/{id}" => orders::tickets::order;
    get "/orders/{id}/tickets.pdf" => orders::ticket_pages::all;
    get "/orders/{id}/calendar.ics" => orders::tickets::calendar;
    get "/orders/{id}/receipt" => payments::receipts::pages::show;
    get "/orders/{id}/receipt.pdf" => payments::receipts::file_pages::pdf;
    get "/receipts" => payments::receipts::list_pages::mine;
    get "/payments" => payments::mine_pages::index;
    get "/plans" => plans::pages::index;
    post "/plans" => plans::pages::choose;
    post "/plans/cancellation" => plans::pages::cancel;
    post "/plans/cancellation/removal" => plans::pages::resume;
    post "/plans/portal" => plans::pages::portal;
    get "/plans/bills/{id}" => plans::bill_pages::show;
    get "/plans/bills/{id}/receipt.pdf" => plans::bill_pages::pdf;
    get "/subscriptions" => plans::subscription_pages::index;
    get "/subscriptions/{id}" => plans::subscription_pages::show;
    get "/credits" => credits::pages::index;
    post "/credits/purchases" => credits::pages::buy;
    post "/credits/test" => credits::pages::test;
    get "/credits/purchases/{id}" => payments::purchases::pages::show;
    get "/credits/purchases/{id}/receipt.pdf" => payments::purchases::pages::pdf;
    get "/orders/{id}/cancellation" => orders::giving_back::ask_to_cancel;
    post "/orders/{id}/cancellation" => orders::giving_back::cancel;
    post "/orders/{id}/attendees" => orders::tickets::name_attendees;
    post "/orders/{id}/mail" => orders::tickets::mail_again;
    get "/orders/{id}/tickets/{ticket}/cancellation" => orders::giving_back::ask_to_cancel_ticket;
    post "/orders/{id}/tickets/{ticket}/cancellation" => orders::giving_back::cancel_ticket;
    get "/orders/{id}/payment" => payments::pages::back;
    post "/orders/{id}/payment" => payments::pages::begin;
    post "/webhooks/stripe" => payments::pages::notice, up to NOTICE;
    post "/payments/webhook" => payments::pages::notice, up to NOTICE;
    post "/payments/webhooks/stripe" => payments::pages::notice, up to NOTICE;
    get "/local/checkouts/{id}" => payments::local::pages::show;
    post "/local/checkouts/{id}" => payments::local::pages::pay;
    get "/local/subscriptions/{id}" => payments::local::plan_pages::show;
    post "/local/subscriptions/{id}" => payments::local::plan_pages::act_on;
    get "/orders/{id}/tickets/{ticket}/gift" => orders::giving_pages::ask;
    post "/orders/{id}/tickets/{ticket}/gift" => orders::giving_pages::give;
    get "/tickets" => orders::tickets::mine;
    get "/t/{code}" => orders::ticket_pages::ticket;
    get "/static/{*path}" => assets::serve;
    post "/language" => web::language::choose;
    get "/sign-up" => sign_up::form;
    post "/sign-up" => sign_up::create;
    get "/verification" => sign_up::verification;
    post "/verification" => sign_up::resend;
    get "/verify/{token}" => verify::show;
    post "/verify/{token}" => verify::prove;
    get "/sign-in" => sign_in::form;
    post "/sign-in" => sign_in::enter;
    get "/sign-in/code" => code::form;
    post "/sign-in/code" => code::enter;
    get "/sign-in/link" => link::form;
    post "/sign-in/link" => link::send;
    get "/sign-in/link/{token}" => link::show;
    post "/sign-in/link/{token}" => link::enter;
    get "/auth/{provider}/login" => providers::login;
    get "/auth/{provider}/login/" => providers::login;
    post "/auth/{provider}/login" => providers::go;
    post "/auth/{provider}/login/" => providers::go;
    get "/auth/{provider}/callback" => providers::callback;
    get "/auth/{provider}/callback/" => providers::callback;
    get "/step-up" => step_up::form;
    post "/step-up" => step_up::prove;
    post "/step-up/mail" => step_up::mail;
    post "/sign-in/passkey/challenge" => by_passkey::ask;
    post "/sign-in/passkey" => by_passkey::enter;
    post "/step-up/passkey/challenge" => by_passkey::ask_again;
    post "/step-up/passkey" => by_passkey::prove;
    post "/sign-out" => sign_in::leave;
    get "/forgotten" => forgotten::form;
    post "/forgotten" => forgotten::send;
    get "/reset/{token}" => forgotten::reset;
    post "/reset/{token}" => forgotten::replace;
    get "/setup" => setup::form;
    post "/setup" => setup::create;
    get "/@{handle}" => members::pages::show;
    get "/settings" => members::settings_pages::show;
    post "/settings" => members::settings_pages::save;
    post "/settings/picture" => members::avatar_pages::put, up to PICTURE;
    post "/settings/picture/removal" => members::avatar_pages::remove;
    get "/avatars/{file}" => members::avatar_pages::show;
    get "/settings/data" => my_data::pages::show;
    get "/settings/data/my-data.zip" => my_data::pages::copy;
    get "/settings/data/deletion" => my_data::pages::ask;
    post "/settings/data/deletion" => my_data::pages::erase;
    get "/account-deleted" => my_data::pages::gone;
    get "/settings/password" => password::form;
    post "/settings/password" => password::change;
    get "/settings/email" => new_address::form;
    post "/settings/email" => new_address::send;
    get "/email/{token}" => new_address::show;
    post "/email/{token}" => new_address::confirm;
    get "/settings/second-factor" => second_factor::show;
    post "/settings/second-factor" => second_factor::turn_on;
    get "/settings/second-factor/removal" => second_factor::ask_off;
    post "/settings/second-factor/removal" => second_factor::turn_off;
    post "/settings/second-factor/recovery-codes" => second_factor::remake;
    get "/settings/passkeys" => own_passkeys::show;
    post "/settings/passkeys" => own_passkeys::add;
    post "/settings/passkeys/challenge" => own_passkeys::challenge;
    post "/settings/passkeys/{id}" => own_passkeys::rename;
    post "/settings/passkeys/{id}/removal" => own_passkeys::remove;
    get "/settings/ways-in" => ways_in::show;
    post "/settings/ways-in/{provider}" => ways_in::connect;
    post "/settings/ways-in/{id}/removal" => ways_in::remove;
    get "/settings/sessions" => own_sessions::list;
    post "/settings/sessions/end-others" => own_sessions::end_others;
    post "/settings/sessions/{id}/end" => own_sessions::end;

    get "/dev/mail" => mailbox::list;
    get "/dev/mail/{id}" => mailbox::show;
    get "/dev/mail/{id}/files/{number}" => mailbox::file;

    get "/admin" => admin::pages::overview;
    get "/admin/settings" => admin::settings_pages::show;
    post "/admin/settings" => admin::settings_pages::save;
    get "/admin/settings/logo" => admin::settings_pages::logo;
    post "/admin/settings/logo" => admin::settings_pages::put_logo, up to PICTURE;
    get "/admin/settings/logo/removal" => admin::settings_pages::ask_remove_logo;
    post "/admin/settings/logo/removal" => admin::settings_pages::remove_logo;
    get "/admin/settings/legal/{page}" => admin::settings_pages::text;
    post "/admin/settings/legal/{page}" => admin::settings_pages::write;
    get "/admin/health" => admin::health_pages::show;
    get "/admin/members" => admin::member_pages::index;
    get "/admin/members.csv" => admin::member_pages::csv;
    get "/admin/members/{id}" => admin::member_pages::show;
    post "/admin/members/{id}/suspension" => admin::member_pages::suspend;
    post "/admin/members/{id}/restoration" => admin::member_pages::restore;
    post "/admin/members/{id}/second-factor/removal" => admin::member_pages::reset_second_factor;
    post "/admin/members/{id}/admin" => admin::member_pages::make_admin;
    post "/admin/members/{id}/admin/removal" => admin::member_pages::remove_admin;
    get "/admin/products" => plans::admin_pages::index;
    post "/admin/products" => plans::admin_pages::make;
    post "/admin/products/initialization" => plans::admin_pages::set_up;
    get "/admin/products/{id}" => plans::admin_pages::show;
    post "/admin/products/{id}" => plans::admin_pages::edit;
    post "/admin/products/{id}/removal" => plans::admin_pages::remove;
    get "/admin/subscriptions" => plans::admin_pages::subscriptions;
    get "/admin/credits" => credits::admin_pages::index;
    get "/admin/members/{id}/credits" => credits::admin_pages::of_member;
    post "/admin/members/{id}/credits" => credits::admin_pages::grant;
    get "/admin/purchases/{id}" => payments::purchases::admin_pages::show;
    post "/admin/purchases/{id}/refund" => payments::purchases::admin_pages::give_back;
    get "/admin/events" => admin::event_pages::index;
    get "/admin/events.csv" => admin::event_pages::csv;
    get "/admin/events/{slug}/cancellation" => admin::event_pages::ask_cancel;
    post "/admin/events/{slug}/cancellation" => admin::event_pages::cancel;
    get "/admin/mails" => admin::mail_pages::index;
    get "/admin/mails.csv" => admin::mail_pages::csv;
    post "/admin/mails/test" => admin::mail_pages::test;
    get "/admin/mails/{id}" => admin::mail_pages::show;
    post "/admin/mails/{id}/resending" => admin::mail_pages::resend;
    get "/admin/jobs" => admin::job_pages::index;
    get "/admin/jobs.csv" => admin::job_pages::csv;
    get "/admin/jobs/{id}" => admin::job_pages::show;
    post "/admin/jobs/{id}/run" => admin::job_pages::run;
    get "/admin/receipts.csv" => payments::receipts::file_pages::of_site;
    get "/admin/payouts.csv" => payments::takings::file_pages::payouts;
    get "/admin/notices" => admin::notice_pages::index;
    get "/admin/notices.csv" => admin::notice_pages::csv;
    get "/admin/notices/{id}" => admin::notice_pages::show;
    post "/admin/notices/{id}/handling" => admin::notice_pages::again;
    get "/admin/payments" => payments::desk::pages::index;
    get "/admin/payments/all" => admin::payment_pages::index;
    get "/admin/payments.csv" => admin::payment_pages::csv;
    post "/admin/payments/{id}/mending" => payments::desk::pages::mend_payment;
    post "/admin/refunds/{id}/mending" => payments::desk::pages::mend_refund;
    get "/admin/orders" => admin::order_pages::index;
    get "/admin/orders.csv" => admin::order_pages::csv;
    get "/admin/orders/{id}" => payments::desk::order_pages::show;
    get "/admin/orders/{id}/refund" => payments::desk::order_pages::ask;
    post "/admin/orders/{id}/refund" => payments::desk::order_pages::give_back;
    get "/admin/journal" => admin::journal_pages::index;
    get "/admin/reports" => admin::report_pages::index;
    get "/admin/reports/{id}" => admin::report_pages::show;
    post "/admin/reports/{id}/settlement" => admin::report_pages::settle;
    get "/mails/{token}" => unasked::pages::show;
    post "/mails/{token}" => unasked::pages::save;
    get "/mails/{token}/{kind}" => unasked::pages::ask;
    post "/mails/{token}/{kind}" => unasked::pages::stop;
    get "/settings/mails" => unasked::settings_pages::show;
    post "/settings/mails" => unasked::settings_pages::save;
    get "/settings/calendar" => events::own::pages::show;
    post "/settings/calendar" => events::own::pages::make;
    post "/settings/calendar/removal" => events::own::pages::revoke;
    get "/settings/tokens" => api::pages::tokens;
    post "/settings/tokens" => api::pages::make_token;
    post "/settings/tokens/{id}/revocation" => api::pages::revoke_token;
    get "/api/docs" => api::pages::reference;
    get "/api/openapi.json" => api::pages::description;
    post "/api/v1/auth/register" => signin::api::register;
    post "/api/v1/auth/verify" => signin::api::verify;
    post "/api/v1/auth/login" => signin::api::login;
    post "/api/v1/auth/logout" => signin::api::logout;
    post "/api/v1/auth/token" => signin::grant_api::token;
    delete "/api/v1/auth/token" => signin::api::end_token;
    post "/api/v1/auth/mfa/setup" => signin::mfa_api::setup;
    post "/api/v1/auth/mfa/verify" => signin::mfa_api::verify;
    post "/api/v1/auth/mfa/validate" => signin::mfa_api::validate;
    post "/api/v1/auth/mfa/recovery-codes" => signin::mfa_api::remake;
    delete "/api/v1/auth/mfa" => signin::mfa_api::turn_off;
    post "/api/v1/auth/recover" => signin::password_api::recover;
    post "/api/v1/auth/reset" => signin::password_api::reset;
    post "/api/v1/me/password" => signin::password_api::change;
    get "/api/v1/me/sessions" => signin::password_api::list;
    delete "/api/v1/me/sessions" => signin::password_api::end_others;
    delete "/api/v1/me/sessions/{id}" => signin::password_api::end;
    get "/api/v1/me" => members::api::me;
    patch "/api/v1/me" => members::api::change;
    delete "/api/v1/me" => my_data::api::erase;
    post "/api/v1/me/avatar" => members::avatar_api::put, up to PICTURE;
    delete "/api/v1/me/avatar" => members::avatar_api::remove;
    get "/api/v1/members/{handle}" => members::api::read;
    get "/api/v1/me/tokens" => api::token_api::list;
    post "/api/v1/me/tokens" => api::token_api::make;
    delete "/api/v1/me/tokens/{id}" => api::token_api::revoke;
    get "/api/v1/me/orders" => orders::api::mine;
    get "/api/v1/me/waiting-list" => orders::waiting::api::mine;
    delete "/api/v1/me/waiting-list/{id}" => orders::waiting::api::leave;
    get "/api/v1/me/hosting" => events::api::mine;
    get "/api/v1/events" => events::api::list;
    get "/api/v1/events/{slug}" => events::api::read;
    post "/api/v1/events" => events::host_api::create;
    patch "/api/v1/events/{slug}" => events::host_api::change;
    post "/api/v1/events/{slug}/publication" => events::host_api::publish;
    post "/api/v1/events/{slug}/cancellation" => events::host_api::cancel;
    get "/api/v1/events/{slug}/waiting-list" => orders::waiting::api::list;
    post "/api/v1/events/{slug}/waiting-list" => orders::waiting::api::join;
    get "/api/v1/events/{slug}/invitations" => invitations::api::list;
    post "/api/v1/events/{slug}/invitations" => invitations::api::invite;
    delete "/api/v1/events/{slug}/invitations/{id}" => invitations::api::revoke;
    post "/api/v1/events/{slug}/orders" => orders::api::take;
    get "/api/v1/events/{slug}/promo-codes" => orders::promo_codes::api::list;
    post "/api/v1/events/{slug}/promo-codes" => orders::promo_codes::api::make;
    post "/api/v1/events/{slug}/promo-codes/{id}/end" => orders::promo_codes::api::end;
    get "/api/v1/events/{slug}/taxes" => events::taxes::api::list;
    post "/api/v1/events/{slug}/taxes" => events::taxes::api::make;
    delete "/api/v1/events/{slug}/taxes/{id}" => events::taxes::api::remove;
    get "/api/v1/events/{slug}/payments" => payments::host_api::list;
    post "/api/v1/events/{slug}/orders/{id}/refunds" => payments::host_api::refund;
    get "/api/v1/orders/{id}" => orders::api::read;
    post "/api/v1/orders/{id}/cancellation" => orders::api::cancel;
    post "/api/v1/orders/{id}/tickets/{ticket}/cancellation" => orders::api::cancel_ticket;
    post "/api/v1/payments/create" => payments::api::create;
    get "/api/v1/payments/{id}" => payments::api::read;
    get "/api/v1/me/receipts" => payments::receipts::api::mine;
    get "/api/v1/me/payments" => payments::api::mine;
    get "/api/v1/my/payments" => plans::former_api::payments;
    get "/api/v1/me/subscriptions" => plans::api::mine;
    get "/api/v1/my/subscriptions" => plans::former_api::subscriptions;
    get "/api/v1/subscription-tiers" => plans::api::tiers;
    get "/api/v1/products" => plans::product_api::list;
    post "/api/v1/products" => plans::product_api::make;
    post "/api/v1/products/initialize" => plans::product_api::set_up;
    delete "/api/v1/products/{id}" => plans::product_api::remove;
    post "/api/v1/payments/initialize-products" => plans::former_api::initialize;
    post "/api/v1/payments/subscribe" => plans::api::subscribe;
    get "/api/v1/me/credits" => credits::api::mine;
    post "/api/v1/payments/buy-tokens" => credits::api::buy;
    post "/api/v1/payments/buy-tokens/test" => credits::api::test;
    post "/api/v1/events/{slug}/featuring" => credits::api::feature;
    get "/healthz" => health::alive;
    get "/readyz" => health::ready;
    get "/metrics" => web::metrics::show;
}

/// The page that a form at this address belongs to, so that one can go there: the address itself if a page answers
/// there, else the nearest one above it.
pub fn page_of(address: &str) -> String {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    if has_page(path) {
        return address.to_owned();
    }
    // The one form whose page is not above it.
    if path == "/events" {
        return "/events/new".to_owned();
    }
    let above = path.match_indices('/').map(|(at, _)| &path[..at]).rev();
    above.filter(|path| !path.is_empty()).find(|path| has_page(path)).unwrap_or("/").to_owned()
}

/// Whether an address shows something by itself. Of the routes that fit, the one with the fewest variable parts
/// answers.
fn has_page(path: &str) -> bool {
    let variable = |route: &&Route| route.path.matches('{').count();
    let answers = ROUTES.iter().filter(|route| fits(route.path, path)).min_by_key(variable);
    answers.is_some_and(|found| ROUTES.iter().any(|route| route.method == "get" && route.path == found.path))
}

fn fits(pattern: &str, path: &str) -> bool {
    let (mut parts, mut given) = (pattern.split('/'), path.split('/'));
    loop {
        match (parts.next(), given.next()) {
            (None, None) => return true,
            (Some(part), Some(_)) if part.starts_with("{*") => return true,
            (Some(part), Some(given)) => {
                let same = match part.split_once('{') {
                    Some((before, _)) => given.len() > before.len() && given.starts_with(before),
                    None => given == part,
                };
                if !same {
                    return false;
                }
            }
            _ => return false,
        }
    }
}

/// The whole site.
pub fn router(app: App) -> Router {
    patient(app, PATIENCE)
}

/// The same, for whoever waits longer or shorter for what is sent.
pub fn patient(app: App, patience: Patience) -> Router {
    table()
        .fallback(async || Error::NotFound)
        .method_not_allowed_fallback(async || axum::http::StatusCode::METHOD_NOT_ALLOWED)
        .layer(
            // The outermost first; what is answered from memory passes the fewest.
            ServiceBuilder::new()
                .layer(from_fn(web::log::layer))
                .layer(CompressionLayer::new().gzip(true).br(true))
                .layer(Shared)
                .layer(from_fn_with_state(app.clone(), web::headers::layer))
                .layer(Shared)
                .layer(from_fn_with_state(app.clone(), web::errors::layer))
                .layer(Shared)
                .layer(CatchPanicLayer::new())
                .layer(from_fn_with_state(app.clone(), web::headers::not_public))
                .layer(Shared)
                .layer(from_fn_with_state(app.clone(), events::views::pages::layer))
                .layer(Shared)
                .layer(from_fn_with_state(app.clone(), web::limits::layer))
                .layer(Shared)
                .layer(from_fn_with_state(app.clone(), web::kept::layer))
                .layer(Shared)
                .layer(from_fn(web::origin::bearer_is_no_cookie))
                .layer(CsrfLayer::new())
                .layer(web::sessions::layer(&app))
                .layer(from_fn_with_state(app.clone(), web::guards::who))
                .layer(Shared)
                .layer(from_fn_with_state(patience, web::arriving::layer))
                .layer(from_fn_with_state(app.clone(), api::layer))
                .layer(DefaultBodyLimit::max(FORM)),
        )
        .with_state(app)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_leads_back_to_a_page() {
        for route in ROUTES.iter().filter(|route| route.method == "post" && !route.path.starts_with("/api/")) {
            let address = route.path.replace(['{', '}'], "");
            let page = page_of(&address);
            assert!(has_page(&page), "{address} leads to {page}");
        }
    }

    #[test]
    fn a_form_without_a_page_of_its_own_leads_to_the_nearest_above_it() {
        for (address, page) in [
            ("/settings/ways-in/0199-7/removal", "/settings/ways-in"),
            ("/settings/tokens?x=1", "/settings/tokens?x=1"),
            ("/settings/tokens/7/revocation?x=1", "/settings/tokens"),
            ("/admin/members/7/suspension", "/admin/members/7"),
            ("/admin/mails/test", "/admin/mails"),
            ("/events/quiz/guests?q=a", "/events/quiz/guests?q=a"),
            ("/events", "/events/new"),
            ("/@ada", "/@ada"),
            ("/nowhere", "/"),
            ("", "/"),
        ] {
            assert_eq!(page_of(address), page, "{address}");
        }
    }
}
