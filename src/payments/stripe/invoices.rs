//! The bills of a subscription at Stripe.
use stripe_billing::invoice::ListInvoice;
use stripe_billing::invoice_payment::{
    ListInvoicePayment, ListInvoicePaymentPayment, ListInvoicePaymentPaymentType, ListInvoicePaymentStatus,
};
use stripe_core::payment_intent::RetrievePaymentIntent;
use stripe_shared::InvoiceStatus;

use super::asking::{ask, is_refused, said};
use super::{PAGE, PAGES, Stripe, instant};
use crate::payments::gateway::{Invoice, Standing};

/// What the names of bills begin with (<https://docs.stripe.com/api/invoices>).
pub(super) const BILL: &str = "in_";

impl Stripe {
    /// What became of the money of a bill. Without a payment of its own, paid from a balance, nothing can.
    pub(super) async fn bill_standing(&self, bill: &str) -> anyhow::Result<Standing> {
        let Some(intent) = self.intent_of_bill(bill).await? else { return Ok(Standing::Open) };
        let request = RetrievePaymentIntent::new(intent.as_str()).expand(vec!["latest_charge".to_owned()]);
        let intent = ask(&self.client, &request, None).await.map_err(said)?;
        self.moved(&intent, intent.amount_received, &intent.currency).await
    }

    /// The payment at Stripe that settled a bill.
    pub(super) async fn intent_of_bill(&self, bill: &str) -> anyhow::Result<Option<String>> {
        let request = ListInvoicePayment::new().invoice(bill).status(ListInvoicePaymentStatus::Paid).limit(1);
        let list = ask(&self.client, &request, None).await.map_err(said)?;
        let intent = list.data.first().and_then(|one| one.payment.payment_intent.as_ref());
        Ok(intent.map(|intent| intent.id().to_string()))
    }

    /// The bill that a payment at Stripe settled.
    pub(super) async fn bill_of(&self, intent: &str) -> anyhow::Result<Option<String>> {
        let mut of = ListInvoicePaymentPayment::new(ListInvoicePaymentPaymentType::PaymentIntent);
        of.payment_intent = Some(intent.to_owned());
        match ask(&self.client, &ListInvoicePayment::new().payment(of).limit(1), None).await {
            Ok(list) => Ok(list.data.first().and_then(|one| one.invoice.id().as_ref()).map(ToString::to_string)),
            Err(error) if is_refused(&error) => Ok(None),
            Err(error) => Err(said(error)),
        }
    }

    /// The bills of a subscription that money was asked for, the newest first.
    pub async fn invoices(&self, subscription: &str) -> anyhow::Result<Vec<Invoice>> {
        let mut all = Vec::new();
        let mut after = None::<String>;
        for _ in 0..PAGES {
            let mut request = ListInvoice::new().subscription(subscription).limit(PAGE);
            if let Some(after) = after {
                request = request.starting_after(after);
            }
            let list = ask(&self.client, &request, None).await.map_err(said)?;
            let last = list.data.last().and_then(|invoice| invoice.id.as_ref());
            after = last.filter(|_| list.has_more).map(ToString::to_string);
            all.extend(list.data.iter().filter_map(|invoice| read(subscription, invoice)));
            if after.is_none() {
                return Ok(all);
            }
        }
        anyhow::bail!("{subscription} has too many invoices")
    }
}

/// None for what is not asked for yet, or not any more (<https://docs.stripe.com/invoicing/overview#invoice-statuses>).
fn read(subscription: &str, invoice: &stripe_shared::Invoice) -> Option<Invoice> {
    let paid = match invoice.status {
        Some(InvoiceStatus::Paid) => true,
        Some(InvoiceStatus::Open | InvoiceStatus::Uncollectible) => false,
        _ => return None,
    };
    // The invoice's own period is the one before: what is paid for, its lines say.
    // Of a change, which takes the rest of the old price off, the new one.
    let line = invoice.lines.data.iter().max_by_key(|line| (line.period.end, line.amount));
    let (from, until) =
        line.map_or((invoice.period_start, invoice.period_end), |line| (line.period.start, line.period.end));
    let details = line.and_then(|line| line.pricing.as_ref()?.price_details.as_ref());
    Some(Invoice {
        reference: invoice.id.as_ref()?.to_string(),
        subscription: subscription.to_owned(),
        paid,
        price: details.map(|details| details.price.id().to_string()),
        amount: if paid { invoice.amount_paid } else { invoice.amount_due },
        currency: invoice.currency.to_string().to_uppercase(),
        at: instant(invoice.status_transitions.paid_at.unwrap_or(invoice.created)),
        period_starts_at: instant(from),
        period_ends_at: instant(until),
        hosted_url: invoice.hosted_invoice_url.clone(),
    })
}
