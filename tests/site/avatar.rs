//! A member's picture: what is kept of an upload, what is refused, and that the old one stays until the new one stands.
use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use marquee::clock::hours;
use marquee::images;
use marquee::members::avatar;
use serde_json::json;

use crate::browser::Browser;
use crate::site::Site;

/// What a camera writes into its files, and nobody should see.
const PLACE: &[u8] = b"47.5596N 7.5886E";

fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    picture.write_to(&mut out, format).unwrap();
    out.into_inner()
}

pub fn plain(format: ImageFormat, colour: [u8; 3]) -> Vec<u8> {
    encoded(&RgbImage::from_pixel(500, 400, Rgb(colour)).into(), format)
}

/// Left half white, right half black, to be turned by 90 degrees, taken somewhere, with a page behind its end.
fn photo() -> Vec<u8> {
    let upright = RgbImage::from_fn(400, 400, |x, _| Rgb([if x < 200 { 255 } else { 0 }; 3]));
    let mut jpeg = Vec::new();
    upright.write_with_encoder(JpegEncoder::new_with_quality(&mut jpeg, 90)).unwrap();
    let mut notes = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0".to_vec();
    notes.extend(PLACE);
    let length = u16::try_from(notes.len() + 2).unwrap().to_be_bytes();
    [&jpeg[..2], &[0xff, 0xe1], &length, &notes, &jpeg[2..], b"<script>alert(1)</script>PK\x03\x04"].concat()
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 })
    })
}

fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let body = [kind.as_slice(), data].concat();
    let length = u32::try_from(data.len()).unwrap().to_be_bytes();
    [&length[..], &body, &crc32(&body).to_be_bytes()].concat()
}

/// A PNG whose head claims these sides, whatever its pixels are.
fn claims(width: u32, height: u32) -> Vec<u8> {
    let whole = plain(ImageFormat::Png, [1, 2, 3]);
    let mut head = [width.to_be_bytes(), height.to_be_bytes()].concat();
    head.extend([8, 2, 0, 0, 0]);
    [&whole[..8], &chunk(b"IHDR", &head), &whole[33..]].concat()
}

/// Two pictures in one PNG (APNG): the first stands for all.
fn animated() -> Vec<u8> {
    let whole = plain(ImageFormat::Png, [0, 0, 255]);
    let control = chunk(b"acTL", &[0, 0, 0, 2, 0, 0, 0, 0]);
    [&whole[..33], &control, &whole[33..]].concat()
}

async fn upload<'a>(browser: &'a mut Browser, picture: &[u8]) -> &'a mut Browser {
    let head = b"--x\r\nContent-Disposition: form-data; name=\"up\"; filename=\"../../x.html\"\r\nContent-Type: text/html\r\n\r\n";
    let body = [head.as_slice(), picture, b"\r\n--x--\r\n"].concat();
    browser.request("POST", "/settings/picture", Some("multipart/form-data; boundary=x"), body).await
}

async fn key(site: &Site, name: &str) -> Option<String> {
    site.account_named(name).await.shown.avatar
}

async fn files(site: &Site) -> Vec<String> {
    let mut names = site.app.files.list().await.unwrap();
    names.retain(|name| name.starts_with("avatars/"));
    names.sort();
    names
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[tokio::test]
async fn a_picture_is_drawn_anew_in_two_squares_upright_and_without_its_notes() {
    let site = Site::start().await;
    let mut ada = site.member("ada").await;
    assert!(holds(&photo(), PLACE));
    upload(&mut ada, &photo()).await.is(303);
    let key = key(&site, "ada").await.unwrap();
    for side in [320, 96] {
        let path = format!("/avatars/{key}-{side}.webp");
        let mut visitor = site.browser();
        visitor.visit(&path).await.is(200);
        assert_eq!(visitor.headers["content-type"], "image/webp");
        assert_eq!(visitor.headers["x-content-type-options"], "nosniff");
        let shown = image::load_from_memory_with_format(&visitor.bytes, ImageFormat::WebP).unwrap();
        assert_eq!((shown.width(), shown.height()), (side, side));
        let shown = shown.to_luma8();
        assert!(shown.get_pixel(side / 2, 4).0[0] > 200 && shown.get_pixel(side / 2, side - 5).0[0] < 50, "turned");
        for hidden in [PLACE, b"Exif", b"<script", b"EXIF", b"PK\x03\x04"] {
            assert!(!holds(&visitor.bytes, hidden), "{side}");
        }
    }
    let mut visitor = site.browser();
    for wrong in ["x.webp", &format!("{key}-97.webp"), &format!("{key}.webp"), "..%2f..%2fsite.db", "%2e%2e-96.webp"] {
        visitor.visit(&format!("/avatars/{wrong}")).await.is(404);
    }
}

#[tokio::test]
async fn it_is_seen_in_the_head_on_the_page_at_events_and_among_guests() {
    let site = Site::start().await;
    let mut ada = site.member("ada").await;
    ada.visit("/settings").await.fill("handle", "ada").press("Save").await.is(200);
    let event = site.event("Quiz").host("ada").with(|e| e.guest_list = marquee::events::GuestList::Names).make().await;
    let mut bob = site.member("bob").await;
    bob.visit(&event.path()).await.press("Save my place").await.is(200);
    upload(&mut ada, &plain(ImageFormat::Png, [200, 0, 0])).await.is(303);
    upload(&mut bob, &plain(ImageFormat::WebP, [0, 200, 0])).await.is(303);
    let (of_ada, of_bob) = (key(&site, "ada").await.unwrap(), key(&site, "bob").await.unwrap());
    let mut visitor = site.browser();
    let html = visitor.visit(&event.path()).await.html();
    assert!(
        html.contains(&format!("/avatars/{of_ada}-96.webp")) && html.contains(&format!("/avatars/{of_bob}-96.webp"))
    );
    assert!(visitor.visit("/@ada").await.html().contains(&format!("/avatars/{of_ada}-320.webp")));
    let html = ada.visit("/settings").await.html();
    assert!(
        html.contains(&format!("/avatars/{of_ada}-320.webp")) && html.contains(&format!("/avatars/{of_ada}-96.webp"))
    );
    assert_eq!(
        site.program().get("/api/v1/members/ada").await.data()["avatar"],
        format!("http://localhost:8080/avatars/{of_ada}-320.webp")
    );
}

#[tokio::test]
async fn the_old_picture_goes_when_the_new_one_stands_and_can_be_taken_away() {
    let site = Site::start().await;
    let mut ada = site.member("ada").await;
    let mut before = Vec::new();
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP] {
        upload(&mut ada, &plain(format, [10, 200, 30])).await.is(303);
        site.work().await;
        let now = files(&site).await;
        assert_eq!(now.len(), 2, "two sizes of one picture: {now:?}");
        assert!(now.iter().all(|name| !before.contains(name)), "under a name of its own");
        before = now;
    }
    ada.visit("/settings").await.sees("Your picture is changed.");
    site.later(hours(2)).await;
    assert_eq!(files(&site).await, before, "what a member has stays");
    // In two tabs: the second press finds nothing, and says the same.
    ada.visit("/settings").await.press("Remove the image").await.is(200).sees("Your picture is gone.");
    ada.post("/settings/picture/removal", &[]).await.is(303);
    site.work().await;
    assert_eq!((files(&site).await, key(&site, "ada").await), (Vec::new(), None));
    site.verifies().await;
}

/// Each refused, and the picture that was there stays.
#[tokio::test]
async fn broken_and_hostile_uploads_are_refused_and_the_old_picture_stays() {
    let site = Site::start().await;
    let mut ada = site.member("ada").await;
    upload(&mut ada, &photo()).await.is(303);
    let (stands, kept) = (key(&site, "ada").await, files(&site).await);
    let png = plain(ImageFormat::Png, [0, 0, 0]);
    let jpeg = plain(ImageFormat::Jpeg, [0, 0, 0]);
    let webp = plain(ImageFormat::WebP, [0, 0, 0]);
    let (none, no_picture, broken) = (
        "Choose an image first.",
        "This is no PNG, JPEG or WebP image.",
        "This image is broken or has too many pixels.",
    );
    let mut flipped = png.clone();
    flipped[60] ^= 0xff;
    let small = encoded(&RgbImage::new(95, 400).into(), ImageFormat::Png);
    let zeros = vec![0; 5 * 1024 * 1024];
    let corpus: [(&[u8], &str); 20] = [
        (b"", none),
        (b"just text", no_picture),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", no_picture),
        (b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>", no_picture),
        (b"GIF89a\x01\x00\x01\x00\x80\x00\x00", no_picture),
        (b"BM\x00\x00\x00\x00", no_picture),
        (b"II*\0\x08\0\0\0", no_picture),
        (b"%PDF-1.7", no_picture),
        (b"PK\x03\x04", no_picture),
        (b"MZ\x90\0", no_picture),
        (b"\0\0\0\x1cftypavif", no_picture),
        (&zeros, no_picture),
        (b"\x89PNG\r\n\x1a\n", broken),
        (b"\xff\xd8\xff", broken),
        (b"RIFF\x04\0\0\0WEBP", broken),
        (&png[..png.len() / 2], broken),
        (&jpeg[..200], broken),
        (&webp[..webp.len() / 2], broken),
        (&flipped, broken),
        (&small, "This image is smaller than 96 × 96 pixels. Choose a larger one."),
    ];
    for (n, (bytes, why)) in corpus.into_iter().enumerate() {
        // The limit of updates has tests of its own.
        if n % 20 == 19 {
            site.app.clock.advance(hours(1));
        }
        upload(&mut ada, bytes).await.is(422);
        assert_eq!(ada.error_at("up"), why, "{:?}", &bytes[..bytes.len().min(30)]);
    }
    assert_eq!((key(&site, "ada").await, files(&site).await), (stands, kept));
}

#[tokio::test]
async fn what_is_too_large_or_claims_to_be_is_refused_before_it_is_drawn() {
    let site = Site::start().await;
    let mut ada = site.member("ada").await;
    for bomb in
        [claims(u32::MAX, u32::MAX), claims(65_535, 65_535), claims(12_001, 200), claims(11_000, 11_000), claims(0, 0)]
    {
        upload(&mut ada, &bomb).await.is(422);
        assert_eq!(ada.error_at("up"), "This image is broken or has too many pixels.");
    }
    upload(&mut ada, &vec![b'x'; 5 * 1024 * 1024 + 1]).await.is(422);
    assert_eq!(ada.error_at("up"), "This image has more than 5 MB. Choose a smaller one.");
    upload(&mut ada, &vec![b'x'; 60 * 1024 * 1024]).await.is(413);
    ada.post("/settings/picture", &[("up", "x")]).await.is(400);
    ada.request("POST", "/settings/picture", Some("multipart/form-data; boundary=x"), b"--x\r\n\r\n".to_vec())
        .await
        .is(400);
    assert_eq!((key(&site, "ada").await, files(&site).await), (None, Vec::new()));
}

#[tokio::test]
async fn of_an_animation_the_first_picture_is_kept() {
    let site = Site::start().await;
    let mut ada = site.member("ada").await;
    upload(&mut ada, &animated()).await.is(303);
    let key = key(&site, "ada").await.unwrap();
    let bytes = site.app.files.get(&format!("avatars/{key}-96.webp")).await.unwrap().unwrap();
    assert!(!holds(&bytes, b"ANIM"));
    assert_eq!(image::load_from_memory(&bytes).unwrap().to_rgb8().get_pixel(48, 48).0, [0, 0, 255]);
}

#[tokio::test]
async fn an_upload_whose_process_died_leaves_nothing_behind_and_loses_nothing() {
    let site = Site::start().await;
    let mut ada = site.member("ada").await;
    upload(&mut ada, &photo()).await.is(303);
    site.work().await;
    let (stands, kept) = (key(&site, "ada").await, files(&site).await);
    // As far as it came: its files lie there, and nobody has them. Its member is none that there is.
    let made = images::avatar(&plain(ImageFormat::Png, [1, 2, 3])).unwrap();
    assert!(avatar::put(&site.app, marquee::ids::Id::new(), made).await.is_err());
    assert_eq!(files(&site).await.len(), 4);
    site.later(hours(2)).await;
    assert_eq!((key(&site, "ada").await, files(&site).await), (stands, kept));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_uploads_at_once_one_picture_stands_and_no_file_is_left_over() {
    let site = Site::start().await;
    site.account("ada").await;
    let mut all = Vec::new();
    for n in 0..8_u8 {
        let mut browser = site.member("ada").await;
        all.push(tokio::spawn(async move {
            upload(&mut browser, &plain(ImageFormat::Png, [n, 0, 0])).await.is(303);
        }));
    }
    for one in all {
        one.await.unwrap();
    }
    site.later(hours(2)).await;
    let key = key(&site, "ada").await.unwrap();
    assert_eq!(files(&site).await, [format!("avatars/{key}-320.webp"), format!("avatars/{key}-96.webp")]);
}

#[tokio::test]
async fn a_program_changes_the_picture_of_its_member_by_a_part_or_by_the_body() {
    let site = Site::start().await;
    let ada = site.account("ada").await;
    let program = site.program_of(&ada, &[marquee::api::Scope::Write]).await;
    let picture = plain(ImageFormat::Png, [5, 6, 7]);
    let part = [
        b"--x\r\nContent-Disposition: form-data; name=\"avatar\"; filename=\"a\"\r\n\r\n".as_slice(),
        &picture,
        b"\r\n--x--\r\n",
    ]
    .concat();
    let answer = program.send("POST", "/api/v1/me/avatar", Some("multipart/form-data; boundary=x"), part).await.is(200);
    let first = answer.data()["avatar"].clone();
    assert!(first.as_str().unwrap().starts_with("http://localhost:8080/avatars/"));
    let answer = program.send("POST", "/api/v1/me/avatar", Some("image/png"), picture.clone()).await.is(200);
    assert_ne!(answer.data()["avatar"], first);
    // As large as a picture may be, also for programs that send a key with every call.
    let large = [picture.as_slice(), &vec![0; 3 << 20]].concat();
    let keyed = site.program_of(&ada, &[marquee::api::Scope::Write]).await.with("idempotency-key", "picture");
    keyed.send("POST", "/api/v1/me/avatar", Some("image/png"), large).await.is(200);
    let refused = program.send("POST", "/api/v1/me/avatar", Some("image/png"), b"text".to_vec()).await.is(422);
    assert_eq!(refused.data()["file"], "This is no PNG, JPEG or WebP image.");
    program.send("POST", "/api/v1/me/avatar", Some("image/png"), vec![0; 7 << 20]).await.is(413);
    program.post("/api/v1/me/avatar", json!({"avatar": "https://evil.example/x.png"})).await.is(400);
    let reader = site.program_of(&ada, &[marquee::api::Scope::Read]).await;
    reader.send("POST", "/api/v1/me/avatar", Some("image/png"), picture.clone()).await.is(403);
    reader.delete("/api/v1/me/avatar").await.is(403);
    site.program().send("POST", "/api/v1/me/avatar", Some("image/png"), picture).await.is(401);
    assert!(program.delete("/api/v1/me/avatar").await.is(200).data()["avatar"].is_null());
    assert!(program.delete("/api/v1/me/avatar").await.is(200).data()["avatar"].is_null());
}
