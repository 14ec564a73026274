//! Every sentence of templates/ and src/ gets its values and is in the `.po` files, and nothing else is.
//! `UPDATE_PO=1 cargo test --test site messages` writes new sentences into the files and drops old ones;
//! an edited sentence keeps its old translation, marked fuzzy.
mod catalogue;
mod extract;
mod raw;

use std::{fs, path::Path};

use catalogue::{problems, updated};
use extract::{Found, files};
use marquee::i18n::Locale;
use polib::catalog::Catalog;

#[test]
fn every_sentence_gets_its_values_and_is_said_in_one_way() {
    let found = Found::everything();
    assert!(found.problems.is_empty(), "\n{}\n", found.problems.join("\n"));
    assert!(found.sentences.len() > 20, "the sentences were not found");
}

#[test]
fn no_text_stands_in_a_template_untranslated() {
    let mut bad = vec![];
    for path in files(Path::new("templates"), &["html", "txt"]) {
        let html = path.extension().is_some_and(|e| e == "html");
        let said = raw::raw(&extract::blocks(&fs::read_to_string(&path).unwrap()).1, html);
        bad.extend(said.into_iter().map(|s| format!("{}: {s:?}", path.display())));
    }
    assert!(bad.is_empty(), "not translatable:\n{}\n", bad.join("\n"));
}

#[test]
fn catalogues_say_what_the_site_says_and_offered_ones_all_of_it() {
    let found = Found::everything();
    let mut bad = vec![];
    let file = |l: Locale| Path::new("templates/locales").join(format!("{}.po", l.tag()));
    for (l, path) in Locale::ALL.map(|l| (l, file(l))).into_iter().filter(|(_, path)| path.exists()) {
        let mut po = polib::po_file::parse(&path).unwrap();
        if std::env::var_os("UPDATE_PO").is_some() {
            po = updated(l, &found.sentences, &po);
            polib::po_file::write_to_file(&po, &path).unwrap();
        }
        let complete = Locale::OFFERED.contains(&l);
        bad.extend(
            problems(l, &found.sentences, &po, complete).into_iter().map(|p| format!("{}: {p}", path.display())),
        );
    }
    assert!(bad.is_empty(), "\n{}\n(UPDATE_PO=1 brings the files in line)\n", bad.join("\n"));
}

// ---- the checks themselves: broken inputs, one for each thing they must see ------------------------

fn template(text: &str) -> Found {
    let mut found = Found::default();
    found.template("x.html", text);
    found
}

fn source(text: &str) -> Found {
    let mut found = Found::default();
    found.source("x.rs", text);
    found
}

#[test]
fn sentences_are_found_wherever_a_template_has_them() {
    let found = template(
        r#"{% extends "layout.html" %}{% import "ui.html" as ui %}{# {{ "comment"|t }} #}
{% block title %}{{ "Title"|t }}{% endblock %}
{%- call ui::field("email", "E-mail"|t, "email", errors, hint = "We write to {address}"|t(address = me)) -%}{% endcall %}
{% if let Some(x) = y && !z.is_empty() %}<p title="{{ "Close }} it"|t }}">{{ "1 place"|tn("{n} places", left(1, 2)) }}</p>
{% else if a == "Raw is fine here" %}{{ "Read <rules>them</rules>, {name}."|th(rules = "/rules", name = n|upper) }}{% endif %}
{{ "Open"|t(context = "verb") }}{{ "Open"|t }} {{ asset("fonts/a.woff2") }}{% match w %}{% when Some with (v) %}{{ v }}{% endmatch %}"#,
    );
    assert_eq!(found.problems, Vec::<String>::new());
    let ids: Vec<_> = found.sentences.keys().map(|(_, id)| id.as_str()).collect();
    let all = ["1 place", "Close }} it", "E-mail", "Open", "Read <rules>them</rules>, {name}.", "Title"];
    assert_eq!(ids, [&all[..], &["We write to {address}", "Open"]].concat());
    let places = &found.sentences[&(None, "1 place".into())];
    assert_eq!((places.plural.as_deref(), places.at[0].as_str()), (Some("{n} places"), "x.html:4"));
}

#[test]
fn sentences_are_found_in_rust_but_not_in_its_tests() {
    let found = source(
        r#"fn e() { t!("{a} is not after {b}", a, b) }
        fn f() { g(t!("Hosted by {name}", name = a.b(1, 2)), crate::t!("{title} is full.", title)); }
        fn h(n: u64) { tn!("1 of {title}", "{n} of {title}", n, title).to(l) }
        #[cfg(test)] mod tests { fn x() { t!("A test"); } }"#,
    );
    assert_eq!(found.problems, Vec::<String>::new());
    let ids: Vec<_> = found.sentences.keys().map(|(_, id)| id.as_str()).collect();
    assert_eq!(ids, ["1 of {title}", "Hosted by {name}", "{a} is not after {b}", "{title} is full."]);
}

#[test]
fn a_sentence_said_wrongly_is_seen() {
    for (broken, why) in [
        (r#"{{ "Hosted by {host}"|t(name = x) }}"#, "has {\"host\"}, gets {\"name\"}"),
        (r#"{{ "Hosted by {name}"|t }}"#, "gets {}"),
        (r#"{{ "Home"|t(name = x) }}"#, "has {}"),
        (r#"{{ "Read <rules>them</rules>"|th(terms = "/x") }}"#, "has {\"rules\"}"),
        (r#"{{ "Read <b>{name}</b>"|th }}"#, "has {\"name\"}"),
        (r#"{{ "{n} left"|t(name = x) }}"#, "has {\"n\"}"),
        (r#"{{ "1 left"|tn(other, n) }}"#, "no plural"),
        (r#"{{ label|t }}"#, "only a literal"),
        (r#"{{ "A"|t }}{{ "A"|t(name = x) }}"#, "differently"),
        (r#"{{ "1 left"|tn("{n} left", n) }}{{ "1 left"|t }}"#, "differently"),
        (r#"{{ "Raw text" }}"#, "untranslated"),
        (r#"{% call ui::field("E-mail", "email") %}{% endcall %}"#, "untranslated"),
        (r#"{% call ui::field("x"|t, attrs = "placeholder=\"A name\"") %}{% endcall %}"#, "untranslated"),
        (r#"{{ "Home"|t( }}"#, "not read"),
        (r#"{{ "Home"|t"#, "never closed"),
    ] {
        let said = template(broken).problems.join("\n");
        assert!(said.contains(why), "{broken}: {said:?}");
    }
    let said = source(r#"fn f() { let foo = 1; t!("{foo} is a local variable") }"#).problems.join("\n");
    assert!(said.contains("has {\"foo\"}, gets {}"), "{said:?}");
}

#[test]
fn raw_text_is_seen_and_what_is_none_is_not() {
    let raw = |text: &str| raw::raw(&extract::blocks(text).1, true);
    for broken in [
        "<p>Hello</p>",
        "<p>{{ name }} left</p>",
        "text before any tag",
        r#"<a title="Hello {{ name }}">x</a>"#,
        r#"<img alt="A cat">"#,
        r#"<input placeholder="Name">"#,
        r#"<nav aria-label="Main">"#,
        r#"<meta name="description" content="A site">"#,
        "<code>x</code> after",
        "<script>let x = 1 < 2;</script>after",
        r#"<p title="a > b"></p>"#,
        r#"{% block body %} data-palette="{{ p }}" title="Hello"{% endblock %}"#,
        "Göttingen",
    ] {
        assert_ne!(raw(broken), Vec::<String>::new(), "{broken}");
    }
    for fine in [
        r#"<!doctype html><!-- a comment > --><html lang="en"><meta name="viewport" content="width=1">"#,
        r#"<script type="application/ld+json">{"@context": "https://schema.org"}</script>"#,
        "<style>@media (max-width:600px) { .pad { padding:0 } }</style><code>MARQUEE_ADDR</code>",
        r#"<a title="{{ "Close <b>"|t }}" class="btn{% if x %} on{% endif %}" data-title="x">{{ "Home"|t }}</a>"#,
        "1 · 2 &nbsp;&amp; × – {{ name }} <b translate=\"no\">Ada</b> Marquee",
        "{% block title %}{{ t }}: {{ \"x\"|t }}{% endblock %}{% block body %} data-palette=\"{{ p }}\" id=\"x\"{% endblock %} 7Q4M-K2",
        r#"<svg><path d="M2 25V10.5"/></svg><img src="a.png" alt="">{# a comment #}"#,
    ] {
        assert_eq!(raw(fine), Vec::<String>::new(), "{fine}");
    }
    assert_ne!(raw::raw("Hello <name>", false), Vec::<String>::new());
}

const SENTENCES: &str = r#"{{ "Home"|t }} {{ "{title} is full."|t(title = x) }} {{ "1 place left"|tn("{n} places left", n) }}
{{ "Accept the <terms>terms</terms>."|th(terms = "/terms") }}"#;

const PO: &str = r#"msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\n"
"Language: de\n"
"Plural-Forms: nplurals=2; plural=n != 1;\n"

msgid "1 place left"
msgid_plural "{n} places left"
msgstr[0] "1 Platz frei"
msgstr[1] "{n} Plätze frei"

msgid "Accept the <terms>terms</terms>."
msgstr "Nimm die <terms>Bedingungen</terms> an."

msgid "Home"
msgstr "Start"

msgid "{title} is full."
msgstr "{title} ist voll."
"#;

fn po(text: &str) -> Catalog {
    polib::po_file::parse_from_reader(text.as_bytes()).expect("a catalogue")
}

#[test]
fn a_broken_catalogue_is_seen() {
    let sentences = template(SENTENCES).sentences;
    let broken = |from: &str, to: &str, complete| {
        assert!(PO.contains(from), "{from}");
        problems(Locale::De, &sentences, &po(&PO.replacen(from, to, 1)), complete).join("\n")
    };
    for (from, to, why) in [
        ("{title} ist", "{titel} ist", "has [\"{titel}\"]"),
        ("<terms>Bedingungen</terms>", "Bedingungen", "its translation"),
        ("msgid \"Home\"", "msgid \"House\"", "unused: \"House\""),
        ("n != 1", "n > 1", "Plural-Forms"),
        ("[1] \"{n} Plätze", "[1] \"viele Plätze", "{n}"),
        ("msgid_plural \"{n} places left\"", "msgid_plural \"{n} more places\"", "plural of"),
        (
            "msgid_plural \"{n} places left\"\nmsgstr[0] \"1 Platz frei\"\nmsgstr[1] \"{n} Plätze frei\"",
            "msgstr \"x\"",
            "1 forms",
        ),
    ] {
        for complete in [true, false] {
            assert!(broken(from, to, complete).contains(why), "{to}: {}", broken(from, to, complete));
        }
    }
    let fuzzy = broken("msgid \"Home\"", "#, fuzzy\nmsgid \"Home\"", true);
    assert!(fuzzy.contains("fuzzy: \"Home\""), "{fuzzy}");
    let missing = broken("msgstr \"Start\"", "msgstr \"\"", true);
    assert!(missing.contains("missing: \"Home\" (x.html:1)"), "{missing}");
    // What is not offered yet may be unfinished; a language may say "a place" for "1 place" anywhere.
    assert_eq!(broken("msgstr \"Start\"", "msgstr \"\"", false), "");
    assert_eq!(broken("msgid \"Home\"", "#, fuzzy\nmsgid \"Home\"", false), "");
    assert_eq!(broken("[0] \"1 Platz", "[0] \"{n} Platz", true), "");
}

#[test]
fn updating_a_catalogue_adds_drops_and_marks_what_was_edited() {
    let new = SENTENCES.replace("{title} is full.", "Sadly {title} is full.").replace("Home", "Elsewhere");
    let sentences = template(&new).sentences;
    let catalogue = updated(Locale::De, &sentences, &po(PO));
    let find = |id: &str| catalogue.messages().find(|m| m.msgid() == id);
    assert!(find("Home").is_none());
    assert_eq!(find("Elsewhere").unwrap().msgstr().unwrap(), "");
    let edited = find("Sadly {title} is full.").unwrap();
    assert!(edited.is_fuzzy() && edited.msgstr().unwrap() == "{title} ist voll.");
    assert_eq!(find("1 place left").unwrap().msgstr_plural().unwrap()[1], "{n} Plätze frei");
    assert_eq!(problems(Locale::De, &sentences, &catalogue, false), Vec::<String>::new());
}
