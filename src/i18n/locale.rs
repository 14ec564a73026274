use std::{any::Any, collections::HashMap, fmt, sync::LazyLock};

/// The languages of this site. To add one: a line in each `match`, and `locales/xx.po`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Locale {
    #[default]
    En,
    De,
    Fr,
    Ar,
    /// `en-XA`: English with accents; what stays plain on the page is not translatable.
    Pseudo,
}
use Locale::*;

impl Locale {
    pub const ALL: [Locale; 5] = [En, De, Fr, Ar, Pseudo];

    pub const fn tag(self) -> &'static str {
        match self {
            En => "en",
            De => "de",
            Fr => "fr",
            Ar => "ar",
            Pseudo => "en-XA",
        }
    }

    pub fn dir(self) -> &'static str {
        if self == Ar { "rtl" } else { "ltr" }
    }

    pub fn asked(q: &str, _: bool) -> Option<Locale> {
        q.split('&').find_map(|p| p.strip_prefix("lang=")?.parse().ok())
    }
    /// The `.po` file
    pub fn po(self) -> Option<&'static str> {
        match self {
            De | Fr | Ar => None,
            En | Pseudo => None,
        }
    }

    /// Which `msgstr[i]` speaks of `n`; CLDR's cardinal categories in CLDR's order.
    pub fn plural(self, n: u64) -> usize {
        match self {
            En | De | Pseudo => (n != 1) as usize,
            Fr => (n > 1) as usize,
            Ar => match (n, n % 100) {
                (0..=2, _) => n as usize,
                (_, 3..=10) => 3,
                (_, 11..=99) => 4,
                _ => 5,
            },
        }
    }

    /// The same as the header of the `.po` file says it, for the translator's tools.
    pub const fn plural_forms(self) -> (usize, &'static str) {
        match self {
            En | De | Pseudo => (2, "n != 1"),
            Fr => (2, "n > 1"),
            Ar => (6, "n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 && n%100<=99 ? 4 : 5"),
        }
    }

    /// The best of an `Accept-Language` header, by q and then by order.
    pub fn accepted(header: &str) -> Locale {
        let mut best = (0.0, En);
        for part in header.split(',') {
            let mut p = part.split(';');
            let tag = p.next().unwrap_or("").trim();
            let q = p.find_map(|q| q.trim().strip_prefix("q=")?.parse().ok()).unwrap_or(1.0);
            if let Ok(l) = tag.parse()
                && q > best.0
            {
                best = (q, l);
            }
        }
        best.1
    }

    pub(super) fn catalogue(self) -> Option<&'static Catalogue> {
        static ALL: LazyLock<[Option<Catalogue>; Locale::ALL.len()]> =
            LazyLock::new(|| Locale::ALL.map(|l| l.po().map(Catalogue::read)));
        if self == En { None } else { ALL[self as usize].as_ref() }
    }

    /// Reads all catalogues; call it at startup, that no visitor waits for it.
    pub fn warm() {
        De.catalogue();
    }
}

impl std::str::FromStr for Locale {
    type Err = ();
    fn from_str(tag: &str) -> Result<Self, ()> {
        let whole = Locale::ALL.into_iter().find(|l| l.tag().eq_ignore_ascii_case(tag));
        let language = tag.split('-').next().unwrap_or("");
        whole.or_else(|| Locale::ALL.into_iter().find(|l| l.tag().eq_ignore_ascii_case(language))).ok_or(())
    }
}

/// A locale is askama's runtime values: `page.render_with_values(&locale)`.
impl askama::Values for Locale {
    fn get_value<'a>(&'a self, key: &str) -> Option<&'a dyn Any> {
        (key == "locale").then_some(self)
    }
}

pub(super) struct Catalogue(HashMap<String, Box<[String]>>);

impl Catalogue {
    fn read(po: &str) -> Self {
        let catalogue = polib::po_file::parse_from_reader(po.as_bytes()).expect("tests read every .po");
        Catalogue(
            catalogue
                .messages()
                .filter(|m| m.is_translated() && !m.is_fuzzy())
                .map(|m| {
                    let forms = m.msgstr_plural().cloned().or_else(|_| m.msgstr().map(|s| vec![s.to_owned()]));
                    (key(m.msgctxt(), m.msgid()), forms.unwrap_or_default().into())
                })
                .collect(),
        )
    }

    pub(super) fn find(&'static self, context: Option<&str>, id: &str, form: usize) -> Option<&'static str> {
        let forms = match context {
            None => self.0.get(id),
            Some(_) => self.0.get(&key(context, id)),
        };
        forms?.get(form).map(String::as_str)
    }
}

fn key(context: Option<&str>, id: &str) -> String {
    context.map_or_else(|| id.to_owned(), |c| format!("{c}\u{4}{id}"))
}

/// "Save" as "Šáṽé": longer by its accents' look, not by its count.
pub(super) fn pseudo(w: &mut dyn fmt::Write, s: &str) -> fmt::Result {
    const PLAIN: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    const ACCENTED: [char; 52] = [
        'Á', 'Ɓ', 'Ç', 'Ð', 'É', 'Ƒ', 'Ĝ', 'Ĥ', 'Í', 'Ĵ', 'Ķ', 'Ĺ', 'Ṁ', 'Ñ', 'Ó', 'Ƥ', 'Ǫ', 'Ŕ', 'Š', 'Ţ', 'Ú', 'Ṽ',
        'Ŵ', 'Ẋ', 'Ý', 'Ž', 'á', 'ƀ', 'ç', 'ð', 'é', 'ƒ', 'ĝ', 'ĥ', 'í', 'ĵ', 'ķ', 'ĺ', 'ṁ', 'ñ', 'ó', 'ƥ', 'ǫ', 'ŕ',
        'š', 'ţ', 'ú', 'ṽ', 'ŵ', 'ẋ', 'ý', 'ž',
    ];
    s.chars().try_for_each(|c| w.write_char(PLAIN.find(c).map_or(c, |i| ACCENTED[i])))
}
