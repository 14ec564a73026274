//! Events for tests, with defaults; and what holds of events.
use jiff::SignedDuration;
use marquee::clock::{self, Instant};
use marquee::events::{self, Category, Event, GuestList, Reveal, Role, Status, TicketType, Visibility, times};
use marquee::ids::Id;
use marquee::members;

use crate::site::Site;

pub struct EventBuilder<'a> {
    site: &'a Site,
    event: Event,
    starts_in: SignedDuration,
    types: Vec<TicketType>,
    /// Of every ticket type, in minor units.
    price: i64,
    pricing: events::Pricing,
    host: String,
}

fn place(name: &str, capacity: Option<i64>, per_order: i64) -> TicketType {
    TicketType {
        id: Id::new(),
        event_id: Id::new(),
        name: name.into(),
        position: 0,
        price: 0,
        pricing: events::Pricing::Fixed,
        suggested: 0,
        currency: String::new(),
        capacity,
        per_order,
        sales_from: None,
        sales_until: None,
        sold: 0,
        held: 0,
    }
}

impl<'a> EventBuilder<'a> {
    pub fn new(site: &'a Site, title: &str) -> Self {
        let now = site.now();
        let slug: String =
            title.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        let event = Event {
            id: Id::new(),
            slug: slug.trim_matches('-').to_owned(),
            status: Status::Published,
            title: title.to_owned(),
            summary: String::new(),
            description: "Come as you are.".into(),
            language: "en".into(),
            category: Category::Other,
            tags: String::new(),
            starts_civil: String::new(),
            ends_civil: String::new(),
            zone: "Europe/Zurich".into(),
            starts_at: now,
            ends_at: now,
            place_name: "Town hall".into(),
            place_address: "Market square 1".into(),
            place_town: "Basel".into(),
            latitude: Some(47.5581),
            longitude: Some(7.5878),
            online_url: String::new(),
            reveal: Reveal::Always,
            visibility: Visibility::Public,
            guest_list: GuestList::Count,
            account_required: false,
            plus_ones: 3,
            cancel_hours: 0,
            closes_civil: None,
            closes_at: None,
            capacity: None,
            ceiling: None,
            taken: 0,
            poster_variant: 0,
            palette: 7,
            composition: 1,
            cover_key: None,
            sequence: 0,
            revision: 0,
            cancelled_why: None,
            created_at: now,
            updated_at: now,
            published_at: Some(now),
            cancelled_at: None,
            moved_at: None,
            terms: events::Terms::default(),
        };
        Self {
            site,
            event,
            starts_in: clock::days(7),
            types: Vec::new(),
            price: 0,
            pricing: events::Pricing::Fixed,
            host: "host".into(),
        }
    }

    /// Of the one ticket type.
    pub fn capacity(mut self, places: i64) -> Self {
        self.types = vec![place("Place", Some(places), 10)];
        self
    }
    /// Of the event as a whole.
    pub fn event_capacity(mut self, places: i64) -> Self {
        self.event.capacity = Some(places);
        self
    }
    pub fn ticket_type(mut self, name: &str, capacity: Option<i64>, per_order: i64) -> Self {
        self.types.push(place(name, capacity, per_order));
        self
    }
    /// Changes the ticket type that was named last.
    pub fn of_type(mut self, change: impl FnOnce(&mut TicketType)) -> Self {
        if self.types.is_empty() {
            self.types.push(place("Place", None, 10));
        }
        if let Some(last) = self.types.last_mut() {
            change(last);
        }
        self
    }
    /// Of the ticket type that was named last, in minor units.
    pub fn type_price(self, price: i64) -> Self {
        self.of_type(|of| of.price = price)
    }
    /// For the type that was named last one gives what one likes, from a least amount on.
    pub fn type_donation(self, least: i64, suggested: i64) -> Self {
        self.of_type(|of| (of.pricing, of.price, of.suggested) = (events::Pricing::Donation, least, suggested))
    }
    /// Of every ticket type, in minor units of the event's currency.
    pub fn price(mut self, minor: i64) -> Self {
        self.price = minor;
        self
    }
    /// The price is the least that one gives.
    pub fn donation(mut self, least: i64) -> Self {
        self.pricing = events::Pricing::Donation;
        self.price(least)
    }
    pub fn host(mut self, name: &str) -> Self {
        self.host = name.into();
        self
    }
    /// May be negative: in the past.
    pub fn starts_in(mut self, by: SignedDuration) -> Self {
        self.starts_in = by;
        self
    }
    pub fn draft(mut self) -> Self {
        self.event.status = Status::Draft;
        self.event.published_at = None;
        self
    }
    pub fn with(mut self, change: impl FnOnce(&mut Event)) -> Self {
        change(&mut self.event);
        self
    }

    pub async fn make(self) -> Event {
        let Self { site, mut event, starts_in, mut types, host, price, pricing } = self;
        let zone = event.time_zone();
        // Whole minutes, as a form would send them.
        let minutes = (site.now() + starts_in).micros() / 60_000_000;
        event.starts_at = Instant::from_micros(minutes * 60_000_000);
        event.ends_at = event.starts_at + clock::hours(3);
        event.starts_civil = times::text(event.starts_at.in_zone(&zone).datetime());
        event.ends_civil = times::text(event.ends_at.in_zone(&zone).datetime());
        if types.is_empty() {
            types.push(place("Place", None, 10));
        }
        let email = format!("{}@example.org", host.to_lowercase().replace(' ', "."));
        let host = match members::store::by_email_key(&site.app.db, &email).await.expect("a look-up") {
            Some(member) => member,
            None => site.account(&host).await,
        };
        let mut tx = site.app.db.write().await.expect("a transaction");
        assert!(events::store::insert(&mut tx, &event).await.expect("an event"), "the slug {} is taken", event.slug);
        if event.is_cancelled() {
            let why = event.cancelled_why.as_deref();
            events::store::set_status(&mut tx, event.id, Status::Cancelled, why, site.now()).await.expect("cancelled");
        }
        events::store::set_host(&mut tx, event.id, host.id, Role::Owner, site.now()).await.expect("a host");
        for (of, position) in types.into_iter().zip(0..) {
            let currency = event.terms.currency.clone();
            let mut of = TicketType { id: Id::new(), event_id: event.id, position, currency, ..of };
            if price > 0 || pricing == events::Pricing::Donation {
                (of.pricing, of.price, of.suggested) = (pricing, price, price);
            }
            events::store::insert_ticket_type(&mut tx, &of).await.expect("a ticket type");
        }
        events::finding::index::write(&mut tx, event.id, site.now()).await.expect("the index");
        tx.commit().await.expect("a commit");
        event
    }
}
