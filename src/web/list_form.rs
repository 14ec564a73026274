//! A form with a list of people: pasted, as a file, or both.
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::StatusCode;

use super::csv;
use super::form::Fields;
use crate::app::App;
use crate::error::{Error, Result};

#[derive(Debug, Default)]
pub struct ListForm {
    /// Both count: what was pasted stands below what the file says.
    pub people: String,
    /// The other fields.
    pub fields: Fields,
}

impl ListForm {
    pub async fn read(app: &App, request: Request) -> Result<Self> {
        let refused = |status: StatusCode| match status {
            StatusCode::PAYLOAD_TOO_LARGE => Error::TooLarge,
            _ => Error::Malformed,
        };
        let (mut form, mut file) = (Self::default(), String::new());
        let mut parts = Multipart::from_request(request, app).await.map_err(|_| Error::Malformed)?;
        while let Some(part) = parts.next_field().await.map_err(|error| refused(error.status()))? {
            let name = part.name().unwrap_or_default().to_owned();
            let text = csv::text_of(part.bytes().await.map_err(|error| refused(error.status()))?.to_vec());
            match name.as_str() {
                "file" => file = text,
                "people" => form.people = text,
                _ => form.fields.0.push((name, text)),
            }
        }
        if !file.trim().is_empty() {
            form.people =
                if form.people.trim().is_empty() { file } else { format!("{}\n{}", file.trim_end(), form.people) };
        }
        Ok(form)
    }
}
