//! Tables for spreadsheets, in which no cell can run as a formula; and lists of people as hosts paste them.
use crate::forms::Email;

/// One cell.
pub enum Cell<'a> {
    /// Text of people: made harmless.
    Text(&'a str),
    Number(i64),
}

/// A CSV file (RFC 4180) with a byte order mark, so that spreadsheets read it as UTF-8.
pub struct Sheet {
    writer: csv::Writer<Vec<u8>>,
}

impl Sheet {
    pub fn new() -> Self {
        Self {
            writer: csv::WriterBuilder::new()
                .terminator(csv::Terminator::CRLF)
                .flexible(true)
                .from_writer("\u{feff}".as_bytes().to_vec()),
        }
    }

    pub fn row(&mut self, cells: &[Cell]) -> anyhow::Result<()> {
        let texts = cells.iter().map(|cell| match cell {
            Cell::Text(text) => harmless(text),
            Cell::Number(number) => number.to_string(),
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

/// Why a pasted line names nobody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineError {
    /// Counted from 1.
    pub line: usize,
    pub text: String,
}

/// People as pasted: one a line, `Name, address`, `address` alone, or `Name <address>`. Empty lines and a
/// heading are passed over.
pub fn people(text: &str) -> Vec<Result<(String, Email), LineError>> {
    let lines = text.trim_start_matches('\u{feff}').lines().zip(1..).filter(|(line, _)| !line.trim().is_empty());
    let lines = lines.filter(|(line, n)| !(*n == 1 && !line.contains('@') && line.to_lowercase().contains("mail")));
    lines.map(|(text, line)| person(text).ok_or_else(|| LineError { line, text: text.trim().to_owned() })).collect()
}

fn person(line: &str) -> Option<(String, Email)> {
    let line = line.trim();
    if let Some((name, address)) = line.strip_suffix('>').and_then(|rest| rest.split_once('<')) {
        return named(name, address);
    }
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(if line.contains(';') {
            b';'
        } else if line.contains('\t') {
            b'\t'
        } else {
            b','
        })
        .from_reader(line.as_bytes());
    let record = reader.records().next()?.ok()?;
    let address = record.iter().find(|cell| cell.contains('@'))?;
    let name = record.iter().find(|cell| !cell.contains('@') && !cell.trim().is_empty()).unwrap_or_default();
    named(name, address)
}

fn named(name: &str, address: &str) -> Option<(String, Email)> {
    let email = Email::parse(address)?;
    let name: String = name.trim().trim_matches('"').chars().filter(|c| !c.is_control()).take(100).collect();
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
}
