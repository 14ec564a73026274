//! The last letter to somebody whose account is gone.
use crate::app::App;
use crate::forms::Message;
use crate::letters::{Content, Plain, Reader};

pub async fn erased(app: &App, to: &Reader) -> anyhow::Result<Option<Content>> {
    let site = app.site_name();
    let plain = Plain {
        site,
        base_url: &app.config.base_url,
        heading: Message::new(t!("Your account is deleted")),
        sentences: vec![
            Message::new(t!(
                "{name}, your account at {site} is deleted, and with it what we kept of you.",
                name = to.name.clone(),
                site
            )),
            Message::new(t!("If it was not you, write to whoever runs the site, now.")),
        ],
        button: None,
        why: Message::new(t!("You receive this because this was the address of your account. It is the last letter.")),
    };
    plain.content(to.locale).map(Some)
}
