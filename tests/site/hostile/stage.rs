//! A site in which every form of the table stands somewhere, and a browser in front of one of them.
use std::collections::BTreeMap;

use marquee::api::caller::Scope;
use marquee::api::tokens;
use marquee::db::sql;
use marquee::events::{self, Event, Role, hosting};
use marquee::forms::Email;
use marquee::i18n::Locale;
use marquee::ids::{self, Id};
use marquee::invitations::{self, inviting};
use marquee::journal::Actor;
use marquee::members::Member;
use marquee::orders::{self, Buyer, Order, Way, Wish};
use marquee::plans::{self, Tier};
use marquee::signin::{self, links};
use marquee::web::sessions;
use marquee::{clock, members, payments};

use super::Row;
use crate::browser::{Browser, FORM, encode};
use crate::races::{take, wish};
use crate::site::{PASSWORD, Site};
use crate::waiting;

type Fields = Vec<(String, String)>;

pub struct Stage {
    pub row: Row,
    pub site: Site,
    pub browser: Browser,
    names: BTreeMap<&'static str, String>,
    /// The form as it stands there, while it does: what is refused changes nothing.
    form: Option<(String, Fields)>,
}

impl Stage {
    pub async fn set(row: Row) -> Self {
        let site = Site::start().await;
        let browser = site.browser();
        let mut stage = Self { row, site, browser, names: BTreeMap::new(), form: None };
        stage.fill(0).await;
        stage
    }

    /// Words of the table with what stands in this stage.
    pub fn named(&self, text: &str) -> String {
        self.names.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
    }

    /// Goes to the form. Where there is none any more, because an earlier one was taken, there is another one.
    pub async fn at_the_form(&mut self) -> (String, Fields) {
        if self.form.is_none() {
            self.form = Some(self.found().await);
        }
        self.form.clone().unwrap()
    }

    async fn found(&mut self) -> (String, Fields) {
        let Row { page, button, route, .. } = self.row;
        if page == "-" {
            let fields = button.split(',').map(|name| (name.to_owned(), self.named(usual(route, name)))).collect();
            return (route.replace("{slug}", &self.names["plain"]), fields);
        }
        for again in 0..3_usize {
            self.browser.visit(&self.named(page)).await;
            let button = self.named(button);
            if self.browser.status == 200 && self.browser.has_button(&button) {
                let (method, action, mut fields) = self.browser.form_with(&button);
                assert!(method == "POST" && matches(route, &action), "{button:?} of {page} sends to {action}: {route}");
                for (name, value) in fields.iter_mut().filter(|(_, value)| value.is_empty()) {
                    *value = self.named(usual(route, name));
                }
                let file = super::is_upload(route).then(|| ("up".to_owned(), String::new()));
                fields.extend(file);
                return (action, fields);
            }
            match again {
                0 => self.fill(self.names["n"].parse::<usize>().unwrap() + 1).await,
                _ => *self = Self::set(self.row).await,
            }
        }
        panic!("no {button:?} at {page}: {} {}", self.browser.status, self.browser.text());
    }

    pub async fn send(&mut self, action: &str, fields: &Fields) {
        // What is asked here is what a form makes of its fields, not how often.
        let mut tx = self.site.app.db.write().await.unwrap();
        sql("DELETE FROM limits").execute(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        let (kind, body) = if super::is_upload(self.row.route) {
            ("multipart/form-data; boundary=x", parts(fields))
        } else {
            (FORM, encode(fields).into_bytes())
        };
        self.browser.request("POST", action, Some(kind), body).await;
        self.form = self.form.take().filter(|_| self.browser.status == 422);
    }

    /// The n-th of everything, and somebody who has signed in.
    async fn fill(&mut self, n: usize) {
        let names = &mut self.names;
        names.insert("n", n.to_string());
        let mut people = BTreeMap::new();
        for name in ["owner", "buyer", "door", "suspended", "admin", "asked"] {
            let member = self.site.account(&format!("{name}{n}")).await;
            names.insert(name, member.id.to_string());
            people.insert(name, member);
        }
        let mut events = BTreeMap::new();
        for name in ["event", "plain", "draft", "paid", "full"] {
            let mut event = self.site.event(&format!("{name}-{n}")).host(&format!("owner{n}"));
            if name == "event" {
                event = event.ticket_type("Seat", None, 10).ticket_type("Table", Some(5), 10);
            }
            let event = match name {
                "draft" => event.draft(),
                "full" => event.capacity(1),
                "paid" => event.price(2_800).with(|e| e.terms.pay_later = events::PayLater::Door),
                _ => event,
            };
            let event = event.make().await;
            names.insert(name, event.slug.clone());
            events.insert(name, event);
        }
        self.people(&people, &events["event"]).await;
        self.orders(&people, &events["event"]).await;
        self.unpaid(&people["buyer"], &events["paid"]).await;
        self.money(&events["paid"]).await;
        self.credits(&people["buyer"]).await;
        crate::taxes::rate(&self.site, &events["paid"], (&format!("VAT{n}"), 8_100, true), &[]).await;
        crate::promo_codes::code(&self.site, &events["paid"], &format!("WINTER{n}"), |_| {}).await;
        self.coded(&format!("winter{n}")).await;
        if self.row.route.starts_with("/admin/bills/") {
            self.bill(&format!("payer{n}")).await;
        }
        self.queue(&events["full"], &format!("buyer{n}")).await;
        self.tokens(&people["owner"]).await;
        self.shared(&people["owner"], &events["plain"]).await;
        self.invited(&[&events["event"], &events["plain"]], n).await;
        self.browser = match self.row.who {
            "visitor" => self.site.browser(),
            who => self.site.member(&format!("{who}{n}")).await,
        };
        if self.row.route.ends_with("/sessions/removal") {
            self.site.member(&format!("buyer{n}")).await;
        }
        if self.row.route.ends_with("/featuring/removal") {
            crate::credits::grant(&self.site, people["owner"].id, 20).await;
            crate::credits::feature(&self.site, &events["event"], people["owner"].id, 1).await.unwrap();
        }
        if self.row.page == "/settings/sessions" {
            let mut phone = self.site.browser();
            phone.agent("Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) Version/18.5 Safari/604.1");
            phone.visit("/sign-in").await.fill("email", &people["owner"].email).fill("password", PASSWORD);
            phone.press("Sign in").await.is(200);
        }
    }

    async fn people(&self, people: &BTreeMap<&str, Member>, event: &Event) {
        let now = self.site.now();
        let mut tx = self.site.app.db.write().await.unwrap();
        events::store::set_host(&mut tx, event.id, people["door"].id, Role::Door, now).await.unwrap();
        hosting::store::set_cover(&mut tx, event.id, Some(format!("covers/{}", event.id)), 1, now).await.unwrap();
        let asked = Email::parse(&people["asked"].email).unwrap();
        events::team_store::invite(&mut tx, event.id, &asked, Role::Host, now).await.unwrap();
        members::store::set_suspended(&mut tx, people["suspended"].id, Some(now), Some("a test")).await.unwrap();
        members::store::set_second_factor(&mut tx, people["suspended"].id, Some(now)).await.unwrap();
        // The first-run page is there only until there is an admin.
        if self.row.who == "admin" {
            members::store::set_admin(&mut tx, people["admin"].id, true).await.unwrap();
        }
        tx.commit().await.unwrap();
    }

    /// One that is confirmed and one that waits for its guest; with them a mail and a job.
    async fn orders(&mut self, people: &BTreeMap<&str, Member>, event: &Event) {
        let (app, now) = (&self.site.app, self.site.now());
        let email = Email::parse("guest@example.org").unwrap();
        let guest = Buyer::Guest { name: "Guest".into(), email, locale: Locale::En };
        let mut tx = app.db.write().await.unwrap();
        let types = events::store::ticket_types(&mut tx, event.id).await.unwrap();
        let mut ids: Vec<Id<Order>> = Vec::new();
        for (buyer, actor) in
            [(Buyer::member(&people["buyer"]), Actor::Member(people["buyer"].id)), (guest, Actor::Guest)]
        {
            let (way, places) = (Way::Own, vec![(types[0].id, 2)]);
            let (attendees, amounts, form, pay_later, promo) = (Vec::new(), Vec::new(), None, false, String::new());
            let wish = Wish { event: event.id, buyer, way, actor, places, attendees, amounts, form, pay_later, promo };
            ids.push(orders::take(&mut tx, &wish, now).await.unwrap().id());
        }
        self.names.insert("order", ids[0].to_string());
        let friend = Email::parse(&format!("friend{}@example.org", self.names["n"])).unwrap();
        let friend = [(String::new(), friend)];
        invitations::friends::ask(&mut tx, ids[0], &friend, (Actor::Guest, Locale::En), now).await.unwrap();
        self.names.insert("ticket", orders::store::tickets(&mut tx, ids[0]).await.unwrap()[0].id.to_string());
        self.names.insert("confirm", orders::confirm_token(app, ids[1]));
        let mail: String = sql("SELECT MIN(id) FROM mails").scalar(&mut tx).await.unwrap();
        self.names.insert("mail", mail);
        let notice = Id::<marquee::payments::notices::Notice>::new();
        sql("INSERT INTO notices (id, provider, event, kind, reference, payment, received_at)
             VALUES ($1, 'local', $1, 'a.kind', '', '', 1)")
        .bind(notice)
        .execute(&mut tx)
        .await
        .unwrap();
        self.names.insert("notice", notice.to_string());
        let job: String = sql("SELECT MIN(id) FROM jobs").scalar(&mut tx).await.unwrap();
        self.names.insert("job", job);
        tx.commit().await.unwrap();
    }

    /// An order that waits for its payment, with the stand-in's page open where that is what is asked for.
    async fn unpaid(&mut self, buyer: &Member, event: &Event) {
        let (app, actor, mut wish) =
            (&self.site.app, Actor::Member(buyer.id), wish(&self.site.app, event, Buyer::member(buyer), 0, 1).await);
        (wish.way, wish.actor) = (Way::Own, actor);
        let order = take(app, &wish).await.unwrap().id();
        self.names.insert("unpaid", order.to_string());
        if self.row.route.starts_with("/local/") {
            self.names
                .insert("till", payments::checkout::begin(app, order, &Default::default(), actor).await.unwrap().1);
        }
    }

    /// A month of a plan that somebody paid.
    async fn bill(&mut self, name: &str) {
        crate::plans::set_up(&self.site).await;
        crate::plans::pays(&self.site, name, Tier::Team).await;
        let payer = self.site.account_named(name).await;
        let of = crate::plans::subscription(&self.site, &payer).await.id;
        let bill = plans::store::bills_of(&self.site.app.db, of).await.unwrap().remove(0);
        self.names.insert("bill", bill.payment_id.unwrap().to_string());
    }

    /// The same order with a code on it, for the form that takes it off.
    async fn coded(&mut self, code: &str) {
        let unpaid = self.names["unpaid"].clone();
        if self.row.route.ends_with("/promo-code/removal") {
            let order = unpaid.parse().unwrap();
            orders::repricing::put_on(&self.site.app, order, code, Actor::Guest).await.unwrap();
        }
        self.names.insert("coded", unpaid);
    }

    /// The link of somebody who signed up in another browser, so that it asks for the password.
    async fn sign_up(&self) -> String {
        let email = Email::parse(&format!("new{}@example.org", Id::<Member>::new())).unwrap();
        let password = usual("/verify/{token}", "password").to_owned();
        let wish = signin::NewMember { name: "New".into(), email, password, locale: Locale::En };
        let ip = marquee::web::limits::Ip([127, 0, 0, 1].into());
        let id = signin::sign_up(&self.site.app, wish, ip).await.unwrap();
        let sign_up = signin::store::sign_up(&self.site.app.db, id).await.unwrap().unwrap();
        links::mint_for(&self.site.app, &sign_up).await.unwrap().unwrap()
    }

    /// An order that is owed, and one that is paid, with what the desk of the row mends.
    async fn money(&mut self, event: &Event) {
        let (app, now) = (&self.site.app, self.site.now());
        let mut ids = Vec::new();
        for n in 0..2 {
            let wish = wish(app, event, crate::races::guest(n), 0, 1).await;
            ids.push(take(app, &Wish { way: Way::Own, pay_later: true, ..wish }).await.unwrap().id());
        }
        let mut tx = app.db.write().await.unwrap();
        payments::settle::received_by_host(&mut tx, ids[1], 2_800, Actor::Operator, now).await.unwrap();
        if self.row.route.contains("/refunds/") {
            let what = payments::desk::giving::What::Amount(100);
            let by = (Actor::Operator, "");
            payments::desk::giving::give_back(&mut tx, ids[1], &what, &None, by, now).await.unwrap();
        }
        if self.row.route.contains("/payments/{id}") {
            let spoiled = "UPDATE payments SET problem = 'amount' WHERE order_id = $1";
            sql(spoiled).bind(ids[1]).execute(&mut tx).await.unwrap();
        }
        tx.commit().await.unwrap();
        self.names.insert("owed", ids[0].to_string());
        self.names.insert("sold", ids[1].to_string());
        self.names.insert("number", orders::number(ids[1]));
    }

    /// Credits that are paid.
    async fn credits(&mut self, buyer: &Member) {
        let app = &self.site.app;
        let (payment, url) = payments::purchases::begin(app, buyer, 50, &Default::default()).await.unwrap();
        let mut tx = app.db.write().await.unwrap();
        let paid = sql("UPDATE local_checkouts SET state = 'paid' WHERE id = $1");
        paid.bind(url.rsplit('/').next().unwrap()).execute(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        payments::settle(app, payment.id).await.unwrap();
        self.names.insert("purchase", payment.id.to_string());
    }

    /// A full event for which a member waits, and a guest who has not confirmed it.
    async fn queue(&mut self, event: &Event, member: &str) {
        waiting::fill(&self.site, event, 1).await;
        waiting::joins(&self.site, event, member, 1).await;
        let mut guest = waiting::joining(&self.site, event, member, 0, 1).await;
        (guest.buyer, guest.actor) = (crate::races::guest(7), Actor::Guest);
        waiting::join(&self.site.app, &guest).await.unwrap();
        let asked = "SELECT * FROM waiting WHERE event_id = $1 AND state = 'asked'";
        let asked: orders::waiting::Party = sql(asked).bind(event.id).one(&self.site.app.db).await.unwrap();
        let token = asked.confirm_path(&self.site.app).replace("/waiting/", "");
        self.names.insert("asked", token);
    }

    /// A report, and an address of one's calendar where the row is about one.
    async fn shared(&mut self, owner: &Member, event: &Event) {
        let now = self.site.now();
        let typed = events::reports::Typed { ground: "scam".into(), ..Default::default() };
        let report = typed.parse(event.id, None, now).unwrap();
        let mut tx = self.site.app.db.write().await.unwrap();
        events::reports::make(&mut tx, event, &report, Actor::Guest, now).await.unwrap();
        if self.row.route.ends_with("/calendar/removal") {
            events::own::make(&mut tx, owner, now).await.unwrap();
        }
        tx.commit().await.unwrap();
        self.names.insert("report", report.id.to_string());
    }

    /// Somebody who is asked to come to each of these events, with the link of the last.
    async fn invited(&mut self, to: &[&Event], n: usize) {
        let (now, token) = (self.site.now(), ids::secret());
        let asked = [(String::new(), Email::parse(&format!("invited{n}@example.org")).unwrap())];
        let by = inviting::By { actor: Actor::Operator, order: None, locale: Locale::En };
        let mut tx = self.site.app.db.write().await.unwrap();
        for event in to {
            inviting::invite(&mut tx, event.id, &asked, by, now).await.unwrap();
            let invitation = invitations::store::of_address(&mut tx, event.id, &asked[0].1.key).await.unwrap().unwrap();
            let (hash, until) = (ids::hash(&format!("{token}{}", event.slug)), now + clock::days(1));
            invitations::store::insert_link(&mut tx, &hash, invitation.id, until).await.unwrap();
            self.names.insert("invitation", format!("{token}{}", event.slug));
        }
        tx.commit().await.unwrap();
    }

    async fn tokens(&mut self, owner: &Member) {
        let (app, now) = (&self.site.app, self.site.now());
        let mut tx = app.db.write().await.unwrap();
        let wish = tokens::Wish { name: "Laptop".into(), scopes: vec![Scope::Read], days: None };
        let session = sessions::open(&mut tx, owner.id, ("", ""), false, now).await.unwrap();
        tokens::make(&mut tx, owner, &session, &wish, now).await.unwrap().unwrap();
        sessions::end_one(&mut tx, &session, owner.id).await.unwrap();
        tx.commit().await.unwrap();
        let verify = match self.row.route {
            "/verify/{token}" => self.sign_up().await,
            _ => links::mint(app, links::Kind::Verify, owner).await.unwrap(),
        };
        self.names.insert("verify", verify);
        self.names.insert("reset", links::mint(app, links::Kind::Reset, owner).await.unwrap());
        self.names.insert("setup", signin::first_run::token(app).await.unwrap().unwrap_or_default());
    }
}

/// What a person would type there.
fn usual(route: &str, field: &str) -> &'static str {
    match (route, field) {
        ("/sign-in", "email") => "buyer{n}@example.org",
        ("/sign-in", "password") | (_, "current") => PASSWORD,
        ("/step-up", "proof") => PASSWORD,
        (_, "password") => "Another horse 8 battery",
        ("/events/{slug}/team", "email") => "buyer{n}@example.org",
        (_, "email") => "eve@example.org",
        (_, "name") => "Eve",
        (_, "people") => "Eve, eve@example.org",
        (_, "title") => "Quiz night",
        (_, "description") => "Ten rounds.",
        (_, "starts") => "2027-03-10T19:30",
        (_, "ends") => "2027-03-10T22:30",
        (_, "place_name") => "Town hall",
        (_, "type-0-name") => "Seat",
        (_, "reason") | ("/admin/products/initialization", "why") => "A good reason",
        ("/admin/products", "amount") => "12.50",
        ("/orders/{id}/promo-code", "promo") => "winter{n}",
        (_, "code") => "7Q4M-K2XD-91VN",
        (_, "answer") => "maybe",
        (_, "credits") => "50",
        (_, "days") => "1",
        (_, "ground") => "wrong",
        (_, "text") => "It begins at eight.",
        _ => "",
    }
}

/// Whether an address is one of this route.
fn matches(route: &str, action: &str) -> bool {
    let path = action.split(['?', '#']).next().unwrap_or_default();
    let (route, path): (Vec<_>, Vec<_>) = (route.split('/').collect(), path.split('/').collect());
    route.len() == path.len() && route.iter().zip(&path).all(|(a, b)| a.starts_with('{') || a == b)
}

/// As files with that name and content.
fn parts(fields: &Fields) -> Vec<u8> {
    let part = |(name, value): &(String, String)| {
        let file: String = value.chars().filter(|c| !matches!(c, '"' | '\r' | '\n' | '\0')).take(50).collect();
        format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{file}\"\r\n\r\n{value}\r\n")
    };
    (fields.iter().map(part).collect::<String>() + "--x--\r\n").into_bytes()
}
