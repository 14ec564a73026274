//! Kinds of gatherings.
use std::fmt;

use crate::i18n::{Locale, Say};

words! {
    /// What kind of gathering it is, for finding.
    pub enum Category {
        Other = "other", Music = "music", Talks = "talks", Stage = "stage", Neighbourhood = "neighbourhood",
        Sport = "sport", Food = "food", Making = "making",
    }
}

impl Say for Category {
    fn say(&self, w: &mut dyn fmt::Write, l: Locale) -> fmt::Result {
        match self {
            Self::Music => t!("Music").say(w, l),
            Self::Talks => t!("Talks").say(w, l),
            Self::Stage => t!("Stage").say(w, l),
            Self::Neighbourhood => t!("Neighbourhood").say(w, l),
            Self::Sport => t!("Sport").say(w, l),
            Self::Food => t!("Food").say(w, l),
            Self::Making => t!("Making").say(w, l),
            Self::Other => t!("Something else").say(w, l),
        }
    }
}
says!(Category);
