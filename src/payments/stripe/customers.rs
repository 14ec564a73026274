//! Members at Stripe: each is one customer there, with all cards, bills and subscriptions.
use std::collections::HashMap;

use stripe_billing::billing_portal_session::CreateBillingPortalSession;
use stripe_core::customer::{CreateCustomer, SearchCustomer, UpdateCustomer};

use super::Stripe;
use super::asking::{ask, ask_anew, is_missing, said};
use crate::ids::Id;
use crate::members::Member;
use crate::payments::gateway::Payer;

/// The most letters that Stripe takes as a customer's name (<https://docs.stripe.com/api/customers/create>).
const NAME: usize = 256;

/// What our id of a member stands under.
const MEMBER: &str = "member";

impl Stripe {
    /// The customer that a member is, under today's name and address.
    pub(super) async fn customer(&self, payer: &Payer) -> anyhow::Result<String> {
        if let Some(known) = &payer.customer
            && self.is_mended(known, payer).await?
        {
            return Ok(known.clone());
        }
        if let Some(found) = self.customer_of(payer.member).await?
            && self.is_mended(&found, payer).await?
        {
            return Ok(found);
        }
        // The search is a minute behind; the key answers for the time between. Nothing that may change is sent under
        // it, and who was removed there is another customer afterwards.
        let key = match &payer.customer {
            Some(gone) => format!("customer-{}-after-{gone}", payer.member),
            None => format!("customer-{}", payer.member),
        };
        let ours = HashMap::from([(MEMBER.to_owned(), payer.member.to_string())]);
        let made = ask_anew(&self.client, &CreateCustomer::new().metadata(ours), &key).await.map_err(said)?;
        let made = made.id.to_string();
        anyhow::ensure!(self.is_mended(&made, payer).await?, "Stripe: customer {made} is gone");
        Ok(made)
    }

    /// Writes down name and address. False if Stripe has no such customer any more.
    async fn is_mended(&self, customer: &str, payer: &Payer) -> anyhow::Result<bool> {
        let mut request = UpdateCustomer::new(customer).name(payer.name.chars().take(NAME).collect::<String>());
        if takes(&payer.email) {
            request = request.email(&payer.email);
        }
        match ask(&self.client, &request, None).await {
            Ok(_) => Ok(true),
            Err(error) if is_missing(&error) => Ok(false),
            Err(error) => Err(said(error)),
        }
    }

    async fn customer_of(&self, member: Id<Member>) -> anyhow::Result<Option<String>> {
        let query = format!("metadata['{MEMBER}']:'{member}'");
        let found = ask(&self.client, &SearchCustomer::new(query).limit(1), None).await.map_err(said)?;
        Ok(found.data.first().map(|customer| customer.id.to_string()))
    }

    /// Stripe's page for a customer's cards, bills and subscriptions.
    pub async fn portal(&self, customer: &str, return_url: &str) -> anyhow::Result<String> {
        let request = CreateBillingPortalSession::new().customer(customer).return_url(return_url);
        Ok(ask(&self.client, &request, None).await.map_err(said)?.url)
    }
}

/// Stripe knows addresses in ASCII alone.
pub(super) fn takes(email: &str) -> bool {
    !email.is_empty() && email.is_ascii()
}
