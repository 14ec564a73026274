//! What pages are made with.
pub mod arriving;
pub mod assets;
pub mod cookies;
pub mod csv;
pub mod download;
pub mod errors;
pub mod form;
pub mod fresh;
pub mod guards;
pub mod headers;
pub mod health;
pub mod icons;
pub mod kept;
pub mod language;
pub mod limits;
pub mod list_form;
pub mod log;
pub mod mailbox;
pub mod markdown;
pub mod metrics;
pub mod origin;
pub mod page;
pub mod pictures;
pub mod qr;
pub mod sealing;
pub mod sessions;
pub mod shared;
pub mod signing;

pub use form::{Fields, Form, Path, Query};
pub use guards::{Admin, Me, Proof, SteppedUp, Visitor};
pub use page::{Page, see};

use crate::app::App;

/// Removes what has ended.
pub async fn tidy(app: &App) -> anyhow::Result<()> {
    let now = app.clock.now();
    sessions::tidy(app, now).await?;
    limits::tidy(app, now).await
}
