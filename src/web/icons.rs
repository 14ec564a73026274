//! The icons of pages, from the sheet `templates/icons.svg`. They are drawn in the page itself: a file of icons that pages
//! point into costs a visitor's browser another request, and another document to parse, before it can paint one.

use std::fmt;

use askama::{FastWritable, Result, Values};

include!(concat!(env!("OUT_DIR"), "/icons.rs"));

/// An icon that stands beside words or instead of them; those who hear a page hear the words only.
pub struct Icon {
    class: &'static str,
    drawn: &'static str,
}

impl Icon {
    /// One that the sheet lacks is an empty square: no reason for the page not to come. A test looks for them.
    pub(crate) fn new(class: &'static str, name: &str) -> Self {
        Self { class, drawn: BY_NAME.get(name).copied().unwrap_or_default() }
    }
}

impl FastWritable for Icon {
    fn write_into(&self, w: &mut dyn fmt::Write, _: &dyn Values) -> Result<()> {
        let Icon { class, drawn } = self;
        for part in ["<svg class=\"", class, "\" viewBox=\"0 0 24 24\" aria-hidden=\"true\">", drawn, "</svg>"] {
            w.write_str(part)?;
        }
        Ok(())
    }
}

impl fmt::Display for Icon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_into(f, askama::NO_VALUES).map_err(|_| fmt::Error)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::*;

    /// The names before `|icon` and `|icon_s` in a folder of templates.
    fn named(folder: &Path, names: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_dir() {
                named(&entry.path(), names);
            } else if entry.path().extension().is_some_and(|end| end == "html") {
                let template = fs::read_to_string(entry.path()).unwrap();
                let before = template.split("\"|icon").collect::<Vec<_>>();
                let uses = before.split_last().map_or(&[][..], |(_, uses)| uses);
                names.extend(uses.iter().filter_map(|text| text.rsplit('"').next()).map(str::to_owned));
            }
        }
    }

    #[test]
    fn the_sheet_has_the_icons_that_templates_name_and_no_others() {
        let mut names = BTreeSet::new();
        named(Path::new("templates"), &mut names);
        let sheet: BTreeSet<_> = BY_NAME.keys().map(|&name| name.to_owned()).collect();
        assert!(names.len() > 30, "{names:?}");
        assert_eq!(names, sheet);
    }

    #[test]
    fn an_icon_is_drawn_in_the_page_and_read_to_nobody() {
        let drawn = Icon::new("icon-s", "check").to_string();
        assert_eq!(
            drawn,
            r#"<svg class="icon-s" viewBox="0 0 24 24" aria-hidden="true"><path d="M20 6 9 17l-5-5"/></svg>"#
        );
    }
}
