//! How many of those who looked came: page views, orders begun, orders confirmed, and those of which somebody is in.
use super::store;
use crate::app::App;
use crate::db::Result;
use crate::events::Event;
use crate::orders;

/// One step of the way, and how it compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    pub number: i64,
    /// Of a hundred, beside the largest step: for the drawing.
    pub width: i64,
    /// Of a hundred of the step before; none where that says nothing, as when orders were made without the page.
    pub share: Option<i64>,
}

/// Orders that hosts made for others, which no page view leads to: how many, and of how many somebody is in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Added {
    pub orders: i64,
    pub came: i64,
}

/// In the order of the way: views, begun, confirmed, in; and apart from it what hosts added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Funnel(pub [Step; 4], pub Added);

impl Funnel {
    pub fn of(numbers: [i64; 4], added: Added) -> Self {
        let most = numbers.into_iter().max().unwrap_or_default().max(1);
        let mut before = None;
        let steps = numbers.map(|number| {
            let share = before.filter(|before| *before > 0 && number <= *before);
            let share = share.map(|before: i64| (number * 100 + before / 2) / before);
            before = Some(number);
            Step { number, width: number * 100 / most, share }
        });
        Self(steps, added)
    }
    /// What hosts added.
    pub fn added(&self) -> Added {
        self.1
    }
    pub fn views(&self) -> i64 {
        self.0[0].number
    }
    /// Whether anything has happened yet.
    pub fn any(&self) -> bool {
        self.1.orders > 0 || self.0.iter().any(|step| step.number > 0)
    }
    /// Of a hundred views, how many became orders.
    pub fn bought(&self) -> Option<i64> {
        let [views, _, confirmed, _] = self.0.map(|step| step.number);
        (views > 0 && confirmed <= views).then(|| (confirmed * 100 + views / 2) / views)
    }
}

pub async fn of(app: &App, event: &Event) -> Result<Funnel> {
    let mut tx = app.db.read().await?;
    let views = store::of_event(&mut tx, event.id).await?;
    let ways = orders::guests::store::funnel(&mut tx, event.id).await?;
    tx.commit().await?;
    let added = Added { orders: ways.added, came: ways.added_came };
    Ok(Funnel::of([views, ways.begun, ways.confirmed, ways.came], added))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_of_the_step_before_and_say_nothing_where_there_was_less() {
        let funnel = Funnel::of([200, 30, 20, 5], Added::default());
        assert_eq!(funnel.0.map(|step| step.share), [None, Some(15), Some(67), Some(25)]);
        assert_eq!(funnel.0.map(|step| step.width), [100, 15, 10, 2]);
        assert_eq!(funnel.bought(), Some(10));
        let without_views = Funnel::of([0, 4, 4, 0], Added::default());
        assert_eq!(without_views.0.map(|step| step.share), [None, None, Some(100), Some(0)]);
        assert!(!Funnel::of([0; 4], Added::default()).any() && without_views.bought().is_none());
    }
}
