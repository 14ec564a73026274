//! The translations: `.po` files, part of the binary, read once. Missing or fuzzy is English.

use std::{collections::HashMap, fmt, sync::LazyLock};

use super::Locale;

pub(super) struct Catalogue(HashMap<String, Box<[String]>>);

/// The catalogue of a language; `None` where the source itself is the language.
#[inline]
pub(super) fn of(l: Locale) -> Option<&'static Catalogue> {
    static ALL: LazyLock<[Option<Catalogue>; Locale::ALL.len()]> =
        LazyLock::new(|| Locale::ALL.map(|l| l.po().map(Catalogue::read)));
    if let Locale::En = l { None } else { ALL[l as usize].as_ref() }
}

impl Catalogue {
    fn read(po: &str) -> Self {
        let file = polib::po_file::parse_from_reader(po.as_bytes()).expect("the tests read every .po");
        let translated = file.messages().filter(|m| m.is_translated() && !m.is_fuzzy());
        let entry = |m: &dyn polib::message::MessageView| {
            let forms = m.msgstr_plural().cloned().or_else(|_| m.msgstr().map(|s| vec![s.to_owned()]));
            (key(m.msgctxt(), m.msgid()), forms.unwrap_or_default().into())
        };
        Catalogue(translated.map(entry).collect())
    }

    pub(super) fn find(&'static self, context: Option<&str>, id: &str, form: usize) -> Option<&'static str> {
        let forms = match context {
            None => self.0.get(id),
            Some(_) => self.0.get(&key(context, id)),
        };
        forms?.get(form).map(String::as_str).filter(|s| !s.is_empty())
    }
}

/// As gettext joins them: a context never runs into a sentence.
fn key(context: Option<&str>, id: &str) -> String {
    context.map_or_else(|| id.to_owned(), |c| format!("{c}\u{4}{id}"))
}

/// "Save" as "Šáṽé": readable, and plainly not the source.
pub(super) fn pseudo(w: &mut dyn fmt::Write, s: &str) -> fmt::Result {
    const UPPER: [char; 26] = [
        'Á', 'Ɓ', 'Ç', 'Ð', 'É', 'Ƒ', 'Ĝ', 'Ĥ', 'Í', 'Ĵ', 'Ķ', 'Ĺ', 'Ṁ', 'Ñ', 'Ó', 'Ƥ', 'Ǫ', 'Ŕ', 'Š', 'Ţ', 'Ú', 'Ṽ',
        'Ŵ', 'Ẋ', 'Ý', 'Ž',
    ];
    const LOWER: [char; 26] = [
        'á', 'ƀ', 'ç', 'ð', 'é', 'ƒ', 'ĝ', 'ĥ', 'í', 'ĵ', 'ķ', 'ĺ', 'ṁ', 'ñ', 'ó', 'ƥ', 'ǫ', 'ŕ', 'š', 'ţ', 'ú', 'ṽ',
        'ŵ', 'ẋ', 'ý', 'ž',
    ];
    s.chars().try_for_each(|c| {
        w.write_char(match c {
            'A'..='Z' => UPPER[c as usize - 'A' as usize],
            'a'..='z' => LOWER[c as usize - 'a' as usize],
            other => other,
        })
    })
}
