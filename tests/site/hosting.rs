//! What hosts can do, and what nobody else can.
mod team;
mod transfers;

use marquee::clock;
use marquee::db::sql;
use marquee::events::{self, Event, Role};
use marquee::forms::Email;
use marquee::i18n::Locale;
use marquee::ids::Id;
use marquee::journal::Actor;
use marquee::members::Member;
use marquee::orders::{self, Buyer, Order, Refusal, Ticket, Way, Wish};

use crate::browser::Browser;
use crate::site::Site;

impl Site {
    /// Places at an event for somebody, by the host's hand.
    pub async fn places(&self, event: &Event, name: &str, n: i64) -> Vec<Ticket> {
        let order = self.try_places(event, name, n).await.expect("places");
        orders::store::tickets(&self.app.db, order).await.expect("tickets")
    }

    pub async fn try_places(&self, event: &Event, name: &str, n: i64) -> Result<Id<Order>, Refusal> {
        let email =
            Email::parse(&format!("{}@example.org", name.to_lowercase().replace(' ', "."))).expect("an address");
        let types = events::store::ticket_types(&self.app.db, event.id).await.expect("types");
        let wish = Wish {
            event: event.id,
            buyer: Buyer::Guest { name: name.into(), email, locale: Locale::En },
            way: Way::Host,
            actor: Actor::Site,
            places: vec![(types[0].id, n)],
            amounts: Vec::new(),
            promo: String::new(),
            pay_later: false,
            attendees: vec![(name.into(), String::new())],
            form: None,
        };
        let now = self.now();
        let mut tx = self.app.db.write().await.expect("a transaction");
        let taken = orders::take(&mut tx, &wish, now).await?;
        tx.commit().await.expect("a commit");
        Ok(taken.id())
    }

    pub async fn reload(&self, event: &Event) -> Event {
        events::store::by_id(&self.app.db, event.id).await.expect("a look-up").expect("the event")
    }

    async fn role(&self, event: &Event, name: &str, role: Role) -> Browser {
        self.gives_role(event, self.account(name).await.id, role).await;
        self.member(name).await
    }

    /// From now on somebody helps to run an event.
    pub async fn gives_role(&self, event: &Event, member: Id<Member>, role: Role) {
        let mut tx = self.app.db.write().await.expect("a transaction");
        events::store::set_host(&mut tx, event.id, member, role, self.now()).await.expect("a role");
        tx.commit().await.expect("a commit");
    }

    /// How many letters of a kind were queued.
    pub async fn letters(&self, kind: &str) -> usize {
        let queued: i64 =
            sql("SELECT COUNT(*) FROM mails WHERE kind = $1").bind(kind).scalar(&self.app.db).await.expect("mails");
        usize::try_from(queued).expect("a count")
    }
}

/// The new event's form, filled with what is needed.
async fn form(host: &mut Browser) -> &mut Browser {
    host.visit("/events/new").await;
    host.fill("title", "Quiz night")
        .fill("description", "Ten rounds.")
        .fill("starts", "2027-03-10T19:30")
        .fill("ends", "2027-03-10T22:30")
        .fill("place_name", "Town hall")
        .fill("type-0-name", "Seat")
}

#[tokio::test]
async fn a_host_makes_a_draft_and_publishes_it() {
    let site = Site::start().await;
    let mut host = site.member("host").await;
    form(&mut host).await.press("Save draft").await;
    host.is(200);
    host.at("/events/quiz-night/manage").sees("Saved as a draft").sees("Draft");
    host.press("Publish").await.sees("Published. The event is on the bill.");
    let event = events::store::by_slug(&site.app.db, "quiz-night").await.unwrap().unwrap();
    assert!(event.is_published());
    assert_eq!(event.starts_at.rfc3339(), "2027-03-10T18:30:00Z");
    host.visit("/hosting").await.sees("Quiz night").sees("To come");
}

#[tokio::test]
async fn what_is_published_says_what_and_where_and_lies_ahead() {
    let site = Site::start().await;
    let mut host = site.member("host").await;
    form(&mut host).await.fill("description", "").fill("place_name", "").fill("starts", "2020-01-01T10:00");
    host.press("Publish").await.is(422);
    assert_eq!(host.error_at("starts"), "The start is in the past. Choose a time to come.");
    assert_eq!(host.error_at("description"), "Write a description. Two sentences are enough.");
    assert_eq!(host.error_at("place_name"), "Say where it is, or give a link if it is online.");
    host.field_is("title", "Quiz night").sees("3 things to put right");
    assert!(events::store::by_slug(&site.app.db, "quiz-night").await.unwrap().is_none(), "nothing is half saved");
}

#[tokio::test]
async fn the_same_title_gets_another_address_and_new_is_no_event() {
    let site = Site::start().await;
    let mut host = site.member("host").await;
    for slug in ["quiz-night", "quiz-night-2", "quiz-night-3"] {
        form(&mut host).await.press("Save draft").await.at(&format!("/events/{slug}/manage"));
    }
    form(&mut host).await.fill("title", "New").press("Save draft").await.at("/events/new-2/manage");
}

#[tokio::test]
async fn every_wrong_field_is_told_at_once() {
    let site = Site::start().await;
    let mut host = site.member("host").await;
    form(&mut host)
        .await
        .fill("title", "")
        .fill("ends", "2027-03-10T19:00")
        .fill("zone", "Basel")
        .fill("capacity", "many");
    host.fill("point", "somewhere")
        .fill("online_url", "javascript:alert(1)")
        .fill("type-0-name", "")
        .fill("type-0-capacity", "0");
    host.press("Save draft").await.is(422);
    for name in ["title", "zone", "capacity", "point", "online_url", "type-0-name", "type-0-capacity"] {
        assert!(!host.error_at(name).is_empty(), "{name}");
    }
    for of_a_machine in ["localtime", "posixrules", "Factory", "LocalTime"] {
        host.fill("zone", of_a_machine).press("Save draft").await.is(422);
        assert_eq!(
            host.error_at("zone"),
            "This is no time zone that we know. Choose one like Europe/Zurich.",
            "{of_a_machine}"
        );
    }
    host.fill("zone", "Europe/Zurich").press("Save draft").await;
    assert_eq!(host.error_at("ends"), "The end (19:00) is not after the start (19:30).");
}

#[tokio::test]
async fn a_time_that_clocks_skip_is_refused_and_one_they_show_twice_is_the_earlier() {
    let site = Site::start().await;
    let mut host = site.member("host").await;
    form(&mut host).await.fill("starts", "2027-03-28T02:30").fill("ends", "2027-03-28T05:00").press("Save draft").await;
    host.is(422);
    assert!(host.error_at("starts").starts_with("There is no 02:30 that night in Europe/Zurich"));
    host.field_is("starts", "2027-03-28T02:30");
    form(&mut host).await.fill("starts", "2027-10-31T02:30").fill("ends", "2027-10-31T05:00").press("Save draft").await;
    host.sees("the earlier one is meant");
    let event = events::store::by_slug(&site.app.db, "quiz-night").await.unwrap().unwrap();
    assert_eq!(event.starts_at.rfc3339(), "2027-10-31T00:30:00Z");
}

#[tokio::test]
async fn buttons_that_change_the_form_keep_all_that_was_typed() {
    let site = Site::start().await;
    let mut host = site.member("host").await;
    form(&mut host).await.fill("tags", "quiz, beer").press("Show four posters").await.is(200);
    host.field_is("title", "Quiz night").field_is("tags", "quiz, beer");
    host.press("Four others").await.press("Add a ticket type").await;
    host.field_is("title", "Quiz night").field_is("type-0-name", "Seat").field_is("type-1-name", "");
    host.fill("type-1-name", "Standing").press("Remove ticket type 1").await.field_is("type-0-name", "Standing");
    host.fill("point", "https://www.openstreetmap.org/#map=17/47.5581/7.5878").press("Save draft").await.is(200);
    let event = events::store::by_slug(&site.app.db, "quiz-night").await.unwrap().unwrap();
    assert_eq!((event.poster_variant, event.tags.as_str()), (4, "quiz,beer"));
    assert_eq!((event.latitude, event.longitude), (Some(47.5581), Some(7.5878)));
}

#[tokio::test]
async fn there_are_never_fewer_places_than_are_taken() {
    let site = Site::start().await;
    let event = site.event("Quiz").capacity(10).event_capacity(10).make().await;
    site.places(&event, "Ada", 4).await;
    let mut host = site.member("host").await;
    host.visit(&format!("{}/edit", event.path())).await.fill("capacity", "3").press("Save changes").await.is(422);
    assert_eq!(host.error_at("capacity"), "4 places are taken, so there cannot be fewer.");
    host.fill("capacity", "4").fill("type-0-capacity", "3").press("Save changes").await.is(422);
    assert_eq!(host.error_at("type-0-capacity"), "4 places are taken, so there cannot be fewer.");
    host.fill("type-0-capacity", "4").press("Save changes").await.is(200).sees("Saved.");
    site.verifies().await;
}

#[tokio::test]
async fn a_ticket_type_with_tickets_stays() {
    let site = Site::start().await;
    let event = site.event("Quiz").ticket_type("Seat", None, 5).ticket_type("Standing", None, 5).make().await;
    site.places(&event, "Ada", 1).await;
    let mut host = site.member("host").await;
    host.visit(&format!("{}/edit", event.path())).await.press("Remove ticket type 1").await;
    assert!(host.error_at("type-0-name").starts_with("People have tickets of this type"));
    host.press("Remove ticket type 2").await.press("Save changes").await.sees("Saved.");
    let types = events::store::ticket_types(&site.app.db, event.id).await.unwrap();
    assert_eq!(types.len(), 1);
    host.visit(&format!("{}/edit", event.path())).await;
    let (_, action, mut fields) = host.form_with("Save changes");
    fields.iter_mut().filter(|(name, _)| name == "type-0-id").for_each(|(_, id)| id.clear());
    let pairs: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    host.post(&action, &pairs).await.is(422).sees("“Seat” has tickets, so it stays.");
}

#[tokio::test]
async fn of_two_editors_the_second_is_told_and_keeps_what_they_typed() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    let mut one = site.member("host").await;
    let mut two = site.role(&event, "second", Role::Host).await;
    one.visit(&format!("{}/edit", event.path())).await;
    two.visit(&format!("{}/edit", event.path())).await;
    one.fill("title", "Quiz one").press("Save changes").await.sees("Saved.");
    two.fill("title", "Quiz two").press("Save changes").await.is(422).sees("Somebody else has changed this event");
    two.field_is("title", "Quiz two");
    assert_eq!(site.reload(&event).await.title, "Quiz one");
    two.press("Save changes").await.sees("Saved.");
    assert_eq!(site.reload(&event).await.title, "Quiz two");
}

#[tokio::test]
async fn holders_learn_by_mail_when_an_event_moves_and_not_when_its_text_changes() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    site.places(&event, "Ada", 2).await;
    site.places(&event, "Bob", 1).await;
    let mut host = site.member("host").await;
    host.visit(&format!("{}/edit", event.path())).await.fill("summary", "Ten rounds").press("Save changes").await;
    site.work().await;
    assert_eq!((site.letters("event_changed").await, site.reload(&event).await.sequence), (0, 0));
    host.visit(&format!("{}/edit", event.path())).await.fill("place_name", "Library").press("Save changes").await;
    site.work().await;
    assert_eq!((site.letters("event_changed").await, site.reload(&event).await.sequence), (2, 1));
}

#[tokio::test]
async fn cancelling_asks_again_and_gives_all_places_back_once() {
    let site = Site::start().await;
    let event = site.event("Quiz").capacity(300).make().await;
    for n in 0..105 {
        site.places(&event, &format!("Guest {n}"), 2).await;
    }
    let mut host = site.member("host").await;
    host.visit(&event.path()).await;
    host.visit(&format!("{}/cancellation", event.path())).await.sees("210 places are given back");
    host.fill("reason", "The hall is <b>flooded</b>.").press("Cancel the event").await.sees("The event is cancelled.");
    host.post(&format!("{}/cancellation", event.path()), &[]).await.is(303);
    site.work().await;
    assert_eq!(site.reload(&event).await.taken, 0);
    assert_eq!(site.letters("event_cancelled").await, 105);
    host.visit(&format!("{}/manage", event.path())).await.sees("The hall is <b>flooded</b>.");
    assert!(matches!(site.try_places(&event, "Late", 1).await, Err(Refusal::Cancelled)));
    site.verifies().await;
}

#[tokio::test]
async fn a_copy_is_a_draft_on_the_same_weekday_and_hour_without_people() {
    let site = Site::start().await;
    let event = site.event("Quiz").ticket_type("Seat", Some(7), 3).make().await;
    site.places(&event, "Ada", 1).await;
    let mut host = site.member("host").await;
    host.visit(&format!("{}/manage", event.path())).await.press("Copy to another week").await.at("/events/quiz-2/edit");
    let copy = events::store::by_slug(&site.app.db, "quiz-2").await.unwrap().unwrap();
    let types = events::store::ticket_types(&site.app.db, copy.id).await.unwrap();
    assert!(copy.is_draft() && copy.taken == 0);
    assert_eq!((types[0].name.as_str(), types[0].capacity, types[0].sold), ("Seat", Some(7), 0));
    assert_eq!(copy.starts().time(), event.starts().time());
    assert_eq!((copy.starts().date() - event.starts().date()).get_days(), 7);
}

#[tokio::test]
async fn an_event_has_a_language_that_there_is() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    let mut host = site.member("host").await;
    host.visit(&format!("{}/edit", event.path())).await;
    let (_, action, fields) = host.form_with("Save changes");
    for (language, status) in [("xx", 422), ("gsw", 303)] {
        let typed = |(name, value): &(String, String)| {
            (name.clone(), if name == "language" { language.to_owned() } else { value.clone() })
        };
        let typed: Vec<(String, String)> = fields.iter().map(typed).collect();
        let pairs: Vec<_> = typed.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        host.post(&action, &pairs).await.is(status);
        if status == 422 {
            assert_eq!(host.error_at("language"), "Choose one of the options.");
        }
    }
    assert_eq!(site.reload(&event).await.language, "gsw");
}

#[tokio::test]
async fn a_cancelled_or_past_event_is_not_changed_any_more() {
    let site = Site::start().await;
    let past = site.event("Past").starts_in(clock::days(-2)).make().await;
    let mut host = site.member("host").await;
    let cancellation = format!("{}/cancellation", past.path());
    host.visit(&cancellation).await.is(200).sees("This event is over.");
    assert!(!host.has_button("Cancel the event"), "no form that is refused");
    host.post(&cancellation, &[]).await.is(422).sees("This event is over.");
    let event = site.event("Gone").make().await;
    host.visit(&format!("{}/edit", event.path())).await;
    let (_, action, fields) = host.form_with("Save changes");
    let pairs: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    host.post(&format!("{}/cancellation", event.path()), &[]).await.is(303);
    host.visit(&format!("{}/cancellation", event.path())).await.sees("There is nothing to cancel any more.");
    host.post(&action, &pairs).await.is(422).sees("This event is cancelled.");
}
