//! A site in one file: made while places are sold, put back elsewhere, on the same engine and on the other.
use std::path::Path;

use marquee::backup::{self, Manifest};
use marquee::db::sql;
use marquee::orders;

use crate::races::{guest, take, wish};
use crate::site::Site;

/// Rows of every engine's kinds: numbers with a fraction, truth, nothing, letters of many scripts, money, an upload.
async fn lively(site: &Site) -> String {
    let event = site.event("Zoë’s “Ümläut” 日本 🎉 \\ \"x\"").capacity(5_000).price(0).with(|event| {
        event.place_name = "Rhine\tbank\nNorth".into();
    });
    let event = event.make().await;
    let mut tx = site.app.db.write().await.unwrap();
    let point = "UPDATE events SET latitude = 47.558399999999999, longitude = -0.1, cover_key = 'covers/a1'";
    sql(point).execute(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    for size in ["800", "1200"] {
        site.app.files.put(&format!("covers/a1-{size}.jpg"), vec![0xff, 0, 10, 13]).await.unwrap();
    }
    for n in 0..20 {
        take(&site.app, &wish(&site.app, &event, guest(n), 0, 1).await).await.unwrap();
    }
    site.admin("Ada").await;
    site.work().await;
    event.slug
}

/// All rows of a table, as a text that is the same for the same rows.
async fn journal(site: &Site) -> Vec<String> {
    let mut tx = site.app.db.read().await.unwrap();
    let all = marquee::journal::since(&mut tx, 0, 1_000_000).await.unwrap();
    all.iter().map(|entry| format!("{entry:?}")).collect()
}

fn counts(manifest: &Manifest) -> Vec<(&str, u64)> {
    // What backups write down stands among the settings, what a restored site has to do among the jobs.
    let rows = manifest.tables.iter().filter(|table| !matches!(table.name.as_str(), "settings" | "jobs"));
    let mut rows: Vec<_> = rows.map(|table| (table.name.as_str(), table.rows)).collect();
    rows.sort_unstable();
    rows
}

async fn restored(file: &Path, sqlite: bool) -> Site {
    let site = Site::empty(sqlite).await;
    let (_, differences) = backup::restore(&site.app, file).await.unwrap();
    assert_eq!(differences, Vec::<String>::new());
    site
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_made_under_load_is_whole_and_restores_to_a_site_that_goes_on() {
    let site = Site::start().await;
    let slug = lively(&site).await;
    let event = marquee::events::store::by_slug(&site.app.db, &slug).await.unwrap().unwrap();
    let app = site.app.clone();
    let (stop, mut stopped) = tokio::sync::watch::channel(false);
    let (first, sold) = tokio::sync::oneshot::channel();
    let load = tokio::spawn(async move {
        let (mut first, mut n) = (Some(first), 100);
        while !*stopped.borrow_and_update() {
            take(&app, &wish(&app, &event, guest(n), 0, 1).await).await.unwrap();
            n += 1;
            if let Some(first) = first.take() {
                first.send(()).unwrap();
            }
        }
        n - 100
    });
    sold.await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("site.backup");
    let made = backup::backup(&site.app, &file).await.unwrap();
    stop.send(true).unwrap();
    assert!(load.await.unwrap() > 0);
    assert_eq!(backup::verify(&file).unwrap(), made);
    assert_eq!(made.files(), 2);
    let rows = |table: &str| made.tables.iter().find(|known| known.name == table).unwrap().rows;
    assert!(rows("tickets") > 20 && rows("orders") > 20, "what was sold meanwhile is in it");
    assert_eq!(rows("tickets"), rows("attendees"), "it is of one moment");

    let other = restored(&file, false).await;
    // Counted in the restored tables themselves, each by itself.
    let again = backup::backup(&other.app, &folder.path().join("again.backup")).await.unwrap();
    assert_eq!(counts(&again), counts(&made));
    let there = journal(&other).await;
    assert_eq!(there, journal(&site).await[..there.len()], "the same facts, up to the moment of the backup");
    assert_eq!(other.app.files.get("covers/a1-800.jpg").await.unwrap().unwrap().as_ref(), [0xff, 0, 10, 13]);
    // It is a site like any other: places are taken, facts are added, the journal agrees.
    let event = marquee::events::store::by_slug(&other.app.db, &slug).await.unwrap().unwrap();
    take(&other.app, &wish(&other.app, &event, guest(90_000), 0, 2).await).await.unwrap();
    assert_eq!(journal(&other).await[..there.len()], there);
    other.verifies().await;
    other.work().await;
    other.browser().visit("/?q=rhine").await.is(200).sees("Zoë’s");
    other.member("Ada").await.visit("/admin").await.is(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_moves_to_the_other_engine_and_back_without_a_difference() {
    let site = Site::start().await;
    let slug = lively(&site).await;
    let folder = tempfile::tempdir().unwrap();
    let files = [1, 2, 3].map(|n| folder.path().join(n.to_string()));
    let first = backup::backup(&site.app, &files[0]).await.unwrap();
    // On PostgreSQL this goes to SQLite and back; on SQLite there is no other engine to go to.
    let there = restored(&files[0], true).await;
    let second = backup::backup(&there.app, &files[1]).await.unwrap();
    let back = restored(&files[1], false).await;
    let third = backup::backup(&back.app, &files[2]).await.unwrap();
    assert_eq!(counts(&first), counts(&second));
    assert_eq!(counts(&first), counts(&third));
    assert_eq!(journal(&site).await, journal(&there).await);
    assert_eq!(journal(&site).await, journal(&back).await);
    // Byte by byte, where an engine has no manner of its own of writing a number.
    let same = |a: &Manifest, b: &Manifest| {
        let plain = a
            .entries
            .iter()
            .filter(|(name, _)| ["/events/", "/settings/", "/jobs/"].iter().all(|own| !name.contains(own)));
        for (name, sum) in plain {
            assert_eq!(b.entries.get(name), Some(sum), "{name}");
        }
    };
    same(&first, &second);
    same(&first, &third);
    for site in [&there, &back] {
        let event = marquee::events::store::by_slug(&site.app.db, &slug).await.unwrap().unwrap();
        assert_eq!((event.latitude, event.longitude), (Some(47.558_4), Some(-0.1)));
        assert_eq!(event.place_name, "Rhine\tbank\nNorth");
    }
}

#[tokio::test]
async fn what_is_damaged_is_not_restored_and_what_is_there_is_not_overwritten() {
    let site = Site::start().await;
    lively(&site).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("site.backup");
    let made = backup::backup(&site.app, &file).await.unwrap();
    assert!(backup::last(&site.app.db).await.unwrap().is_some());
    let again = backup::backup(&site.app, &file).await.unwrap_err();
    assert!(again.to_string().contains("exists already"), "{again}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing half-made lies about");

    let busy = backup::restore(&site.app, &file).await.unwrap_err();
    assert!(busy.to_string().contains("not empty"), "{busy}");
    let whole = std::fs::read(&file).unwrap();
    let empty = Site::empty(false).await;
    for n in 0..24 {
        let cut = whole.len() * n / 24;
        std::fs::write(&file, &whole[..cut]).unwrap();
        backup::restore(&empty.app, &file).await.expect_err("it was cut short");
        let mut spoiled = whole.clone();
        spoiled[cut] ^= 0x55;
        std::fs::write(&file, &spoiled).unwrap();
        // Some bits of gzip say nothing of the content: its time, and what fills a byte up.
        if let Ok(read) = backup::verify(&file) {
            assert_eq!(read, made, "byte {cut} was spoiled and nobody saw it");
        }
    }
    std::fs::write(&file, &whole).unwrap();
    let (restored, differences) = backup::restore(&empty.app, &file).await.unwrap();
    assert!(differences.is_empty() && restored == made && made.rows() > 100);
    assert_eq!(orders::store::every_order(&mut empty.app.db.read().await.unwrap()).await.unwrap().len(), 20);
}

#[tokio::test]
async fn whatever_ends_a_backup_nothing_half_made_lies_about_and_a_full_disk_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let left = || std::fs::read_dir(folder.path()).unwrap().count();
    let none = backup::backup(&Site::empty(false).await.app, &folder.path().join("none")).await.unwrap_err();
    assert!(format!("{none:#}").contains("no tables of Marquee"), "{none:#}");
    assert_eq!(left(), 0);

    let site = Site::start().await;
    lively(&site).await;
    // The device that never has room, where the backup would write.
    let file = folder.path().join("site.backup");
    std::os::unix::fs::symlink("/dev/full", folder.path().join("site.backup.part")).unwrap();
    let full = format!("{:#}", backup::backup(&site.app, &file).await.unwrap_err());
    assert!(full.starts_with(&format!("The disk of {} is full", file.display())), "{full}");
    assert_eq!(left(), 0);
    assert_eq!(backup::last(&site.app.db).await.unwrap(), None, "none was made");
    backup::backup(&site.app, &file).await.unwrap();
    assert_eq!(left(), 1);
}
