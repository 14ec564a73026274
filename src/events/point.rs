//! Where on the map: coordinates as people type them, or out of a link that a map site gives.

/// Latitude and longitude in degrees; `None` if the text holds none. Follows no link.
pub fn parse(typed: &str) -> Option<(f64, f64)> {
    let text = typed.trim().replace("%2C", ",").replace("%2c", ",").replace("%20", " ");
    let text = text.strip_prefix("geo:").unwrap_or(&text);
    if !text.contains("://") {
        return pair(text.split([';', '?']).next()?);
    }
    pin(text).or_else(|| query(text)).or_else(|| osm(text)).or_else(|| pair_behind(text, "/@"))
}

/// As the form shows it.
pub fn text((latitude, longitude): (f64, f64)) -> String {
    format!("{latitude}, {longitude}")
}

/// Google's pin, which is exact where `@` is only the middle of the map.
fn pin(text: &str) -> Option<(f64, f64)> {
    let (_, rest) = text.split_once("!3d")?;
    let (latitude, rest) = rest.split_once("!4d")?;
    of(latitude, leading(rest))
}

fn query(text: &str) -> Option<(f64, f64)> {
    let value = |name: &str| {
        let (_, query) = text.split_once('?')?;
        let query = query.split('#').next()?;
        query.split('&').find_map(|part| part.strip_prefix(name)?.strip_prefix('='))
    };
    if let (Some(latitude), Some(longitude)) = (value("mlat"), value("mlon")) {
        return of(latitude, longitude);
    }
    ["coordinate", "ll", "sll", "q", "query", "destination", "daddr", "center"]
        .into_iter()
        .find_map(|name| pair(&value(name)?.replace('+', " ")))
}

fn osm(text: &str) -> Option<(f64, f64)> {
    let (_, map) = text.split_once("#map=")?;
    let mut parts = map.split(['/', '&']).skip(1);
    of(parts.next()?, parts.next()?)
}

fn pair_behind(text: &str, mark: &str) -> Option<(f64, f64)> {
    let (_, rest) = text.split_once(mark)?;
    let mut parts = rest.split(',');
    of(parts.next()?, leading(parts.next()?))
}

fn pair(text: &str) -> Option<(f64, f64)> {
    let mut numbers = text.split([',', ' ', ';']).filter(|part| !part.is_empty());
    let (latitude, longitude) = (numbers.next()?, numbers.next()?);
    if numbers.next().is_some() { None } else { of(latitude, longitude) }
}

/// The number at the beginning of a text.
fn leading(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | '-')).unwrap_or(text.len());
    &text[..end]
}

fn of(latitude: &str, longitude: &str) -> Option<(f64, f64)> {
    let number = |text: &str| text.trim().trim_end_matches('°').parse::<f64>().ok().filter(|n| n.is_finite());
    let (latitude, longitude) = (number(latitude)?, number(longitude)?);
    (latitude.abs() <= 90.0 && longitude.abs() <= 180.0).then_some((latitude, longitude))
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn links_of_map_sites_and_plain_coordinates_are_points() {
        for text in [
            "47.5581, 7.5878",
            " 47.5581 7.5878 ",
            "geo:47.5581,7.5878?z=17",
            "https://www.google.com/maps/@47.5581,7.5878,17z",
            "https://www.google.com/maps/place/X/@47.1,7.1,17z/data=!3m1!4b1!4m6!3d47.5581!4d7.5878!16s",
            "https://www.google.com/maps/search/?api=1&query=47.5581%2C7.5878",
            "https://maps.google.com/?q=47.5581,7.5878",
            "https://www.openstreetmap.org/?mlat=47.5581&mlon=7.5878#map=17/47.5/7.5",
            "https://www.openstreetmap.org/#map=17/47.5581/7.5878",
            "https://maps.apple.com/?ll=47.5581,7.5878&q=Town%20hall",
            "https://maps.apple.com/place?coordinate=47.5581,7.5878&name=X",
        ] {
            assert_eq!(parse(text), Some((47.5581, 7.5878)), "{text}");
        }
    }

    #[test]
    fn what_holds_no_point_is_none() {
        for text in [
            "",
            "Basel",
            "91, 0",
            "0, 181",
            "NaN, 1",
            "inf, 1",
            "1, 2, 3",
            "47.5581",
            "https://maps.app.goo.gl/abc",
            "https://www.google.com/maps/@",
            "!3d!4d",
            "https://x/!3d1!4dé",
            "https://x/#map=1",
            "\u{202e}1,2",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
