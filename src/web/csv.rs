//! Tables for spreadsheets, in which no cell can run as a formula; and lists of people as hosts paste them.
mod columns;
mod lists;
mod records;

pub use lists::{LineError, Listed, Unread, again, line, listed, people};

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
    let guarded = may_run(text);
    let text = text.replace('\0', "");
    if guarded { format!("'{text}") } else { text }
}

/// The same read again: the apostrophe was none of theirs.
fn unguarded(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|text| may_run(text)).unwrap_or(cell)
}

fn may_run(text: &str) -> bool {
    text.trim_start_matches([' ', '\u{a0}', '\u{3000}', '\u{200b}', '\u{feff}', '\0'])
        .starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠', '|', '%'])
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
    fn what_was_made_harmless_comes_back_as_it_went() {
        for name in ["=Few", "+1", "-Ada-", "@ada", "=Day, \"D.\"", "＝Few", "|x", "%x", "'t Hooft", "Ada"] {
            let mut sheet = Sheet::new();
            sheet.row(&["Name", "E-mail", "Ticket type"].map(Cell::Text)).unwrap();
            sheet.row(&[name, "+ada@example.org", "-50 %"].map(Cell::Text)).unwrap();
            let read = listed(&text_of(sheet.finish().unwrap())).remove(0);
            let read = read.map(|one| format!("{}|{}|{}", one.name, one.email.address, one.kind));
            assert_eq!(read, Ok(format!("{name}|+ada@example.org|-50 %")));
            let bare = people(&format!("\"{}\",ada@example.org", harmless(name).replace('"', "\"\""))).remove(0);
            assert_eq!(bare.map(|(read, _)| read), Ok(name.to_owned()), "without a heading");
        }
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
}
