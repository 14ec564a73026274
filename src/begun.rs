//! Whether a piece of work may have had an effect yet. What asks the database to keep something, or somebody outside to
//! do something, notes it here, so that nobody has to guess whether work that broke may be done once more.
use std::cell::Cell;

tokio::task_local! {
    static BEGUN: Cell<bool>;
}

/// From here on something may have been done.
pub fn note() {
    BEGUN.try_with(|begun| begun.set(true)).ok();
}

/// Does the work, and tells whether something was noted meanwhile. What it hands to another task is not seen.
pub async fn noticing<T>(work: impl Future<Output = T>) -> (T, bool) {
    let watched = async {
        let outcome = work.await;
        (outcome, BEGUN.with(Cell::get))
    };
    BEGUN.scope(Cell::new(false), watched).await
}

/// Does work that is no part of what was asked for, such as counting that it was: nothing of it is noted.
pub async fn aside<T>(work: impl Future<Output = T>) -> T {
    noticing(work).await.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_done_is_noticed_but_for_what_is_done_aside() {
        note();
        assert!(!noticing(async {}).await.1);
        assert!(noticing(async { note() }).await.1);
        assert!(!noticing(aside(async { note() })).await.1);
        let both = async {
            note();
            aside(async {}).await;
        };
        assert!(noticing(both).await.1);
    }
}
