//! What the stub of an event's page says: as typed, and what it asks for.
use crate::events::{Pricing, TicketType};
use crate::forms::{Email, Errors, Reader};
use crate::ids::{self, Id};
use crate::money;
use crate::web::Fields;

words! {
    /// An answer to "Are you coming?".
    pub enum Answer { Going = "going", Maybe = "maybe", No = "no" }
}

/// The most that a number of places may say; what an event allows is less.
const MOST: i64 = 1_000;

/// The stub's fields as typed.
#[derive(Debug, Clone, Default)]
pub struct StubForm {
    /// Names this copy of the form, so that pressing twice acts once.
    pub id: String,
    pub answer: String,
    /// How many people come, where there is one ticket type.
    pub people: String,
    /// How many of which type, where there are several: (the type's id, number).
    pub places: Vec<(String, String)>,
    /// What is given for one place of a donation's type: (the type's id, amount).
    pub amounts: Vec<(String, String)>,
    /// `later` at the door or by transfer, else now.
    pub pay: String,
    pub promo: String,
    pub name: String,
    pub email: String,
    pub companions: Vec<String>,
    /// A hash of all that was typed.
    pub said: String,
}

/// What a readable stub asks for.
#[derive(Debug, Clone)]
pub struct Asked {
    pub places: Vec<(Id<TicketType>, i64)>,
    /// What is given for one place of a donation's type, in minor units.
    pub amounts: Vec<(Id<TicketType>, i64)>,
    pub pay_later: bool,
    /// '' for none.
    pub promo: String,
    /// '' for members.
    pub name: String,
    /// Only guests say one.
    pub email: Option<Email>,
    pub companions: Vec<String>,
}

impl StubForm {
    pub fn read(fields: &Fields) -> Self {
        let text = |name| fields.text(name).to_owned();
        let of_types = |prefix: &str| {
            let own = |(name, n): &(String, String)| Some((name.strip_prefix(prefix)?.to_owned(), n.clone()));
            fields.0.iter().filter_map(own).collect()
        };
        let said: Vec<_> = fields.0.iter().filter(|(name, _)| name != "form").collect();
        Self {
            id: text("form"),
            answer: text("answer"),
            people: text("people"),
            places: of_types("places-"),
            amounts: of_types("amount-"),
            pay: text("pay"),
            promo: text("promo"),
            name: text("name"),
            email: text("email"),
            companions: fields.all("companion").map(str::to_owned).collect(),
            said: ids::hash(&format!("{said:?}")),
        }
    }

    /// What was typed for a type, '' if nothing was.
    pub fn typed_for(&self, of: &str) -> &str {
        self.places.iter().find(|(id, _)| id == of).map_or("", |(_, n)| n)
    }

    /// What was typed as amount for a type, if its field was there.
    pub fn amount_for(&self, of: &str) -> Option<&str> {
        self.amounts.iter().find(|(id, _)| id == of).map(|(_, amount)| amount.as_str())
    }

    pub fn pays_later(&self) -> bool {
        self.pay == "later"
    }

    /// How the form is remembered for one person; none for forms without an id.
    pub fn once(&self, event: &str, whose: &str) -> Option<(String, String)> {
        let named = !self.id.is_empty() && self.id.len() <= 100;
        named.then(|| (ids::hash(&format!("{event}/{whose}/{}", self.id)), self.said.clone()))
    }

    /// All that is wrong with it, or what it asks for.
    pub fn parse(&self, types: &[TicketType], guest: bool) -> Result<Asked, Errors> {
        let mut reader = Reader::default();
        let mut asked = Asked {
            places: Vec::new(),
            amounts: Vec::new(),
            pay_later: self.pays_later(),
            promo: reader.line("promo", &self.promo, super::promo_codes::LONGEST),
            name: String::new(),
            email: None,
            companions: Vec::new(),
        };
        if guest {
            asked.name = reader.required_name("name", &self.name, 100, t!("Enter your name."));
            asked.email = Some(reader.email("email", &self.email));
        }
        if let ([only], true) = (types, self.places.is_empty()) {
            let people = reader.number("people", &self.people, 1, MOST);
            asked.places.push((only.id, people.unwrap_or(1)));
        }
        for (of, typed) in &self.places {
            let field = format!("places-{of}");
            let n = reader.number(&field, typed, 0, MOST).unwrap_or(0);
            match of.parse() {
                Ok(of) => asked.places.push((of, n)),
                Err(_) => reader.errors.add("", super::Refusal::UnknownType),
            }
        }
        asked.amounts = self.given(&mut reader, types, &asked.places);
        let companions = self.companions.iter().map(|name| reader.name("companion", name, 100));
        asked.companions = companions.filter(|name| !name.is_empty()).collect();
        let others = asked.places.iter().map(|(_, n)| n).sum::<i64>().max(1) - 1;
        if reader.errors.is_empty() && i64::try_from(asked.companions.len()).is_ok_and(|named| named > others) {
            reader.errors.add("companion", t!("There are more names than places. Take more places, or remove a name."));
        }
        reader.errors.or(|| asked)
    }

    /// The amounts for the donations among the places; a type whose field was not there is not among them.
    fn given(
        &self,
        reader: &mut Reader,
        types: &[TicketType],
        places: &[(Id<TicketType>, i64)],
    ) -> Vec<(Id<TicketType>, i64)> {
        let wanted = |of: &&TicketType| places.iter().any(|(id, n)| *id == of.id && *n > 0);
        let mut given = Vec::new();
        for of in types.iter().filter(|of| of.pricing == Pricing::Donation).filter(wanted) {
            let Some(typed) = self.amount_for(&of.id.to_string()) else { continue };
            let field = format!("amount-{}", of.id);
            let least = of.money(of.price);
            let from = (of.price, least.currency);
            let amount = money::read_from(reader, &field, typed, from, t!("Give {least} or more.", least));
            given.push((of.id, amount));
        }
        given
    }
}
