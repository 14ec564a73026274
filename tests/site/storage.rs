//! Uploads in a bucket: kept there, shown through the site, and done without while the storage is down or silent.
mod authority;
mod bucket;
#[cfg(feature = "browser")]
mod others;

use std::sync::Arc;

use image::ImageFormat;
use marquee::app::App;
use marquee::backup;
use marquee::config::{Config, Source};
use marquee::doctor::{Finding, examine};
use marquee::files::{Files, Picture};
use marquee::mail::Mailer;
use marquee::signin::passwords::Passwords;

use crate::avatar::plain;
use crate::browser::Browser;
use crate::site::Site;
use bucket::{Bucket, KEY, NAME, REGION, SECRET, Weather};

fn settings(bucket: &Bucket) -> Vec<(&str, &str)> {
    vec![
        ("S3_BUCKET", NAME),
        ("S3_ENDPOINT", bucket.url.as_str()),
        ("S3_REGION", REGION),
        ("S3_ACCESS_KEY_ID", KEY),
        ("S3_SECRET_ACCESS_KEY", SECRET),
        ("S3_PREFIX", "marquee/uploads"),
    ]
}

/// The storage that these settings name.
fn files(settings: &[(&str, &str)]) -> Files {
    Files::open(&Config::read(&Source::of(settings)).unwrap()).unwrap()
}

async fn upload<'a>(browser: &'a mut Browser, path: &str) -> &'a mut Browser {
    let head = b"--x\r\nContent-Disposition: form-data; name=\"up\"; filename=\"x\"\r\n\r\n";
    let body = [head.as_slice(), &plain(ImageFormat::Png, [9, 90, 200]), b"\r\n--x--\r\n"].concat();
    browser.request("POST", path, Some("multipart/form-data; boundary=x"), body).await
}

/// A site on a bucket, and its host with a picture, whose event has a cover: their addresses.
async fn hung(bucket: &Bucket) -> (Site, Browser, [String; 2]) {
    hung_in(Site::with(&settings(bucket)).await).await
}

async fn hung_in(site: Site) -> (Site, Browser, [String; 2]) {
    let event = site.event("Quiz").make().await;
    let mut host = site.member("host").await;
    upload(&mut host, &format!("{}/cover", event.path())).await.is(303);
    upload(&mut host, "/settings/picture").await.is(303);
    let avatar = site.account_named("host").await.shown.avatar.unwrap();
    (site, host, [format!("/avatars/{avatar}-96.webp"), format!("{}/cover.jpg", event.path())])
}

#[tokio::test]
async fn uploads_lie_in_the_bucket_and_are_shown_through_the_site() {
    let bucket = Bucket::open().await;
    let (site, mut host, [avatar, cover]) = hung(&bucket).await;
    assert_eq!(bucket.keys().len(), 4, "two sizes of each");
    assert!(bucket.keys().iter().all(|key| key.starts_with("marquee/uploads/")), "{:?}", bucket.keys());
    assert!(std::fs::read_dir(site.app.config.data_dir.join("files")).is_err(), "nothing lies in a folder");
    for (path, kind) in [(&avatar, "image/webp"), (&cover, "image/jpeg")] {
        let mut visitor = site.browser();
        visitor.visit(path).await.is(200);
        assert_eq!(visitor.headers["content-type"], kind);
        assert!(image::load_from_memory(&visitor.bytes).is_ok());
    }
    host.post("/settings/picture/removal", &[]).await.is(303);
    site.work().await;
    assert_eq!(bucket.keys().len(), 2, "and go when nobody has them any more");
    host.visit(&avatar).await.is(404);
}

#[tokio::test]
async fn a_list_goes_on_over_its_pages_and_names_what_is_ours_alone() {
    let bucket = Bucket::open().await;
    bucket.objects.lock().unwrap().insert("somebody/else".into(), "x".into());
    let files = files(&settings(&bucket));
    for n in 0..5_u8 {
        files.put(&format!("covers/{n}.jpg"), vec![n]).await.unwrap();
    }
    let mut keys = files.list().await.unwrap();
    keys.sort();
    assert_eq!(keys, [0, 1, 2, 3, 4].map(|n| format!("covers/{n}.jpg")));
    assert_eq!(files.get("covers/3.jpg").await.unwrap().as_deref(), Some(&[3][..]));
    assert_eq!(files.get("covers/9.jpg").await.unwrap(), None);
    files.delete("covers/3.jpg").await.unwrap();
    files.delete("covers/3.jpg").await.unwrap();
    assert_eq!(files.get("covers/3.jpg").await.unwrap(), None);
}

#[tokio::test]
async fn nothing_is_read_or_written_with_another_secret_and_no_sentence_holds_it() {
    let bucket = Bucket::open().await;
    let mut wrong = settings(&bucket);
    wrong.push(("S3_SECRET_ACCESS_KEY", "another-secret-of-somebody"));
    let files = files(&wrong);
    let told = [
        files.put("covers/a.jpg", vec![1]).await.unwrap_err(),
        files.get("covers/a.jpg").await.unwrap_err(),
        files.list().await.unwrap_err(),
        files.delete("covers/a.jpg").await.unwrap_err(),
    ];
    for told in told {
        let text = format!("{told:#} {told:?}");
        assert!(text.contains("SignatureDoesNotMatch") && !text.contains("another-secret"), "{text}");
    }
    assert!(bucket.keys().is_empty());
}

#[tokio::test]
async fn a_stumble_is_bridged_and_what_stays_down_is_asked_three_times() {
    let bucket = Bucket::open().await;
    let files = files(&settings(&bucket));
    bucket.weather(Weather::Stumbling(2));
    files.put("covers/a.jpg", vec![1]).await.unwrap();
    assert_eq!(bucket.times("PUT"), 3);
    bucket.weather(Weather::Down);
    files.get("covers/a.jpg").await.unwrap_err();
    assert_eq!(bucket.times("GET"), 3);
}

/// What a site does while its storage gives nothing back.
async fn goes_on(weather: Weather) {
    let bucket = Bucket::open().await;
    // So much patience, and no more, where it is silent.
    let hasty = [settings(&bucket), vec![("S3_TIMEOUT_SECONDS", "1")]].concat();
    let (site, mut host, paths) = hung_in(Site::with(&hasty).await).await;
    let before = (site.account_named("host").await.shown.avatar, bucket.keys());
    bucket.weather(weather);
    let event = paths[1].trim_end_matches("/cover.jpg");
    for (path, kind) in [(paths[0].as_str(), "image/svg+xml"), (paths[1].as_str(), "image/png")] {
        let mut visitor = site.browser();
        visitor.visit(path).await.is(200);
        assert_eq!(visitor.headers["content-type"], kind);
        assert_eq!(visitor.headers["cache-control"], "no-store");
    }
    site.browser().visit(&format!("{event}/og.png")).await.is(200);
    for path in [event, "/", "/settings"] {
        host.visit(path).await.is(200);
    }
    for path in ["/settings/picture".to_owned(), format!("{event}/cover")] {
        upload(&mut host, &path).await.is(422);
        assert!(host.error_at("up").starts_with("The image cannot be stored just now"), "{}", host.text());
    }
    bucket.weather(Weather::Fine);
    assert_eq!((site.account_named("host").await.shown.avatar, bucket.keys()), before);
    site.browser().visit(&paths[0]).await.is(200);
    upload(&mut host, "/settings/picture").await.is(303);
}

#[tokio::test]
async fn while_the_storage_is_down_pages_show_others_and_uploads_are_refused() {
    goes_on(Weather::Down).await;
}

#[tokio::test]
async fn while_the_storage_is_silent_nobody_waits_for_it_for_long() {
    goes_on(Weather::Silent).await;
}

#[tokio::test]
async fn what_is_to_be_forgotten_while_the_storage_is_down_goes_when_it_is_back() {
    let bucket = Bucket::open().await;
    let (site, mut host, _) = hung(&bucket).await;
    bucket.weather(Weather::Down);
    host.post("/settings/picture/removal", &[]).await.is(303);
    site.work().await;
    assert_eq!(bucket.keys().len(), 4);
    bucket.weather(Weather::Fine);
    site.later(marquee::clock::hours(1)).await;
    assert_eq!(bucket.keys().len(), 2);
}

#[tokio::test]
async fn what_is_no_picture_is_not_shown_whoever_put_it_there() {
    let bucket = Bucket::open().await;
    let (site, _, paths) = hung(&bucket).await;
    for object in bucket.objects.lock().unwrap().values_mut() {
        *object = "<script>alert(1)</script>".into();
    }
    for path in paths {
        let mut visitor = site.browser();
        visitor.visit(&path).await.is(200);
        assert!(!visitor.bytes.windows(6).any(|part| part == b"script"), "{path}");
    }
    let files = files(&settings(&bucket));
    assert_eq!(files.picture("covers/x.jpg", "image/jpeg").await, Picture::Gone);
}

#[tokio::test]
async fn the_doctor_writes_reads_lists_and_removes_and_says_what_is_wrong() {
    let bucket = Bucket::open().await;
    let site = Site::with(&settings(&bucket)).await;
    let well = Finding::Well("Uploads can be written, read, listed and deleted".into());
    assert!(examine(&site.app).await.contains(&well));
    assert!(bucket.keys().is_empty(), "nothing stays behind");
    bucket.weather(Weather::Down);
    let told = examine(&site.app).await;
    let wrong = |finding: &Finding| matches!(finding, Finding::Wrong(text) if text.starts_with("The bucket for uploads: Nothing can be written"));
    assert!(told.iter().any(wrong), "{told:?}");
}

/// The same site with its uploads in this bucket.
fn moved(site: &Site, bucket: &Bucket) -> App {
    let mailer = Mailer::Memory(Arc::clone(&site.mails));
    let config = (*site.app.config).clone();
    let files = files(&settings(bucket));
    App::with(config, site.app.db.clone(), site.app.clock.clone(), mailer, files, Passwords::cheap()).unwrap()
}

#[tokio::test]
async fn a_backup_takes_files_out_of_one_bucket_and_a_restore_puts_them_into_another() {
    let (here, there) = (Bucket::open().await, Bucket::open().await);
    let (site, ..) = hung(&here).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("site.backup");
    assert_eq!(backup::backup(&site.app, &file).await.unwrap().files(), 4);
    let other = Site::empty(false).await;
    let (_, differences) = backup::restore(&moved(&other, &there), &file).await.unwrap();
    assert!(differences.is_empty(), "{differences:?}");
    assert_eq!(*here.objects.lock().unwrap(), *there.objects.lock().unwrap());
    // And into a folder, as where no bucket is set.
    let third = Site::empty(false).await;
    backup::restore(&third.app, &file).await.unwrap();
    assert_eq!(third.app.files.list().await.unwrap().len(), 4);
    // What cannot be read is no backup.
    here.weather(Weather::Down);
    assert!(backup::backup(&site.app, &folder.path().join("other.backup")).await.is_err());
}
