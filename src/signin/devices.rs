//! Devices on which a member has signed in before: a lock for wrong passwords does not keep them out, and a
//! sign-in from any other is told by mail.
use std::fmt;

use super::store;
use crate::clock::Instant;
use crate::db::{Result, Tx};
use crate::i18n::{Locale, Say};
use crate::ids::{self, Id};
use crate::members::Member;
use crate::web::limits::Limit;

/// Wrong passwords on a known device.
const WRONG: Limit = Limit::fixed("wrong-on-device", 5, 900);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Device {
    Known,
    /// The first device of an account.
    First,
    OneMore,
}

/// One cookie serves several accounts on a device, and who reads the table cannot tell which share one.
fn hash(device: &str, member: Id<Member>) -> String {
    ids::hash(&format!("{device}/{member}"))
}

/// Whether this is a device of theirs that has not been wrong too often.
pub async fn is_known(tx: &mut Tx, device: Option<&str>, member: Id<Member>, now: Instant) -> Result<bool> {
    let Some(device) = device else { return Ok(false) };
    let hash = hash(device, member);
    Ok(store::has_device(tx, &hash).await? && WRONG.reached(tx, &hash, now).await?.is_none())
}

pub async fn count_wrong(tx: &mut Tx, device: Option<&str>, member: Id<Member>, now: Instant) -> Result<()> {
    if let Some(device) = device {
        WRONG.take_in(tx, &hash(device, member), now).await?;
    }
    Ok(())
}

/// Notes that a member signed in on this device.
pub async fn remember(tx: &mut Tx, device: &str, member: Id<Member>, now: Instant) -> Result<Device> {
    let others = store::devices_of(tx, member).await?;
    let hash = hash(device, member);
    if store::touch_device(tx, &hash, now).await? {
        return Ok(Device::Known);
    }
    store::insert_device(tx, &hash, member, now).await?;
    Ok(if others == 0 { Device::First } else { Device::OneMore })
}

/// Forgets all devices of a member but this one: after a password changed, the others prove nothing.
pub async fn forget_others(tx: &mut Tx, member: Id<Member>, keep: Option<&str>) -> Result<()> {
    let keep = keep.map(|device| hash(device, member)).unwrap_or_default();
    store::remove_devices(tx, member, &keep).await
}

/// A device as people call it, from what its browser says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words {
    browser: Option<String>,
    system: Option<&'static str>,
}

pub fn in_words(agent: &str) -> Words {
    // In this order: most browsers also claim to be those behind them.
    const BROWSERS: &[(&str, &str)] = &[
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser", "Samsung Internet"),
        ("Firefox", "Firefox"),
        ("FxiOS", "Firefox"),
        ("CriOS", "Chrome"),
        ("Chromium", "Chromium"),
        ("Chrome", "Chrome"),
        ("Safari", "Safari"),
    ];
    const SYSTEMS: &[(&str, &str)] = &[
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("CrOS", "ChromeOS"),
        ("Macintosh", "Mac"),
        ("Linux", "Linux"),
    ];
    let find = |list: &[(&str, &'static str)]| list.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, is)| *is);
    let program = || agent.split(['/', ' ', '(']).next().filter(|name| !name.is_empty() && *name != "Mozilla");
    let browser = find(BROWSERS).map(str::to_owned);
    let browser = browser.or_else(|| program().map(|name| name.chars().take(40).collect()));
    Words { browser, system: find(SYSTEMS) }
}

impl Say for Words {
    fn say(&self, w: &mut dyn fmt::Write, l: Locale) -> fmt::Result {
        match (&self.browser, self.system) {
            (Some(browser), Some(system)) => t!("{what} on {place}", what = browser, place = system).say(w, l),
            (Some(one), None) => one.say(w, l),
            (None, Some(one)) => one.say(w, l),
            (None, None) => t!("An unknown device").say(w, l),
        }
    }
}
says!(Words);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_called_what_people_call_them() {
        let called = |agent| in_words(agent).to(Locale::En);
        assert_eq!(
            called("Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0"),
            "Firefox on Linux"
        );
        let edge =
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/141.0.0.0 Safari/537.36 Edg/141.0";
        assert_eq!(called(edge), "Edge on Windows");
        let phone =
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Safari/604.1";
        assert_eq!(called(phone), "Safari on iPhone");
        assert_eq!(called("curl/8.14.1"), "curl");
        assert_eq!(called(""), "An unknown device");
        assert_eq!(called("Mozilla/5.0"), "An unknown device");
    }
}
