//! The bills of a subscription at Stripe.
use stripe_billing::invoice::ListInvoice;
use stripe_shared::InvoiceStatus;

use super::asking::{ask, said};
use super::{PAGE, PAGES, Stripe, instant};
use crate::payments::gateway::Invoice;

impl Stripe {
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
    let period = invoice.lines.data.iter().map(|line| &line.period).max_by_key(|period| period.end);
    let (from, until) = period.map_or((invoice.period_start, invoice.period_end), |period| (period.start, period.end));
    Some(Invoice {
        reference: invoice.id.as_ref()?.to_string(),
        subscription: subscription.to_owned(),
        paid,
        amount: if paid { invoice.amount_paid } else { invoice.amount_due },
        currency: invoice.currency.to_string().to_uppercase(),
        at: instant(invoice.status_transitions.paid_at.unwrap_or(invoice.created)),
        period_starts_at: instant(from),
        period_ends_at: instant(until),
        hosted_url: invoice.hosted_invoice_url.clone(),
    })
}
