//! Where lines of text break.

/// Lines of at most `width`, broken between words, inside one only where it is longer than a line. Of more
/// than `most` the rest is cut, and says so. `measure` answers a line's width.
pub fn lines(text: &str, width: f32, most: usize, measure: impl Fn(&str) -> f32) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
        if measure(&longer) <= width {
            line = longer;
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        let mut rest = word;
        while measure(rest) > width && lines.len() <= most {
            let (head, tail) = rest.split_at(fitting(rest, width, &measure));
            lines.push(head.to_owned());
            rest = tail;
        }
        rest.clone_into(&mut line);
        if lines.len() > most {
            break;
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    if lines.len() > most {
        lines.truncate(most);
        if let Some(last) = lines.last_mut() {
            while !last.is_empty() && measure(&format!("{last}…")) > width {
                last.pop();
            }
            *last = format!("{}…", last.trim_end());
        }
    }
    lines
}

/// How many bytes of a word go on a line: a letter at least, and an address breaks after a mark rather than in a name.
fn fitting(word: &str, width: f32, measure: impl Fn(&str) -> f32) -> usize {
    let ends = word.char_indices().map(|(at, c)| at + c.len_utf8());
    let mut best = word.chars().next().map_or(0, char::len_utf8);
    for end in ends {
        if measure(&word[..end]) > width {
            break;
        }
        best = best.max(end);
    }
    let mark = word[..best].rfind(['/', '.', '-', '?', '&', '=']).map(|at| at + 1);
    mark.filter(|mark| mark * 2 > best).unwrap_or(best)
}

#[cfg(test)]
mod tests {
    use super::lines;

    fn set(text: &str, width: usize, most: usize) -> Vec<String> {
        lines(text, width as f32, most, |line| line.chars().count() as f32)
    }

    #[test]
    fn lines_break_between_words() {
        assert_eq!(set("Late Night Jazz at the Gasometer", 10, 9), ["Late Night", "Jazz at", "the", "Gasometer"]);
        assert!(set(" ", 10, 9).is_empty());
    }

    #[test]
    fn a_word_longer_than_a_line_is_broken() {
        assert_eq!(set("Ä Donaudampfschifffahrt", 6, 9), ["Ä", "Donaud", "ampfsc", "hifffa", "hrt"]);
        assert_eq!(set("ÄÖÜ", 0, 9), ["Ä", "Ö", "Ü"]);
    }

    #[test]
    fn an_address_breaks_after_a_mark() {
        assert_eq!(set("https://meet.example.org/marquee", 16, 9), ["https://meet.", "example.org/", "marquee"]);
        assert_eq!(set("a-donaudampfschifffahrt", 8, 9), ["a-donaud", "ampfschi", "fffahrt"]);
    }

    #[test]
    fn what_is_too_long_says_so() {
        assert_eq!(set("one two three four", 5, 2), ["one", "two…"]);
        assert_eq!(set(&"x".repeat(100_000), 10, 2), ["xxxxxxxxxx", "xxxxxxxxx…"]);
    }
}
