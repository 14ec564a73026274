//! How a subscription stands by the provider's word, and what of that is news.
use super::{State, Subscription, SubscriptionFact, Tier};
use crate::clock::Instant;
use crate::payments::gateway::{Subscribed, SubscriptionStanding};

/// What follows from facts alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    pub state: State,
    pub tier: Tier,
    pub period_ends_at: Option<Instant>,
    pub ends_at_period_end: bool,
    pub past_due_at: Option<Instant>,
}

words! {
    /// What members are told about their subscription, as letters call it.
    pub enum News {
        Begun = "plan_begun",
        Changed = "plan_changed",
        /// It ends with the month.
        Cancelled = "plan_cancelled",
        /// It goes on after all.
        Resumed = "plan_resumed",
        /// A month could not be paid.
        Unpaid = "plan_unpaid",
        /// Nor was it for so long that the plan is Free now.
        Lapsed = "plan_lapsed",
        Ended = "plan_ended",
    }
}

impl Standing {
    pub fn of(row: &Subscription) -> Self {
        Self {
            state: row.state,
            tier: row.tier,
            period_ends_at: row.period_ends_at,
            ends_at_period_end: row.ends_at_period_end,
            past_due_at: row.past_due_at,
        }
    }

    /// As the provider says it stands; `tier` is what its price pays.
    pub fn told(row: &Subscription, told: &Subscribed, tier: Tier, now: Instant) -> Self {
        let state = match told.standing {
            SubscriptionStanding::Incomplete => State::Incomplete,
            SubscriptionStanding::Active => State::Active,
            SubscriptionStanding::PastDue => State::PastDue,
            SubscriptionStanding::Ended => State::Ended,
        };
        let past_due_at = (state == State::PastDue).then(|| row.past_due_at.unwrap_or(now));
        let live = state != State::Ended;
        Self {
            state,
            tier,
            period_ends_at: told.period_ends_at,
            ends_at_period_end: live && told.ends_at_period_end,
            past_due_at,
        }
    }

    /// Nothing of it is at the provider any more.
    pub fn over(row: &Subscription) -> Self {
        Self { state: State::Ended, ends_at_period_end: false, past_due_at: None, ..Self::of(row) }
    }

    pub fn fact(&self) -> SubscriptionFact {
        SubscriptionFact::SubscriptionStands {
            state: self.state,
            tier: self.tier,
            period_ends_at: self.period_ends_at,
            ends_at_period_end: self.ends_at_period_end,
            past_due_at: self.past_due_at,
        }
    }

    /// What is new since before, the first first.
    pub fn news(&self, before: &Self) -> Vec<News> {
        let mut news = Vec::new();
        let began = before.state == State::Incomplete && matches!(self.state, State::Active | State::PastDue);
        if began {
            news.push(News::Begun);
        }
        if self.state == State::Ended {
            // Nobody is told of the end of what never began.
            return if matches!(before.state, State::Active | State::PastDue) { vec![News::Ended] } else { news };
        }
        if !began && self.tier != before.tier && self.state != State::Incomplete {
            news.push(News::Changed);
        }
        if self.state == State::PastDue && before.state != State::PastDue {
            news.push(News::Unpaid);
        }
        match (before.ends_at_period_end, self.ends_at_period_end) {
            (false, true) => news.push(News::Cancelled),
            (true, false) => news.push(News::Resumed),
            _ => {}
        }
        news
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(state: State) -> Standing {
        Standing { state, tier: Tier::Team, period_ends_at: None, ends_at_period_end: false, past_due_at: None }
    }

    #[test]
    fn each_turn_is_told_once_and_nothing_else() {
        let (new, runs, owes, over) =
            (standing(State::Incomplete), standing(State::Active), standing(State::PastDue), standing(State::Ended));
        assert_eq!(runs.news(&new), [News::Begun]);
        assert_eq!(owes.news(&runs), [News::Unpaid]);
        assert_eq!(over.news(&owes), [News::Ended]);
        for (now, before) in [(&runs, &runs), (&owes, &owes), (&over, &over), (&over, &new), (&runs, &owes)] {
            assert!(now.news(before).is_empty(), "{before:?} to {now:?}");
        }
        let stops = Standing { ends_at_period_end: true, ..runs };
        assert_eq!((stops.news(&runs), runs.news(&stops)), (vec![News::Cancelled], vec![News::Resumed]));
        assert_eq!(Standing { tier: Tier::Free, ..runs }.news(&runs), [News::Changed]);
    }
}
