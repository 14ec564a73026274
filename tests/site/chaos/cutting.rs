//! Stops a deed in the middle, as a process does that dies there.
use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::task::Poll;

use tracing::span::{Attributes, Id, Record};
use tracing::{Dispatch, Event, Metadata, Subscriber};

/// Lets a future run until it has been woken so many times, then drops it.
pub async fn at_wake<F: Future>(work: F, wakes: Option<usize>) -> Option<F::Output> {
    let mut work = Box::pin(work);
    let mut left = wakes;
    poll_fn(move |cx| {
        if let Some(left) = &mut left {
            if *left == 0 {
                return Poll::Ready(None);
            }
            *left -= 1;
        }
        work.as_mut().poll(cx).map(Some)
    })
    .await
}

thread_local! {
    /// How many more statements whoever runs here may send.
    static LEFT: Cell<Option<usize>> = const { Cell::new(None) };
    static STOPPED: Cell<bool> = const { Cell::new(false) };
}

/// Hears of each statement before it is sent, and stops whoever has none left.
struct Statements;

impl Subscriber for Statements {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "marquee::statement"
    }
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, _: &Event<'_>) {
        match LEFT.get() {
            Some(0) => {
                STOPPED.set(true);
                // No message: this is meant.
                resume_unwind(Box::new("stopped"))
            }
            Some(left) => LEFT.set(Some(left - 1)),
            None => {}
        }
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

/// Lets a future send so many statements and stops it before the next one: always the same one, however long each
/// takes. Whoever catches what stopped it does not get further either.
pub async fn at_statement<F: Future>(work: F, statements: Option<usize>) -> Option<F::Output> {
    let Some(statements) = statements else { return Some(work.await) };
    crate::listening::to_all();
    let (mut work, mut left, listener) = (Box::pin(work), statements, Dispatch::new(Statements));
    poll_fn(move |cx| {
        LEFT.set(Some(left));
        let poll = || catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(cx)));
        let polled = tracing::dispatcher::with_default(&listener, poll);
        left = LEFT.take().unwrap_or_default();
        match polled {
            Ok(polled) if !STOPPED.take() => polled.map(Some),
            Ok(_) => Poll::Ready(None),
            Err(_) if STOPPED.take() => Poll::Ready(None),
            Err(payload) => resume_unwind(payload),
        }
    })
    .await
}
