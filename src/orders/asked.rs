//! What a program asks for when it takes places: as sent, and as it can be read.
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Buyer, Refusal};
use crate::api::Text;
use crate::events::TicketType;
use crate::forms::{Email, Errors, Reader};
use crate::i18n::Locale;
use crate::ids::Id;
use crate::members::Member;

/// What is to be taken.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct Places {
    /// How many places, where there is one ticket type. Without it one, and one for each invited person.
    #[schema(value_type = Option<i64>, example = 2)]
    #[serde(default)]
    pub places: Text,
    /// How many of which type, where there are several.
    #[schema(value_type = Option<Vec<TypeCount>>)]
    #[serde(default)]
    pub tickets: Vec<TypeCount>,
    /// Who comes along: each gets a ticket by mail.
    #[schema(value_type = Vec<String>, example = json!(["ada@example.org"]))]
    #[serde(default)]
    pub invited_emails: Vec<Text>,
    /// Pay at the door or by transfer, where the event allows it.
    #[serde(default)]
    pub pay_later: bool,
    /// For guests: their name.
    #[schema(value_type = Option<String>, example = "Grace Hopper")]
    #[serde(default)]
    pub name: Text,
    /// For guests: where the link goes that confirms the places.
    #[schema(value_type = Option<String>, example = "grace@example.org")]
    #[serde(default)]
    pub email: Text,
}

#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct TypeCount {
    /// The id of a ticket type.
    #[serde(rename = "type")]
    #[schema(value_type = String)]
    #[serde(default)]
    pub kind: Text,
    #[schema(value_type = i64, example = 2)]
    #[serde(default)]
    pub count: Text,
    /// Of a donation: what is given for one place, in minor units.
    #[schema(value_type = Option<i64>, example = 1500)]
    #[serde(default)]
    pub amount: Text,
}

/// The most that a number of places may say; what an event allows is less.
const MOST: i64 = 1_000;

impl Places {
    /// What is asked for, or all that is wrong with it.
    pub fn parse(self, types: &[TicketType], me: Option<&Member>, locale: Locale) -> Result<(Wished, Buyer), Errors> {
        let mut errors = Errors::default();
        let (name, email) = (self.name.text("name", &mut errors), self.email.text("email", &mut errors));
        let places = self.places.text("places", &mut errors);
        let mut reader = Reader { errors };
        let buyer = match me {
            Some(me) => Buyer::member(me),
            None => Buyer::Guest {
                name: reader.required("name", &name, 100, t!("Enter your name.")),
                email: reader.email("email", &email),
                locale,
            },
        };
        let mut invited: Vec<Email> = Vec::new();
        for typed in self.invited_emails {
            let typed = typed.text("invited_emails", &mut reader.errors);
            invited.push(reader.email("invited_emails", &typed));
        }
        let guests = i64::try_from(invited.len()).unwrap_or(MOST);
        let wanted = reader.number("places", &places, 1, MOST).unwrap_or(guests + 1);
        let amounts = amounts(&mut reader, &self.tickets, types);
        let chosen = chosen(&mut reader, self.tickets, types, wanted);
        let places: i64 = chosen.iter().map(|(_, n)| n).sum();
        if reader.errors.is_empty() && guests >= places.max(1) {
            reader
                .errors
                .add("invited_emails", t!("There are more people than places. Take more places, or invite fewer."));
        }
        reader.errors.or(|| (Wished { places: chosen, amounts, pay_later: self.pay_later, invited }, buyer))
    }
}

/// A readable wish for places.
pub struct Wished {
    pub places: Vec<(Id<TicketType>, i64)>,
    pub amounts: Vec<(Id<TicketType>, i64)>,
    pub pay_later: bool,
    pub invited: Vec<Email>,
}

/// What is given for places of donation types.
fn amounts(reader: &mut Reader, typed: &[TypeCount], types: &[TicketType]) -> Vec<(Id<TicketType>, i64)> {
    let mut amounts = Vec::new();
    for typed in typed {
        let kind = typed.kind.clone().text("tickets", &mut reader.errors);
        let amount = typed.amount.clone().text("tickets", &mut reader.errors);
        let Some(of) = types.iter().find(|of| of.id.to_string() == kind).filter(|_| !amount.is_empty()) else {
            continue;
        };
        if let Some(amount) = reader.number("tickets", &amount, 0, crate::payments::MOST) {
            amounts.push((of.id, amount));
        }
    }
    amounts
}

fn chosen(reader: &mut Reader, typed: Vec<TypeCount>, types: &[TicketType], wanted: i64) -> Vec<(Id<TicketType>, i64)> {
    if typed.is_empty() {
        return match types {
            [only] => vec![(only.id, wanted)],
            _ => {
                reader.errors.add("tickets", t!("There are several ticket types. Say how many of which."));
                Vec::new()
            }
        };
    }
    let mut chosen = Vec::new();
    for typed in typed {
        let kind = typed.kind.text("tickets", &mut reader.errors);
        let count = typed.count.or("tickets", "1", &mut reader.errors);
        let n = reader.number("tickets", &count, 0, MOST).unwrap_or(0);
        match types.iter().find(|of| of.id.to_string() == kind) {
            Some(of) => chosen.push((of.id, n)),
            None => reader.errors.add("tickets", Refusal::UnknownType),
        }
    }
    chosen
}
