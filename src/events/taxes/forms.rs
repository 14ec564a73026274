//! What a host types about a tax rate.
use serde::Deserialize;

use super::{Planned, WHOLE};
use crate::forms::{Errors, Reader};

words! {
    pub enum Kind { Inclusive = "inclusive", Exclusive = "exclusive" }
}

/// As typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    pub name: String,
    pub percent: String,
    pub kind: String,
}

impl Typed {
    pub fn parse(&self) -> Result<Planned, Errors> {
        let mut r = Reader::default();
        let name = r.required("name", &self.name, 40, t!("Name the tax, like VAT."));
        let thousandths = percent(&self.percent).unwrap_or_else(|| {
            r.errors.add("percent", t!("Enter a percentage up to 100 with three decimals at most, like 8.1."));
            0
        });
        let kind: Kind = r.choice("kind", if self.kind.is_empty() { "inclusive" } else { &self.kind });
        r.errors.or(|| Planned { name, thousandths, inclusive: kind == Kind::Inclusive })
    }
    pub fn is_exclusive(&self) -> bool {
        self.kind == Kind::Exclusive.word()
    }
}

/// "8.1", "8,1 %" or "7.625" in thousandths of a percent.
pub fn percent(typed: &str) -> Option<i64> {
    let typed = typed.trim().trim_end_matches('%').trim_end();
    let (whole, decimals) = typed.split_once(['.', ',']).unwrap_or((typed, ""));
    let digits = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    if whole.is_empty() || whole.len() > 3 || decimals.len() > 3 || !digits(whole) || !digits(decimals) {
        return None;
    }
    format!("{whole}{decimals:0<3}").parse().ok().filter(|thousandths| *thousandths <= WHOLE)
}

#[cfg(test)]
mod tests {
    use super::percent;

    #[test]
    fn percentages_are_read_as_people_write_them() {
        for (typed, thousandths) in
            [("8.1", 8_100), (" 8,1 % ", 8_100), ("7.625", 7_625), ("0", 0), ("100", 100_000), ("2.60", 2_600)]
        {
            assert_eq!(percent(typed), Some(thousandths), "{typed}");
        }
        for wrong in ["", "%", ".5", "-1", "8.1234", "100.001", "1e2", "8.1.1", "١"] {
            assert_eq!(percent(wrong), None, "{wrong}");
        }
    }
}
