//! Who may use which route: one table. It is held against the routes of the program, so a new route without a
//! row fails; and every row is tried by every role.
use std::collections::BTreeMap;

use marquee::events::{self, Event, Role};
use marquee::ids::Id;
use marquee::journal::Actor;
use marquee::members::{self, Member};
use marquee::orders::{self, Buyer, Order, Ticket, Way, Wish};
use marquee::routes::{ROUTES, Route};
use marquee::web::sessions;

use crate::browser::{Browser, FORM};
use crate::site::Site;

/// The columns of the table. `guest` has the mailed link of the order, `member` is its buyer, `stranger` hosts
/// another event, `suspended` was the owner's co-host until an admin suspended them.
const ROLES: [&str; 9] = ["visitor", "guest", "member", "stranger", "door", "host", "owner", "admin", "suspended"];

/// Per role: `+` is let in, `s` is sent to sign in, `-` is told that nothing is here, `x` is refused.
const TABLE: &str = include_str!("authorisation.txt");

fn rows() -> BTreeMap<(String, String), Vec<char>> {
    let rows = TABLE.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
    rows.map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let marks: Vec<char> =
            words.get(2).unwrap_or_else(|| panic!("a row is: method path marks, not {line}")).chars().collect();
        assert_eq!(marks.len(), ROLES.len(), "{line}");
        ((words[0].to_owned(), words[1].to_owned()), marks)
    })
    .collect()
}

#[test]
fn every_route_has_a_row_and_every_row_a_route() {
    let rows = rows();
    let known = |route: &&Route| rows.contains_key(&(route.method.to_owned(), route.path.to_owned()));
    let missing: Vec<_> =
        ROUTES.iter().filter(|route| !known(route)).map(|route| format!("{} {}", route.method, route.path)).collect();
    assert!(missing.is_empty(), "routes without a row in tests/site/authorisation.txt: {missing:#?}");
    let stale: Vec<_> = rows
        .keys()
        .filter(|(method, path)| !ROUTES.iter().any(|route| route.method == *method && route.path == *path))
        .collect();
    assert!(stale.is_empty(), "rows without a route: {stale:?}");
}

/// An event with everybody around it.
struct Stage {
    site: Site,
    event: Event,
    order: Order,
    ticket: Ticket,
    people: BTreeMap<&'static str, Member>,
    session: BTreeMap<&'static str, String>,
}

async fn stage() -> Stage {
    let site = Site::start().await;
    let mut people = BTreeMap::new();
    for role in ["member", "stranger", "door", "host", "owner", "admin", "suspended"] {
        people.insert(role, site.account(role).await);
    }
    let event = site.event("The event").host("owner").make().await;
    site.event("Another event").host("stranger").make().await;
    let now = site.now();
    let mut tx = site.app.db.write().await.unwrap();
    for (role, may) in [("door", Role::Door), ("host", Role::Host), ("suspended", Role::Host)] {
        events::store::set_host(&mut tx, event.id, people[role].id, may, now).await.unwrap();
    }
    members::store::set_admin(&mut tx, people["admin"].id, true).await.unwrap();
    let types = events::store::ticket_types(&mut tx, event.id).await.unwrap();
    let buyer = Buyer::member(&people["member"]);
    let wish = Wish {
        event: event.id,
        buyer,
        way: Way::Own,
        actor: Actor::Member(people["member"].id),
        places: vec![(types[0].id, 2)],
        amounts: Vec::new(),
        promo: String::new(),
        pay_later: false,
        attendees: Vec::new(),
        form: None,
    };
    let id = orders::take(&mut tx, &wish, now).await.unwrap().id();
    let order = orders::store::by_id(&mut tx, id).await.unwrap().unwrap();
    let ticket = orders::store::tickets(&mut tx, id).await.unwrap().remove(0);
    tx.commit().await.unwrap();
    Stage { site, event, order, ticket, people, session: BTreeMap::new() }
}

impl Stage {
    /// Signs in as a role; the suspended one before being suspended.
    async fn browser(&mut self, role: &'static str) -> Browser {
        if matches!(role, "visitor" | "guest") {
            return self.site.browser();
        }
        let browser = self.site.member(role).await;
        let open = sessions::of(&self.site.app.db, self.people[role].id, self.site.now()).await.unwrap();
        self.session.insert(role, open[0].id.clone());
        if role == "suspended" {
            let mut tx = self.site.app.db.write().await.unwrap();
            members::store::set_suspended(&mut tx, self.people[role].id, Some(self.site.now()), Some("a test"))
                .await
                .unwrap();
            tx.commit().await.unwrap();
        }
        browser
    }

    /// The route's address with what stands in this stage.
    fn path(&self, route: &Route, role: &str) -> String {
        let id = match route.path {
            path if path.contains("/orders/{id}") => self.order.id.to_string(),
            path if path.contains("/admin/members/{id}") => self.people["member"].id.to_string(),
            path if path.contains("/sessions/{id}") => self.session.get(role).cloned().unwrap_or_default(),
            _ => Id::<()>::new().to_string(),
        };
        let path = route
            .path
            .replace("{slug}", &self.event.slug)
            .replace("{id}", &id)
            .replace("{invitation}", &Id::<()>::new().to_string())
            .replace("{party}", &Id::<()>::new().to_string())
            .replace("{member}", &self.people["door"].id.to_string())
            .replace("{ticket}", &self.ticket.id.to_string())
            .replace("{code}", &self.ticket.code)
            .replace("{*path}", "app.css")
            .replace("{file}", "0.xml")
            .replace("{handle}", "nobody-at-all")
            .replace("{provider}", "google")
            .replace("{chapter}", "events")
            .replace("{token}", "no-such-token");
        let separator = if path.contains('?') { '&' } else { '?' };
        if role == "guest" {
            format!("{path}{separator}key={}", orders::key(&self.site.app, self.order.id))
        } else {
            path
        }
    }
}

/// How an answer reads in the table.
fn mark(browser: &Browser) -> char {
    let to = browser.headers.get("location").and_then(|to| to.to_str().ok()).unwrap_or_default();
    match browser.status {
        401 => 's',
        303 if to.starts_with("/sign-in?back=") => 's',
        403 => 'x',
        404 => '-',
        500.. => '!',
        _ => '+',
    }
}

/// Each route in a world of its own, so that what one does cannot open or close the next.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_route_lets_in_whom_the_table_says_and_nobody_else() {
    let mut wrong = Vec::new();
    for ((method, path), marks) in rows() {
        let Some(route) = ROUTES.iter().find(|route| route.method == method && route.path == path) else { continue };
        let mut stage = stage().await;
        let mut met = String::new();
        for role in ROLES {
            let mut browser = stage.browser(role).await;
            let address = stage.path(route, role);
            let kind = match (route.method, route.path.starts_with("/api/")) {
                ("get", _) => None,
                (_, true) if route.path.ends_with("/auth/token") => Some(FORM),
                (_, true) => Some("application/json"),
                _ => Some(FORM),
            };
            let body = if kind == Some("application/json") { b"{}".to_vec() } else { Vec::new() };
            browser.request(&route.method.to_uppercase(), &address, kind, body).await;
            met.push(mark(&browser));
        }
        if met != marks.iter().collect::<String>() {
            wrong.push(format!("{method:6} {path:55} {met}   (the table says {})", marks.iter().collect::<String>()));
        }
    }
    assert!(wrong.is_empty(), "{} rows differ:\n{}", wrong.len(), wrong.join("\n"));
}
