//! The pay page of the tests' own Stripe: what a buyer sees and presses there.
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use axum::response::{Html, IntoResponse, Redirect, Response};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use marquee::clock::Clock;
use marquee::payments::notices;

use super::account::Account;
use super::objects::{Session, event};
use super::subscribed::Subscription;

fn page(session: &Session, said: &str, pressed: &str) -> Response {
    let (currency, whole, cents) = (session.currency.to_uppercase(), session.amount / 100, session.amount % 100);
    let back = session.said("cancel_url").replace('&', "&amp;");
    Html(format!(
        "<!doctype html><html lang=en><title>Checkout</title><main><h1>Pay {currency} {whole}.{cents:02}</h1><p>{said}</p>
         <form method=post>{pressed}</form><a href=\"{back}\">Back</a></main></html>"
    ))
    .into_response()
}

const BUTTONS: &str = "<button name=do value=pay>Pay</button><button name=do value=close>Pay and stay here</button>
    <button name=do value=decline>Pay with an empty card</button>";

/// What the buyer sees, or what becomes of what they press.
pub fn answer(account: &Account, method: &Method, id: &str, body: &str) -> Response {
    let found = account.books(|books| books.sessions.iter().find(|session| session.id == id).cloned());
    let Some(session) = found else { return StatusCode::NOT_FOUND.into_response() };
    match (session.status, body) {
        ("open", "do=pay" | "do=close") if *method == Method::POST => {
            account.pay(id);
            tell(account, id);
            if body == "do=close" {
                return page(&session, "Paid.", "");
            }
            Redirect::to(session.said("success_url")).into_response()
        }
        ("open", "do=decline") => page(&session, "Your card was declined.", BUTTONS),
        ("open", _) => page(&session, "", BUTTONS),
        _ => page(&session, "This checkout is over.", ""),
    }
}

/// Sends the notices of a paid session, if somebody listens.
fn tell(account: &Account, id: &str) {
    let bodies = account.books(|books| {
        let session = books.sessions.iter().find(|session| session.id == id).cloned().expect("a session");
        let mut bodies = vec![event(&format!("evt_{id}"), "checkout.session.completed", &books.json(&session, false))];
        if let Some(of) = &session.subscription {
            let begun = books.subscriptions.iter().find(|one| one.id == *of).expect("a subscription");
            let object = books.subscription_json(begun);
            bodies.push(event(&format!("evt_{of}"), "customer.subscription.created", &object));
        }
        bodies
    });
    send(account, bodies);
}

fn send(account: &Account, bodies: Vec<Vec<u8>>) {
    let Some((base, secret)) = account.books(|books| books.listener.clone()) else { return };
    tokio::spawn(async move {
        let client: Client<HttpConnector, Body> = Client::builder(TokioExecutor::new()).build_http();
        for body in bodies {
            let signature = notices::sign(secret.as_bytes(), &body, Clock::default().now());
            let request = Request::post(format!("{base}/webhooks/stripe")).header("stripe-signature", signature);
            let request = request.header("content-type", "application/json").body(Body::from(body));
            // The site may have stopped meanwhile: then nobody is told.
            let Ok(answer) = client.request(request.expect("a request")).await else { return };
            assert_eq!(answer.status(), StatusCode::OK);
        }
    });
}

/// What a customer sees of their plan, and its end with the month or not after all.
pub fn portal(account: &Account, method: &Method, id: &str) -> Response {
    let found = account.books(|books| books.portals.iter().find(|portal| portal.0 == id).cloned());
    let Some((_, customer, back)) = found else { return StatusCode::NOT_FOUND.into_response() };
    let told = account.books(|books| {
        let is_theirs = |of: &&Subscription| of.customer == customer && of.status != "canceled";
        let of = books.subscriptions.iter().find(is_theirs).cloned()?;
        let ends = of.cancel_at.is_some() ^ (*method == Method::POST);
        books.cancelled_at_the_portal(&of.id, ends);
        let of = books.subscriptions.iter().find(is_theirs).cloned()?;
        Some((books.subscription_json(&of), ends, books.next("evt")))
    });
    let Some((object, ends, name)) = told else { return Html("No plan.").into_response() };
    if *method == Method::POST {
        send(account, vec![event(&name, "customer.subscription.updated", &object)]);
    }
    let (said, press) = if ends { ("It ends with the month.", "Renew plan") } else { ("It goes on.", "Cancel plan") };
    let back = back.replace('&', "&amp;");
    Html(format!(
        "<!doctype html><html lang=en><title>Billing</title><main><h1>Your plan</h1><p>{said}</p>
         <form method=post><button>{press}</button></form><a href=\"{back}\">Back</a></main></html>"
    ))
    .into_response()
}
