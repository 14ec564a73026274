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
use crate::money;

/// What is to be taken.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Places {
    /// How many places, where there is one ticket type. Without it one, and one for each invited person.
    #[schema(value_type = Option<i64>, example = 2)]
    #[serde(default)]
    pub places: Text,
    /// How many of which type, where there are several.
    #[schema(value_type = Option<Vec<TypeCount>>)]
    #[serde(default)]
    pub tickets: Vec<TypeCount>,
    /// Pay at the door or by transfer, where the event allows it.
    #[schema(value_type = Option<bool>, example = false)]
    #[serde(default)]
    pub pay_later: Text,
    /// A promo code of the event, like `WINTER10`.
    #[schema(value_type = Option<String>, example = json!(null))]
    #[serde(default)]
    pub promo_code: Text,
    /// Who comes along: each gets a ticket by mail.
    #[schema(value_type = Vec<String>, example = json!(["ada@example.org"]))]
    #[serde(default)]
    pub invited_emails: Vec<Text>,
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
#[serde(deny_unknown_fields)]
pub struct TypeCount {
    /// The id of a ticket type.
    #[serde(rename = "type")]
    #[schema(value_type = String, required = true)]
    #[serde(default)]
    pub kind: Text,
    #[schema(value_type = i64, example = 2)]
    #[serde(default)]
    pub count: Text,
    /// Of a donation: what is given for one place, in minor units; what the host suggests unless told.
    #[schema(value_type = Option<i64>)]
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
        let pay_later = self.pay_later.flag("pay_later", &mut errors);
        let promo = self.promo_code.text("promo_code", &mut errors);
        let mut reader = Reader { errors };
        let promo = reader.line("promo_code", &promo, super::promo_codes::LONGEST);
        let buyer = match me {
            Some(me) => Buyer::member(me),
            None => Buyer::Guest {
                name: reader.required_name("name", &name, 100, t!("Enter your name.")),
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
        let (chosen, amounts) = chosen(&mut reader, self.tickets, types, wanted);
        let places: i64 = chosen.iter().map(|(_, n)| n).sum();
        if reader.errors.is_empty() && guests >= places.max(1) {
            reader
                .errors
                .add("invited_emails", t!("There are more people than places. Take more places, or invite fewer."));
        }
        reader.errors.or(|| (Wished { places: chosen, amounts, promo, pay_later, invited }, buyer))
    }
}

/// A readable wish for places.
pub struct Wished {
    pub places: Vec<(Id<TicketType>, i64)>,
    /// What is given for one place of a donation's type, in minor units.
    pub amounts: Vec<(Id<TicketType>, i64)>,
    pub promo: String,
    pub pay_later: bool,
    pub invited: Vec<Email>,
}

/// For each type a number: of places, or minor units.
type OfTypes = Vec<(Id<TicketType>, i64)>;

fn chosen(reader: &mut Reader, typed: Vec<TypeCount>, types: &[TicketType], wanted: i64) -> (OfTypes, OfTypes) {
    let (mut chosen, mut amounts) = (Vec::new(), Vec::new());
    if typed.is_empty() {
        return match types {
            [only] => (vec![(only.id, wanted)], amounts),
            _ => {
                reader.errors.add("tickets", t!("There are several ticket types. Say how many of which."));
                (chosen, amounts)
            }
        };
    }
    for typed in typed {
        let kind = typed.kind.text("tickets", &mut reader.errors);
        let count = typed.count.or("tickets", "1", &mut reader.errors);
        let n = reader.number("tickets", &count, 0, MOST).unwrap_or(0);
        match types.iter().find(|of| of.id.to_string() == kind) {
            Some(of) => {
                chosen.push((of.id, n));
                let amount = typed.amount.text("tickets", &mut reader.errors);
                amounts.extend(reader.number("tickets", &amount, 0, money::MOST).map(|amount| (of.id, amount)));
            }
            None => reader.errors.add("tickets", Refusal::UnknownType),
        }
    }
    (chosen, amounts)
}
