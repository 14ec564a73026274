//! What the copy holds of what others did for its member.
use marquee::events::{Role, team};
use marquee::forms::Email;
use marquee::i18n::Locale;
use marquee::journal::Actor;
use marquee::orders;

use super::{rows, unzipped};
use crate::invitations::invites;
use crate::site::Site;

#[tokio::test]
async fn it_holds_what_came_to_the_address_and_what_was_paid_and_stopped() {
    let site = Site::start().await;
    let event = site.event("Supper").make().await;
    let concert = site.event("Concert").host("bob").price(2_800).make().await;
    let (mut ada, order) = crate::payments::bought(&site, &concert, "ada", "1").await;
    invites(&site, &event, "Ada, ada@example.org").await;
    let others = site.places(&event, "Bob", 1).await;
    let (email, now) = (Email::parse("ada@example.org").unwrap(), site.now());
    let mut tx = site.app.db.write().await.unwrap();
    team::ask(&mut tx, concert.id, &email, Role::Door, (Actor::Site, Locale::En), now).await.unwrap();
    orders::store::set_attendee_email(&mut tx, others[0].id, "ADA@example.org").await.unwrap();
    tx.commit().await.unwrap();
    let stop = site.mails_to("ada@example.org").await.into_iter().find_map(|mail| mail.unsubscribe).unwrap();
    site.browser().visit(stop.trim_start_matches("http://localhost:8080")).await.press("Stop these mails").await;
    ada.visit("/settings/data/my-data.zip").await.is(200);
    let files = unzipped(&ada.bytes);
    assert_eq!(rows(&files, "invitations.json")[0]["title"], "Supper");
    assert_eq!(rows(&files, "team-invitations.json")[0]["role"], "door");
    assert_eq!(rows(&files, "tickets-from-others.json")[0]["email"], "ADA@example.org");
    assert_eq!(rows(&files, "tickets-from-others.json").len(), 1);
    assert_eq!(rows(&files, "receipts.json")[0]["order_id"], order.id.to_string());
    assert_eq!(rows(&files, "stopped-mails.json").len(), 1);
}
