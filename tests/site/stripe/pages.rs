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

/// Sends the notice of a paid session, if somebody listens.
fn tell(account: &Account, id: &str) {
    let Some((base, secret)) = account.books(|books| books.listener.clone()) else { return };
    let body = account.books(|books| {
        let session = books.sessions.iter().find(|session| session.id == id).expect("a session");
        event(&format!("evt_{id}"), "checkout.session.completed", &books.json(session, false))
    });
    let signature = notices::sign(secret.as_bytes(), &body, Clock::default().now());
    let request = Request::post(format!("{base}/webhooks/stripe")).header("stripe-signature", signature);
    let request = request.header("content-type", "application/json").body(Body::from(body)).expect("a request");
    tokio::spawn(async move {
        let client: Client<HttpConnector, Body> = Client::builder(TokioExecutor::new()).build_http();
        let answer = client.request(request).await.expect("the site answers");
        assert_eq!(answer.status(), StatusCode::OK);
    });
}
