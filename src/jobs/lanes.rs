//! Lanes: what waits for a payment provider or a mail server is done beside everything else. A provider that is slow
//! keeps no mail waiting, a mail server that is silent keeps no place taken whose time is over, five hundred refunds keep no buyer waiting, and five hundred letters keep nobody from theirs. Places that
//! nobody began to pay are free on time whatever the provider does. A job stays in the lane in which it was queued.
use super::Job;

words! {
    pub enum Lane {
        /// Needs this site alone, with its disk.
        Own = "own",
        /// Letters to one person, who may be waiting.
        Mail = "mail",
        /// Letters that go to many: whoever waits for one of their own does not wait behind them.
        Many = "many",
        /// Asks the provider about one buyer, who may be waiting.
        Asking = "asking",
        /// Gives back and closes, by hundreds when an event is cancelled.
        Returning = "returning",
    }
}

impl Job {
    pub(super) fn lane(self) -> Lane {
        match self {
            Self::EndHold { closing: true, .. } | Self::Settle { .. } | Self::HandleNotice { .. } => Lane::Asking,
            Self::SettleSubscription { .. } => Lane::Asking,
            Self::SendRefund { .. } | Self::ClosePayments { .. } => Lane::Returning,
            Self::EndSubscription { .. } | Self::ListProduct { .. } => Lane::Returning,
            Self::SendMail { many: true, .. } => Lane::Many,
            Self::SendMail { many: false, .. } => Lane::Mail,
            Self::EndHold { closing: false, .. }
            | Self::CancelOrders { .. }
            | Self::TellHolders { .. }
            | Self::KeepOwed { .. }
            | Self::BulkAct { .. }
            | Self::PassOn { .. }
            | Self::SendLocalNotice { .. }
            | Self::FitPlans { .. }
            | Self::Invite { .. }
            | Self::Remind { .. }
            | Self::SweepReminders
            | Self::FillFinding { .. }
            | Self::HostRenamed { .. }
            | Self::ForgetPicture { .. }
            | Self::ForgetCover { .. }
            | Self::SweepZones { .. }
            | Self::SweepFinding
            | Self::SweepHolds
            | Self::SweepPayments
            | Self::Tidy => Lane::Own,
        }
    }
}
