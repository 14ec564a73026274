//! What this site asks of Stripe, held against Stripe's own description of its API
//! (<https://github.com/stripe/openapi>, `spec3.json`). The file is not ours to keep here: STRIPE_DESCRIPTION names it,
//! or the folder that it is in.
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::OnceLock;

use serde_json::{Value, json};

const NAMED_BY: &str = "STRIPE_DESCRIPTION";

/// What we ask for that is newer than the description of September 2023: the request, and its parameter; '' where the
/// request is.
const NEWER: [(&str, &str); 3] = [
    ("GET /v1/invoice_payments", ""),
    ("POST /v1/checkout/sessions", "excluded_payment_method_types"),
    ("GET /v1/checkout/sessions", "created"),
];

pub struct Description(Value);

/// The method, the path, and the query or form.
pub type Request = (String, String, String);

/// A parameter and what is wrong with it.
type Wrong = (String, String);

/// Parameters as they are nested: `items[0][price]=…` is a price in 0 in items.
#[derive(Debug)]
enum Given {
    One(String),
    Many(BTreeMap<String, Given>),
}

impl Given {
    fn read(text: &str) -> Self {
        let mut all = Self::Many(BTreeMap::new());
        for (name, value) in form_urlencoded::parse(text.as_bytes()) {
            let mut at = &mut all;
            for part in name.split('[') {
                at = at.part(part.strip_suffix(']').unwrap_or(part));
            }
            *at = Self::One(value.into_owned());
        }
        all
    }

    fn part(&mut self, name: &str) -> &mut Self {
        if matches!(self, Self::One(_)) {
            *self = Self::Many(BTreeMap::new());
        }
        match self {
            Self::Many(all) => all.entry(name.to_owned()).or_insert_with(|| Self::Many(BTreeMap::new())),
            Self::One(_) => unreachable!("it has parts now"),
        }
    }
}

impl Description {
    /// None, if none is named.
    pub fn at_hand() -> Option<&'static Self> {
        static FILE: OnceLock<Option<Description>> = OnceLock::new();
        let read = || {
            let mut path = PathBuf::from(std::env::var_os(NAMED_BY)?);
            if path.is_dir() {
                let mut all =
                    std::fs::read_dir(&path).expect("the folder").map(|entry| entry.expect("an entry").path());
                let is =
                    |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("spec3"));
                path = all.find(is).expect("a file that begins with spec3");
            }
            let text = std::fs::read(&path).unwrap_or_else(|error| panic!("{NAMED_BY}={}: {error}", path.display()));
            Some(Self(serde_json::from_slice(&text).expect("the description is no JSON")))
        };
        FILE.get_or_init(read).as_ref()
    }

    /// What of these requests Stripe does not know, each once.
    pub fn unknown(&self, requests: &[Request]) -> Vec<String> {
        let mut all: Vec<String> = requests.iter().flat_map(|request| self.wrong(request)).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    fn wrong(&self, (method, path, text): &Request) -> Vec<String> {
        let Some((template, of)) = self.operation(method, path) else {
            if NEWER.contains(&(format!("{method} {path}").as_str(), "")) {
                return Vec::new();
            }
            return vec![format!("{method} {path}: there is no such request")];
        };
        let request = format!("{method} {template}");
        let is_newer = |(parameter, _): &Wrong| NEWER.contains(&(request.as_str(), parameter.as_str()));
        let wrong = fits(&Given::read(text), &parameters(of, method), "");
        wrong.into_iter().filter(|wrong| !is_newer(wrong)).map(|(at, what)| format!("{request}: {at} {what}")).collect()
    }

    /// How a request is described, under the path that names the most of it.
    fn operation(&self, method: &str, path: &str) -> Option<(&str, &Value)> {
        let is_name = |part: &str| part.starts_with('{');
        let fits = |template: &str| {
            let (parts, asked) = (template.split('/'), path.split('/'));
            parts.clone().count() == asked.clone().count()
                && parts.zip(asked).all(|(part, asked)| part == asked || (is_name(part) && !asked.is_empty()))
        };
        let all = self.0["paths"].as_object()?.iter().map(|(template, of)| (template.as_str(), of));
        let (template, of) = all
            .filter(|(template, _)| fits(template))
            .min_by_key(|(of, _)| of.split('/').filter(|of| is_name(of)).count())?;
        Some((template, of.get(method.to_lowercase())?))
    }
}

/// All that may come with a request, as one object.
fn parameters(of: &Value, method: &str) -> Value {
    if method != "GET" {
        return of["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"].clone();
    }
    let all = of["parameters"].as_array().cloned().unwrap_or_default();
    let asked = || all.iter().filter(|one| one["in"] == "query");
    let name = |one: &Value| one["name"].as_str().unwrap_or_default().to_owned();
    let properties: serde_json::Map<String, Value> = asked().map(|one| (name(one), one["schema"].clone())).collect();
    let required: Vec<String> = asked().filter(|one| one["required"] == true).map(name).collect();
    json!({"type": "object", "properties": properties, "required": required})
}

fn fits(given: &Given, schema: &Value, at: &str) -> Vec<Wrong> {
    if let Some(any) = schema["anyOf"].as_array() {
        return any.iter().map(|schema| fits(given, schema, at)).min_by_key(Vec::len).unwrap_or_default();
    }
    match (schema["type"].as_str(), given) {
        (None, _) => Vec::new(),
        (Some("object"), Given::Many(all)) => object(all, schema, at),
        (Some("array"), Given::Many(all)) => {
            let one = |(n, one): (&String, &Given)| match n.parse::<usize>() {
                Err(_) if !n.is_empty() => vec![(within(at, n), "is no place in a list".to_owned())],
                _ => fits(one, &schema["items"], &within(at, n)),
            };
            all.iter().flat_map(one).collect()
        }
        (Some(kind), Given::One(text)) if is_scalar(kind, text, schema) => Vec::new(),
        (Some(kind), _) => vec![(at.to_owned(), format!("is not the {kind} that is described"))],
    }
}

fn object(all: &BTreeMap<String, Given>, schema: &Value, at: &str) -> Vec<Wrong> {
    let others = &schema["additionalProperties"];
    let mut wrong = Vec::new();
    for (name, one) in all {
        match schema["properties"].get(name) {
            Some(schema) => wrong.extend(fits(one, schema, &within(at, name))),
            None if others.is_object() => wrong.extend(fits(one, others, &within(at, name))),
            None if *others == true => {}
            None => wrong.push((within(at, name), "is unknown".to_owned())),
        }
    }
    let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    wrong.extend(
        required.filter(|name| !all.contains_key(*name)).map(|name| (within(at, name), "is missing".to_owned())),
    );
    wrong
}

fn is_scalar(kind: &str, text: &str, schema: &Value) -> bool {
    let chosen = schema["enum"].as_array().is_none_or(|all| all.iter().any(|one| one == text));
    let short = schema["maxLength"].as_u64().is_none_or(|most| text.chars().count() as u64 <= most);
    let read = match kind {
        "integer" => text.parse::<i64>().is_ok(),
        "number" => text.parse::<f64>().is_ok(),
        "boolean" => matches!(text, "true" | "false"),
        "string" => true,
        _ => false,
    };
    chosen && short && read
}

fn within(at: &str, name: &str) -> String {
    if at.is_empty() { name.to_owned() } else { format!("{at}[{name}]") }
}

#[test]
fn requests_of_another_shape_than_stripe_describes_are_found_out() {
    let text = json!({"type": "string", "maxLength": 5});
    let form = json!({"type": "object", "required": ["name"], "properties": {
        "name": text, "amount": {"type": "integer"}, "live": {"type": "boolean"},
        "metadata": {"anyOf": [{"type": "object", "additionalProperties": text}, {"type": "string", "enum": [""]}]},
        "items": {"type": "array", "items": {"type": "object", "properties": {"kind": {"type": "string", "enum": ["a", "b"]}}}},
    }});
    let list = json!({"parameters": [{"name": "limit", "in": "query", "schema": {"type": "integer"}}]});
    let post = json!({"requestBody": {"content": {"application/x-www-form-urlencoded": {"schema": form}}}});
    let description = Description(json!({"paths": {
        "/v1/things": {"post": post, "get": list}, "/v1/things/{thing}": {"get": {}}, "/v1/things/search": {"post": post},
    }}));
    let wrong = |method: &str, path: &str, text: &str| {
        description.unknown(&[(method.to_owned(), path.to_owned(), text.to_owned())]).join("; ")
    };
    let whole = "name=Ada&amount=-5&live=true&metadata%5Border%5D=7&items%5B0%5D%5Bkind%5D=a&items%5B1%5D%5Bkind%5D=b";
    assert_eq!(wrong("POST", "/v1/things", whole), "");
    assert_eq!(wrong("POST", "/v1/things", "name=Ada&metadata="), "");
    assert_eq!(wrong("GET", "/v1/things", "limit=3"), "");
    assert_eq!(wrong("GET", "/v1/things/th_1", ""), "");
    for (text, said) in [
        ("amount=5", "name is missing"),
        ("name=Augusta", "name is not the string"),
        ("name=Ada&amount=five", "amount is not the integer"),
        ("name=Ada&live=yes", "live is not the boolean"),
        ("name=Ada&colour=red", "colour is unknown"),
        ("name=Ada&metadata%5Border%5D%5Bid%5D=7", "metadata"),
        ("name=Ada&items%5B0%5D%5Bkind%5D=c", "items[0][kind] is not the string"),
        ("name=Ada&items%5B0%5D%5Bsize%5D=c", "items[0][size] is unknown"),
        ("name=Ada&items%5Bfirst%5D%5Bkind%5D=a", "items[first] is no place in a list"),
        ("name%5Bfirst%5D=Ada", "name is not the string"),
    ] {
        let found = wrong("POST", "/v1/things", text);
        assert!(found.starts_with("POST /v1/things: ") && found.contains(said), "{text}: {found}");
    }
    assert_eq!(wrong("GET", "/v1/things", "size=3"), "GET /v1/things: size is unknown");
    assert_eq!(wrong("POST", "/v1/things/search", ""), "POST /v1/things/search: name is missing");
    assert_eq!(wrong("POST", "/v1/things/th_1", ""), "POST /v1/things/th_1: there is no such request");
    assert_eq!(wrong("GET", "/v1/others", ""), "GET /v1/others: there is no such request");
}

/// Whether each till's requests are looked at when it is closed, see [`super::Till`].
#[test]
fn stripes_description_says_what_is_newer_than_it() {
    let Some(description) = Description::at_hand() else {
        eprintln!("SKIPPED: {NAMED_BY} names no spec3.json, so no request was held against Stripe's description.");
        return;
    };
    for (request, parameter) in NEWER {
        let (method, path) = request.split_once(' ').expect("a method");
        let described = description
            .operation(method, path)
            .is_some_and(|(_, of)| parameter.is_empty() || !parameters(of, method)["properties"][parameter].is_null());
        if described {
            eprintln!("{request} {parameter}: it is described by now and needs no exception");
        }
    }
}
