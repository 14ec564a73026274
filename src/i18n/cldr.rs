//! What CLDR says of our languages, by icu4x: plurals, numbers, and the patterns of dates, which are
//! read once into their pieces so that a page full of days only copies text.

use std::{
    fmt::{self, Write},
    sync::LazyLock,
};

use icu_calendar::Gregorian;
use icu_datetime::{
    FixedCalendarDateTimeFormatter,
    fieldsets::{
        E, M, MD, MDE, T, YM, YMD, YMDE,
        enums::{
            CalendarPeriodFieldSet as Period, CompositeDateTimeFieldSet as Fields, DateFieldSet as Date, TimeFieldSet,
        },
    },
    input, parts,
};
use icu_decimal::{DecimalFormatter, input::Decimal};
use icu_plurals::{PluralCategory, PluralRules};
use jiff::civil;
use writeable::{Part, PartsWrite, Writeable};

use super::Locale;

/// A way of writing a day or a time; each is a type in `dates`.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Day,
    ShortDay,
    DayNoYear,
    ShortDayNoYear,
    Weekday,
    ShortWeekday,
    Month,
    MonthYear,
    Time,
}

impl Kind {
    const ALL: [Kind; 9] = [
        Kind::Day,
        Kind::ShortDay,
        Kind::DayNoYear,
        Kind::ShortDayNoYear,
        Kind::Weekday,
        Kind::ShortWeekday,
        Kind::Month,
        Kind::MonthYear,
        Kind::Time,
    ];

    fn fields(self) -> Fields {
        match self {
            Kind::Day => Fields::Date(Date::YMDE(YMDE::long())),
            Kind::ShortDay => Fields::Date(Date::YMD(YMD::medium())),
            Kind::DayNoYear => Fields::Date(Date::MDE(MDE::long())),
            Kind::ShortDayNoYear => Fields::Date(Date::MD(MD::medium())),
            Kind::Weekday => Fields::Date(Date::E(E::long())),
            Kind::ShortWeekday => Fields::Date(Date::E(E::medium())),
            Kind::Month => Fields::CalendarPeriod(Period::M(M::long())),
            Kind::MonthYear => Fields::CalendarPeriod(Period::YM(YM::long())),
            Kind::Time => Fields::Time(TimeFieldSet::T(T::hm())),
        }
    }
}

/// English takes the formats of Britain: `en` alone would be America's.
fn icu(l: Locale) -> icu_locale_core::Locale {
    let tag = if l == Locale::Pseudo { Locale::En.tag() } else { l.tag() };
    tag.parse().expect("our own tags are well formed")
}

// ---- plurals and numbers ------------------------------------------------------------------------

struct Numbers {
    plurals: PluralRules,
    decimals: DecimalFormatter,
}

impl Numbers {
    fn read(l: Locale) -> Self {
        Numbers {
            plurals: PluralRules::try_new_cardinal(icu(l).into()).expect("compiled data has our languages"),
            decimals: DecimalFormatter::try_new(icu(l).into(), Default::default())
                .expect("compiled data has our languages"),
        }
    }
}

thread_local! {
    // icu4x's formatters are not `Sync`; a few per thread are cheaper than a lock.
    static NUMBERS: [Numbers; Locale::ALL.len()] = Locale::ALL.map(Numbers::read);
}

/// Which form speaks of `n`. Our languages have "one" and "other" (French "many", from a million on,
/// is said as "other": no event has a million places).
pub(super) fn plural(l: Locale, n: u64) -> usize {
    let category = NUMBERS.with(|all| all[l as usize].plurals.category_for(n));
    usize::from(category != PluralCategory::One)
}

pub(super) fn integer(w: &mut dyn Write, l: Locale, n: i128) -> fmt::Result {
    if (0..1000).contains(&n) {
        return write!(w, "{n}");
    }
    decimal(w, l, &Decimal::from(n))
}

pub(super) fn decimal(mut w: &mut dyn Write, l: Locale, n: &Decimal) -> fmt::Result {
    NUMBERS.with(|all| all[l as usize].decimals.format(n).write_to(&mut w))
}

// ---- dates and times ----------------------------------------------------------------------------

enum Piece {
    Text(String),
    Weekday,
    MonthName,
    /// A number of at least so many digits.
    Number(Field, usize),
}

#[derive(Clone, Copy)]
enum Field {
    Year,
    Month,
    Day,
    Hour,
    Minute,
}

/// One pattern of one language, with the names in the form that it wants.
struct Pattern {
    pieces: Vec<Piece>,
    months: [String; 12],
    weekdays: [String; 7],
}

static PATTERNS: LazyLock<[[Pattern; Kind::ALL.len()]; Locale::ALL.len()]> =
    LazyLock::new(|| Locale::ALL.map(|l| Kind::ALL.map(|kind| Pattern::read(l, kind))));

pub(super) fn warm() {
    LazyLock::force(&PATTERNS);
}

pub(super) fn date(w: &mut dyn Write, l: Locale, kind: Kind, d: civil::Date) -> fmt::Result {
    date_time(w, l, kind, d.at(0, 0, 0, 0))
}

pub(super) fn time(w: &mut dyn Write, l: Locale, t: civil::Time) -> fmt::Result {
    date_time(w, l, Kind::Time, t.on(2000, 1, 1))
}

fn date_time(w: &mut dyn Write, l: Locale, kind: Kind, at: civil::DateTime) -> fmt::Result {
    let pattern = &PATTERNS[l as usize][kind as usize];
    pattern.pieces.iter().try_for_each(|piece| match piece {
        Piece::Text(s) => w.write_str(s),
        Piece::Weekday => w.write_str(&pattern.weekdays[at.weekday().to_monday_zero_offset() as usize]),
        Piece::MonthName => w.write_str(&pattern.months[at.month() as usize - 1]),
        Piece::Number(Field::Year, width) => padded(w, at.year(), *width),
        Piece::Number(Field::Month, width) => padded(w, at.month().into(), *width),
        Piece::Number(Field::Day, width) => padded(w, at.day().into(), *width),
        Piece::Number(Field::Hour, width) => padded(w, at.hour().into(), *width),
        Piece::Number(Field::Minute, width) => padded(w, at.minute().into(), *width),
    })
}

/// `{n:0width$}` without `fmt`, as a page has hundreds of these.
fn padded(w: &mut dyn Write, n: i16, width: usize) -> fmt::Result {
    if n < 0 {
        return write!(w, "{n:0width$}");
    }
    let mut digits = [b'0'; 8];
    let (mut at, mut rest) = (digits.len(), n);
    while rest > 0 || digits.len() - at < width.clamp(1, digits.len()) {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    w.write_str(std::str::from_utf8(&digits[at..]).unwrap_or_default())
}

impl Pattern {
    fn read(l: Locale, kind: Kind) -> Self {
        let f = FixedCalendarDateTimeFormatter::<Gregorian, _>::try_new(icu(l).into(), kind.fields())
            .expect("compiled data has our languages");
        let parts = |month: usize, day: usize| {
            let date = input::Date::try_new_gregorian(2026, month as u8, day as u8).expect("a date");
            let time = input::Time::try_new(4, 5, 0, 0).expect("a time");
            Parts::of(&f.format(&input::DateTime { date, time }))
        };
        Pattern {
            // Single digits show whether the pattern pads them.
            pieces: pieces(parts(2, 3), l),
            months: std::array::from_fn(|i| parts(i + 1, 1).text(parts::MONTH)),
            // 1 June 2026 was a Monday.
            weekdays: std::array::from_fn(|i| parts(6, i + 1).text(parts::WEEKDAY)),
        }
    }
}

fn pieces(sample: Parts, l: Locale) -> Vec<Piece> {
    let number = |field, s: &str| Piece::Number(field, s.len());
    let piece = |(part, s): (Option<Part>, String)| match part {
        Some(parts::YEAR) => number(Field::Year, &s),
        Some(parts::MONTH) if s.starts_with(|c: char| c.is_ascii_digit()) => number(Field::Month, &s),
        Some(parts::MONTH) => Piece::MonthName,
        Some(parts::WEEKDAY) => Piece::Weekday,
        Some(parts::DAY) => number(Field::Day, &s),
        Some(parts::HOUR) => number(Field::Hour, &s),
        Some(parts::MINUTE) => number(Field::Minute, &s),
        // House style: "Saturday 21 November 2026" as without the year, where CLDR has no comma either.
        _ if matches!(l, Locale::En | Locale::Pseudo) => Piece::Text(s.replace(',', "")),
        _ => Piece::Text(s),
    };
    sample.all.into_iter().map(piece).collect()
}

/// Collects formatted text by the outermost part that it belongs to.
#[derive(Default)]
struct Parts {
    all: Vec<(Option<Part>, String)>,
    within: Option<Part>,
}

impl Parts {
    fn of(formatted: &impl Writeable) -> Self {
        let mut parts = Parts::default();
        formatted.write_to_parts(&mut parts).expect("a String takes everything");
        parts
    }

    fn text(self, wanted: Part) -> String {
        self.all.into_iter().find(|(part, _)| *part == Some(wanted)).map(|(_, s)| s).unwrap_or_default()
    }
}

impl Write for Parts {
    fn write_str(&mut self, s: &str) -> fmt::Result {
        match self.all.last_mut() {
            Some((part, text)) if *part == self.within => text.push_str(s),
            _ => self.all.push((self.within, s.to_owned())),
        }
        Ok(())
    }
}

impl PartsWrite for Parts {
    type SubPartsWrite = Self;

    fn with_part(&mut self, part: Part, mut f: impl FnMut(&mut Self) -> fmt::Result) -> fmt::Result {
        let outer = self.within;
        self.within = outer.or(Some(part));
        let done = f(self);
        self.within = outer;
        done
    }
}
