//! One question to Stripe, asked again while the answer may just have been lost.
use std::time::Duration;

use stripe::{ApiErrorsType, Client, IdempotencyKey, RequestStrategy, StripeError, StripeRequest};

use crate::begun;

/// Quick tries of one question; slower ones are the jobs'.
const TRIES: u32 = 3;

/// Sends a request. With a key Stripe does what it asks for once, however often it arrives.
pub(super) async fn ask<R>(client: &Client, request: &R, key: Option<&str>) -> Result<R::Output, StripeError>
where
    R: StripeRequest + Sync,
    R::Output: miniserde::Deserialize + Send,
{
    let strategy = match key.map(IdempotencyKey::new) {
        Some(Ok(key)) => RequestStrategy::Idempotent(key),
        Some(Err(error)) => return Err(StripeError::ConfigError(error.to_string())),
        None => RequestStrategy::Once,
    };
    begun::note();
    let mut tried = 1;
    loop {
        let sent = request.customize().request_strategy(strategy.clone());
        match sent.send(client).await {
            Err(error) if tried < TRIES && passes(&error) => {
                tokio::time::sleep(Duration::from_millis(50 << tried)).await;
                tried += 1;
            }
            answer => return answer,
        }
    }
}

/// The same for what does no harm if it is there twice: under another key if Stripe broke over the first.
pub(super) async fn ask_anew<R>(client: &Client, request: &R, key: &str) -> Result<R::Output, StripeError>
where
    R: StripeRequest + Sync,
    R::Output: miniserde::Deserialize + Send,
{
    match ask(client, request, Some(key)).await {
        Err(error) if is_broken(&error) => ask(client, request, Some(&anew(key))).await,
        answer => answer,
    }
}

/// The key after one under which Stripe broke.
pub(super) fn anew(key: &str) -> String {
    format!("{key}-again")
}

/// Stripe broke over it. What it says then it goes on saying under that key for a day
/// (<https://docs.stripe.com/api/idempotent_requests>).
pub(super) fn is_broken(error: &StripeError) -> bool {
    matches!(error, StripeError::Stripe(_, 500..))
}

/// Whether the same question may be answered a moment later. Who is silent for long is not asked at once again.
fn passes(error: &StripeError) -> bool {
    match error {
        StripeError::Stripe(_, status) => matches!(status, 409 | 424 | 429 | 500..),
        StripeError::ClientError(_) | StripeError::JSONDeserialize(_) => true,
        StripeError::Timeout | StripeError::ConfigError(_) => false,
    }
}

/// Stripe understood, and will not: asking again changes nothing.
pub(super) fn is_refused(error: &StripeError) -> bool {
    matches!(error, StripeError::Stripe(_, 400 | 402 | 404))
}

/// A card did not pay.
pub(super) fn is_declined(error: &StripeError) -> bool {
    matches!(error, StripeError::Stripe(_, 402))
}

/// There is no such thing at Stripe, or not any more.
pub(super) fn is_missing(error: &StripeError) -> bool {
    matches!(error, StripeError::Stripe(_, 404))
}

/// The key was used for something else before: something was done under it.
pub(super) fn is_other_contents(error: &StripeError) -> bool {
    matches!(error, StripeError::Stripe(error, _) if error.type_ == ApiErrorsType::IdempotencyError)
}

/// What Stripe says is wrong, in a line and without what a buyer typed.
pub(super) fn reason(error: &StripeError) -> String {
    match error {
        StripeError::Stripe(error, status) => {
            let message = error.message.as_deref().unwrap_or("no reason was given");
            let code = error.code.as_ref().map(|code| format!(", {}", code.as_str())).unwrap_or_default();
            format!("{message} ({status}{code})")
        }
        StripeError::JSONDeserialize(what) => format!("an answer that is not understood: {what}"),
        StripeError::ClientError(what) | StripeError::ConfigError(what) => what.clone(),
        StripeError::Timeout => "no answer in time".to_owned(),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "errors are handed over by value")]
pub(super) fn said(error: StripeError) -> anyhow::Error {
    anyhow::anyhow!("Stripe: {}", reason(&error))
}
