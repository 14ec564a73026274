//! What the tests' own Stripe knows of people, and of what is for sale.
use std::collections::HashMap;

use serde_json::{Value, json};

use super::books::{Answer, Asked, Books, missing, refused};
use super::objects::{inner, list, paged};

#[derive(Debug, Clone)]
pub struct Customer {
    pub id: String,
    pub name: String,
    pub email: String,
    pub created: i64,
    /// Removed at the dashboard.
    pub gone: bool,
    /// Whether a bill can be taken from the card.
    pub card_pays: bool,
    /// Above 0 it is owed at the next bill, below it is taken off.
    pub balance: i64,
    pub metadata: HashMap<String, String>,
}

#[derive(Debug, Clone)]
pub struct Product {
    pub id: String,
    pub name: String,
    pub active: bool,
    pub created: i64,
    pub default_price: Option<String>,
    pub metadata: HashMap<String, String>,
}

#[derive(Debug, Clone)]
pub struct Price {
    pub id: String,
    pub product: String,
    pub active: bool,
    pub created: i64,
    pub amount: i64,
    pub currency: String,
    pub monthly: bool,
    pub metadata: HashMap<String, String>,
}

impl Customer {
    fn json(&self) -> Value {
        json!({
            "id": self.id, "object": "customer", "created": self.created, "livemode": false, "balance": self.balance,
            "name": self.name, "email": self.email, "metadata": self.metadata, "delinquent": false,
            "invoice_settings": {"custom_fields": null, "default_payment_method": null, "footer": null, "rendering_options": null},
        })
    }
}

impl Product {
    fn json(&self, price: Option<&Price>) -> Value {
        let price = match (price, &self.default_price) {
            (Some(price), _) => price.json(),
            (None, Some(id)) => json!(id),
            (None, None) => Value::Null,
        };
        json!({
            "id": self.id, "object": "product", "active": self.active, "created": self.created, "name": self.name,
            "default_price": price, "description": null, "images": [], "livemode": false, "marketing_features": [],
            "metadata": self.metadata, "type": "service", "updated": self.created,
        })
    }
}

impl Price {
    pub fn json(&self) -> Value {
        let recurring = json!({
            "interval": "month", "interval_count": 1, "meter": null, "trial_period_days": null, "usage_type": "licensed",
        });
        json!({
            "id": self.id, "object": "price", "active": self.active, "billing_scheme": "per_unit",
            "created": self.created, "currency": self.currency, "livemode": false, "metadata": self.metadata,
            "product": self.product, "recurring": if self.monthly { recurring } else { Value::Null },
            "type": if self.monthly { "recurring" } else { "one_time" },
            "unit_amount": self.amount, "unit_amount_decimal": self.amount.to_string(),
        })
    }
}

impl Books {
    /// None if it is about something else.
    pub(super) fn goods(&mut self, method: &str, parts: &[&str], asked: &Asked) -> Option<Answer> {
        Some(match (method, parts) {
            ("POST", ["customers"]) => Ok(self.make_customer(asked)),
            ("GET", ["customers", "search"]) => Ok(self.search_customers(asked)),
            ("POST", ["customers", id]) => self.mend_customer(id, asked),
            ("POST", ["billing_portal", "sessions"]) => self.open_portal(asked),
            ("POST", ["products"]) => Ok(self.make_product(asked)),
            ("GET", ["products"]) => Ok(self.list_products(asked)),
            ("POST", ["products", id]) => self.mend_product(id, asked),
            ("POST", ["prices"]) => self.make_price(asked),
            ("GET", ["prices"]) => Ok(self.list_prices(asked)),
            ("POST", ["prices", id]) => self.mend_price(id, asked),
            _ => return None,
        })
    }

    pub fn customer(&mut self, id: &str) -> Result<&mut Customer, (axum::http::StatusCode, Value)> {
        let found = self.customers.iter_mut().find(|customer| customer.id == id && !customer.gone);
        found.ok_or_else(|| missing("customer", id))
    }

    fn make_customer(&mut self, asked: &Asked) -> Value {
        let said = |name: &str| asked.get(name).cloned().unwrap_or_default();
        let customer = Customer {
            id: self.next("cus"),
            name: said("name"),
            email: said("email"),
            created: self.now(),
            gone: false,
            card_pays: true,
            balance: 0,
            metadata: inner(asked, "metadata"),
        };
        self.customers.push(customer);
        self.customers.last().map_or(Value::Null, Customer::json)
    }

    /// By one entry of the metadata, as <https://docs.stripe.com/search#metadata>.
    fn search_customers(&self, asked: &Asked) -> Value {
        let query = asked.get("query").map(String::as_str).unwrap_or_default();
        let clause = query.strip_prefix("metadata['").and_then(|rest| rest.strip_suffix('\''));
        let (name, value) = clause.and_then(|clause| clause.split_once("']:'")).expect("a query for metadata");
        let fits = |customer: &&Customer| {
            !customer.gone && customer.metadata.get(name).is_some_and(|has| has == value) && self.searchable
        };
        let found: Vec<Value> = self.customers.iter().filter(fits).map(Customer::json).collect();
        json!({"object": "search_result", "url": "/v1/customers/search", "has_more": false, "data": found, "next_page": null})
    }

    fn mend_customer(&mut self, id: &str, asked: &Asked) -> Answer {
        let customer = self.customer(id)?;
        if let Some(name) = asked.get("name") {
            name.clone_into(&mut customer.name);
        }
        if let Some(email) = asked.get("email") {
            email.clone_into(&mut customer.email);
        }
        Ok(customer.json())
    }

    fn open_portal(&mut self, asked: &Asked) -> Answer {
        let said = |name: &str| asked.get(name).cloned().unwrap_or_default();
        let customer = self.customer(&said("customer"))?.id.clone();
        let id = self.next("bps");
        let answer = json!({
            "id": id, "object": "billing_portal.session", "configuration": "bpc_1", "created": self.now(),
            "customer": customer, "flow": null, "livemode": false, "locale": null, "on_behalf_of": null,
            "return_url": said("return_url"), "url": format!("{}/portal/{id}", self.base),
        });
        self.portals.push((id, customer, said("return_url")));
        Ok(answer)
    }

    fn make_product(&mut self, asked: &Asked) -> Value {
        let product = Product {
            id: self.next("prod"),
            name: asked.get("name").cloned().expect("a name"),
            active: true,
            created: self.now(),
            default_price: None,
            metadata: inner(asked, "metadata"),
        };
        self.products.push(product);
        self.products.last().map_or(Value::Null, |product| product.json(None))
    }

    /// The newest first.
    fn list_products(&self, asked: &Asked) -> Value {
        let whole = asked.values().any(|value| value == "data.default_price");
        let only = asked.get("active").map(|active| active == "true");
        let fits = |product: &&Product| only.is_none_or(|only| product.active == only);
        let of = |product: &Product| self.prices.iter().find(|price| Some(&price.id) == product.default_price.as_ref());
        let json = |product: &Product| product.json(of(product).filter(|_| whole));
        let all: Vec<Value> = self.products.iter().rev().filter(fits).map(json).collect();
        paged("/v1/products", &all, asked)
    }

    fn mend_product(&mut self, id: &str, asked: &Asked) -> Answer {
        let price = asked.get("default_price");
        let stands = |price: &String| self.prices.iter().any(|it| it.id == *price && it.product == id && it.active);
        if price.is_some_and(|price| !stands(price)) {
            return Err(refused("The price must be an active one of the product", Some("default_price")));
        }
        let found = self.products.iter_mut().find(|product| product.id == id);
        let product = found.ok_or_else(|| missing("product", id))?;
        if let Some(name) = asked.get("name") {
            name.clone_into(&mut product.name);
        }
        if let Some(active) = asked.get("active") {
            product.active = active == "true";
        }
        if let Some(price) = price {
            product.default_price = Some(price.clone());
        }
        Ok(product.json(None))
    }

    fn make_price(&mut self, asked: &Asked) -> Answer {
        let said = |name: &str| asked.get(name).cloned().unwrap_or_default();
        let amount: i64 = said("unit_amount").parse().map_err(|_| refused("Invalid integer", Some("unit_amount")))?;
        let product = said("product");
        if !self.products.iter().any(|one| one.id == product) {
            return Err(missing("product", &product));
        }
        let price = Price {
            id: self.next("price"),
            product,
            active: true,
            created: self.now(),
            amount,
            currency: said("currency"),
            monthly: said("recurring[interval]") == "month",
            metadata: inner(asked, "metadata"),
        };
        self.prices.push(price.clone());
        Ok(price.json())
    }

    fn list_prices(&self, asked: &Asked) -> Value {
        let (of, only) = (asked.get("product"), asked.get("active").map(|active| active == "true"));
        let fits =
            |price: &&Price| of.is_none_or(|of| price.product == *of) && only.is_none_or(|only| price.active == only);
        let all: Vec<Value> = self.prices.iter().rev().filter(fits).map(Price::json).collect();
        list("/v1/prices", &all, false)
    }

    fn mend_price(&mut self, id: &str, asked: &Asked) -> Answer {
        let is_default = self.products.iter().any(|product| product.default_price.as_deref() == Some(id));
        let active = asked.get("active").map(|active| active == "true");
        if active == Some(false) && is_default {
            let message = "This price cannot be archived because it is the default price of its product.";
            return Err(refused(message, Some("active")));
        }
        let price = self.prices.iter_mut().find(|price| price.id == id).ok_or_else(|| missing("price", id))?;
        price.active = active.unwrap_or(price.active);
        Ok(price.json())
    }
}
