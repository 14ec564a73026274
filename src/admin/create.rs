//! Admins from the command line.
use std::io::{BufRead, IsTerminal};

use anyhow::Context;

use crate::app::App;
use crate::error::Error;
use crate::forms::{Email, Reader};
use crate::i18n::Locale;
use crate::journal::Actor;
use crate::members;
use crate::signin::forms::{NAME, read_password};
use crate::signin::passwords::About;
use crate::signin::{NewMember, first_run};

/// Makes the account with this address an admin, or creates one, for which a password is asked at the
/// terminal, or read as one line from standard input.
pub async fn from_terminal(app: &App, email: &str, name: Option<&str>) -> anyhow::Result<()> {
    let done = create(app, email, name, ask).await?;
    println!("{done}");
    Ok(())
}

/// The same with the password from anywhere; answers what was done.
pub async fn create(
    app: &App,
    email: &str,
    name: Option<&str>,
    password: impl FnOnce() -> anyhow::Result<String>,
) -> anyhow::Result<String> {
    let email = Email::parse(email).with_context(|| format!("“{email}” is no e-mail address"))?;
    let known = members::store::by_email_key(&app.db, &email.key).await?;
    let now = app.clock.now();
    if let Some(member) = known.as_ref().filter(|member| member.email_verified_at.is_some()) {
        if member.admin {
            return Ok(format!("{} is an admin already.", member.email));
        }
        decide!(app.db, tx, first_run::make_admin(tx, member, Actor::Operator, "command line", now).await)
            .map_err(plain)?;
        return Ok(format!("{} is an admin now. The password stays the same.", member.email));
    }
    let fallback = known.map_or_else(|| email.address.split('@').next().unwrap_or("Admin").to_owned(), |m| m.name);
    let password = password()?;
    let mut reader = Reader::default();
    let name = reader.name("name", name.unwrap_or(&fallback), NAME);
    let about = About { name: &name, email: &email.address, site: app.site_name() };
    read_password(&mut reader, "password", &password, &about);
    let wrong: Vec<String> = reader.errors.all().map(|(_, message)| message.to_string()).collect();
    anyhow::ensure!(wrong.is_empty(), "{}", wrong.join(" "));
    let hash = app.passwords.hash(&password).await?;
    let address = email.address.clone();
    let member = NewMember { name, email, password, locale: Locale::default() }.member(Some(hash), now);
    decide!(app.db, tx, first_run::make_admin(tx, &member, Actor::Operator, "command line", now).await)
        .map_err(plain)?;
    Ok(format!("{address} is an admin now and can sign in at {}.", app.config.url("/sign-in")))
}

fn plain(error: Error) -> anyhow::Error {
    match error {
        Error::Internal(error) => error,
        other => anyhow::anyhow!("{other}"),
    }
}

fn ask() -> anyhow::Result<String> {
    if std::io::stdin().is_terminal() {
        return Ok(rpassword::prompt_password("Password: ")?);
    }
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
