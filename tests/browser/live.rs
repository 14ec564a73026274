//! Pages that stay current by themselves while they are open.
use crate::chrome::{Driver, Scripts, Window};
use crate::server::Server;

async fn ada(driver: &Driver, server: &Server) -> Window {
    let window = Window::open(driver, &server.base, Scripts::On).await;
    window.sign_in("ada@example.org", "engines that weave algebra").await;
    window
}

/// A picture of one colour, as a file.
fn picture(folder: &tempfile::TempDir) -> String {
    let path = folder.path().join("face.png");
    image::RgbImage::from_pixel(300, 300, image::Rgb([30, 90, 200])).save(&path).expect("a picture");
    path.to_str().expect("UTF-8").to_owned()
}

#[tokio::test]
async fn a_new_picture_shows_in_another_window_without_a_reload() {
    let (server, driver) = (Server::start(), Driver::start());
    let (here, there) = (ada(&driver, &server).await, ada(&driver, &server).await);
    let folder = tempfile::tempdir().expect("a folder");
    there.visit("/tickets").await;
    here.visit("/settings").await.attach("up", &picture(&folder)).await.press("Use this image").await;
    there.wait_for(".site-header img.avatar").await;
    assert_eq!(there.path().await, "/tickets");
    for window in [here, there] {
        assert_eq!(window.console().await, Vec::<String>::new());
        window.close().await;
    }
}

#[tokio::test]
async fn places_left_and_figures_change_while_somebody_looks_at_them() {
    let (server, driver) = (Server::start(), Driver::start());
    let (visitor, host) = (
        Window::open(&driver, &server.base, Scripts::On).await,
        Window::open(&driver, &server.base, Scripts::On).await,
    );
    host.sign_in("mara@example.org", "stage lights at seven").await;
    host.visit("/events/new").await.fill("title", "Quiz night").await.fill("description", "Ten rounds.").await;
    host.pick_time("starts", "2031-03-10T19:30").await.pick_time("ends", "2031-03-10T22:30").await;
    host.fill("place_name", "Town hall").await.fill("type-0-name", "Seat").await.fill("type-0-capacity", "30").await;
    host.press("Publish").await.visit("/events/quiz-night/manage").await.sees("Sold\n0").await;
    visitor.visit("/events/quiz-night").await.sees("0 of 30 places taken.").await;
    let guest = ada(&driver, &server).await;
    guest.visit("/events/quiz-night").await.press("Save my place").await;
    visitor.comes_to_say("1 of 30 places taken.").await;
    host.comes_to_say("Sold\n1").await;
    // One door lets her in, and the other knows.
    let door = Window::open(&driver, &server.base, Scripts::On).await;
    door.sign_in("mara@example.org", "stage lights at seven").await;
    door.visit("/events/quiz-night/check-in").await.sees("0 of 1 in").await;
    host.visit("/events/quiz-night/guests")
        .await
        .press("Check in, Ada Lovelace")
        .await
        .sees("Ada Lovelace is in.")
        .await;
    door.comes_to_say("1 of 1 in").await;
    for window in [visitor, host, guest, door] {
        assert_eq!(window.console().await, Vec::<String>::new());
        window.close().await;
    }
}
