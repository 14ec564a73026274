//! Lists of people as hosts paste or upload them: who stands there, and why a line names nobody.
use super::columns::Columns;
use super::records::{self, Record};
use crate::forms::{self, Email, Message};

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
    /// The name has so many characters too many.
    Long(usize),
}

/// Characters of a name.
const LONGEST: usize = 100;

impl Unread {
    /// Why a line without a heading names nobody.
    fn of(text: &str) -> Self {
        let Some(cells) = records::cells(text, records::separator(text)) else { return Self::Quotes };
        let found = cells.iter().find(|cell| cell.contains('@'));
        found.map_or(Self::NoAddress, |cell| Self::not_an_address(address_in(cell)))
    }
    pub(super) fn not_an_address(written: &str) -> Self {
        Self::NotAnAddress(written.chars().take(80).collect())
    }
}

/// What stands between `<` and `>`, or all of it.
pub(super) fn address_in(cell: &str) -> &str {
    cell.rsplit('<').next().unwrap_or_default().trim_end_matches('>').trim()
}

/// Why a pasted line names nobody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineError {
    /// Its first one, counted from 1.
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
            Unread::Long(by) => {
                Message::new(tn!("Shorten the name by 1 character.", "Shorten the name by {n} characters.", *by))
            }
            Unread::NotAnAddress(word) => Message::new(t!("“{address}” is no e-mail address.", address = word.clone())),
        }
    }
    /// As much of the line as can be shown.
    pub fn shown(&self) -> String {
        self.text.replace('\n', " ").chars().filter(|c| !c.is_control()).take(120).collect()
    }
}

/// Somebody on a list, with what stands behind their name: the ticket type, '' for none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The first one of the record, counted from 1.
    pub line: usize,
    pub name: String,
    pub email: Email,
    pub kind: String,
}

/// People as pasted: one a line, `Name, address`, `First, Last, address`, `address` alone, or `Name <address>`; or in the
/// columns of a heading. A field in quotes is one as RFC 4180 says. Empty lines and a word about the separator are
/// passed over.
pub fn people(text: &str) -> Vec<Result<(String, Email), LineError>> {
    listed(text).into_iter().map(|line| line.map(|listed| (listed.name, listed.email))).collect()
}

/// The same with ticket types: `Name, address, type`, as the file of guests has them.
pub fn listed(text: &str) -> Vec<Result<Listed, LineError>> {
    let (mut columns, mut list) = (None, Vec::new());
    for record in records::of(text.trim_start_matches('\u{feff}')) {
        let lower = record.text.to_lowercase();
        if record.is_empty() || record.line == 1 && lower.starts_with("sep=") {
            continue;
        }
        match Columns::of(&record.text) {
            Some(heading) => columns = Some(heading),
            // A heading in other words.
            None if record.line <= 2 && !lower.contains('@') && lower.contains("mail") => {}
            None => list.push(read(&record, columns.as_ref())),
        }
    }
    list
}

/// A line of a list that says this name and address.
pub fn line(name: &str, email: &Email) -> String {
    let quoted = name.contains([',', ';', '\t', '"']);
    let name = if quoted { format!("\"{}\"", name.replace('"', "\"\"")) } else { name.to_owned() };
    format!("{name}, {}", email.address)
}

/// What is left of a list, to be mended in its field: under its heading, where it would be read otherwise without.
pub fn again(list: &str, left: &[&str]) -> String {
    let says = |text: &str| Columns::of(text).is_some_and(|columns| !columns.are_usual());
    let heading = records::of(list.trim_start_matches('\u{feff}')).into_iter().find(|record| says(&record.text));
    let heading = heading.filter(|_| !left.is_empty()).map(|record| record.text);
    heading.as_deref().into_iter().chain(left.iter().copied()).collect::<Vec<_>>().join("\n")
}

fn read(record: &Record, columns: Option<&Columns>) -> Result<Listed, LineError> {
    let (line, text) = (record.line, record.text.trim());
    let unseen = |c: char| matches!(c, '\u{2028}' | '\u{2029}') || c.is_control() && !matches!(c, '\t' | '\n');
    let found = if text.chars().any(unseen) {
        Err(Unread::Control)
    } else {
        columns.and_then(|columns| columns.row(&record.text)).unwrap_or_else(|| bare(text))
    };
    let unread = |why| LineError { line, text: text.to_owned(), why };
    match found {
        Ok((name, _, _)) if forms::has_link(&name) => Err(unread(Unread::Link)),
        Ok((name, email, kind)) => {
            let name = forms::seen(&one_line(&name));
            match name.chars().count() {
                long if long > LONGEST => Err(unread(Unread::Long(long - LONGEST))),
                _ => Ok(Listed { line, name: named(name, &email), email, kind: one_line(&kind) }),
            }
        }
        Err(why) => Err(unread(why)),
    }
}

/// A line that no heading explains: what stands before the address is the name, in as many fields as it is, and what
/// stands behind it the ticket type. Where nothing stands before it, the name comes first of what is behind it.
fn bare(text: &str) -> Result<(String, Email, String), Unread> {
    if let Some((name, address)) = text.strip_suffix('>').and_then(|rest| rest.split_once('<')) {
        let name = name.trim();
        let name = name.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(name);
        let email = Email::parse(address).ok_or_else(|| Unread::of(text))?;
        return Ok((name.to_owned(), email, String::new()));
    }
    let cells = records::cells(text, records::separator(text)).ok_or(Unread::Quotes)?;
    let found = cells.iter().enumerate().find_map(|(at, cell)| Some((at, Email::parse(cell)?)));
    let (at, email) = found.ok_or_else(|| Unread::of(text))?;
    let filled = |cells: &[String]| -> Vec<String> {
        cells.iter().map(|cell| cell.trim().to_owned()).filter(|cell| !cell.is_empty()).collect()
    };
    let (mut before, mut behind) = (filled(&cells[..at]), filled(&cells[at + 1..]).into_iter());
    if before.is_empty() {
        before.extend(behind.next());
    }
    Ok((before.join(" "), email, behind.next().unwrap_or_default()))
}

fn one_line(text: &str) -> String {
    text.replace(['\n', '\t'], " ").trim().to_owned()
}

/// A name as it is shown; of somebody without one, the first part of the address.
fn named(name: String, email: &Email) -> String {
    if name.is_empty() { email.address.split('@').next().unwrap_or_default().to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn a_quoted_field_is_one_field_and_what_is_not_understood_is_refused_at_its_line() {
        let name = |line: &str| people(line).remove(0).map(|(name, email)| format!("{name}|{}", email.key));
        let formula = r#""=HYPERLINK(""evil"",""x"")", a@example.org"#;
        assert_eq!(name(formula), Ok(r#"=HYPERLINK("evil","x")|a@example.org"#.into()));
        assert_eq!(name(r#"a@example.org,"Day, ""D"" A; B""#), Ok(r#"Day, "D" A; B|a@example.org"#.into()));
        assert_eq!(name("Day; D.;d@example.org"), Ok("Day D.|d@example.org".into()));
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

    #[test]
    fn what_stands_before_the_address_is_the_name_and_what_stands_behind_it_the_type() {
        let all = |line: &str| listed(line).remove(0).map(|one| format!("{}|{}|{}", one.name, one.email.key, one.kind));
        for (line, read) in [
            ("Ada, Lovelace, ada@example.org", "Ada Lovelace|ada@example.org|"),
            ("Ada;Lovelace;ada@example.org;Seat", "Ada Lovelace|ada@example.org|Seat"),
            ("Ada Lovelace, ada@example.org, Seat", "Ada Lovelace|ada@example.org|Seat"),
            ("ada@example.org, Ada Lovelace, Seat", "Ada Lovelace|ada@example.org|Seat"),
            (",ada@example.org,", "ada|ada@example.org|"),
        ] {
            assert_eq!(all(line), Ok(read.to_owned()), "{line}");
        }
    }

    #[test]
    fn a_record_over_two_lines_is_one_person_and_lines_go_on_counting() {
        let list =
            "\u{feff}Nachname;Vorname;E-Mail\r\n\"Love\nlace\";Ada;ada@example.org\r\nnobody\r\nDay;D;d@example.org";
        let read: Vec<_> = listed(list).into_iter().map(|one| one.map(|one| (one.line, one.name))).collect();
        let error = read[1].as_ref().unwrap_err();
        assert_eq!((error.line, &error.why), (4, &Unread::NoAddress));
        assert_eq!(read[0], Ok((2, "Ada Love lace".into())));
        assert_eq!(read[2], Ok((5, "D Day".into())));
        let pasted = people(&format!("{list}\nBob, bob@example.org")).remove(3).map(|(name, _)| name);
        assert_eq!(pasted, Ok("Bob".into()), "what is pasted below a file keeps to no columns of it");
    }

    #[test]
    fn what_is_left_is_read_again_as_it_was() {
        let email = Email::parse("d@example.org").unwrap();
        assert_eq!(people(&line("Day, \"D.\"", &email)).remove(0).unwrap().0, "Day, \"D.\"");
        let list = "E-Mail;Nachname;Vorname\nd@example;Day;D";
        assert_eq!(again(list, &["d@example;Day;D"]), list);
        assert_eq!(again(list, &[]), "");
        assert_eq!(again("Name,E-mail,Ticket type\nnobody", &["nobody"]), "nobody");
    }
}
