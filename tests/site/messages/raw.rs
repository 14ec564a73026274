//! Text that stands in a template without `|t`, in its elements or in attributes that are read out.

/// Stands in the text outside of blocks where a `{% block %}` begins or ends.
pub const BLOCK_EDGE: char = '\u{1}';

/// What nobody translates.
const NAMES: [&str; 3] = ["Google", "Marquee", "Outlook"];

/// Their content is for machines.
const SILENT: [&str; 7] = ["code", "kbd", "pre", "samp", "script", "style", "template"];

const SPOKEN: [&str; 7] =
    ["title", "alt", "placeholder", "aria-label", "aria-description", "aria-roledescription", "label"];

/// The raw texts of what a template has outside of its blocks.
pub fn raw(outside: &str, html: bool) -> Vec<String> {
    let mut found = vec![];
    let mut rest = outside;
    while let Some(at) = rest.find('<').filter(|_| html) {
        found.push(&rest[..at]);
        let tag = &rest[at..tag_end(rest, at)];
        rest = &rest[at + tag.len()..];
        let name = tag[1..].split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        found.extend(SPOKEN.iter().filter_map(|spoken| attribute(tag, spoken)));
        if name == "meta" && tag.contains("description\"") {
            found.extend(attribute(tag, "content"));
        }
        if SILENT.contains(&name) || attribute(tag, "translate") == Some("no") {
            rest = rest.find(&format!("</{name}")).map_or("", |end| &rest[end..]);
        }
    }
    found.push(rest);
    // A block may hold attributes only, for a tag of the template that it extends.
    let pieces = found.into_iter().flat_map(|s| s.split(BLOCK_EDGE));
    let (attributes, texts): (Vec<&str>, Vec<&str>) = pieces.partition(|s| html && is_attributes(s));
    let spoken = attributes.iter().flat_map(|s| SPOKEN.iter().filter_map(|spoken| attribute(s, spoken)));
    texts.into_iter().chain(spoken).filter(|s| !is_a_name(s)).map(|s| s.trim().to_owned()).collect()
}

/// Whether nothing in it could be said in another language.
pub fn is_a_name(s: &str) -> bool {
    let mut without_entities = String::new();
    for (i, piece) in s.split('&').enumerate() {
        let entity = |(e, _): &(&str, &str)| i > 0 && e.chars().all(|c| c.is_ascii_alphanumeric() || c == '#');
        without_entities.push_str(piece.split_once(';').filter(entity).map_or(piece, |(_, after)| after));
        without_entities.push(' ');
    }
    let mut words = without_entities.split(|c: char| !c.is_alphanumeric());
    // A word with a digit is a code or a size.
    words.all(|word| {
        !word.contains(char::is_alphabetic) || word.contains(|c: char| c.is_ascii_digit()) || NAMES.contains(&word)
    })
}

fn is_attributes(s: &str) -> bool {
    let name = |s: &str| !s.is_empty() && s.chars().all(|c| c.is_ascii_lowercase() || c == '-');
    let mut quotes = s.trim().split('"').collect::<Vec<_>>();
    quotes.pop().is_some_and(str::is_empty)
        && !quotes.is_empty()
        && quotes.iter().step_by(2).all(|before| before.trim().strip_suffix('=').is_some_and(name))
}

/// Where the tag or comment that begins at `at` ends; a `>` in quotes ends nothing.
fn tag_end(s: &str, at: usize) -> usize {
    if s[at..].starts_with("<!--") {
        return s[at..].find("-->").map_or(s.len(), |end| at + end + 3);
    }
    let mut quoted = false;
    for (i, c) in s[at..].char_indices() {
        match c {
            '"' => quoted = !quoted,
            '>' if !quoted => return at + i + 1,
            _ => {}
        }
    }
    s.len()
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let start = format!("{name}=\"");
    let (at, _) = tag.match_indices(&start).find(|(at, _)| tag[..*at].ends_with(char::is_whitespace))?;
    tag[at + start.len()..].split('"').next()
}
