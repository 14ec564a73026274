//! What nobody types by mistake, in every field of every form. One table says where the form of each route
//! stands; it is held against the routes of the program, so a new form without a row fails.
mod stage;

use marquee::routes::ROUTES;
use scraper::{Html, Selector};

use self::stage::Stage;
use crate::browser::{self, FORM};
use crate::site::Site;

const TABLE: &str = include_str!("hostile/forms.txt");

const HOSTILE: &[&str] = &[
    "",
    " ",
    "\0",
    "a\u{7}\u{1b}[31mb",
    "line\r\nbreak",
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' OR 1=1; DROP TABLE members; --",
    "👩‍👩‍👧‍👦🏳️‍🌈🎉",
    "\u{202e}dlrow olleh\u{202c} שלום مرحبا",
    "\u{200b}\u{feff}",
    "%00%ff{{7*7}}${7*7}",
    "-1",
    "1e9",
    "NaN",
    "99999999999999999999",
    "2027-02-30T25:61",
    "../../etc/passwd",
];

/// One line of the table.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    route: &'static str,
    who: &'static str,
    page: &'static str,
    button: &'static str,
}

/// Whether a form has a file in it.
fn is_upload(route: &str) -> bool {
    ["/cover", "/import", "/logo", "/picture", "{slug}/invitations"].iter().any(|end| route.ends_with(end))
}

impl Row {
    /// What is no multipart and no signed notice is no form at all.
    fn is_no_plain_form(&self) -> bool {
        (self.page == "-" && self.route.contains("/webhook"))
            || is_upload(self.route)
            // What a script sends.
            || (self.page == "-" && self.route.contains("/passkey"))
            || self.route.starts_with("/local/")
    }
    /// Its page stands only in the midst of signing in, or for who has a second factor: here it leads elsewhere.
    fn needs_more(&self) -> bool {
        self.page == "-" && !self.route.contains("/webhook") && !self.route.ends_with("/answer")
    }
}

fn rows() -> Vec<Row> {
    let lines = TABLE.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let [route, who, page, button] = line.split('|').map(str::trim).collect::<Vec<_>>()[..] else {
                panic!("a row is: route | who | page | button, not {line}")
            };
            Row { route, who, page, button }
        })
        .collect()
}

#[test]
fn every_form_has_a_row_and_every_row_a_form() {
    let rows = rows();
    let forms = || ROUTES.iter().filter(|route| route.method == "post" && !route.path.starts_with("/api/"));
    let missing: Vec<_> =
        forms().map(|route| route.path).filter(|path| !rows.iter().any(|row| row.route == *path)).collect();
    assert!(missing.is_empty(), "forms without a row in tests/site/hostile/forms.txt: {missing:#?}");
    let stale: Vec<_> = rows.iter().filter(|row| !forms().any(|route| route.path == row.route)).collect();
    assert!(stale.is_empty(), "rows without a form: {stale:#?}");
}

/// A form may take what was typed, or refuse it with all that was typed and the errors at its fields.
async fn none_breaks(which: impl Fn(&Row) -> bool) {
    let mut complaints = Vec::new();
    for row in rows().into_iter().filter(which) {
        complaints.extend(every_field(row).await);
    }
    assert!(complaints.is_empty(), "{} answers are wrong:\n{}", complaints.len(), complaints.join("\n"));
}

#[tokio::test]
async fn no_form_of_an_event_breaks_or_loses_anything_whatever_is_typed() {
    none_breaks(|row| row.route == "/events" || row.route == "/events/{slug}/edit").await;
}

#[tokio::test]
async fn no_form_about_guests_and_hosts_breaks_or_loses_anything_whatever_is_typed() {
    none_breaks(|row| row.route.starts_with("/events/") && row.route != "/events/{slug}/edit").await;
}

#[tokio::test]
async fn no_other_form_breaks_or_loses_anything_whatever_is_typed() {
    none_breaks(|row| !row.route.starts_with("/events")).await;
}

async fn every_field(row: Row) -> Vec<String> {
    let mut stage = Stage::set(row).await;
    let mut complaints = Vec::new();
    let (_, fields) = stage.at_the_form().await;
    let mut values: Vec<String> = HOSTILE.iter().map(|value| (*value).to_owned()).collect();
    values.push("x".repeat(30_000));
    for nth in 0..distinct(&fields).len() {
        for value in values.clone() {
            let (action, mut fields) = stage.at_the_form().await;
            // Names hold ids, so they are other ones where the form is another one.
            let Some(name) = distinct(&fields).into_iter().nth(nth) else { break };
            fields.iter_mut().filter(|(field, _)| *field == name).for_each(|(_, typed)| typed.clone_from(&value));
            stage.send(&action, &fields).await;
            complaints.extend(complaint(&stage, &name, &value));
        }
    }
    complaints.extend(whole_forms(&mut stage).await);
    complaints
}

fn distinct(fields: &[(String, String)]) -> Vec<String> {
    let mut names: Vec<String> = fields.iter().map(|(name, _)| name.clone()).collect();
    names.dedup();
    names
}

/// Nothing, each field missing, everything twice, all fields hostile, names of no field, no text at all, too much.
async fn whole_forms(stage: &mut Stage) -> Vec<String> {
    let mut complaints = Vec::new();
    let (_, fields) = stage.at_the_form().await;
    for n in 0..fields.len() + 3 + HOSTILE.len() {
        let (action, mut fields) = stage.at_the_form().await;
        let count = fields.len();
        match n.checked_sub(count) {
            None => drop(fields.remove(n)),
            Some(0) => fields.clear(),
            Some(1) => fields.extend(fields.clone()),
            Some(2) => fields = ["email[]", "__proto__", "", "\0", "places-x", "type-99-name"].map(no_field).into(),
            Some(n) => {
                let value = HOSTILE.get(n - 3).copied().unwrap_or_default();
                fields.iter_mut().for_each(|(_, typed)| *typed = value.into());
            }
        }
        stage.send(&action, &fields).await;
        complaints.extend(complaint(stage, "", &format!("whole form {n} of {count}")));
    }
    if stage.row.needs_more() {
        return complaints;
    }
    let (action, fields) = stage.at_the_form().await;
    let expected: &[u16] = if fields.is_empty() { &[303, 413] } else { &[413] };
    let broken = stage.row.is_no_plain_form();
    let much = if is_upload(stage.row.route) { 7 << 20 } else { 1 << 20 };
    let kinds = [(FORM, vec![b'a'; much], expected), (FORM, b"\xff\xfe=\x80&%&=&%zz".to_vec(), &[303, 404, 422, 200])];
    for (kind, body, expected) in kinds {
        let kind = if is_upload(stage.row.route) { "multipart/form-data; boundary=x" } else { kind };
        let size = body.len();
        let expected = if size == 12 && broken { &[400, 403] } else { expected };
        stage.browser.request("POST", &action, Some(kind), body).await;
        if !expected.contains(&stage.browser.status) {
            complaints.push(format!("{} with {size} bytes: {}", stage.row.route, stage.browser.status));
        }
    }
    complaints
}

fn no_field(name: &str) -> (String, String) {
    (name.to_owned(), "x".to_owned())
}

/// What is wrong with the answer to a form in which this was typed into a field.
fn complaint(stage: &Stage, field: &str, value: &str) -> Option<String> {
    let browser = &stage.browser;
    let short = |text: &str| text.chars().take(40).collect::<String>();
    let wrong = |what: &str| Some(format!("{} {field} = {:?}: {what}", stage.row.route, short(value)));
    let html = browser.html();
    if html.contains("<script>alert") || html.contains("<img src=x") {
        return wrong("is markup");
    }
    match browser.status {
        200 | 303 | 404 => None,
        400 | 403 if stage.row.is_no_plain_form() => None,
        422 => {
            let page = browser.page();
            if !html.contains("class=\"err\"") && !html.contains("role=\"alert\"") {
                return wrong("422, and no error stands at a field");
            }
            // As HTML keeps it: no NUL, one kind of line end.
            let kept = value.replace("\r\n", "\n").replace('\0', "\u{fffd}");
            let shown = shown(&page, field).filter(|shown| *shown != kept);
            shown.and_then(|shown| wrong(&format!("422, and the field shows {:?}", short(&shown))))
        }
        status => wrong(&status.to_string()),
    }
}

/// What a field shows in which a page keeps what was typed: one that is visible, and no password.
fn shown(page: &Html, field: &str) -> Option<String> {
    let hidden = "[type=password], [type=hidden], [type=checkbox], [type=radio], [type=file], [tabindex]";
    let fields = format!("textarea[name='{field}'], input[name='{field}']:not({hidden})");
    let field = page.select(&Selector::parse(&fields).ok()?).next_back()?;
    Some(browser::value(&field).pop().unwrap_or_default())
}

#[tokio::test]
async fn a_refused_form_keeps_what_was_typed_and_tells_every_fault_at_its_field() {
    let site = Site::start().await;
    let mut ada = site.browser();
    ada.visit("/sign-up").await.fill("name", "A\u{7}da").fill("email", "ada@nowhere").fill("password", "short");
    ada.press("Create account").await.is(422).field_is("name", "A\u{7}da").field_is("email", "ada@nowhere");
    for field in ["name", "email", "password"] {
        assert!(!ada.error_at(field).is_empty(), "{field}");
    }
    ada.field_is("password", "").sees("Error:");
    let errors = ada.page();
    let links = scraper::Selector::parse(".error-summary a[href]").unwrap();
    let targets: Vec<_> = errors.select(&links).map(|a| a.attr("href").unwrap().to_owned()).collect();
    assert_eq!(targets, ["#name", "#email", "#password"]);
}

/// Each part of each address, made up; by somebody who may do everything.
#[tokio::test]
async fn an_address_that_names_nothing_is_not_found_on_any_route() {
    let site = Site::start().await;
    let mut owner = site.admin("owner").await;
    let event = site.event("Quiz").host("owner").make().await;
    let long = "x".repeat(400);
    let nothing = "00000000-0000-0000-0000-000000000000";
    let made_up = ["x", "%00", "%ff", "%F0%9F%8E%89", "..%2f..%2fetc%2fpasswd", "'", "-1", "1e9", nothing, &long];
    let mut wrong = Vec::new();
    for route in ROUTES.iter().filter(|route| route.path.contains('{')) {
        // The event is there where something else behind it is asked for.
        let parts = route.path.matches('{').count();
        let path = if parts > 1 { route.path.replace("{slug}", &event.slug) } else { route.path.to_owned() };
        for value in made_up {
            let filled = path.split('/').map(|part| if part.starts_with('{') { value } else { part });
            let address = filled.collect::<Vec<_>>().join("/");
            let api = route.path.starts_with("/api/");
            let body: &[u8] = if api { b"{}" } else { b"" };
            let kind = (route.method != "get").then_some(if api { "application/json" } else { FORM });
            owner.request(&route.method.to_uppercase(), &address, kind, body.to_vec()).await;
            if owner.status != 404 {
                wrong.push(format!("{} {} with {value:.20}: {}", route.method, route.path, owner.status));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
