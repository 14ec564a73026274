//! The records of a list, and their fields, as RFC 4180 has them: a field in quotes may hold separators and line breaks.

/// What stands on one line, or on several where a quoted field goes on over their ends.
pub struct Record {
    /// Its first line, counted from 1.
    pub line: usize,
    pub text: String,
}

impl Record {
    pub fn is_empty(&self) -> bool {
        self.text.chars().all(|c| c.is_whitespace() || matches!(c, ',' | ';' | '"'))
    }
}

pub fn of(text: &str) -> Vec<Record> {
    // Some programs still end a line as old Macs did.
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let lines: Vec<&str> = text.split('\n').collect();
    let (mut records, mut at) = (Vec::new(), 0);
    while at < lines.len() {
        let many = reach(&lines[at..]);
        records.push(Record { line: at + 1, text: lines[at..at + many].join("\n") });
        at += many;
    }
    records
}

/// How many lines the first record takes. A quotation mark that is closed nowhere, or not where a field ends, or only
/// behind somebody's address is a mistake of its own line: it swallows nobody who stands below.
fn reach(lines: &[&str]) -> usize {
    let mut open = false;
    for (line, many) in lines.iter().zip(1_usize..) {
        open ^= line.matches('"').count() % 2 == 1;
        if !open {
            let swallows = |cell: &String| cell.contains('\n') && cell.contains('@');
            let text = lines[..many].join("\n");
            let whole = many == 1 || cells(&text, separator(&text)).is_some_and(|cells| !cells.iter().any(swallows));
            return if whole { many } else { 1 };
        }
    }
    1
}

/// What separates the fields of a record: the first of `;`, tab and comma that stands outside of quotes.
pub fn separator(record: &str) -> char {
    let mut quoted = false;
    let outside: String = record
        .chars()
        .filter(|c| {
            quoted ^= *c == '"';
            !quoted
        })
        .collect();
    [';', '\t', ','].into_iter().find(|c| outside.contains(*c)).unwrap_or(',')
}

/// The fields of a record, without the apostrophes that our own files put before what might run. `None` where quotes
/// are not closed, or stand inside of a field that has none around it.
pub fn cells(record: &str, separator: char) -> Option<Vec<String>> {
    let mut cells = Vec::new();
    let mut rest = record;
    loop {
        let (cell, after) = cell(rest.trim_start_matches(' '), separator)?;
        cells.push(super::unguarded(&cell).to_owned());
        match after {
            Some(after) => rest = after,
            None => return Some(cells),
        }
    }
}

/// The first field, and what stands behind its separator.
fn cell(text: &str, separator: char) -> Option<(String, Option<&str>)> {
    let Some(mut rest) = text.strip_prefix('"') else {
        let (cell, after) = text.split_once(separator).map_or((text, None), |(cell, after)| (cell, Some(after)));
        return (!cell.contains('"')).then(|| (cell.trim().to_owned(), after));
    };
    let mut cell = String::new();
    loop {
        let (inside, after) = rest.split_once('"')?;
        cell.push_str(inside);
        if let Some(doubled) = after.strip_prefix('"') {
            cell.push('"');
            rest = doubled;
            continue;
        }
        let after = after.trim_start_matches(' ');
        return if after.is_empty() { Some((cell, None)) } else { Some((cell, Some(after.strip_prefix(separator)?))) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn starts(text: &str) -> Vec<(usize, usize)> {
        of(text).iter().map(|record| (record.line, record.text.lines().count())).collect()
    }

    #[test]
    fn a_quoted_field_may_go_over_the_end_of_a_line() {
        assert_eq!(starts("a,b\r\n\"c\nd\",e\r\nf"), [(1, 1), (2, 2), (4, 1)]);
        let record = of("\"c\r\nd\",e").remove(0);
        assert_eq!(cells(&record.text, ','), Some(vec!["c\nd".to_owned(), "e".to_owned()]));
    }

    #[test]
    fn a_line_ends_however_programs_end_it() {
        for end in ["\n", "\r\n", "\r"] {
            assert_eq!(
                starts(&["a,b", "\"c", "d\",e", "", "f"].join(end)),
                [(1, 1), (2, 2), (4, 0), (5, 1)],
                "{end:?}"
            );
        }
    }

    #[test]
    fn a_quotation_mark_in_the_wrong_place_swallows_nobody_below() {
        assert_eq!(starts("\"Ada, a@x.org\nBob, b@x.org"), [(1, 1), (2, 1)], "never closed");
        assert_eq!(starts("A \"B, a@x.org\nC\" D, c@x.org"), [(1, 1), (2, 1)], "inside of a field");
        assert_eq!(starts("\"Ada, a@x.org\nBob\", b@x.org"), [(1, 1), (2, 1)], "closed behind an address");
        assert_eq!(starts("\"Day, \"\"D\"\"\", d@x.org\n\"Ada\nL.\", a@x.org"), [(1, 1), (2, 2)]);
    }
}
