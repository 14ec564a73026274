//! What stands below a mail that nobody asked for: how it is stopped.
use askama::Template;

use super::{Address, Kind};
use crate::app::App;
use crate::i18n::{Locale, Say, filters};
use crate::letters::Content;

/// Where the layout of mails has room for it.
const ROOM: &str = "<!--unasked-->";

#[derive(Template)]
#[template(path = "mail/_unasked.html")]
struct Below<'a> {
    url: &'a str,
}

/// Adds the link to a letter of this kind, and answers it for the mail's header; other letters are left without one.
pub fn add(
    app: &App,
    to: Option<(&Address, Kind)>,
    content: &mut Content,
    locale: Locale,
) -> anyhow::Result<Option<String>> {
    let Some((address, kind)) = to else {
        content.html = content.html.replace(ROOM, "");
        return Ok(None);
    };
    let url = address.stop_url(app, kind);
    content.html = content.html.replace(ROOM, &Below { url: &url }.render_with_values(&locale)?);
    content.text = format!("{}\n{}\n{url}\n", content.text.trim_end(), t!("No more mails of this kind:").to(locale));
    Ok(Some(url))
}
