//! Posters against the look's own sheets, and against titles nobody would wish on a printer.
use std::collections::BTreeSet;

use proptest::prelude::*;
use resvg::usvg;

use super::{Look, Sheet, avatar_palette, hang, likeness, look, not_found, og_png, png, svg};

/// The gallery of the look: what each sheet was made from, and what came of it.
const GALLERY: [(&str, u32, &str, u8, u8); 24] = [
    ("late-night-jazz-gasometer", 652, "Late Night Jazz at the Gasometer", 0, 0),
    ("intro-to-rust", 561, "Intro to Rust: ownership without tears", 15, 5),
    ("nachtzug-lesung", 255, "Zürich–Basel: Nachtzug-Lesung", 7, 3),
    ("repair-cafe-dezember", 8, "Repair Café", 8, 10),
    ("marche-de-noel", 315, "Marché de Noël du Petit-Bâle", 2, 8),
    (
        "kammerorchester-winterreise",
        18,
        "Kammerorchester Rheinknie spielt Schuberts «Winterreise», bearbeitet für Streicher und Akkordeon",
        1,
        2,
    ),
    ("club-subsole", 303, "Subsole", 5, 7),
    ("nachbarschaftsfest-klybeck", 5, "Nachbarschaftsfest Klybeck", 6, 1),
    ("kaligrafi-atolyesi", 2, "Kaligrafi atölyesi: kamış kalemle ilk harfler", 3, 4),
    ("life-drawing-monday", 3, "Life drawing, no experience needed", 10, 5),
    ("cena-sociale", 0, "Cena sociale di Sant’Ambrogio", 14, 11),
    ("haiku-evening", 7, "俳句の夕べ", 12, 9),
    ("climbing-first-timers", 0, "Climbing for first-timers", 9, 6),
    ("kino-im-zelt", 5, "Kino im Zelt: «Der letzte Walzer»", 8, 0),
    ("noche-de-cumbia", 436, "Noche de cumbia", 2, 0),
    ("warsztaty-ceramiki", 0, "Warsztaty ceramiki dla początkujących", 13, 8),
    ("open-data-hackday", 4, "Open Data Hackday 2026", 7, 3),
    ("rhine-swim-winter", 11, "Winter swim in the Rhine", 3, 4),
    ("pflanzentausch", 35, "Pflanzentausch", 3, 3),
    ("type-walk", 0, "Type walk: lettering on old shopfronts", 0, 4),
    ("vin-et-vinyles", 2, "Vin et vinyles", 14, 11),
    ("silvester-brunch", 0, "Neujahrsbrunch für alle, die niemanden kennen", 4, 2),
    ("board-game-night", 3, "Board game night", 10, 1),
    ("velo-werkstatt", 529, "Velo-Werkstatt: Licht und Bremsen", 13, 9),
];

fn sheet<'a>(slug: &'a str, title: &'a str, variant: u32) -> Sheet<'a> {
    Sheet { slug, title, date: "Sat 5 Dec", time: "10:00", day: 5, variant }
}

fn parses(svg: &str) -> usvg::Tree {
    usvg::Tree::from_str(svg, &usvg::Options::default()).unwrap_or_else(|e| panic!("{e}: {svg}"))
}

/// Markup and numbers apart: the one must be the same, the others nearly so.
fn same(one: &str, other: &str) {
    let number = |c: char| c.is_ascii_digit() || c == '.' || c == '-';
    let markup = |svg: &str| svg.split(|c| number(c) || c == ' ').collect::<String>();
    assert_eq!(markup(one), markup(other));
    let numbers = |svg: &str| {
        let spaced = svg.replace('-', " -");
        spaced.split(|c| !number(c)).filter_map(|n| n.parse::<f64>().ok()).collect::<Vec<_>>()
    };
    let (one, other) = (numbers(one), numbers(other));
    assert_eq!(one.len(), other.len());
    for (a, b) in one.into_iter().zip(other) {
        assert!((a - b).abs() < 0.25, "{a} or {b}");
    }
}

#[test]
fn the_gallery_has_its_palettes_and_compositions() {
    for (slug, variant, _, palette, composition) in GALLERY {
        assert_eq!(look(slug, variant), Look { palette, composition }, "{slug}");
    }
}

#[test]
fn sheets_are_those_of_the_look() {
    same(&svg(&sheet("repair-cafe-dezember", "Repair Café", 8)), include_str!("reference/repair-cafe-dezember.svg"));
    let board_games =
        Sheet { date: "Wed 16 Dec", time: "19:00", day: 16, ..sheet("board-game-night", "Board game night", 3) };
    same(&svg(&board_games), include_str!("reference/board-game-night.svg"));
    same(&not_found(), include_str!("reference/404.svg"));
}

#[test]
fn a_poster_is_the_same_for_ever() {
    for (slug, variant, title, ..) in GALLERY {
        assert_eq!(svg(&sheet(slug, title, variant)), svg(&sheet(slug, title, variant)));
    }
}

#[test]
fn a_new_title_or_date_keeps_the_look() {
    let one = svg(&sheet("board-game-night", "Board game night", 3));
    let other = svg(&Sheet { date: "Thu 17 Dec", day: 17, ..sheet("board-game-night", "Games", 3) });
    let shapes = |svg: &str| svg.split('>').take(4).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(shapes(&one), shapes(&other));
}

#[test]
fn posters_are_light_and_need_no_style() {
    let mut sizes = Vec::new();
    for (slug, variant, title, ..) in GALLERY {
        let svg = svg(&sheet(slug, title, variant));
        parses(&svg);
        for word in ["style", "class", "href", "<text", "script", "NaN", "inf"] {
            assert!(!svg.contains(word), "{slug}: {word}");
        }
        sizes.push(svg.len());
    }
    sizes.sort_unstable();
    assert!((8_000..19_000).contains(&sizes[12]), "{sizes:?}");
    assert!(sizes[23] < 40_000, "{sizes:?}");
}

#[test]
fn a_title_the_face_lacks_goes_wordless() {
    let variant = 0;
    let bars = |title| svg(&sheet("haiku-evening", title, variant)).matches("h800v").count();
    for title in ["俳句の夕べ", "قهوة وكتاب", "Ελλάδα", "🎉🎉", "", "\u{0}\u{200f}", "Ночь джаза"]
    {
        assert_eq!(bars(title), 8, "{title}");
    }
    assert_ne!(bars("Haiku"), 8);
}

#[test]
fn small_type_the_face_lacks_becomes_digits() {
    let japanese = svg(&Sheet { date: "12月8日(火)", time: "午後6:30", ..sheet("haiku", "Haiku", 0) });
    assert_eq!(japanese, svg(&Sheet { date: "12.8", time: "6:30", ..sheet("haiku", "Haiku", 0) }));
}

#[test]
fn hostile_titles_in_every_composition() {
    let endless = "Ein sehr langer Titel, der nie endet, ".repeat(300);
    let titles = [
        String::new(),
        "\u{0}<script>&\"'>]]>".to_owned(),
        "A".repeat(10_000),
        "i ".repeat(5_000),
        "e\u{301}\u{302}\u{303}".repeat(3_000),
        "…".to_owned(),
        "_ . ' -".to_owned(),
        "– – – – &".to_owned(),
        "\u{a0}\u{ad}\u{2028}".to_owned(),
        "ŉ ß ǰ İ".to_owned(),
        endless,
    ];
    let every: Vec<u32> =
        (0..12).map(|wanted| (0..).find(|v| look("x", *v).composition == wanted).expect("one of each")).collect();
    assert_eq!(every.iter().collect::<BTreeSet<_>>().len(), 12);
    for title in &titles {
        for variant in &every {
            let svg = svg(&sheet("x", title, *variant));
            assert!(!svg.contains("NaN") && !svg.contains("inf") && svg.len() < 120_000, "{title:.40}: {}", svg.len());
            parses(&svg);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn any_words_make_a_poster(slug in ".{0,20}", title in "\\PC{0,60}|.{0,60}", small in ".{0,40}", day: i8, variant: u32) {
        let svg = svg(&Sheet { slug: &slug, title: &title, date: &small, time: &small, day, variant });
        prop_assert!(!svg.contains("NaN") && !svg.contains("inf"));
        parses(&svg);
    }

    #[test]
    fn latin_titles_are_set(title in "[A-Za-zÀ-ž0-9 .,:;–&’«»-]{0,120}", variant in 0..48_u32) {
        let svg = svg(&sheet("latin", &title, variant));
        prop_assert!(!svg.contains("NaN") && !svg.contains("inf"));
        parses(&svg);
    }
}

#[test]
fn the_first_poster_hangs_as_it_is() {
    assert_eq!(hang("climbing-first-timers", &[]), 0);
}

#[test]
fn hanging_avoids_its_neighbours_and_ties_go_to_the_lowest() {
    let bare = look("jazz", 0);
    let chosen = hang("jazz", &[bare]);
    let free = |v: &u32| {
        let other = look("jazz", *v);
        other.palette != bare.palette && other.composition != bare.composition
    };
    assert_eq!(chosen, (0..16).find(free).expect("a free one"));
}

#[test]
fn near_neighbours_weigh_more_and_the_eighth_nothing() {
    let one = Look { palette: 1, composition: 1 };
    let other = Look { palette: 2, composition: 2 };
    assert_eq!(likeness(one, &[one]), 35);
    assert_eq!(likeness(one, &[other, Look { palette: 1, composition: 9 }]), 18);
    assert_eq!(likeness(one, &[other, other, other, other, other, other, one]), 5);
    assert_eq!(likeness(one, &[other, other, other, other, other, other, other, one]), 0);
}

#[test]
fn a_wall_of_posters_is_varied() {
    let mut wall: Vec<Look> = Vec::new();
    for i in 0..60 {
        let slug = format!("event-{i}");
        let before: Vec<Look> = wall.iter().rev().take(7).copied().collect();
        wall.push(look(&slug, hang(&slug, &before)));
    }
    assert!(wall.windows(2).all(|pair| pair[0].palette != pair[1].palette));
    assert!(wall.windows(2).all(|pair| pair[0].composition != pair[1].composition));
}

#[test]
fn png_has_the_asked_size() {
    let poster = svg(&sheet("type-walk", "Type walk", 0));
    for (width, height) in [(480, 600), (80, 100), (300, 300)] {
        let image = image::load_from_memory(&png(&poster, width, height).expect("an image")).expect("an image");
        assert_eq!((image.width(), image.height()), (width, height));
    }
    let ground = image::load_from_memory(&png(&poster, 80, 100).expect("an image")).expect("an image").to_rgba8();
    assert_eq!(ground[(1, 98)].0, [0xff, 0x4b, 0x1f, 255]);
}

#[test]
fn png_refuses_what_is_no_image() {
    assert!(png(&not_found(), 0, 600).is_err());
    assert!(png(&not_found(), 480, 1_000_000).is_err());
    assert!(png("<svg", 480, 600).is_err());
}

#[test]
fn the_open_graph_image_is_on_the_posters_ground() {
    let bytes = og_png(&sheet("marche-de-noel", "Marché de Noël", 315)).expect("an image");
    let image = image::load_from_memory(&bytes).expect("an image").to_rgba8();
    assert_eq!(image.dimensions(), (1200, 630));
    assert_eq!(image[(5, 5)].0, [0xff, 0xd6, 0x0a, 255]);
}

#[test]
fn avatars_have_one_of_sixteen_palettes() {
    assert_eq!(avatar_palette(""), 5);
    assert_eq!(avatar_palette("a"), 12);
    assert!((0..100).all(|id| avatar_palette(&id.to_string()) < 16));
}
