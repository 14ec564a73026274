//! The receipt of an order: what was bought, what was paid for it, and what came back.
use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::pages::{Line, Sums, lines};
use super::{Payment, PaymentState, Provider, Refund, RefundState, money, store};
use crate::app::App;
use crate::clock::Instant;
use crate::error::{OrNotFound, Result};
use crate::events::Event;
use crate::i18n::{Money, filters};
use crate::ids::Id;
use crate::orders::Order;
use crate::orders::tickets::{Key, Opened};
use crate::web::{Page, Path, Query};

#[derive(Template)]
#[template(path = "payments/receipt.html")]
struct Receipt<'a> {
    page: &'a Page,
    opened: &'a Opened,
    event: &'a Event,
    lines: Vec<Line>,
    sums: Sums,
    payments: Vec<Payment>,
    refunds: Vec<Refund>,
}

impl Receipt<'_> {
    fn at(&self, at: &Instant) -> jiff::civil::DateTime {
        at.in_zone(&self.event.time_zone()).datetime()
    }
    /// What is paid and not given back.
    fn kept(&self) -> Money {
        let paid: i64 = self.payments.iter().map(|payment| payment.received - payment.refunded).sum();
        money(paid, &self.opened.order.currency)
    }
}

/// For whoever may see the order. Without money there is no receipt.
pub async fn show(
    State(app): State<App>,
    page: Page,
    Path(id): Path<Id<Order>>,
    Query(key): Query<Key>,
) -> Result<Response> {
    let opened = Opened::by(&app, &page, id, &key).await?;
    let mut payments = store::of_order(&app.db, id).await?;
    payments.retain(|payment| payment.state == PaymentState::Paid);
    payments.reverse();
    (!payments.is_empty()).then_some(()).or_404()?;
    page.html(&Receipt {
        page: &page,
        event: &opened.event,
        lines: lines(&opened.tickets, &opened.order.currency),
        sums: Sums::of(&app, &opened.order).await?,
        refunds: store::refunds_of_order(&app.db, id).await?,
        payments,
        opened: &opened,
    })
}
