//! /dev/mail: what a development site would have mailed. On all other sites it is not there.
//!
//! A mail's HTML is never put into a page: its text is shown, and its links as a list.
use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::{Page, Path, download};
use crate::app::App;
use crate::error::{Error, OrNotFound, Result};
use crate::i18n::filters;
use crate::mail::Message;

async fn kept(app: &App) -> Result<Vec<Message>> {
    if !app.config.development() {
        return Err(Error::NotFound);
    }
    app.mailer.kept().await?.or_404()
}

async fn one(app: &App, id: &str) -> Result<Message> {
    kept(app).await?.into_iter().find(|mail| mail.id == id).or_404()
}

#[derive(Template)]
#[template(path = "dev/mails.html")]
struct Mails<'a> {
    page: &'a Page,
    mails: Vec<Message>,
}

pub async fn list(State(app): State<App>, page: Page) -> Result<Response> {
    page.html(&Mails { page: &page, mails: kept(&app).await? })
}

#[derive(Template)]
#[template(path = "dev/mail.html")]
struct Mail<'a> {
    page: &'a Page,
    mail: &'a Message,
    links: Vec<&'a str>,
}

pub async fn show(State(app): State<App>, page: Page, Path(id): Path<String>) -> Result<Response> {
    let mail = one(&app, &id).await?;
    page.html(&Mail { page: &page, links: links(&mail.text), mail: &mail })
}

/// The addresses in a mail's text, each once, in order.
fn links(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for word in text.split_whitespace() {
        let word = word.trim_matches(|c: char| matches!(c, '<' | '>' | '(' | ')' | ',' | '.' | '“' | '”'));
        if (word.starts_with("http://") || word.starts_with("https://")) && !found.contains(&word) {
            found.push(word);
        }
    }
    found
}

/// A mail's file, always as a download.
pub async fn file(State(app): State<App>, Path((id, number)): Path<(String, usize)>) -> Result<Response> {
    let mail = one(&app, &id).await?;
    let file = mail.files.into_iter().nth(number).or_404()?;
    download::mailed(file)
}
