//! Tables for spreadsheets, in which no cell can run as a formula; and lists of people as hosts paste them.
use crate::forms::{self, Email, Message};
use crate::i18n::Money;
use crate::money;

/// One cell.
pub enum Cell<'a> {
    /// Text of people: made harmless.
    Text(&'a str),
    Number(i64),
    /// With all its decimals and without its currency.
    Money(Money),
}

/// A CSV file (RFC 4180) with a byte order mark, so that spreadsheets read it as UTF-8.
pub struct Sheet {
    writer: csv::Writer<Vec<u8>>,
}

impl Sheet {
    pub fn new() -> Self {
        Self::behind("\u{feff}".as_bytes().to_vec())
    }

    /// Rows that are sent behind others of the same file.
    pub fn more() -> Self {
        Self::behind(Vec::new())
    }

    fn behind(sent: Vec<u8>) -> Self {
        let mut builder = csv::WriterBuilder::new();
        Self { writer: builder.terminator(csv::Terminator::CRLF).flexible(true).from_writer(sent) }
    }

    pub fn row(&mut self, cells: &[Cell]) -> anyhow::Result<()> {
        let texts = cells.iter().map(|cell| match cell {
            Cell::Text(text) => harmless(text),
            Cell::Number(number) => number.to_string(),
            Cell::Money(amount) => money::decimal(amount.minor, amount.currency),
        });
        Ok(self.writer.write_record(texts)?)
    }

    pub fn finish(self) -> anyhow::Result<Vec<u8>> {
        self.writer.into_inner().map_err(|error| anyhow::anyhow!("{error}"))
    }
}

impl Default for Sheet {
    fn default() -> Self {
        Self::new()
    }
}

/// A text that a spreadsheet might take for a formula gets an apostrophe, which it does not show
/// (OWASP, "CSV Injection").
fn harmless(text: &str) -> String {
    let risky = text
        .trim_start_matches([' ', '\u{a0}', '\u{3000}', '\u{200b}', '\u{feff}', '\0'])
        .starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠', '|', '%']);
    let text = text.replace('\0', "");
    if risky { format!("'{text}") } else { text }
}

/// What keeps a line from being read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unread {
    /// Something stands there that nobody sees.
    Control,
    /// They are not closed, or stand inside of a field.
    Quotes,
    NoAddress,
    /// This looks like an address, and is none.
    NotAnAddress(String),
    /// In the name: letters that others get would carry it.
    Link,
}

impl Unread {
    fn of(text: &str) -> Self {
        let Some(cells) = cells(text) else { return Self::Quotes };
        let Some(word) = cells.into_iter().find(|cell| cell.contains('@')) else { return Self::NoAddress };
        let word = word.rsplit('<').next().unwrap_or_default().trim_end_matches('>').trim();
        Self::NotAnAddress(word.chars().take(80).collect())
    }
}

/// Why a pasted line names nobody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineError {
    /// Counted from 1.
    pub line: usize,
    pub text: String,
    pub why: Unread,
}

impl LineError {
    /// What is wrong, for whoever pasted it.
    pub fn says(&self) -> Message {
        match &self.why {
            Unread::Control => Message::new(t!("Remove invisible control characters.")),
            Unread::Quotes => {
                Message::new(t!("A quotation mark on this line is not closed, or stands inside of a field."))
            }
            Unread::NoAddress => Message::new(t!("There is no e-mail address on this line.")),
            Unread::Link => Message::new(t!("Leave out the link: only a name belongs here.")),
            Unread::NotAnAddress(word) => Message::new(t!("“{address}” is no e-mail address.", address = word.clone())),
        }
    }
    /// As much of the line as can be shown.
    pub fn shown(&self) -> String {
        self.text.chars().filter(|c| !c.is_control()).take(120).collect()
    }
}

/// Somebody on a list, with what stands behind their name: the ticket type, '' for none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Counted from 1.
    pub line: usize,
    pub name: String,
    pub email: Email,
    pub kind: String,
}

/// A file's text: what its byte order mark says, UTF-8, or as spreadsheets on Windows write it.
pub fn text_of(bytes: Vec<u8>) -> String {
    if encoding_rs::Encoding::for_bom(&bytes).is_some() {
        return encoding_rs::UTF_8.decode(&bytes).0.into_owned();
    }
    String::from_utf8(bytes).unwrap_or_else(|error| encoding_rs::WINDOWS_1252.decode(error.as_bytes()).0.into_owned())
}

/// Whether this was a text at all, and no picture or workbook.
pub fn is_text(text: &str) -> bool {
    !text.contains(['\0', '\u{fffd}']) && !["PK\u{3}\u{4}", "%PDF"].iter().any(|start| text.starts_with(start))
}

/// People as pasted: one a line, `Name, address`, `address` alone, or `Name <address>`; a field in quotes as RFC 4180
/// says. Empty lines, a heading and a word about the separator are passed over.
pub fn people(text: &str) -> Vec<Result<(String, Email), LineError>> {
    listed(text).into_iter().map(|line| line.map(|listed| (listed.name, listed.email))).collect()
}

/// The same with ticket types: `Name, address, type`, as the file of guests has them.
pub fn listed(text: &str) -> Vec<Result<Listed, LineError>> {
    let empty = |line: &str| line.chars().all(|c| c.is_whitespace() || matches!(c, ',' | ';' | '"'));
    let lines = text.trim_start_matches('\u{feff}').lines().zip(1..).filter(|(line, _)| !empty(line));
    let lines = lines.filter(|(line, n)| !(*n == 1 && line.to_lowercase().starts_with("sep=")));
    let lines = lines.filter(|(line, n)| !(*n <= 2 && !line.contains('@') && line.to_lowercase().contains("mail")));
    let read = |text: &str, line: usize| {
        let control = text.chars().any(|c| matches!(c, '\u{2028}' | '\u{2029}') || c.is_control() && c != '\t');
        let unread = |why: Unread| LineError { line, text: text.trim().to_owned(), why };
        match person(text, line) {
            _ if control => Err(unread(Unread::Control)),
            Some(person) if forms::has_link(&person.name) => Err(unread(Unread::Link)),
            person => person.ok_or_else(|| unread(Unread::of(text.trim()))),
        }
    };
    lines.map(|(text, line)| read(text, line)).collect()
}

fn person(text: &str, line: usize) -> Option<Listed> {
    let text = text.trim();
    let of = |(name, email): (String, Email), kind: &str| Listed { line, name, email, kind: kind.trim().to_owned() };
    if let Some((name, address)) = text.strip_suffix('>').and_then(|rest| rest.split_once('<')) {
        let name = name.trim();
        let bare = name.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(name);
        return named(bare, address).map(|person| of(person, ""));
    }
    let cells = cells(text)?;
    let at = cells.iter().position(|cell| Email::parse(cell).is_some())?;
    let mut others = cells.iter().enumerate().filter(|(n, cell)| *n != at && !cell.trim().is_empty());
    let mut other = || others.next().map_or("", |(_, cell)| cell.as_str());
    let (name, kind) = (other(), other());
    named(name, &cells[at]).map(|person| of(person, kind))
}

/// The fields of a line (RFC 4180): what separates them is the first of `;`, tab and comma that stands outside of
/// quotes. `None` where quotes are not closed, or stand inside of a field that has none around it.
fn cells(line: &str) -> Option<Vec<String>> {
    let mut quoted = false;
    let outside: String = line
        .chars()
        .filter(|c| {
            quoted ^= *c == '"';
            !quoted
        })
        .collect();
    let separator = [';', '\t', ','].into_iter().find(|c| outside.contains(*c)).unwrap_or(',');
    let mut cells = Vec::new();
    let mut rest = line;
    loop {
        let (cell, after) = cell(rest.trim_start_matches(' '), separator)?;
        cells.push(cell);
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

fn named(name: &str, address: &str) -> Option<(String, Email)> {
    let email = Email::parse(address)?;
    let name: String = forms::seen(name).chars().take(100).collect();
    let name = if name.is_empty() { email.address.split('@').next().unwrap_or_default().to_owned() } else { name };
    Some((name, email))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_runs_as_a_formula() {
        let mut sheet = Sheet::new();
        sheet
            .row(&[
                Cell::Text("=1+1"),
                Cell::Text(" @SUM(A1)"),
                Cell::Text("＝cmd"),
                Cell::Text("\0=1"),
                Cell::Text("Ada, \"Countess\""),
                Cell::Number(-5),
            ])
            .unwrap();
        let text = String::from_utf8(sheet.finish().unwrap()).unwrap();
        assert_eq!(text, "\u{feff}'=1+1,' @SUM(A1),'＝cmd,'=1,\"Ada, \"\"Countess\"\"\",-5\r\n");
    }

    #[test]
    fn people_are_read_however_they_were_pasted() {
        let read = people(
            "Name,E-mail\nAda Lovelace, ada@example.org\n\nbob@example.org\nCy <cy@example.org>\n\"Day, D.\",d@example.org\nnobody",
        );
        let marked = people("\u{feff}Ada <ada@example.org>").remove(0).map(|(name, email)| (name, email.key));
        assert_eq!(marked, Ok(("Ada".into(), "ada@example.org".into())), "a file of a spreadsheet");
        let names: Vec<_> = read
            .iter()
            .map(|line| line.as_ref().map(|(name, email)| format!("{name}|{}", email.key)).map_err(|error| error.line))
            .collect();
        assert_eq!(
            names,
            [
                Ok("Ada Lovelace|ada@example.org".into()),
                Ok("bob|bob@example.org".into()),
                Ok("Cy|cy@example.org".into()),
                Ok("Day, D.|d@example.org".into()),
                Err(7)
            ]
        );
    }

    #[test]
    fn files_of_spreadsheets_are_read_as_they_write_them() {
        let read = |bytes: &[u8]| -> Vec<_> {
            let text = text_of(bytes.to_vec());
            assert!(is_text(&text), "{text}");
            people(&text).into_iter().map(|line| line.map(|(name, _)| name).map_err(|error| error.line)).collect()
        };
        assert_eq!(read(b"sep=;\r\nName;E-mail\r\nO\x92Hara;o@example.org\r\n;;\r\n,,\r\n"), [Ok("O’Hara".into())]);
        let wide: Vec<u8> =
            "\u{feff}Name\tE-mail\r\nZoë\tz@example.org".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(read(&wide), [Ok("Zoë".into())]);
        for other in [&b"PK\x03\x04\x14\0"[..], b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"] {
            assert!(!is_text(&text_of(other.to_vec())));
        }
    }

    #[test]
    fn a_quoted_field_is_one_field_and_what_is_not_understood_is_refused_at_its_line() {
        let name = |line: &str| people(line).remove(0).map(|(name, email)| format!("{name}|{}", email.key));
        let formula = r#""=HYPERLINK(""evil"",""x"")", a@example.org"#;
        assert_eq!(name(formula), Ok(r#"=HYPERLINK("evil","x")|a@example.org"#.into()));
        assert_eq!(name(r#"a@example.org,"Day, ""D"" A; B""#), Ok(r#"Day, "D" A; B|a@example.org"#.into()));
        assert_eq!(name("Day; D.;d@example.org"), Ok("Day|d@example.org".into()));
        for broken in
            [r#""=HYPERLINK("http://evil","x"), a@example.org"#, r#""Ada, a@example.org"#, r#"A "B" C, a@example.org"#]
        {
            assert!(name(broken).is_err_and(|error| error.why == Unread::Quotes), "{broken}");
        }
        assert!(name("A\0da, a@example.org").is_err_and(|error| error.why == Unread::Control && error.line == 1));
        assert!(name("Ada").is_err_and(|error| error.why == Unread::NoAddress));
        for line in ["Ada, ada@example", "Ada <ada@example>"] {
            assert!(name(line).is_err_and(|error| error.why == Unread::NotAnAddress("ada@example".into())), "{line}");
        }
    }
}
