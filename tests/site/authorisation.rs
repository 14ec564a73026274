//! Who may use which route: one table. It is held against the routes of the program, so a new route without a
//! row fails; and every row is tried by every role.
use std::collections::BTreeMap;

use marquee::routes::ROUTES;

/// The roles, in the order of the columns.
const ROLES: [&str; 9] = ["visitor", "guest", "member", "stranger", "door", "host", "owner", "admin", "suspended"];

/// What a role meets: `+` is let in (2xx, 3xx to a page of ours, or 422 for an empty form), `s` is sent to sign in,
/// `-` is told that nothing is here (404), `x` is refused (403), `?` depends on something else that the note says.
const TABLE: &str = include_str!("authorisation.txt");

fn rows() -> BTreeMap<(String, String), Vec<char>> {
    let rows = TABLE.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
    rows.map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        assert!(words.len() >= 3, "a row is: method path {} marks", ROLES.len());
        let marks: Vec<char> = words[2].chars().collect();
        assert_eq!(marks.len(), ROLES.len(), "{line}");
        ((words[0].to_owned(), words[1].to_owned()), marks)
    })
    .collect()
}

#[test]
fn every_route_has_a_row_and_every_row_a_route() {
    let rows = rows();
    let missing: Vec<_> = ROUTES
        .iter()
        .filter(|route| !rows.contains_key(&(route.method.to_owned(), route.path.to_owned())))
        .map(|route| format!("{} {}", route.method, route.path))
        .collect();
    assert!(missing.is_empty(), "routes without a row in tests/site/authorisation.txt: {missing:#?}");
    let stale: Vec<_> = rows
        .keys()
        .filter(|(method, path)| !ROUTES.iter().any(|route| route.method == *method && route.path == *path))
        .collect();
    assert!(stale.is_empty(), "rows without a route: {stale:?}");
}
