//! The site's own pages, for admins. Every act is a fact with a reason.
pub mod acts;
pub mod charts;
pub mod create;
pub mod doers;
pub mod event_pages;
pub mod featuring_pages;
pub mod health_pages;
pub mod job_pages;
pub mod journal_pages;
pub mod logo_pages;
pub mod machine;
pub mod mail_pages;
pub mod member_pages;
pub mod notice_pages;
pub mod order_pages;
pub mod pages;
pub mod paging;
pub mod payment_pages;
pub mod report_pages;
pub mod settings_pages;
pub mod store;
pub mod tables;

use serde::{Deserialize, Serialize};

use crate::journal::Fact;

/// What admins did that is about no member and no event.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum AdminFact {
    MailResent {
        reason: String,
    },
    TestMailSent {
        // Facts of before one was asked for have none.
        #[serde(default)]
        reason: String,
    },
    JobRunAgain {
        reason: String,
    },
    NoticeHandledAgain {
        reason: String,
    },
    EventCancelledByAdmin {
        reason: String,
    },
}
impl Fact for AdminFact {}
