//! What somebody types who wants to wait.
use crate::events::TicketType;
use crate::forms::{Email, Errors, Reader};
use crate::ids::Id;
use crate::orders::Refusal;
use crate::web::Fields;

/// The most that a number of places may say; what an event allows is less.
const MOST: i64 = 1_000;

/// The fields as typed.
#[derive(Debug, Clone, Default)]
pub struct JoinForm {
    /// A ticket type's id; '' where there is one.
    pub kind: String,
    pub people: String,
    pub name: String,
    pub email: String,
    pub companions: Vec<String>,
}

/// What a readable form asks for.
#[derive(Debug, Clone)]
pub struct Asked {
    pub ticket_type: Id<TicketType>,
    pub places: i64,
    /// '' for members.
    pub name: String,
    /// Only guests say one.
    pub email: Option<Email>,
    pub companions: Vec<String>,
}

impl JoinForm {
    pub fn read(fields: &Fields) -> Self {
        let text = |name| fields.text(name).to_owned();
        Self {
            kind: text("ticket_type"),
            people: text("people"),
            name: text("name"),
            email: text("email"),
            companions: fields.all("companion").map(str::to_owned).collect(),
        }
    }

    /// All that is wrong with it, or what it asks for.
    pub fn parse(&self, types: &[TicketType], guest: bool) -> Result<Asked, Errors> {
        let mut reader = Reader::default();
        let (mut name, mut email) = (String::new(), None);
        if guest {
            name = reader.required_name("name", &self.name, 100, t!("Enter your name."));
            email = Some(reader.email("email", &self.email));
        }
        let chosen = match types {
            [only] if self.kind.is_empty() => Some(only),
            _ => types.iter().find(|of| of.id.to_string() == self.kind.trim()),
        };
        if chosen.is_none() {
            reader.errors.add("ticket_type", Refusal::UnknownType);
        }
        let places = reader.number("people", &self.people, 1, MOST).unwrap_or(1);
        let companions = self.companions.iter().map(|name| reader.name("companion", name, 100));
        let companions: Vec<_> = companions.filter(|name| !name.is_empty()).collect();
        if reader.errors.is_empty() && i64::try_from(companions.len()).is_ok_and(|named| named >= places) {
            reader.errors.add("companion", t!("There are more names than places. Take more places, or remove a name."));
        }
        let errors = reader.errors;
        match chosen {
            Some(of) if errors.is_empty() => Ok(Asked { ticket_type: of.id, places, name, email, companions }),
            _ => Err(errors),
        }
    }
}
