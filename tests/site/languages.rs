//! What is said in which language, and that nothing a person wrote becomes markup or a sentence.
use askama::Template;
use jiff::{Timestamp, ToSpan, civil};
use marquee::i18n::{
    Ago, Currency, Day, DayNoYear,
    Locale::{self, De, En, Fr, Pseudo},
    Money, Month, MonthYear, Say, ShortDay, ShortDayNoYear, ShortWeekday, Text, Time, Weekday, When, filters,
};
use marquee::{says, t, tn};

use crate::site::Site;

#[track_caller]
fn said(what: &dyn Say, en: &str, de: &str, fr: &str) {
    assert_eq!([what.to(En), what.to(De), what.to(Fr)], [en, de, fr]);
    assert!(what.to(Pseudo).chars().count() >= en.chars().count());
}

#[test]
fn days_are_written_as_each_language_does() {
    let d = civil::date(2026, 11, 21);
    said(&Day(d), "Saturday 21 November 2026", "Samstag, 21. November 2026", "samedi 21 novembre 2026");
    said(&ShortDay(d), "21 Nov 2026", "21.11.2026", "21 nov. 2026");
    said(&DayNoYear(d), "Saturday 21 November", "Samstag, 21. November", "samedi 21 novembre");
    said(&ShortDayNoYear(d), "21 Nov", "21. Nov.", "21 nov.");
    said(&Weekday(d), "Saturday", "Samstag", "samedi");
    said(&ShortWeekday(d), "Sat", "Sa", "sam.");
    said(&Month(d), "November", "November", "novembre");
    said(&MonthYear(d), "November 2026", "November 2026", "novembre 2026");
    let d = civil::date(2027, 3, 1);
    said(&Day(d), "Monday 1 March 2027", "Montag, 1. März 2027", "lundi 1 mars 2027");
    said(&ShortDay(d), "1 Mar 2027", "01.03.2027", "1 mars 2027");
    said(&DayNoYear(civil::date(2026, 8, 12)), "Wednesday 12 August", "Mittwoch, 12. August", "mercredi 12 août");
}

/// Patterns are read from icu4x once; every day and minute must come out as icu4x itself writes it.
#[test]
fn every_day_and_minute_is_as_cldr_has_it() {
    use icu_datetime::{DateTimeFormatter, NoCalendarFormatter, fieldsets, input};
    for (l, tag) in [(De, "de-u-ca-gregory"), (Fr, "fr-u-ca-gregory"), (En, "en-GB-u-ca-gregory")] {
        let tag: icu_locale_core::Locale = tag.parse().unwrap();
        let long = DateTimeFormatter::try_new((&tag).into(), fieldsets::YMDE::long()).unwrap();
        let short = DateTimeFormatter::try_new((&tag).into(), fieldsets::YMD::medium()).unwrap();
        for d in civil::date(2026, 1, 1).series(1.day()).take(800) {
            let date = input::Date::try_new_gregorian(d.year().into(), d.month() as u8, d.day() as u8).unwrap();
            let long = long.format(&date).to_string();
            assert_eq!(Day(d).to(l), if l == En { long.replace(',', "") } else { long });
            assert_eq!(ShortDay(d).to(l), short.format(&date).to_string());
        }
        let clock = NoCalendarFormatter::try_new((&tag).into(), fieldsets::T::hm()).unwrap();
        for minute in 0..24 * 60 {
            let (h, m) = ((minute / 60) as i8, (minute % 60) as i8);
            let time = input::Time::try_new(h as u8, m as u8, 0, 0).unwrap();
            assert_eq!(Time(civil::time(h, m, 0, 0)).to(l), clock.format(&time).to_string());
        }
    }
}

#[test]
fn plural_rules_are_those_that_the_catalogues_declare() {
    for n in 0..10_000_u64 {
        for (l, form) in [(En, n != 1), (De, n != 1), (Fr, n > 1), (Pseudo, n != 1)] {
            assert_eq!(l.plural(n), usize::from(form), "{l:?} {n}");
        }
    }
}

#[test]
fn numbers_are_grouped() {
    said(&7, "7", "7", "7");
    said(&1234, "1,234", "1.234", "1\u{202f}234");
    said(&-5, "-5", "-5", "-5");
    said(
        &u64::MAX,
        "18,446,744,073,709,551,615",
        "18.446.744.073.709.551.615",
        &u64::MAX.to(En).replace(',', "\u{202f}"),
    );
    said(
        &i64::MIN,
        "-9,223,372,036,854,775,808",
        "-9.223.372.036.854.775.808",
        &i64::MIN.to(En).replace(',', "\u{202f}"),
    );
}

fn money(minor: i64, code: &str) -> Money {
    Money { minor, currency: Currency::new(code).expect("a code") }
}

#[test]
fn money_has_decimals_only_when_it_is_not_whole_or_when_asked() {
    said(&money(2800, "CHF"), "CHF\u{a0}28", "28\u{a0}CHF", "28\u{a0}CHF");
    said(&money(6660, "CHF"), "CHF\u{a0}66.60", "66,60\u{a0}CHF", "66,60\u{a0}CHF");
    said(&money(2800, "CHF").exact(), "CHF\u{a0}28.00", "28,00\u{a0}CHF", "28,00\u{a0}CHF");
    said(&money(123_450, "EUR"), "€1,234.50", "1.234,50\u{a0}€", "1\u{202f}234,50\u{a0}€");
    said(&money(-50, "GBP"), "-£0.50", "-0,50\u{a0}£", "-0,50\u{a0}£GB");
    said(&money(0, "EUR"), "€0", "0\u{a0}€", "0\u{a0}€");
    said(&money(1_000_000, "CHF"), "CHF\u{a0}10,000", "10.000\u{a0}CHF", "10\u{202f}000\u{a0}CHF");
    assert_eq!(money(i64::MIN, "EUR").to(En), "-€92,233,720,368,547,758.08");
}

#[test]
fn a_currency_has_its_own_number_of_decimals() {
    assert_eq!(money(1500, "JPY").to(En), "JPY\u{a0}1,500");
    assert_eq!(money(1500, "JPY").exact().to(En), "JPY\u{a0}1,500");
    assert_eq!(money(1500, "KWD").to(En), "KWD\u{a0}1.500");
    assert_eq!(money(2000, "KWD").to(De), "2\u{a0}KWD");
    assert!(["", "chf", "CHFR", "C€"].into_iter().all(|code| Currency::new(code).is_none()));
}

fn when(start: civil::DateTime, end: Option<civil::DateTime>) -> When {
    When { start, end, now_year: Some(2026) }
}

#[test]
fn an_evening_is_one_line_even_past_midnight() {
    let start = civil::date(2026, 12, 3).at(20, 30, 0, 0);
    said(
        &when(start, Some(start + 3.hours())),
        "Thursday 3 December, 20:30–23:30",
        "Donnerstag, 3. Dezember, 20:30–23:30 Uhr",
        "jeudi 3 décembre, 20:30–23:30",
    );
    said(
        &when(start, None),
        "Thursday 3 December, 20:30",
        "Donnerstag, 3. Dezember, 20:30 Uhr",
        "jeudi 3 décembre à 20:30",
    );
    assert_eq!(when(start, Some(start + 6.hours())).to(En), "Thursday 3 December, 20:30–02:30");
    assert_eq!(when(start, Some(start)).to(En), "Thursday 3 December, 20:30");
    assert_eq!(when(start, Some(start - 1.hour())).to(En), "Thursday 3 December, 20:30");
    let six = civil::date(2026, 12, 4).at(6, 0, 0, 0);
    assert_eq!(when(start, Some(six)).to(En), "Thursday 3 December, 20:30 – Friday 4 December, 06:00");
    let early = civil::date(2026, 12, 3).at(5, 0, 0, 0);
    assert_eq!(when(early, Some(early + 24.hours())).to(En), "Thursday 3 December, 05:00 – Friday 4 December, 05:00");
}

#[test]
fn several_days_name_both_ends_and_another_year_is_said() {
    let (start, end) = (civil::date(2026, 12, 4).at(18, 0, 0, 0), civil::date(2026, 12, 6).at(16, 0, 0, 0));
    said(
        &when(start, Some(end)),
        "Friday 4 December, 18:00 – Sunday 6 December, 16:00",
        "Freitag, 4. Dezember, 18:00 Uhr – Sonntag, 6. Dezember, 16:00 Uhr",
        "vendredi 4 décembre à 18:00 – dimanche 6 décembre à 16:00",
    );
    let new_year = civil::date(2026, 12, 31).at(22, 0, 0, 0);
    assert_eq!(when(new_year, Some(new_year + 6.hours())).to(En), "Thursday 31 December, 22:00–04:00");
    let two_years = "Thursday 31 December, 22:00 – Friday 1 January 2027, 12:00";
    assert_eq!(when(new_year, Some(new_year + 14.hours())).to(En), two_years);
    let kept = When { start, end: None, now_year: None };
    assert_eq!(kept.to(En), "Friday 4 December 2026, 18:00");
    let last_moment = civil::DateTime::MAX;
    assert!(when(last_moment, Some(last_moment)).to(En).starts_with("Friday 31 December 9999"));
}

#[test]
fn how_long_ago_is_said_in_one_unit() {
    let now: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
    let ago = |seconds: i64| Ago { at: now - seconds.seconds(), now };
    said(&ago(180), "3 minutes ago", "vor 3 Minuten", "il y a 3 minutes");
    said(&ago(-2 * 86_400), "in 2 days", "in 2 Tagen", "dans 2 jours");
    for (seconds, en) in [
        (0, "just now"),
        (59, "just now"),
        (-1, "in a moment"),
        (60, "1 minute ago"),
        (3599, "59 minutes ago"),
        (3600, "1 hour ago"),
        (-86_399, "in 23 hours"),
        (86_400, "1 day ago"),
        (40 * 86_400, "1 month ago"),
        (800 * 86_400, "2 years ago"),
    ] {
        assert_eq!(ago(seconds).to(En), en);
    }
}

// ---- in pages -------------------------------------------------------------------------------------

struct Refusal;

impl Say for Refusal {
    fn say(&self, w: &mut dyn std::fmt::Write, l: Locale) -> std::fmt::Result {
        t!("just now").say(w, l)
    }
}
says!(Refusal);

#[derive(Template)]
#[template(ext = "html", source = r#"{{ "in a moment"|t }}"#)]
struct Inner;

#[derive(Template)]
#[template(
    ext = "html",
    source = r#"{% macro m(x) %}{{ "{day}, {time}"|t(day = x, time = "<") }}{% endmacro -%}
{% call m("A&B") %}{% endcall %}|{{ inner }}|{% let s %}{{ "just now"|t }}{% endlet %}{{ s }}|{{ "just now"|t|upper }}|{{ n|say }}|
{{- refusal }}|{{ "1 minute ago"|tn("{n} minutes ago", n) }}|{{ at|day }}|{{ at.date()|short_day }}|{{ at|time }}|{{ at|month_year }}|
{{- price }}|{{ price|exact }}|{{ when }}|{{ "in {type} {from}"|t(type = "x", from = at|weekday) }}"#
)]
struct Outer {
    inner: Inner,
    n: u32,
    refusal: Refusal,
    at: civil::DateTime,
    price: Money,
    when: When,
}

#[test]
fn the_language_reaches_macros_blocks_nested_templates_and_values() {
    let at = civil::date(2026, 11, 21).at(18, 30, 0, 0);
    let (price, when) = (money(500, "EUR"), when(at, None));
    let page = Outer { inner: Inner, n: 1234, refusal: Refusal, at, price, when }.render_with_values(&De).unwrap();
    assert_eq!(
        page,
        "A&#38;B, &#60; Uhr|in Kürze|gerade eben|GERADE EBEN|1.234|gerade eben|vor 1.234 Minuten\
         |Samstag, 21. November 2026|21.11.2026|18:30|November 2026|5\u{a0}€|5,00\u{a0}€\
         |Samstag, 21. November, 18:30 Uhr|in x Samstag"
    );
}

#[test]
fn a_page_without_a_language_is_an_error() {
    assert!(matches!(Inner.render_with_values(askama::NO_VALUES), Err(askama::Error::ValueMissing)));
}

#[derive(Template)]
#[template(
    ext = "html",
    source = r#"{{ "<b>x</b> <script>y</script> <link>{name}</link> <link onclick=1> {no} & < {"|th(link = href, name = name) }}"#
)]
struct Links<'a> {
    href: &'a str,
    name: &'a str,
}

#[test]
fn only_known_tags_are_markup_and_only_safe_links_are_links() {
    let said = |href| Links { href, name: "<i>{link}" }.render_with_values(&En).unwrap();
    let rest = "&#60;i&#62;{link}</a> &#60;link onclick=1&#62; {no} &#38; &#60; {";
    assert_eq!(said("/a\"b"), format!("<b>x</b> &#60;script&#62;y&#60;/script&#62; <a href=\"/a&#34;b\">{rest}"));
    for unsafe_link in ["javascript:alert(1)", "//evil.example", "/\\evil.example", " javascript:x", "data:text/html,x"]
    {
        assert!(said(unsafe_link).contains("<a href=\"#\">"), "{unsafe_link}");
    }
    for link in ["/terms", "?page=2", "#top", "https://example.org", "mailto:a@example.org"] {
        assert!(said(link).contains(&format!("<a href=\"{link}\">")), "{link}");
    }
}

#[test]
fn a_value_is_never_a_sentence() {
    assert_eq!(t!("{day}, {time}", day = "{time} <b>", time = "just now").to(De), "{time} <b>, just now Uhr");
    assert_eq!(Text::new("not in any catalogue").to(De), "not in any catalogue");
    assert_eq!(tn!("1 minute ago", "{n} minutes ago", 0_u8).to(Fr), "il y a 0 minute");
    assert_eq!(t!("{day}, {time}", day = "Ada", time = 1).to(Pseudo), "[Ada, 1]");
    assert_eq!(t!("just now").to(Pseudo), "[ĵúšţ ñóŵ]");
}

/// In `en-XA` every letter of ours has an accent: words left plain are values, or cannot be translated.
#[tokio::test]
async fn the_pseudo_locale_shows_no_raw_text() {
    let site = Site::start().await;
    for path in ["/nothing-here?lang=en-XA"] {
        let mut browser = site.browser();
        browser.visit(path).await;
        let text = browser.text();
        let plain: Vec<_> = text
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| word.len() > 1 && word.chars().all(|c| c.is_ascii_alphabetic()))
            .collect();
        let values = ["Marquee"];
        assert!(text.contains('['), "{path} is not in the pseudo-locale: {text}");
        assert!(plain.iter().all(|word| values.contains(word)), "{path}: {plain:?}\n{text}");
    }
}

#[tokio::test]
async fn a_visitor_chooses_a_language_without_a_session_and_comes_back_to_the_same_page() {
    let site = Site::start().await;
    let mut ada = site.browser();
    ada.visit("/?q=rust&lang=fr").await.sees("Se connecter");
    ada.press("Deutsch").await.is(200).sees("Anmelden");
    assert_eq!(ada.path, "/?q=rust");
    assert!(ada.cookie("marquee").is_none(), "no session is opened for it");
    assert_eq!(ada.cookie("marquee-language"), Some("de"));
    ada.visit("/sign-up").await.sees("Registrieren");
    ada.visit("/nowhere").await.is(404).sees("Anmelden");
    ada.visit("/?lang=fr").await.sees("Se connecter");
    ada.visit("/").await.sees("Anmelden");
    assert!(ada.all("[aria-current=true]").iter().all(|language| language == "Deutsch"));
    ada.press("English").await.at("/").sees("Sign in");
}

#[tokio::test]
async fn where_a_form_was_refused_the_choice_leads_to_its_page() {
    let site = Site::start().await;
    let mut ada = site.browser();
    ada.visit("/forgotten").await.fill("email", "nobody").press("Send the link").await.is(422);
    ada.press("Français").await.is(200).at("/forgotten").sees("Se connecter");
}

#[tokio::test]
async fn no_choice_leads_elsewhere_or_sets_what_is_not_offered() {
    let site = Site::start().await;
    let mut eve = site.browser();
    for (lang, back) in [("de", "//evil.example"), ("en-XA", "/"), ("xx\r\nSet-Cookie: a=b", "https://evil.example")] {
        eve.post("/language", &[("lang", lang), ("back", back)]).await.is(303);
        assert_eq!(eve.headers["location"], "/");
    }
    assert_eq!(eve.cookie("marquee-language"), Some("de"));
    eve.set_cookie("marquee-language", "en-XA").visit("/").await.sees("Sign in");
}

#[tokio::test]
async fn pages_that_are_kept_for_everybody_are_kept_by_language() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    let (mut ada, mut bob) = (site.browser(), site.browser());
    for path in ["/", &event.path(), "/calendar"] {
        bob.visit(path).await.is(200).sees("Sign in");
        ada.visit(path).await.press("Deutsch").await.is(200).sees("Anmelden").misses("Sign in");
        bob.visit(path).await.is(200).sees("Sign in").misses("Anmelden");
        ada.visit(path).await.is(200).sees("Anmelden");
        let vary = ada.headers["vary"].to_str().unwrap().to_lowercase();
        assert!(vary.contains("cookie") && vary.contains("accept-language"), "{vary}");
        ada.press("English").await.sees("Sign in");
    }
}

#[tokio::test]
async fn members_have_their_choice_in_their_settings_and_sign_up_with_that_of_the_visitor() {
    let site = Site::start().await;
    let mut ada = site.member("ada").await;
    ada.visit("/").await.is(200);
    assert!(!ada.has_button("Deutsch"));
    let mut bob = site.browser();
    bob.visit("/sign-up").await.press("Deutsch").await;
    bob.fill("name", "Bob").fill("email", "bob@example.org").fill("password", crate::site::PASSWORD);
    bob.press("Konto anlegen").await.at("/verification");
    assert!(site.mail_to("bob@example.org").await.subject.contains("E-Mail"));
}
