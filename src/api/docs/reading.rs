//! One operation of the OpenAPI description, read into what its part of the reference shows.
use serde_json::{Map, Value, json};

use super::{Answer, Body, Field, Needs, Operation};

/// The properties of an object; none of anything else.
pub(super) fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

pub(super) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

pub(super) struct Reading<'a> {
    pub api: &'a Value,
    pub base: &'a str,
    /// An event that there is, so that the commands can be tried.
    pub slug: &'a str,
}

impl Reading<'_> {
    pub fn operation(&self, method: &str, path: &str, operation: &Value) -> Operation {
        let body = self.body(&operation["requestBody"]);
        let needs = needs(&operation["security"]);
        let curl = self.curl(method, path, &needs, body.as_ref());
        let parameters = operation["parameters"].as_array().into_iter().flatten().map(|parameter| Field {
            name: text(&parameter["name"]),
            place: text(&parameter["in"]),
            kind: kind(&parameter["schema"]),
            required: parameter["required"].as_bool().unwrap_or_default(),
            description: text(&parameter["description"]),
        });
        Operation {
            anchor: format!("{method}{}", path.trim_start_matches("/api/v1").replace(['/', '{', '}'], "-")),
            method: method.to_uppercase(),
            path: path.to_owned(),
            summary: text(&operation["summary"]),
            description: text(&operation["description"]),
            parameters: parameters.collect(),
            answers: entries(&operation["responses"]).map(|(status, answer)| self.answer(status, answer)).collect(),
            needs,
            body,
            curl,
        }
    }

    /// The schema that a reference names.
    fn resolved<'v>(&'v self, schema: &'v Value) -> &'v Value {
        match schema["$ref"].as_str().and_then(|path| self.api.pointer(path.trim_start_matches('#'))) {
            Some(named) => named,
            None => schema,
        }
    }

    /// The objects that a schema is put together of, its own properties first.
    fn parts<'v>(&'v self, schema: &'v Value) -> Vec<&'v Value> {
        let schema = self.resolved(schema);
        match schema["allOf"].as_array() {
            Some(all) => all.iter().rev().flat_map(|part| self.parts(part)).collect(),
            None => vec![schema],
        }
    }

    fn body(&self, body: &Value) -> Option<Body> {
        let (content_type, content) = entries(&body["content"]).next()?;
        let parts = self.parts(&content["schema"]);
        let required = parts.iter().filter_map(|part| part["required"].as_array()).flatten();
        let required: Vec<&str> = required.filter_map(Value::as_str).collect();
        let fields = parts.iter().flat_map(|part| entries(&part["properties"])).map(|(name, of)| Field {
            name: name.clone(),
            place: String::new(),
            kind: kind(self.resolved(of)),
            required: required.contains(&name.as_str()),
            description: text(&of["description"]),
        });
        let fields = fields.collect();
        let mut example = self.example(&content["schema"], 0);
        if let Some(all) = example.as_object_mut() {
            // What may be left out is left out.
            all.retain(|_, value| !value.is_null());
        }
        let pairs = || entries(&example).map(|(name, value)| (name, value.as_str().unwrap_or_default()));
        let example = if content_type.ends_with("json") {
            pretty(&example)
        } else if content_type.starts_with("multipart/") {
            pairs().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("\n")
        } else {
            form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs()).finish()
        };
        Some(Body { content_type: content_type.clone(), fields, example })
    }

    fn answer(&self, status: &str, answer: &Value) -> Answer {
        let schema = &answer["content"]["application/json"]["schema"];
        let shown = status.starts_with('2') && !schema.is_null();
        let example = if shown { pretty(&self.example(schema, 0)) } else { String::new() };
        Answer { status: status.to_owned(), description: text(&answer["description"]), example }
    }

    /// A value of this shape: the examples that stand at its parts, else something of the right kind.
    fn example(&self, schema: &Value, depth: usize) -> Value {
        let schema = self.resolved(schema);
        if depth > 8 {
            return Value::Null;
        }
        if let Some(example) = schema.get("example").or_else(|| schema["examples"].get(0)) {
            return example.clone();
        }
        if let Some(all) = schema["allOf"].as_array() {
            return all.iter().map(|part| self.example(part, depth + 1)).fold(Value::Null, together);
        }
        for all in ["oneOf", "anyOf"] {
            let mut parts = schema[all].as_array().into_iter().flatten();
            if let Some(part) = parts.rfind(|part| part["type"] != "null") {
                return self.example(part, depth + 1);
            }
        }
        let kinds: Vec<&str> = match &schema["type"] {
            Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
            kind => kind.as_str().into_iter().collect(),
        };
        match kinds.first().copied().unwrap_or("object") {
            _ if kinds.contains(&"null") => Value::Null,
            "string" => json!(""),
            "integer" => json!(0),
            "number" => json!(0.0),
            "boolean" => json!(false),
            "array" => json!([self.example(&schema["items"], depth + 1)]),
            _ => {
                let parts = entries(&schema["properties"]);
                Value::Object(
                    parts.map(|(name, of)| (name.clone(), self.example(of, depth + 1))).collect::<Map<_, _>>(),
                )
            }
        }
    }

    fn curl(&self, method: &str, path: &str, needs: &Needs, body: Option<&Body>) -> String {
        let path = pasted(&path.replace("{slug}", self.slug));
        let mut line = format!("curl \"{}{path}\"", self.base);
        if method != "get" {
            line = line.replacen("curl", &format!("curl -X {}", method.to_uppercase()), 1);
        }
        if matches!(needs, Needs::Scope(_) | Needs::SignIn) {
            line.push_str(" \\\n  -H \"Authorization: Bearer $TOKEN\"");
        }
        if let Some(body) = body {
            if body.content_type.starts_with("multipart/") {
                line.extend(body.example.lines().map(|part| format!(" \\\n  -F {part}")));
                return line;
            }
            if body.content_type.ends_with("json") {
                line.push_str(" \\\n  -H \"Content-Type: application/json\"");
            }
            let compact =
                serde_json::from_str::<Value>(&body.example).map_or(body.example.clone(), |body| body.to_string());
            line.push_str(&format!(" \\\n  -d '{}'", compact.replace('\'', "'\\''")));
        }
        line
    }
}

/// An address that a shell and curl take as it stands: what is to be filled in comes from variables, `{id}` from `$ID`.
fn pasted(path: &str) -> String {
    let parts = path.split('/').map(|part| match part.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
        Some(name) => format!("${}", name.to_uppercase()),
        None => part.to_owned(),
    });
    parts.collect::<Vec<_>>().join("/")
}

/// Of two examples of one value: objects have the properties of both.
fn together(one: Value, other: Value) -> Value {
    match (one, other) {
        (Value::Object(mut one), Value::Object(other)) => {
            one.extend(other);
            Value::Object(one)
        }
        (one, Value::Null) => one,
        (_, other) => other,
    }
}

/// What a value is called.
fn kind(schema: &Value) -> String {
    let one = |schema: &Value| match schema["type"].as_str() {
        Some("integer") => "number".to_owned(),
        Some("array") => "list".to_owned(),
        Some(kind) => kind.to_owned(),
        None => "object".to_owned(),
    };
    match &schema["type"] {
        Value::Array(kinds) => kinds
            .iter()
            .filter(|kind| *kind != "null")
            .map(|kind| one(&json!({ "type": kind })))
            .collect::<Vec<_>>()
            .join(", "),
        _ => one(schema),
    }
}

fn needs(security: &Value) -> Needs {
    let all: Vec<&Value> = security.as_array().into_iter().flatten().collect();
    let scope = || all.iter().find_map(|one| one["token"][0].as_str()).map(str::to_owned);
    match scope() {
        Some(scope) if all.iter().any(|one| one.as_object().is_some_and(Map::is_empty)) => Needs::Maybe(scope),
        Some(scope) => Needs::Scope(scope),
        None if all.is_empty() => Needs::Nothing,
        None => Needs::SignIn,
    }
}
