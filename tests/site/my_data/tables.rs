//! Each table that knows people: what of it the copy holds, and what the end of an account leaves of it. A new one
//! stands in the list before it holds anybody.
use std::collections::BTreeSet;

use marquee::api::Scope;
use marquee::clock::days;
use marquee::db::{composed, sql};

use super::{deletes, goes_to, rows, unzipped};
use crate::site::Site;

enum Copied {
    As(&'static str),
    /// Not, because.
    Not(&'static str),
}
enum Ends {
    /// No row is theirs any more.
    Deleted,
    /// The rows stay, and nobody is in them.
    Nameless,
    /// They stay as they are, because.
    Stays(&'static str),
}
use Copied::{As, Not};
use Ends::{Deleted, Nameless, Stays};

const TABLES: [(&str, Copied, Ends); 36] = [
    ("answers", As("answers.json"), Deleted),
    ("api_tokens", As("tokens.json"), Deleted),
    ("attendees", As("tickets.json"), Nameless),
    ("bulk_acts", Not("it is what they did with places of others"), Deleted),
    ("calendar_feeds", As("calendar-address.json"), Deleted),
    ("credit_accounts", Not("credits.json has each balance"), Stays(BOOKS)),
    ("credit_lines", As("credits.json"), Stays(BOOKS)),
    ("devices", As("devices.json"), Deleted),
    ("email_changes", As("wanted-addresses.json"), Deleted),
    ("event_hosts", As("events.json"), Nameless),
    ("handles", Not("profile.json has the one that counts"), Deleted),
    ("identities", As("identities.json"), Deleted),
    ("invitations", As("invitations.json"), Nameless),
    ("links", Not("each is a secret, and letters.json says what was mailed"), Deleted),
    ("live_tickets", Not("each is a secret of a minute"), Deleted),
    ("mails", As("letters.json"), Deleted),
    ("members", As("profile.json"), Nameless),
    ("notices", Not("payments.json says what it came to"), Nameless),
    ("order_people", As("orders.json"), Nameless),
    ("orders", As("orders.json"), Stays(BOOKS)),
    ("passkeys", As("passkeys.json"), Deleted),
    ("plan_accounts", Not("subscriptions.json says which plan"), Stays(BOOKS)),
    ("plan_bills", As("plan-bills.json"), Stays(BOOKS)),
    ("purchases", As("payments.json"), Stays(BOOKS)),
    ("recovery_codes", Not("they are secrets"), Deleted),
    ("reports", As("reports.json"), Deleted),
    ("second_factors", Not("it is a secret, and profile.json says since when"), Deleted),
    ("sessions", As("sessions.json"), Deleted),
    ("sign_ups", Not("nobody has proven that one is theirs"), Deleted),
    ("subscriptions", As("subscriptions.json"), Stays(BOOKS)),
    ("tax_names", Not("there is none before the account ends"), Stays(TAX)),
    ("tax_names_of_purchases", Not("there is none before the account ends"), Stays(TAX)),
    ("team_invitations", As("team-invitations.json"), Deleted),
    ("unwanted_mails", As("stopped-mails.json"), Stays("it is a hash, so that nobody writes to them again")),
    ("waiting", As("waiting-lists.json"), Stays(BOOKS)),
    ("waiting_people", As("waiting-lists.json"), Nameless),
];
const BOOKS: &str = "it is numbers under an id that names nobody, and accounts of others must stay right";
const TAX: &str = "tax law asks for it for ten years";

/// (table, column) of all that there is.
async fn columns(site: &Site) -> BTreeSet<(String, String)> {
    let text = site.app.db.pick(
        "SELECT t.name AS a, c.name AS b FROM sqlite_master t JOIN pragma_table_info(t.name) c WHERE t.type = 'table'",
        "SELECT CAST(table_name AS TEXT), CAST(column_name AS TEXT) FROM information_schema.columns
         WHERE table_schema = current_schema()",
    );
    let all: Vec<(String, String)> = sql(text).all(&site.app.db).await.unwrap();
    all.into_iter().collect()
}

fn knows_people(column: &str) -> bool {
    column == "member_id" || column == "address_hash" || column.contains("email")
}

#[tokio::test]
async fn each_table_that_knows_people_is_copied_and_erased_or_it_is_said_why_not() {
    let site = Site::start().await;
    let all = columns(&site).await;
    let listed: BTreeSet<&str> = TABLES.iter().map(|(table, ..)| *table).collect();
    assert_eq!(listed.len(), TABLES.len());
    let knowing: BTreeSet<&str> =
        all.iter().filter(|(_, column)| knows_people(column)).map(|(table, _)| table.as_str()).collect();
    assert!(knowing.len() > 20, "only {knowing:?}");
    assert_eq!(knowing.difference(&listed).collect::<Vec<_>>(), Vec::<&&str>::new(), "these are not listed");
    let there: BTreeSet<&str> = all.iter().map(|(table, _)| table.as_str()).collect();
    assert_eq!(listed.difference(&there).collect::<Vec<_>>(), Vec::<&&str>::new(), "these do not exist");
    let mut ada = site.member("ada").await;
    ada.visit("/settings/data/my-data.zip").await.is(200);
    let files = unzipped(&ada.bytes);
    for (table, copied, _) in &TABLES {
        match copied {
            As(file) => assert!(files.iter().any(|(name, _)| name == file), "{table}: no {file}"),
            Not(why) => assert!(!why.is_empty(), "{table}"),
        }
    }
}

#[tokio::test]
async fn the_copy_has_devices_the_calendar_s_address_and_the_one_that_is_wanted_and_all_of_it_goes() {
    let site = Site::start().await;
    let quiz = site.event("Quiz night").host("bob").make().await;
    site.event("Nobody comes").host("ada").make().await;
    let mut ada = site.member("ada").await;
    let member = site.account_named("ada").await;
    site.program_of(&member, &[Scope::Read]).await;
    goes_to(&site, &mut ada, &quiz).await;
    ada.post(&format!("{}/report", quiz.path()), &[("ground", "wrong"), ("text", "It begins at eight.")]).await;
    ada.visit("/settings/calendar").await.press("Make the address").await.is(200);
    ada.visit("/settings/email").await.fill("email", "ada.two@example.org").press("Send the link").await.is(200);
    ada.visit("/settings/data/my-data.zip").await.is(200);
    let files = unzipped(&ada.bytes);
    for file in ["devices.json", "calendar-address.json", "wanted-addresses.json"] {
        assert_eq!(rows(&files, file).len(), 1, "{file}");
    }
    assert_eq!(rows(&files, "wanted-addresses.json")[0]["email"], "ada.two@example.org");
    deletes(&mut ada).await;
    ada.at("/account-deleted");
    // The last letter is forgotten, too.
    site.later(days(3)).await;
    let all = columns(&site).await;
    let has = |table: &str, column: &str| all.contains(&(table.to_owned(), column.to_owned()));
    for (table, _, ends) in &TABLES {
        let mut left = 0;
        if has(table, "member_id") && matches!(ends, Deleted) {
            let text = composed(format!("SELECT COUNT(*) FROM {table} WHERE member_id = $1"));
            left += text.bind(member.id).scalar::<i64>(&site.app.db).await.unwrap();
        }
        if has(table, "email_key") {
            let text = composed(format!("SELECT COUNT(*) FROM {table} WHERE email_key LIKE 'ada%@example.org'"));
            left += text.scalar::<i64>(&site.app.db).await.unwrap();
        }
        assert_eq!(left, 0, "{table}");
        assert!(!matches!(ends, Stays("")), "{table}");
    }
    site.verifies().await;
}
