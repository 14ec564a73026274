//! The reference for people, read out of the OpenAPI description: nothing in it is written twice.
pub mod pages;
mod reading;

use std::collections::BTreeMap;

use serde_json::Value;

use reading::{Reading, entries, text};

/// A description's parts: what stands between back-ticks is code (true).
pub fn parts(text: &str) -> Vec<(bool, &str)> {
    let parts = text.split('`').enumerate().map(|(n, part)| (n % 2 == 1, part));
    parts.filter(|(_, part)| !part.is_empty()).collect()
}

/// The operations on one subject.
pub struct Chapter {
    pub name: String,
    /// What it is about.
    pub description: String,
    pub operations: Vec<Operation>,
}

impl Chapter {
    /// Names it in addresses.
    pub fn slug(&self) -> String {
        self.name.to_lowercase().replace(' ', "-")
    }

    pub fn path(&self) -> String {
        format!("/api/docs/{}", self.slug())
    }
}

/// One call.
pub struct Operation {
    /// Names it in links.
    pub anchor: String,
    pub method: String,
    pub path: String,
    pub summary: String,
    pub description: String,
    pub needs: Needs,
    pub parameters: Vec<Field>,
    pub body: Option<Body>,
    pub answers: Vec<Answer>,
    /// A command that does it.
    pub curl: String,
}

pub enum Needs {
    Nothing,
    /// With this scope, or without any key: less is seen or done then.
    Maybe(String),
    Scope(String),
    /// A session or the token of a sign-in.
    SignIn,
}

/// A parameter, or a field of a body.
pub struct Field {
    pub name: String,
    /// `path`, `query` or `header`; '' in bodies.
    pub place: String,
    pub kind: String,
    pub required: bool,
    pub description: String,
}

pub struct Body {
    pub content_type: String,
    pub fields: Vec<Field>,
    pub example: String,
}

pub struct Answer {
    pub status: String,
    pub description: String,
    /// Only of successes: failures look alike.
    pub example: String,
}

/// Reads a description. `slug` is an event that there is, so that the commands can be tried.
pub fn chapters(api: &Value, slug: &str) -> Vec<Chapter> {
    let base = api["servers"][0]["url"].as_str().unwrap_or_default();
    let mut found: BTreeMap<&str, Vec<Operation>> = BTreeMap::new();
    for (path, methods) in entries(&api["paths"]) {
        for method in ["get", "post", "patch", "put", "delete"] {
            if let Some(operation) = methods.get(method) {
                let tag = operation["tags"][0].as_str().unwrap_or_default();
                let read = Reading { api, base, slug }.operation(method, path, operation);
                found.entry(tag).or_default().push(read);
            }
        }
    }
    let tags = api["tags"].as_array().into_iter().flatten();
    tags.filter_map(|tag| {
        let operations = found.remove(tag["name"].as_str()?)?;
        Some(Chapter { name: text(&tag["name"]), description: text(&tag["description"]), operations })
    })
    .collect()
}
