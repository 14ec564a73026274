//! Markdown of people as HTML that can do no harm: no raw HTML, no images, no classes, no other schemes.
use std::collections::HashSet;
use std::sync::LazyLock;

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd, html::push_html};

static CLEANER: LazyLock<ammonia::Builder<'static>> = LazyLock::new(|| {
    let mut builder = ammonia::Builder::empty();
    builder
        .tags(HashSet::from([
            "p",
            "h2",
            "h3",
            "h4",
            "ul",
            "ol",
            "li",
            "blockquote",
            "strong",
            "em",
            "del",
            "a",
            "code",
            "pre",
            "br",
            "hr",
            "table",
            "thead",
            "tbody",
            "tr",
            "th",
            "td",
        ]))
        .tag_attributes([("a", HashSet::from(["href"])), ("ol", HashSet::from(["start"]))].into())
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .link_rel(Some("nofollow noopener ugc"));
    builder
});

/// Headings begin at `h2`: the page has the `h1`.
fn below_the_title(level: HeadingLevel) -> HeadingLevel {
    match level {
        HeadingLevel::H1 => HeadingLevel::H2,
        HeadingLevel::H2 => HeadingLevel::H3,
        _ => HeadingLevel::H4,
    }
}

fn events(markdown: &str) -> impl Iterator<Item = Event<'_>> {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    Parser::new_ext(markdown, options).filter_map(|event| match event {
        // A picture elsewhere would tell its server who reads this. Its text stays.
        Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) => None,
        Event::Html(raw) | Event::InlineHtml(raw) => Some(Event::Text(raw)),
        Event::Start(Tag::Heading { level, .. }) => Some(Event::Start(Tag::Heading {
            level: below_the_title(level),
            id: None,
            classes: Vec::new(),
            attrs: Vec::new(),
        })),
        Event::End(TagEnd::Heading(level)) => Some(Event::End(TagEnd::Heading(below_the_title(level)))),
        other => Some(other),
    })
}

/// Safe HTML for the inside of a `.prose`.
pub fn html(markdown: &str) -> String {
    let mut out = String::new();
    push_html(&mut out, events(markdown));
    CLEANER.clean(&out).to_string()
}

/// The beginning as plain text, at most so many characters.
pub fn summary(markdown: &str, characters: usize) -> String {
    let mut text = String::new();
    for event in events(markdown) {
        match event {
            Event::Text(part) | Event::Code(part) => text.push_str(&part),
            Event::SoftBreak
            | Event::HardBreak
            | Event::End(TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::Item | TagEnd::TableCell) => text.push(' '),
            _ => {}
        }
        if text.len() > characters * 4 {
            break;
        }
    }
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(characters) {
        None => text,
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_can_do_no_harm() {
        for attack in [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "[x](javascript:alert(1))",
            "[x](data:text/html,hi)",
            "![x](https://evil.example/pixel.png)",
            "<a href=\"https://x\" style=\"position:fixed\" class=\"btn\">x</a>",
            "<svg><style><img src=x onerror=alert(1)>",
            "[x](<java\nscript:alert(1)>)",
        ] {
            let html = html(attack);
            let lower = html.to_lowercase();
            for part in
                ["<script", "<img", "href=\"javascript", "href=\"data", "<svg", "<style", "<a href=\"https://x\" style"]
            {
                assert!(!lower.contains(part), "{attack} became {html}");
            }
        }
    }

    #[test]
    fn headings_begin_below_the_title_and_links_are_not_vouched_for() {
        let html = html("# A\n## B\n[c](https://c.example)");
        assert!(html.contains("<h2>A</h2>") && html.contains("<h3>B</h3>"), "{html}");
        assert!(html.contains("rel=\"nofollow noopener ugc\""), "{html}");
    }

    #[test]
    fn a_summary_is_short_plain_text() {
        assert_eq!(summary("**Bring** the *lamp*.\n\nAnd more", 15), "Bring the lamp.…");
        assert_eq!(summary("", 10), "");
    }
}
