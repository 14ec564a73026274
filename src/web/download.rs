//! Files to take along: a browser saves them, and no cache keeps them.
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

use super::csv::Sheet;
use crate::error::Result;
use crate::mail;

/// An answer that is saved under this name.
pub fn file(name: &str, kind: &'static str, body: impl IntoResponse) -> Result<Response> {
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    let name = format!("attachment; filename=\"{name}\"");
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_str(&name)?);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// A file of a mail, with what of its name every browser takes.
pub fn mailed(file: mail::File) -> Result<Response> {
    let plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let name: String = file.name.chars().filter(plain).collect();
    let kind = HeaderValue::from_str(&file.mime)?;
    let mut response = self::file(&name, "application/octet-stream", file.bytes)?;
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    Ok(response)
}

/// A table for spreadsheets; `name` is without the ending.
pub fn csv(name: &str, rows: impl IntoResponse) -> Result<Response> {
    file(&format!("{name}.csv"), "text/csv; charset=utf-8", rows)
}

pub fn sheet(name: &str, sheet: Sheet) -> Result<Response> {
    csv(name, sheet.finish()?)
}

/// A paper; `name` is without the ending.
pub fn pdf(name: &str, bytes: Vec<u8>) -> Result<Response> {
    file(&format!("{name}.pdf"), "application/pdf", bytes)
}
