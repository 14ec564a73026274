//! Days, times, numbers and money as CLDR writes them in our languages; `tests/cldr.rs` holds
//! every table against icu4x.

use std::fmt::{Result, Write};

use jiff::civil;

use super::{Locale, Locale::*, Say};

#[derive(Clone, Copy, Debug)]
pub struct Day(pub civil::Date);
#[derive(Clone, Copy, Debug)]
pub struct Time(pub civil::Time);
#[derive(Clone, Copy, Debug)]
pub struct Money {
    pub cents: i64,
    pub currency: &'static str,
}

type Names<const N: usize> = [&'static str; N];

#[rustfmt::skip]
fn months(l: Locale) -> Names<12> {
    match l {
        En | Pseudo => ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"],
        De => ["Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember"],
        Fr => ["janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"],
        Ar => ["يناير", "فبراير", "مارس", "أبريل", "مايو", "يونيو", "يوليو", "أغسطس", "سبتمبر", "أكتوبر", "نوفمبر", "ديسمبر"],
    }
}

/// From Monday.
#[rustfmt::skip]
fn weekdays(l: Locale) -> Names<7> {
    match l {
        En | Pseudo => ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
        De => ["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"],
        Fr => ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"],
        Ar => ["الاثنين", "الثلاثاء", "الأربعاء", "الخميس", "الجمعة", "السبت", "الأحد"],
    }
}

/// The number's digits as the language writes them.
fn digits(w: &mut dyn Write, l: Locale, s: &str) -> Result {
    match l {
        Ar => s
            .chars()
            .try_for_each(|c| w.write_char(c.to_digit(10).and_then(|d| char::from_u32(0x660 + d)).unwrap_or(c))),
        _ => w.write_str(s),
    }
}

fn number(w: &mut dyn Write, l: Locale, n: i64) -> Result {
    digits(w, l, &n.to_string())
}

fn minus(w: &mut dyn Write, l: Locale, n: i64) -> Result {
    match n < 0 {
        true => w.write_str(if l == Ar { "\u{61c}-" } else { "-" }),
        false => Ok(()),
    }
}

pub(super) fn integer(w: &mut dyn Write, l: Locale, n: i64) -> Result {
    if (0..1000).contains(&n) {
        return number(w, l, n);
    }
    let group = match l {
        En | Pseudo => ",",
        De => ".",
        Fr => "\u{202f}",
        Ar => "٬",
    };
    minus(w, l, n)?;
    let s = n.unsigned_abs().to_string();
    let mut at = (s.len() + 2) % 3 + 1;
    digits(w, l, &s[..at])?;
    while at < s.len() {
        w.write_str(group)?;
        digits(w, l, &s[at..at + 3])?;
        at += 3;
    }
    Ok(())
}

impl Say for Day {
    /// Saturday, 21 November 2026
    fn say(&self, w: &mut dyn Write, l: Locale) -> Result {
        let d = self.0;
        let weekday = weekdays(l)[d.weekday().to_monday_zero_offset() as usize];
        let month = months(l)[d.month() as usize - 1];
        w.write_str(weekday)?;
        w.write_str(match l {
            En | Pseudo | De => ", ",
            Ar => "، ",
            Fr => " ",
        })?;
        number(w, l, d.day().into())?;
        w.write_str(match l {
            De => ". ",
            _ => " ",
        })?;
        w.write_str(month)?;
        w.write_str(" ")?;
        number(w, l, d.year().into())
    }
}

impl Say for Time {
    /// 18:30
    fn say(&self, w: &mut dyn Write, l: Locale) -> Result {
        let (h, m) = (self.0.hour(), self.0.minute());
        match l {
            Ar => {
                digits(w, l, &format!("{}:{m:02}", (h + 11) % 12 + 1))?;
                w.write_str(if h < 12 { " ص" } else { " م" })
            }
            _ => write!(w, "{h:02}:{m:02}"),
        }
    }
}

impl Say for Money {
    /// €1,234.50
    fn say(&self, w: &mut dyn Write, l: Locale) -> Result {
        let sign = match self.currency {
            "EUR" => "€",
            "GBP" => "£",
            other => other,
        };
        let (whole, cents) = ((self.cents / 100).abs(), (self.cents % 100).abs());
        minus(w, l, self.cents)?;
        match l {
            En | Pseudo => w.write_str(sign)?,
            Ar => w.write_str("\u{200f}")?,
            De | Fr => {}
        }
        integer(w, l, whole)?;
        w.write_str(match l {
            En | Pseudo => ".",
            De | Fr => ",",
            Ar => "٫",
        })?;
        digits(w, l, &format!("{cents:02}"))?;
        match l {
            En | Pseudo => Ok(()),
            De | Fr | Ar => write!(w, "\u{a0}{sign}"),
        }
    }
}
