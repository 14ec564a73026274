//! Plans at Stripe: paid first at a checkout, then every month by Stripe itself.
use std::collections::HashMap;

use anyhow::Context;
use stripe::StripeRequest;
use stripe_billing::subscription::{
    CancelSubscription, RetrieveSubscription, UpdateSubscription, UpdateSubscriptionItems,
    UpdateSubscriptionPaymentBehavior, UpdateSubscriptionProrationBehavior,
};
use stripe_checkout::checkout_session::{
    CreateCheckoutSession, CreateCheckoutSessionLineItems, CreateCheckoutSessionSubscriptionData,
    RetrieveCheckoutSession,
};
use stripe_client_core::{RequestBuilder, StripeMethod};
use stripe_shared::{CheckoutSession, CheckoutSessionMode, Subscription, SubscriptionItem, SubscriptionStatus};

use super::asking::{ask, is_declined, is_missing, said};
use super::{DELAYED, NAME, Stripe, Times, instant, page, seconds};
use crate::ids;
use crate::payments::gateway::{Checkout, Subscribed, Subscribing, SubscriptionStanding};

/// What our id of a subscription, and the number of a try to pay for it, stand under.
const SUBSCRIPTION: &str = "subscription";
const ATTEMPT: &str = "attempt";

impl Stripe {
    /// Opens the checkout of a subscription, or finds the one that was opened for this try before.
    pub async fn subscribe(&self, wish: &Subscribing) -> anyhow::Result<Option<Checkout>> {
        let customer = self.customer(&wish.payer).await?;
        let key = format!("subscribe-{}-{}-{customer}", wish.subscription, wish.attempt);
        let ours = ours(wish);
        let is = |session: &CheckoutSession| {
            let theirs = session.metadata.as_ref();
            ours.iter().all(|(name, value)| theirs.and_then(|theirs| theirs.get(name)) == Some(value))
        };
        let times = Times { opened_at: wish.opened_at, now: wish.now, expires_at: wish.expires_at };
        let session = self.session_for(&self.subscribing(wish, &customer), &key, &times, &is).await?;
        Ok(session.map(|session| page(session, &wish.return_url)))
    }

    fn subscribing(&self, wish: &Subscribing, customer: &str) -> CreateCheckoutSession {
        let mut line = CreateCheckoutSessionLineItems::new();
        line.quantity = Some(1);
        line.price = Some(wish.price.clone());
        let mut data = CreateCheckoutSessionSubscriptionData::new();
        data.metadata = Some(ours(wish));
        data.description = Some(wish.title.chars().take(NAME).collect());
        let request = CreateCheckoutSession::new()
            .mode(CheckoutSessionMode::Subscription)
            .customer(customer)
            .line_items(vec![line])
            .client_reference_id(wish.subscription.to_string())
            .metadata(ours(wish))
            .subscription_data(data)
            .expires_at(seconds(wish.expires_at))
            .success_url(&wish.return_url)
            .cancel_url(&wish.cancel_url);
        if self.delayed { request } else { request.excluded_payment_method_types(DELAYED.to_vec()) }
    }

    /// The subscription that a finished checkout made.
    pub async fn subscription_of(&self, checkout: &str) -> anyhow::Result<Option<String>> {
        match ask(&self.client, &RetrieveCheckoutSession::new(checkout), None).await {
            Ok(session) => Ok(session.subscription.map(|subscription| subscription.id().to_string())),
            Err(error) if is_missing(&error) => Ok(None),
            Err(error) => Err(said(error)),
        }
    }

    /// None if Stripe never had it, or has removed it.
    pub async fn subscription(&self, reference: &str) -> anyhow::Result<Option<Subscribed>> {
        match ask(&self.client, &RetrieveSubscription::new(reference), None).await {
            Ok(subscription) => subscribed(&subscription).map(Some),
            Err(error) if is_missing(&error) => Ok(None),
            Err(error) => Err(said(error)),
        }
    }

    /// Another price from now on. What it costs more is paid at once, and who cannot keeps the old one: None. For what
    /// it costs less nothing is given back, or going up and down would bring the credits of a big plan for nothing.
    pub async fn change_plan(
        &self,
        reference: &str,
        (price, amount): (&str, i64),
        key: &str,
    ) -> anyhow::Result<Option<Subscribed>> {
        let now = ask(&self.client, &RetrieveSubscription::new(reference), None).await.map_err(said)?;
        let item = item(&now)?;
        if item.price.id == price {
            return subscribed(&now).map(Some);
        }
        let cheaper = item.price.unit_amount.is_some_and(|pays| amount < pays);
        let mut changed = UpdateSubscriptionItems::new();
        changed.id = Some(item.id.to_string());
        changed.price = Some(price.to_owned());
        let request = UpdateSubscription::new(reference)
            .items(vec![changed])
            .proration_behavior(if cheaper {
                UpdateSubscriptionProrationBehavior::None
            } else {
                UpdateSubscriptionProrationBehavior::AlwaysInvoice
            })
            .payment_behavior(UpdateSubscriptionPaymentBehavior::ErrorIfIncomplete);
        // One key for each time it is asked: under it Stripe would go on declining for a day what a card declined once,
        // and what has that price already is not changed again.
        let key = format!("plan-{reference}-{key}-{}", ids::secret());
        match ask(&self.client, &request, Some(&key)).await {
            Ok(changed) => subscribed(&changed).map(Some),
            Err(error) if is_declined(&error) => Ok(None),
            Err(error) => Err(said(error)),
        }
    }

    /// Lets it end with what is paid, or go on after all.
    pub async fn cancel_at_period_end(&self, reference: &str, yes: bool) -> anyhow::Result<Subscribed> {
        let request = UpdateSubscription::new(reference).cancel_at_period_end(yes);
        let mut now = ask(&self.client, &request, None).await.map_err(said)?;
        if !yes && now.cancel_at.is_some() {
            now = ask(&self.client, &GoOn(reference), None).await.map_err(said)?;
        }
        subscribed(&now)
    }

    /// Ends it at once. One that is over is not found.
    pub async fn end_subscription(&self, reference: &str) -> anyhow::Result<()> {
        match ask(&self.client, &CancelSubscription::new(reference), None).await {
            Ok(_) => Ok(()),
            Err(error) if is_missing(&error) => Ok(()),
            Err(error) => Err(said(error)),
        }
    }
}

/// Takes back a day on which a subscription ends: who cancels at the portal sets one. The library knows no empty one.
struct GoOn<'a>(&'a str);

impl StripeRequest for GoOn<'_> {
    type Output = Subscription;

    fn build(&self) -> RequestBuilder {
        RequestBuilder::new(StripeMethod::Post, format!("/subscriptions/{}", self.0))
            .form(&HashMap::from([("cancel_at", "")]))
    }
}

fn ours(wish: &Subscribing) -> HashMap<String, String> {
    HashMap::from([
        (SUBSCRIPTION.to_owned(), wish.subscription.to_string()),
        (ATTEMPT.to_owned(), wish.attempt.to_string()),
        ("member".to_owned(), wish.payer.member.to_string()),
    ])
}

/// What it consists of: ours have one price each.
fn item(subscription: &Subscription) -> anyhow::Result<&SubscriptionItem> {
    let first = subscription.items.data.first();
    first.with_context(|| format!("Stripe does not say what {} is for", subscription.id))
}

fn subscribed(subscription: &Subscription) -> anyhow::Result<Subscribed> {
    let item = item(subscription)?;
    // Two words for one thing (<https://docs.stripe.com/billing/subscriptions/billing-mode/compare>).
    let ends_on = subscription.cancel_at.is_some_and(|at| at <= item.current_period_end);
    Ok(Subscribed {
        reference: subscription.id.to_string(),
        customer: subscription.customer.id().to_string(),
        price: item.price.id.to_string(),
        amount: item.price.unit_amount,
        standing: standing(&subscription.status)?,
        period_starts_at: Some(instant(item.current_period_start)),
        period_ends_at: Some(instant(item.current_period_end)),
        ends_at_period_end: subscription.cancel_at_period_end || ends_on,
        metadata_id: subscription.metadata.get(SUBSCRIPTION).cloned(),
    })
}

/// <https://docs.stripe.com/api/subscriptions/object#subscription_object-status>
fn standing(status: &SubscriptionStatus) -> anyhow::Result<SubscriptionStanding> {
    Ok(match status {
        SubscriptionStatus::Active | SubscriptionStatus::Trialing => SubscriptionStanding::Active,
        SubscriptionStatus::PastDue | SubscriptionStatus::Unpaid | SubscriptionStatus::Paused => {
            SubscriptionStanding::PastDue
        }
        SubscriptionStatus::Incomplete => SubscriptionStanding::Incomplete,
        SubscriptionStatus::Canceled | SubscriptionStatus::IncompleteExpired => SubscriptionStanding::Ended,
        other => anyhow::bail!("Stripe says of a subscription what we do not understand: {other:?}"),
    })
}
