//! What payment providers told us, the newest first.
use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::paging::Clocks;
use crate::app::App;
use crate::error::Result;
use crate::i18n::filters;
use crate::payments::notices::{self, Notice};
use crate::web::{Admin, Page};

const MOST: i64 = 100;

#[derive(Template)]
#[template(path = "admin/notices.html")]
struct Notices<'a> {
    page: &'a Page,
    clocks: Clocks,
    notices: Vec<Notice>,
}

pub async fn index(State(app): State<App>, page: Page, admin: Admin) -> Result<Response> {
    let notices = notices::newest(&app, MOST).await?;
    page.html(&Notices { page: &page, clocks: Clocks::of(&app, &admin.member), notices })
}
