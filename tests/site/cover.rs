//! An event's own picture: what is kept of an upload, and that nothing is lost when one is refused.
use std::io::Cursor;

use image::{DynamicImage, ImageFormat, RgbImage};
use marquee::events::Event;

use crate::browser::Browser;
use crate::site::Site;

/// What a camera writes into its files, and nobody should see.
const NOTES: &[u8] = b"47.5596N 7.5886E";

fn plain(format: ImageFormat, colour: [u8; 3]) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    DynamicImage::from(RgbImage::from_pixel(900, 700, image::Rgb(colour))).write_to(&mut out, format).unwrap();
    out.into_inner()
}

/// A JPEG with an EXIF segment, and a page behind its end.
fn photo() -> Vec<u8> {
    let jpeg = plain(ImageFormat::Jpeg, [200, 30, 30]);
    let notes = [b"Exif\0\0MM\0\x2a\0\0\0\x08\0\0\0\0\0\0".as_slice(), NOTES].concat();
    let length = u16::try_from(notes.len() + 2).unwrap().to_be_bytes();
    [&jpeg[..2], &[0xff, 0xe1], &length, &notes, &jpeg[2..], b"<script>alert(1)</script>"].concat()
}

async fn upload<'a>(host: &'a mut Browser, event: &Event, picture: &[u8]) -> &'a mut Browser {
    let head = b"--x\r\nContent-Disposition: form-data; name=\"up\"; filename=\"../../x.html\"\r\nContent-Type: text/html\r\n\r\n";
    let body = [head.as_slice(), picture, b"\r\n--x--\r\n"].concat();
    let path = format!("{}/cover", event.path());
    host.request("POST", &path, Some("multipart/form-data; boundary=x"), body).await
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

fn files(site: &Site) -> Vec<String> {
    let covers = site.app.config.data_dir.join("files/covers");
    let Ok(entries) = std::fs::read_dir(covers) else { return Vec::new() };
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn an_image_is_drawn_anew_without_its_notes_and_hangs_in_place_of_the_poster() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    let mut host = site.member("host").await;
    assert!(holds(&photo(), NOTES));
    upload(&mut host, &event, &photo()).await.is(303);
    host.visit(&format!("{}/manage", event.path())).await.sees("The image is the event’s poster now.");
    let mut visitor = site.browser();
    visitor.visit(&event.path()).await.is(200);
    let page = visitor.html();
    let at = page.split('"').find(|part| part.contains("/cover.jpg")).expect("the image is on the page").to_owned();
    assert!(!page.contains("poster.svg"));
    visitor.visit(&at.replace("http://localhost:8080", "")).await.is(200);
    assert_eq!(visitor.headers["content-type"], "image/jpeg");
    assert_eq!(visitor.headers["x-content-type-options"], "nosniff");
    let shown = image::load_from_memory_with_format(&visitor.bytes, ImageFormat::Jpeg).unwrap();
    assert_eq!((shown.width(), shown.height()), (800, 1000));
    visitor.visit(&format!("{}/og.png", event.path())).await.is(200);
    let preview = image::load_from_memory(&visitor.bytes).unwrap();
    assert_eq!((preview.width(), preview.height()), (1200, 630));
    let key = site.reload(&event).await.cover_key.unwrap();
    for size in ["800", "1200"] {
        let kept = site.app.files.get(&format!("{key}-{size}.jpg")).await.unwrap().unwrap();
        for hidden in [NOTES, b"Exif", b"<script"] {
            assert!(!holds(&kept, hidden), "{size}");
        }
    }
}

#[tokio::test]
async fn every_kind_that_is_promised_is_taken_and_the_old_image_goes_when_the_new_one_stands() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    let mut host = site.member("host").await;
    let mut before = Vec::new();
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP] {
        upload(&mut host, &event, &plain(format, [10, 200, 30])).await.is(303);
        site.work().await;
        let now = files(&site);
        assert_eq!(now.len(), 2, "two sizes of one image: {now:?}");
        assert!(
            now.iter().all(|name| !before.contains(name)),
            "under a name of its own, so no cache shows the old one"
        );
        before = now;
    }
    host.visit(&format!("{}/cover", event.path())).await.press("Remove the image").await.is(200);
    site.work().await;
    assert_eq!(files(&site), Vec::<String>::new());
    assert_eq!(site.reload(&event).await.cover_key, None);
    host.visit(&format!("{}/cover.jpg", event.path())).await.is(404);
}

#[tokio::test]
async fn what_is_no_picture_is_refused_and_the_one_that_hangs_stays() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    let mut host = site.member("host").await;
    upload(&mut host, &event, &photo()).await.is(303);
    let (key, kept) = (site.reload(&event).await.cover_key, files(&site));
    let whole = plain(ImageFormat::Png, [0, 0, 0]);
    let refused: [(&[u8], &str); 6] = [
        (b"", "Choose an image first."),
        (b"just text", "This is no PNG, JPEG or WebP image."),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "This is no PNG, JPEG or WebP image."),
        (b"GIF89a\x01\x00\x01\x00", "This is no PNG, JPEG or WebP image."),
        (&whole[..whole.len() / 2], "This image is broken or has too many pixels."),
        (&vec![b'x'; 5 * 1024 * 1024 + 1], "This image has more than 5 MB. Choose a smaller one."),
    ];
    for (bytes, why) in refused {
        upload(&mut host, &event, bytes).await.is(422);
        assert_eq!(host.error_at("up"), why);
    }
    upload(&mut host, &event, &vec![b'x'; 60 * 1024 * 1024]).await.is(413);
    host.post(&format!("{}/cover", event.path()), &[]).await.is(400);
    assert_eq!((site.reload(&event).await.cover_key, files(&site)), (key, kept));
    host.visit(&format!("{}/cover.jpg", event.path())).await.is(200);
}

#[tokio::test]
async fn a_cover_is_for_those_who_may_see_the_event() {
    let site = Site::start().await;
    let event = site.event("Secret").draft().make().await;
    let mut host = site.member("host").await;
    upload(&mut host, &event, &photo()).await.is(303);
    let mut stranger = site.member("stranger").await;
    upload(&mut stranger, &event, &plain(ImageFormat::Png, [1, 2, 3])).await.is(404);
    for file in ["cover.jpg", "og.png"] {
        stranger.visit(&format!("{}/{file}", event.path())).await.is(404);
        host.visit(&format!("{}/{file}", event.path())).await.is(200);
    }
}
