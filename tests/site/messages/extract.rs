//! Finds the sentences. `"…"|t(…)` in a template and `t!("…", …)` in Rust are both Rust tokens, so one walk
//! reads both; what it cannot read or must not be is a problem.
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use proc_macro2::{
    Literal, TokenStream,
    TokenTree::{self, Group as G, Ident as I, Literal as L, Punct as P},
};

use super::{catalogue::names, raw};

/// Context and English text.
pub type Key = (Option<String>, String);
pub type Sentences = BTreeMap<Key, Sentence>;

#[derive(Debug)]
pub struct Sentence {
    pub plural: Option<String>,
    pub values: BTreeSet<String>,
    pub tags: bool,
    pub at: Vec<String>,
}

#[derive(Default)]
pub struct Found {
    pub sentences: Sentences,
    pub problems: Vec<String>,
}

/// Where tokens stand: their own lines count from the first of the block.
#[derive(Clone, Copy)]
struct Place<'a> {
    file: &'a str,
    line: usize,
}

impl Place<'_> {
    fn of(self, token: &TokenTree) -> String {
        format!("{}:{}", self.file, self.line + token.span().start().line - 1)
    }
}

impl Found {
    pub fn everything() -> Self {
        let mut found = Self::default();
        for path in files(Path::new("templates"), &["html", "txt", "svg", "xml"]) {
            found.template(&path.display().to_string(), &fs::read_to_string(&path).expect("a file of ours"));
        }
        for path in files(Path::new("src"), &["rs"]) {
            found.source(&path.display().to_string(), &fs::read_to_string(&path).expect("a file of ours"));
        }
        found
    }

    pub fn template(&mut self, file: &str, text: &str) {
        for (line, open, code) in blocks(text).0 {
            let place = Place { file, line };
            let Ok(tokens) = code.parse::<TokenStream>() else {
                self.problems.push(format!("{file}:{line}: not read: {code}"));
                continue;
            };
            if open == "{{" || code.trim_start().starts_with("call ") {
                self.untranslated(tokens.clone(), place);
            }
            self.filters(tokens, place);
        }
        if blocks(text).1.contains(UNCLOSED) {
            self.problems.push(format!("{file}: a block is never closed"));
        }
    }

    pub fn source(&mut self, file: &str, text: &str) {
        self.macros(text.parse().expect("Rust"), Place { file, line: 1 });
    }

    /// `"…"|t`, `|th`, `|tn`
    fn filters(&mut self, tokens: TokenStream, place: Place) {
        let tokens: Vec<_> = tokens.into_iter().collect();
        for (i, token) in tokens.iter().enumerate() {
            if let [P(bar), I(f), rest @ ..] = &tokens[i + 1..]
                && bar.as_char() == '|'
                && is_sentence_filter(f)
            {
                let args = if let [G(args), ..] = rest { arguments(args.stream()) } else { vec![] };
                match token {
                    L(id) if string(id).is_some() => self.add(id, f == "tn", f == "th", &args, &place.of(token)),
                    P(other) if other.as_char() == '|' => {}
                    _ => self.problems.push(format!("{}: only a literal can be translated", place.of(token))),
                }
            }
            if let G(g) = token {
                self.filters(g.stream(), place);
            }
        }
    }

    /// `t!(…)`, `tn!(…)`, but not those of unit tests.
    fn macros(&mut self, tokens: TokenStream, place: Place) {
        let tokens: Vec<_> = tokens.into_iter().collect();
        let mut i = 0;
        while i < tokens.len() {
            match &tokens[i..] {
                [P(hash), G(attribute), ..] if hash.as_char() == '#' && is_test(&attribute.stream()) => {
                    let end = |t: &TokenTree| {
                        matches!(t, G(g) if g.delimiter() == proc_macro2::Delimiter::Brace)
                            || matches!(t, P(p) if p.as_char() == ';')
                    };
                    i += tokens[i..].iter().position(end).unwrap_or(1);
                }
                [I(f), P(bang), G(args), ..] if bang.as_char() == '!' && (f == "t" || f == "tn") => {
                    let all = arguments(args.stream());
                    if let [first, rest @ ..] = &all[..]
                        && let [L(id)] = &first[..]
                    {
                        self.add(id, f == "tn", false, rest, &place.of(&tokens[i]));
                    }
                }
                [G(g), ..] => self.macros(g.stream(), place),
                _ => {}
            }
            i += 1;
        }
    }

    fn add(&mut self, id: &Literal, counts: bool, tags: bool, args: &[Vec<TokenTree>], at: &str) {
        let Some(id) = string(id) else { return self.problems.push(format!("{at}: a sentence is a string")) };
        let mut new = Sentence { plural: None, values: BTreeSet::new(), tags, at: vec![at.into()] };
        let (mut context, mut named) = (None, args);
        if counts {
            let [other, _, rest @ ..] = args else { return self.problems.push(format!("{at}: {id:?} has no plural")) };
            new.plural = if let [L(l)] = &other[..] { string(l) } else { None };
            if new.plural.is_none() {
                return self.problems.push(format!("{at}: {id:?} has no plural that is a literal"));
            }
            new.values.insert("n".into());
            named = rest;
        }
        for arg in named {
            match &arg[..] {
                [I(n), P(_), L(c)] if n == "context" => context = string(c),
                [I(n), ..] => _ = new.values.insert(n.to_string()),
                _ => {}
            }
        }
        let mut said = names(&id, tags);
        said.extend(new.plural.iter().flat_map(|p| names(p, tags)));
        // "1 place" and "the last places" need not write the count.
        let unsaid_count = |name: &&String| counts && *name == "n";
        if !said.iter().eq(new.values.iter().filter(|n| said.contains(*n) || !unsaid_count(n))) {
            self.problems.push(format!("{at}: {id:?} has {said:?}, gets {:?}", new.values));
        }
        match self.sentences.get_mut(&(context.clone(), id.clone())) {
            Some(old) if (&old.plural, &old.values, old.tags) == (&new.plural, &new.values, new.tags) => {
                old.at.push(at.into());
            }
            Some(old) => self.problems.push(format!("{at}: {id:?} is said differently at {}", old.at.join(" "))),
            None => _ = self.sentences.insert((context, id), new),
        }
    }

    /// A literal that reads like a label and is given to the page, or to a macro, without `|t`.
    fn untranslated(&mut self, tokens: TokenStream, place: Place) {
        let tokens: Vec<_> = tokens.into_iter().collect();
        let filter_at = |i: usize| {
            matches!((tokens.get(i), tokens.get(i + 1)),
                (Some(P(p)), Some(I(f))) if p.as_char() == '|' && is_sentence_filter(f))
        };
        for (i, token) in tokens.iter().enumerate() {
            match token {
                L(l) if !filter_at(i + 1) && string(l).is_some_and(|s| reads_like_a_label(&s)) => {
                    self.problems.push(format!("{}: {l} is untranslated", place.of(token)));
                }
                G(g) if i < 2 || !filter_at(i - 2) => self.untranslated(g.stream(), place),
                _ => {}
            }
        }
    }
}

fn is_sentence_filter(f: &proc_macro2::Ident) -> bool {
    ["t", "th", "tn"].iter().any(|name| f == name)
}

fn is_test(attribute: &TokenStream) -> bool {
    attribute.to_string().replace(' ', "") == "cfg(test)"
}

fn reads_like_a_label(s: &str) -> bool {
    let mut letters = s.chars();
    let capital = letters.next().is_some_and(char::is_uppercase) && letters.next().is_some_and(|c| !c.is_uppercase());
    (capital && !raw::is_a_name(s)) || (s.contains("=\"") && !raw::raw(&format!("<x {s}>"), true).is_empty())
}

fn arguments(tokens: TokenStream) -> Vec<Vec<TokenTree>> {
    let tokens: Vec<_> = tokens.into_iter().collect();
    let comma = |t: &TokenTree| matches!(t, P(p) if p.as_char() == ',');
    tokens.split(comma).filter(|arg| !arg.is_empty()).map(<[TokenTree]>::to_vec).collect()
}

fn string(l: &Literal) -> Option<String> {
    litrs::StringLit::try_from(l).ok().map(|s| s.value().to_owned())
}

/// Stands in the text outside of blocks where a block is never closed.
const UNCLOSED: char = '\u{0}';

/// The insides of `{{ }}` and `{% %}`, each with its line and its opening, and the text outside of them.
pub fn blocks(text: &str) -> (Vec<(usize, &str, &str)>, String) {
    let (mut inside, mut outside, mut rest) = (vec![], String::new(), text);
    while let Some(at) = rest.find("{{").into_iter().chain(rest.find("{%")).chain(rest.find("{#")).min() {
        outside.push_str(&rest[..at]);
        let (open, after) = rest[at..].split_at(2);
        let Some(end) = end_of_block(open, after) else {
            outside.push(UNCLOSED);
            return (inside, outside);
        };
        let code = after[..end].trim_matches(['-', '~', '+']);
        if ["block", "endblock"].iter().any(|edge| code.trim_start().starts_with(edge)) {
            outside.push(raw::BLOCK_EDGE);
        }
        if open != "{#" {
            let line = text[..text.len() - after.len()].matches('\n').count() + 1;
            inside.push((line, open, code));
        }
        rest = &after[end + 2..];
    }
    outside.push_str(rest);
    (inside, outside)
}

fn end_of_block(open: &str, after: &str) -> Option<usize> {
    let close = match open {
        "{{" => "}}",
        "{%" => "%}",
        _ => return after.find("#}"),
    };
    let (mut quoted, mut escaped) = (false, false);
    for (i, c) in after.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ if !quoted && after[i..].starts_with(close) => return Some(i),
            _ => {}
        }
    }
    None
}

/// All files below with one of these endings, in order.
pub fn files(dir: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let mut all: Vec<_> = fs::read_dir(dir).expect("a folder of ours").map(|e| e.expect("an entry").path()).collect();
    all.sort();
    let wanted = |p: &PathBuf| p.extension().is_some_and(|e| endings.iter().any(|x| e == *x));
    all.into_iter().flat_map(|p| if p.is_dir() { files(&p, endings) } else { vec![p] }).filter(wanted).collect()
}
