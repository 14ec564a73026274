//! What a `.po` file must be, and bringing one in line (xgettext and msgmerge in one).
use std::collections::{BTreeMap, BTreeSet};

use marquee::i18n::Locale;
use polib::{
    catalog::Catalog,
    message::{Message, MessageView},
};

use super::extract::{Key, Sentence, Sentences};

/// `{name}` and, where there is markup, `<name>` and `</name>`, sorted.
fn marks(s: &str, tags: bool) -> Vec<String> {
    let mut all = vec![];
    for (open, close) in [('{', '}'), ('<', '>')].into_iter().take(1 + usize::from(tags)) {
        all.extend(s.split(open).skip(1).filter_map(|p| Some(format!("{open}{}{close}", p.split_once(close)?.0))));
    }
    all.sort();
    all
}

/// The values that a text speaks of: not `<b>`, but `{b}`.
pub fn names(s: &str, tags: bool) -> BTreeSet<String> {
    let ours = ["<b>", "</b>", "<em>", "</em>", "<br>"];
    let named = marks(s, tags).into_iter().filter(|m| !ours.contains(&m.as_str()));
    named.map(|m| m.trim_matches(['{', '}', '<', '>', '/']).to_owned()).collect()
}

fn key(m: &dyn MessageView) -> Key {
    (m.msgctxt().map(Into::into), m.msgid().into())
}

fn forms(m: &dyn MessageView) -> Vec<String> {
    m.msgstr_plural()
        .cloned()
        .or_else(|_| m.msgstr().map(|s| vec![s.into()]))
        .expect("a message has a translation, be it empty")
}

/// What is wrong with a catalogue; only a `complete` one must have every sentence.
pub fn problems(l: Locale, sentences: &Sentences, catalogue: &Catalog, complete: bool) -> Vec<String> {
    let mut bad = vec![];
    let (n, rule) = l.plural_forms();
    let header = &catalogue.metadata.plural_rules;
    if header.nplurals != n || header.expr != rule {
        bad.push(format!("Plural-Forms should be nplurals={n}; plural={rule};"));
    }
    let known: BTreeMap<Key, &dyn MessageView> =
        catalogue.messages().map(|m| (key(m), m as &dyn MessageView)).collect();
    bad.extend(known.keys().filter(|k| !sentences.contains_key(*k)).map(|(_, id)| format!("unused: {id:?}")));
    for (k, sentence) in sentences {
        match known.get(k) {
            Some(m) if m.is_fuzzy() => bad.extend(complete.then(|| format!("fuzzy: {:?}", k.1))),
            Some(m) if forms(*m).iter().all(|s| !s.is_empty()) => bad.extend(translation(l, &k.1, sentence, *m)),
            _ => bad.extend(complete.then(|| format!("missing: {:?} ({})", k.1, sentence.at.join(" ")))),
        }
    }
    bad
}

fn translation(l: Locale, id: &str, sentence: &Sentence, m: &dyn MessageView) -> Vec<String> {
    let forms = forms(m);
    if forms.len() != sentence.plural.as_ref().map_or(1, |_| l.plural_forms().0) {
        return vec![format!("{} forms: {id:?}", forms.len())];
    }
    if let (Some(plural), Ok(said)) = (&sentence.plural, m.msgid_plural())
        && plural != said
    {
        return vec![format!("the plural of {id:?} is {plural:?}, not {said:?}")];
    }
    let want = marks(sentence.plural.as_deref().unwrap_or(id), sentence.tags);
    let mut bad = vec![];
    for (i, form) in forms.iter().enumerate() {
        // "one place" may be a word where the form speaks of few numbers only: in French of 0 and 1.
        let small = sentence.plural.is_some() && (0..200).filter(|n| l.plural(*n) == i).count() <= 2;
        let without_count = |m: &[String]| m.iter().filter(|m| *m != "{n}").cloned().collect::<Vec<_>>();
        let have = marks(form, sentence.tags);
        if have != want && !(small && without_count(&have) == without_count(&want)) {
            bad.push(format!("{id:?} has {want:?}, its translation {form:?} has {have:?}"));
        }
    }
    bad
}

/// The catalogue with exactly these sentences: what was translated stays, what was edited stays as fuzzy.
pub fn updated(l: Locale, sentences: &Sentences, old: &Catalog) -> Catalog {
    let by_key: BTreeMap<Key, &dyn MessageView> = old.messages().map(|m| (key(m), m as &dyn MessageView)).collect();
    let (n, rule) = l.plural_forms();
    let mut metadata = old.metadata.clone();
    metadata.language = l.tag().into();
    (metadata.plural_rules.nplurals, metadata.plural_rules.expr) = (n, rule.into());
    let mut new = Catalog::new(metadata);
    for (k, sentence) in sentences {
        let edited = || {
            let gone = by_key.iter().filter(|(o, m)| {
                !sentences.contains_key(*o) && m.is_translated() && m.is_plural() == sentence.plural.is_some()
            });
            let near = gone.map(|(o, m)| (likeness(&o.1, &k.1), *m)).filter(|(like, _)| *like > 0.6);
            near.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, m)| (m, true))
        };
        let from = by_key.get(k).map(|m| (*m, false)).or_else(edited);
        new.append_or_update(message(k, sentence, n, from));
    }
    new
}

fn message(k: &Key, sentence: &Sentence, n: usize, from: Option<(&dyn MessageView, bool)>) -> Message {
    let mut m = if sentence.plural.is_some() { Message::build_plural() } else { Message::build_singular() };
    // The file without the line: a moved line is no change for the translator.
    let files: BTreeSet<&str> = sentence.at.iter().filter_map(|a| a.split(':').next()).collect();
    m.with_msgid(k.1.clone()).with_source(files.into_iter().collect::<Vec<_>>().join(" "));
    if let Some(context) = &k.0 {
        m.with_msgctxt(context.clone());
    }
    let mut strings = from.map(|(m, _)| forms(m)).unwrap_or_default();
    strings.resize(sentence.plural.as_ref().map_or(1, |_| n), String::new());
    match &sentence.plural {
        Some(p) => m.with_msgid_plural(p.clone()).with_msgstr_plural(strings),
        None => m.with_msgstr(strings.remove(0)),
    };
    if let Some((old, edited)) = from {
        m.with_translator_comments(old.translator_comments().into());
        let mut flags = old.flags().clone();
        let other_plural = old.msgid_plural().ok() != sentence.plural.as_deref();
        if edited || (other_plural && old.is_translated()) {
            flags.add_flag("fuzzy");
        }
        m.with_flags(flags);
    }
    m.done()
}

/// The share of words two sentences have in common.
fn likeness(a: &str, b: &str) -> f32 {
    let (a, b): (BTreeSet<_>, BTreeSet<_>) = (a.split(' ').collect(), b.split(' ').collect());
    a.intersection(&b).count() as f32 / a.union(&b).count() as f32
}
