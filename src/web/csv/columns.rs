//! What the heading of a list says of its columns, in the languages of the site and in any order.
use super::lists::{Unread, address_in};
use super::records;
use crate::forms::Email;

/// Headings without their case, spaces and signs.
const EMAIL: [&str; 14] = [
    "email",
    "mail",
    "emailaddress",
    "mailaddress",
    "emailadresse",
    "mailadresse",
    "adresseemail",
    "adressemail",
    "adressedecourriel",
    "adressecourriel",
    "adresseélectronique",
    "courriel",
    "courrielélectronique",
    "mél",
];
/// Of the whole name; beside a column of first names, of the surname (German, French).
const NAME: [&str; 9] = [
    "name",
    "fullname",
    "vollständigername",
    "vornamenachname",
    "vorundnachname",
    "nom",
    "nomcomplet",
    "nometprénom",
    "prénometnom",
];
const FIRST: [&str; 8] = ["firstname", "givenname", "forename", "vorname", "vornamen", "prénom", "prenom", "prénoms"];
const LAST: [&str; 7] = ["lastname", "surname", "familyname", "nachname", "familienname", "zuname", "nomdefamille"];
const KIND: [&str; 9] =
    ["tickettype", "ticket", "type", "ticketart", "tickettyp", "typedebillet", "typedeticket", "billet", "typ"];

/// Where what stands in a list; positions are counted from 0.
#[derive(Debug)]
pub struct Columns {
    separator: char,
    width: usize,
    email: Option<usize>,
    name: Option<usize>,
    first: Option<usize>,
    last: Option<usize>,
    kind: Option<usize>,
}

impl Columns {
    /// What a heading says; `None` where this is none.
    pub fn of(record: &str) -> Option<Self> {
        if record.contains('@') {
            return None;
        }
        let separator = records::separator(record);
        let plain = |cell: &String| -> String { cell.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect() };
        let cells: Vec<String> = records::cells(record, separator)?.iter().map(plain).collect();
        let at = |words: &[&str]| cells.iter().position(|cell| words.contains(&cell.as_str()));
        let (email, name, kind) = (at(&EMAIL), at(&NAME), at(&KIND));
        let columns = Self { separator, width: cells.len(), email, name, first: at(&FIRST), last: at(&LAST), kind };
        let names = [columns.name, columns.first, columns.last, columns.kind].into_iter().flatten().count();
        (columns.email.is_some() || names >= 2).then_some(columns)
    }

    /// Whether a list in this order is read the same without its heading.
    pub fn are_usual(&self) -> bool {
        let (at, bare) = match self.name {
            Some(0) => (1, self.first.is_none() && self.last.is_none()),
            _ => (2, self.name.is_none() && self.first == Some(0) && self.last == Some(1)),
        };
        bare && self.email == Some(at) && self.kind.is_none_or(|kind| kind == at + 1)
    }

    /// The name, address and ticket type of a row, or why it names nobody. `None` where it does not keep to these
    /// columns, as what is pasted below a file need not.
    pub fn row(&self, record: &str) -> Option<Result<(String, Email, String), Unread>> {
        let cells = records::cells(record, self.separator)?;
        if cells.len() == 1 && self.width > 1 {
            return None;
        }
        let at = self.email.or_else(|| cells.iter().position(|cell| Email::parse(address_in(cell)).is_some()))?;
        let cell = |at: Option<usize>| at.and_then(|at| cells.get(at)).map_or("", |cell| cell.trim());
        let written = address_in(cells.get(at)?);
        let Some(email) = Email::parse(written) else {
            return match written {
                "" => Some(Err(Unread::NoAddress)),
                _ if written.contains('@') => Some(Err(Unread::not_an_address(written))),
                _ => None,
            };
        };
        let name = whole(cell(self.name), cell(self.first), cell(self.last));
        Some(Ok((name, email, cell(self.kind).to_owned())))
    }
}

/// One name of what stands in up to three columns.
fn whole(name: &str, first: &str, last: &str) -> String {
    // Word by word: Leeson is not the whole name of Lee.
    let holds = |part: &str| part.split_whitespace().all(|word| name.split_whitespace().any(|one| one == word));
    match (name, first, last) {
        ("", first, last) => format!("{first} {last}").trim().to_owned(),
        (name, first, "") if !holds(first) => format!("{first} {name}"),
        (name, "", last) if !holds(last) => format!("{name} {last}"),
        (name, ..) => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(heading: &str, row: &str) -> Option<String> {
        let (name, email, kind) = Columns::of(heading)?.row(row)?.ok()?;
        Some(format!("{name}|{}|{kind}", email.key))
    }

    #[test]
    fn a_heading_says_what_its_columns_are_in_each_language_and_order() {
        for (heading, row) in [
            ("First name,Last name,E-mail,Ticket type", "Ada,Lovelace,ada@example.org,Seat"),
            ("E-Mail-Adresse;Ticketart;Nachname;Vorname", "ada@example.org;Seat;Lovelace;Ada"),
            ("Nom;Prénom;Adresse e-mail;Type de billet", "Lovelace;Ada;ada@example.org;Seat"),
            ("Name\tVorname\tE-Mail\tTickettyp", "Lovelace\tAda\tada@example.org\tSeat"),
            ("Nr;NAME ;Telefon;e_mail;Ticket", "7;Ada Lovelace;+41 1;ADA@example.org;Seat"),
            ("Name,Surname,Kontakt,Type", "Ada,Lovelace,ada@example.org,Seat"),
            (
                "Name,E-mail,Ticket type,Order e-mail,First name,Last name",
                "Ada Lovelace,ada@example.org,Seat,bob@example.org,Ada,Lovelace",
            ),
        ] {
            assert_eq!(read(heading, row).as_deref(), Some("Ada Lovelace|ada@example.org|Seat"), "{heading}");
        }
    }

    #[test]
    fn a_first_name_that_begins_the_surname_is_kept() {
        assert_eq!(read("Nom;Prénom;E-mail", "Leeson;Lee;l@example.org").as_deref(), Some("Lee Leeson|l@example.org|"));
        assert_eq!(
            read("Name,Vorname,E-Mail", "Ada Lovelace,Ada,a@example.org").as_deref(),
            Some("Ada Lovelace|a@example.org|")
        );
    }

    #[test]
    fn a_separator_in_a_field_is_that_of_the_heading() {
        assert_eq!(read("Name,E-mail", "Day; D.,d@example.org").as_deref(), Some("Day; D.|d@example.org|"));
    }

    #[test]
    fn what_is_no_heading_is_none_and_what_keeps_to_no_columns_is_left_to_others() {
        for line in ["Ada, ada@example.org", "Ada", "Name", "Ada; Lovelace", "\"Name, E-mail"] {
            assert!(Columns::of(line).is_none(), "{line}");
        }
        let columns = Columns::of("E-Mail;Nachname;Vorname").unwrap();
        assert!(columns.row("Ada, ada@example.org").is_none() && columns.row("Ada;ada@example.org").is_none());
        let why = |row: &str| columns.row(row).unwrap().unwrap_err();
        assert_eq!(why(";Lovelace;Ada;bob@example.org"), Unread::NoAddress, "another’s address is not taken");
        assert_eq!(why("ada@example;Lovelace;Ada"), Unread::NotAnAddress("ada@example".into()));
    }
}
