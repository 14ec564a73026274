//! Products and prices at Stripe: listed, mended and archived, each once.
use marquee::payments::Gateway;
use marquee::payments::gateway::{Listed, Wanted};

use super::{Till, Weather};

const BAD: [Weather; 5] = [Weather::Down, Weather::Silent, Weather::Garbage, Weather::Half, Weather::Lost];

pub fn gateway(till: &Till) -> &Gateway {
    till.site.app.gateway.as_ref().expect("a gateway")
}

fn wanted(key: &str, name: &str, amount: i64) -> Wanted {
    let monthly = key.starts_with("plan:");
    Wanted { key: key.to_owned(), name: name.to_owned(), amount, currency: "CHF".to_owned(), monthly }
}

pub async fn listed(till: &Till, key: &str, name: &str, amount: i64) -> Listed {
    gateway(till).list_product(&wanted(key, name, amount)).await.expect("listed")
}

#[tokio::test]
async fn a_product_is_made_once_and_a_changed_price_is_a_new_one() {
    let till = Till::open().await;
    let first = listed(&till, "plan:team", "Team", 2_900).await;
    assert_eq!(listed(&till, "plan:team", "Team", 2_900).await, first);
    let second = listed(&till, "plan:team", "Team of many", 3_900).await;
    assert_eq!((&second.product, second.amount, second.monthly), (&first.product, 3_900, true));
    assert_ne!(second.price, first.price);
    let third = listed(&till, "plan:team", "Team", 2_900).await;
    assert!(third.price != first.price && third.price != second.price, "an archived price does not come back");
    let credits = listed(&till, "credits", "Credits", 10).await;
    assert!(!credits.monthly && credits.product != first.product);
    let catalogue = gateway(&till).catalogue().await.expect("a catalogue");
    assert_eq!(catalogue.len(), 2);
    assert!(catalogue.contains(&third) && catalogue.contains(&credits), "{catalogue:#?}");
    let active = till.stripe.books(|books| books.prices.iter().filter(|price| price.active).count());
    assert_eq!(active, 2);
}

#[tokio::test]
async fn what_is_archived_is_off_sale_until_it_is_wanted_again() {
    let till = Till::open().await;
    let team = listed(&till, "plan:team", "Team", 2_900).await;
    for _ in 0..2 {
        gateway(&till).archive(&team.product).await.expect("archived");
        assert!(gateway(&till).catalogue().await.expect("a catalogue").is_empty());
    }
    gateway(&till).archive("prod_else").await.expect("nothing is there to archive");
    assert_eq!(listed(&till, "plan:team", "Team", 2_900).await, team);
    assert_eq!(gateway(&till).catalogue().await.expect("a catalogue"), [team]);
}

#[tokio::test]
async fn what_somebody_changed_at_the_dashboard_is_put_right() {
    let till = Till::open().await;
    let team = listed(&till, "plan:team", "Team", 2_900).await;
    till.stripe.books(|books| {
        books.products[0].name = "Crew".to_owned();
        books.prices[0].amount = 100;
    });
    let seen = gateway(&till).catalogue().await.expect("a catalogue");
    assert!(!seen[0].is(&wanted("plan:team", "Team", 2_900)) && seen[0].amount == 100, "{seen:#?}");
    let mended = listed(&till, "plan:team", "Team", 2_900).await;
    assert_eq!((&mended.product, mended.amount), (&team.product, 2_900));
    assert_eq!(till.stripe.books(|books| books.products[0].name.clone()), "Team");
    assert_eq!(gateway(&till).catalogue().await.expect("a catalogue"), [mended]);
}

#[tokio::test]
async fn products_are_listed_through_weather_of_all_kinds_and_each_once() {
    for weather in BAD {
        let till = Till::hasty().await;
        for what in ["GET products", "POST products", "POST prices", "GET prices"] {
            till.stripe.weather(move |asked| if asked == what { weather } else { Weather::Fair });
            assert!(
                gateway(&till).list_product(&wanted("plan:team", "Team", 2_900)).await.is_err(),
                "{what} {weather:?}"
            );
        }
        till.stripe.fair();
        let team = listed(&till, "plan:team", "Team", 2_900).await;
        let made = till.stripe.books(|books| (books.products.len(), books.prices.len()));
        assert_eq!(made, (1, 1), "{weather:?}");
        assert_eq!(gateway(&till).catalogue().await.expect("a catalogue"), [team]);
    }
}
