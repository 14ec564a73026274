//! What opens an order to whoever has no account, or is not signed in.
use super::Order;
use crate::app::App;
use crate::ids::Id;
use crate::web::signing;

const MAILED: &str = "order";
const FORM: &str = "order/form";

/// By which of its keys somebody opens an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opening {
    /// By the one in its mails: whoever has it reads what is sent to its address.
    Mailed,
    /// By the one that whoever filled in the form was led on with: nobody has proven the address by it.
    Form,
}

/// The key that the order's mails carry.
pub fn key(app: &App, id: Id<Order>) -> String {
    signing::key(app, MAILED, &id.to_string())
}

/// The key for the browser that took the places, to go on to pay.
pub fn form_key(app: &App, id: Id<Order>) -> String {
    signing::key(app, FORM, &id.to_string())
}

/// How a key in an address opens this order; `None` if it does not.
pub fn opening(app: &App, id: Id<Order>, key: &str) -> Option<Opening> {
    let made_for = |purpose| signing::opens(app, purpose, &id.to_string(), key);
    // Both are looked at, whichever it is.
    match (made_for(MAILED), made_for(FORM)) {
        (true, _) => Some(Opening::Mailed),
        (false, true) => Some(Opening::Form),
        (false, false) => None,
    }
}

impl Order {
    /// The address that shows this order to whoever has it: what mails carry.
    pub fn secret_path(&self, app: &App) -> String {
        format!("{}?key={}", self.path(), key(app, self.id))
    }
    /// The same for the browser that took the places.
    pub fn form_path(&self, app: &App) -> String {
        format!("{}?key={}", self.path(), form_key(app, self.id))
    }
}

/// What the mailed link to confirm an order carries.
pub fn confirm_token(app: &App, id: Id<Order>) -> String {
    format!("{id}.{}", signing::key(app, "confirm", &id.to_string()))
}

/// The order that such a token confirms; none if we did not make it.
pub fn opened_by(app: &App, token: &str) -> Option<Id<Order>> {
    let (id, key) = token.split_once('.')?;
    let id: Id<Order> = id.parse().ok()?;
    signing::opens(app, "confirm", &id.to_string(), key).then_some(id)
}
