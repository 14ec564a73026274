//! What is on in the demo: forty evenings in several languages.
use crate::events::Category::{self, Food, Making, Music, Neighbourhood, Sport, Stage, Talks};
use crate::events::Pricing::{self, Donation, Fixed};

/// One event of the demo.
pub struct Row {
    /// Days from today; negative is past.
    pub day: i64,
    /// Start as hour and minute, and how long, in minutes.
    pub at: (i8, i8),
    pub minutes: i64,
    pub language: &'static str,
    pub category: Category,
    pub title: &'static str,
    pub summary: &'static str,
    /// Place, address.
    pub place: (&'static str, &'static str),
    pub capacity: i64,
    /// Of [`super::HOSTS`].
    pub host: usize,
}

#[expect(clippy::too_many_arguments, reason = "a row of a table")]
const fn row(
    day: i64,
    at: (i8, i8),
    minutes: i64,
    language: &'static str,
    category: Category,
    title: &'static str,
    summary: &'static str,
    place: (&'static str, &'static str),
    capacity: i64,
    host: usize,
) -> Row {
    Row { day, at, minutes, language, category, title, summary, place, capacity, host }
}

const WERKRAUM: (&str, &str) = ("Werkraum, 3rd floor", "Gerbergasse 30, 4001 Basel");
const GASOMETER: (&str, &str) = ("Gasometer, Hall 2", "Gaswerkstrasse 12, 4056 Basel");
const MATTE: (&str, &str) = ("Quartierhaus Matte", "Mattenstrasse 45, 4058 Basel");
const ATELIER: (&str, &str) = ("Atelier Nord", "Nordtorweg 3, 4056 Basel");
const BIBLIOTHEK: (&str, &str) = ("Bibliothek Spalenhof", "Spalenberg 12, 4051 Basel");
const KELLER: (&str, &str) = ("Keller 9", "Klybeckstrasse 9, 4057 Basel");
const BOULDER: (&str, &str) = ("Boulderwerk", "Güterstrasse 100, 4053 Basel");
const CUCINA: (&str, &str) = ("Cucina Comune", "Feldbergstrasse 20, 4057 Basel");
const RHEIN: (&str, &str) = ("Rheinbad St. Johann", "St. Johanns-Rheinweg 50, 4056 Basel");
const ONLINE: (&str, &str) = ("", "");

/// The event that is over and had a full guest list.
pub const PAST: &str = "Pflanzentausch";
/// The one that is sold out.
pub const SOLD_OUT: &str = "Subsole";
/// The one whose address only holders see.
pub const HIDDEN: &str = "Supper club: five courses, one long table";

#[rustfmt::skip]
pub const ROWS: &[Row] = &[
    row(-7, (13, 0), 180, "de", Neighbourhood, PAST, "Setzlinge, Ableger, Zimmerlinden: bringen, tauschen, heimtragen.", ("Gärtnerei Nordtor", "Nordtorweg 8, 4056 Basel"), 24, 1),
    row(-3, (19, 30), 120, "en", Talks, "What the census forgot", "A statistician and a street photographer on people nobody counts.", BIBLIOTHEK, 60, 0),
    row(0, (23, 0), 55, "en", Music, "Late set: three songs each", "Bring a song, hear eleven. The stage is a rug.", KELLER, 40, 2),
    row(1, (18, 30), 150, "en", Talks, "Intro to Rust: ownership without tears", "Bring a laptop and one program that once segfaulted.", WERKRAUM, 36, 0),
    row(1, (20, 30), 180, "en", Music, "Late Night Jazz at the Gasometer", "A quartet under forty metres of echo.", GASOMETER, 180, 2),
    row(2, (22, 10), 110, "de", Stage, "Zürich–Basel: Nachtzug-Lesung", "Vier Autorinnen lesen auf der Fahrt ohne Halt. Einstieg ab 21.50 auf Gleis 17, Abteil nach Wahl, Suppe inbegriffen.", ("Gleis 17, Badischer Hof", "Schwarzwaldallee 200, 4058 Basel"), 48, 1),
    row(3, (10, 0), 240, "en", Neighbourhood, "Repair Café", "Bring the lamp, the bike, the jumper with the hole. We have the tools, the solder and people who like a puzzle.", MATTE, 80, 1),
    row(3, (16, 0), 300, "fr", Neighbourhood, "Marché de Noël du Petit-Bâle", "Vin chaud, bougies, et la fanfare du quartier à la tombée du jour.", ("Cour des Tanneurs", "Gerberberglein 4, 4051 Basel"), 400, 3),
    row(3, (19, 30), 130, "de", Music, "Kammerorchester Rheinknie spielt Schuberts «Winterreise», bearbeitet für Streicher und Akkordeon", "Ein langer Titel für einen stillen Abend.", ("Martinssaal", "Martinskirchplatz 4, 4051 Basel"), 220, 2),
    row(3, (23, 0), 360, "en", Music, SOLD_OUT, "Dub below the pavement.", KELLER, 12, 2),
    row(4, (11, 0), 360, "de", Neighbourhood, "Nachbarschaftsfest Klybeck", "Kuchen, Flohmarkt, Blasmusik. Bei Regen in der Halle.", ("Klybeckplatz", "Klybeckplatz, 4057 Basel"), 500, 1),
    row(4, (14, 0), 180, "tr", Making, "Kaligrafi atölyesi: kamış kalemle ilk harfler", "Kalem, mürekkep ve kağıt bizden. Sabır sizden.", ATELIER, 14, 3),
    row(5, (19, 0), 120, "en", Making, "Life drawing, no experience needed", "Charcoal, paper and a warm room.", ATELIER, 20, 3),
    row(5, (19, 30), 180, "it", Food, "Cena sociale di Sant’Ambrogio", "Risotto per sessanta, cucinato insieme.", CUCINA, 60, 3),
    row(6, (18, 0), 120, "ja", Stage, "俳句の夕べ", "冬の季語を一つ選び、声に出して読み、一句つくります。初心者歓迎。", BIBLIOTHEK, 25, 0),
    row(7, (17, 30), 120, "en", Sport, "Climbing for first-timers", "Two hours on the easy wall with someone who knows the ropes. Shoes and chalk are included; bring socks.", BOULDER, 16, 1),
    row(8, (20, 0), 130, "de", Stage, "Kino im Zelt: «Der letzte Walzer»", "35-mm-Kopie, Originalton mit Untertiteln, im geheizten Zelt. Decken liegen bereit.", ("Marktplatz, grosses Zelt", "Marktplatz, 4001 Basel"), 150, 2),
    row(9, (18, 0), 180, "pl", Making, "Warsztaty ceramiki dla początkujących", "Dwie kule gliny, jeden wieczór, kubek na własność.", ("Töpferei Linde", "Lindenberg 8, 4058 Basel"), 10, 3),
    row(9, (21, 30), 240, "es", Music, "Noche de cumbia", "Acordeón, güira y un suelo que aguanta.", ("Halle Süd", "Dreispitzstrasse 2, 4053 Basel"), 300, 2),
    row(10, (7, 0), 60, "de", Sport, "Rheinschwimmen im Winter", "Hinein, hinaus, Tee. Nur für Geübte, nie allein.", RHEIN, 30, 1),
    row(10, (10, 0), 420, "en", Talks, "Open data hackday", "City data, eight tables, one projector, soup at noon.", WERKRAUM, 64, 0),
    row(11, (15, 0), 150, "en", Neighbourhood, "Type walk: signs between the station and the river", "Painted, neon, enamel. Ends where there is cake.", ("Bahnhof SBB, main hall", "Centralbahnplatz, 4051 Basel"), 18, 0),
    row(12, (19, 0), 180, "en", Neighbourhood, "Board game night", "Forty boxes, tea, and nobody who reads all the rules aloud.", MATTE, 40, 1),
    row(13, (18, 0), 120, "de", Neighbourhood, "Velo-Werkstatt: Licht und Bremsen", "Wir zeigen, du schraubst.", ("Werkraum, Hof", "Gerbergasse 30, 4001 Basel"), 12, 1),
    row(14, (19, 30), 150, "fr", Music, "Vin et vinyles", "Chacun apporte un disque et dit pourquoi.", KELLER, 35, 3),
    row(15, (18, 30), 90, "en", Talks, "Ask a structural engineer", "Why the bridge hums, and other questions.", ONLINE, 200, 0),
    row(16, (19, 0), 180, "en", Food, HIDDEN, "You get the address with your place. Come hungry.", ("Mara’s flat, 4th floor", "Rheingasse 17, 4058 Basel"), 12, 0),
    row(17, (10, 0), 300, "de", Making, "Linolschnitt: eine Karte, zwanzig Drucke", "Mit der alten Andruckpresse. Schürzen sind da.", ATELIER, 12, 3),
    row(18, (17, 0), 120, "it", Talks, "Dante ad alta voce", "Un canto a settimana, per chi non l’ha mai finito.", BIBLIOTHEK, 30, 3),
    row(19, (20, 0), 150, "en", Stage, "Improv: the audience writes the last act", "Five players, one hat full of nouns.", GASOMETER, 120, 2),
    row(20, (14, 0), 120, "en", Sport, "Learn to curl", "Stones, brooms, and a bus from the station at 13:15.", ("Eishalle St. Jakob", "Brüglingen 33, 4052 Basel"), 24, 1),
    row(21, (11, 0), 240, "de", Food, "Silvester-Brunch, eine Woche zu früh", "Damit am Tag selber alle ausschlafen können.", CUCINA, 50, 1),
    row(23, (19, 0), 120, "es", Talks, "Tertulia: la palabra que falta", "Cada cual trae una palabra que no existe en otra lengua.", BIBLIOTHEK, 22, 3),
    row(25, (18, 30), 150, "en", Talks, "Async without fear", "The second evening of the Rust course. The first is not needed.", WERKRAUM, 36, 0),
    row(27, (20, 0), 180, "de", Music, "Chor für alle, die nicht singen können", "Drei Akkorde, vier Stimmen, null Vorkenntnisse.", ("Martinssaal", "Martinskirchplatz 4, 4051 Basel"), 90, 2),
    row(29, (9, 0), 480, "en", Sport, "Snowshoes to the Chasseral", "Train at 7:03. Shoes can be rented at the top.", ("Bahnhof SBB, platform 4", "Centralbahnplatz, 4051 Basel"), 20, 1),
    row(31, (19, 0), 120, "ja", Making, "金継ぎ入門", "割れた器をひとつ、お持ちください。", ATELIER, 8, 3),
    row(33, (18, 0), 180, "en", Making, "Mend the jumper you love", "Darning, patching, and a table of wool.", MATTE, 18, 1),
    row(36, (20, 30), 150, "fr", Stage, "Théâtre d’ombres: la ville la nuit", "Sans paroles, avec violoncelle.", GASOMETER, 140, 2),
    row(39, (19, 0), 150, "en", Talks, "How we run this place on one small computer", "The operators of this site show the bill.", ONLINE, 300, 0),
    row(42, (18, 30), 180, "de", Neighbourhood, "Quartierversammlung mit Suppe", "Drei Traktanden, zwei Suppen.", MATTE, 120, 1),
];

/// Who fills the guest lists.
pub const GUESTS: &[&str] = &[
    "Lea Engström",
    "Tomasz Wiśniewski",
    "Giulia Moretti",
    "渡辺 さくら",
    "Beat Rüegg",
    "Sönke Ahrens",
    "Amina Diallo",
    "Noé Girard",
    "Ines Castro",
    "Yusuf Demir",
    "Hanna Vogel",
    "Piotr Nowak",
    "Chiara Bianchi",
    "Lukas Steiner",
    "Mei Lin",
    "Oskar Berg",
    "Fatou Sow",
    "Elif Aydın",
    "Mateo Ruiz",
    "Klara Novák",
    "Ravi Patel",
    "Sofia Rossi",
    "Emil Jansen",
    "Nora Keller",
    "Hugo Blanc",
];

/// An event of the demo that costs something.
pub struct Paid {
    pub title: &'static str,
    /// Name, how it is priced, price in rappen (of a donation the least), places of its own.
    pub types: &'static [(&'static str, Pricing, i64, Option<i64>)],
    pub at_the_door: bool,
}

/// Its sale is over.
pub const EARLY_BIRD: &str = "Early bird";

const fn paid(title: &'static str, types: &'static [(&'static str, Pricing, i64, Option<i64>)]) -> Paid {
    Paid { title, types, at_the_door: false }
}

#[rustfmt::skip]
pub const PAID: &[Paid] = &[
    paid("Intro to Rust: ownership without tears", &[("Standard", Fixed, 1_200, None)]),
    paid("Late Night Jazz at the Gasometer", &[("Standard", Fixed, 2_800, None), ("Reduced", Fixed, 1_800, None), ("Supporter", Fixed, 4_200, Some(5)), (EARLY_BIRD, Fixed, 2_200, Some(40))]),
    paid("Zürich–Basel: Nachtzug-Lesung", &[("Abteil 2. Klasse", Fixed, 3_200, None), ("Liegewagen", Fixed, 4_800, Some(12))]),
    paid("Kammerorchester Rheinknie spielt Schuberts «Winterreise», bearbeitet für Streicher und Akkordeon", &[("Parkett", Fixed, 4_800, None), ("Empore", Fixed, 3_200, Some(60)), ("In Ausbildung", Fixed, 1_600, Some(30))]),
    paid("Kaligrafi atölyesi: kamış kalemle ilk harfler", &[("Yer", Fixed, 3_500, None)]),
    paid("Cena sociale di Sant’Ambrogio", &[("Posto a tavola", Donation, 1_000, None)]),
    paid("Climbing for first-timers", &[("Standard", Fixed, 2_400, None)]),
    paid("Kino im Zelt: «Der letzte Walzer»", &[("Eintritt", Fixed, 1_600, None), ("Ermässigt", Fixed, 1_200, None)]),
    paid("Warsztaty ceramiki dla początkujących", &[("Miejsce", Fixed, 4_500, None)]),
    Paid { title: "Noche de cumbia", types: &[("Entrada", Fixed, 1_500, None)], at_the_door: true },
    paid(HIDDEN, &[("Place at the table", Fixed, 4_800, None)]),
    paid("Improv: the audience writes the last act", &[("Standard", Fixed, 2_000, None)]),
    paid("金継ぎ入門", &[("参加費", Fixed, 4_200, None)]),
    paid("Théâtre d’ombres: la ville la nuit", &[("Plein tarif", Fixed, 2_200, None), ("Tarif réduit", Fixed, 1_400, None)]),
];
