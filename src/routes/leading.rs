//! From the address of a form to the page that it stands on.
use super::{ROUTES, Route};

/// The page that a form at this address belongs to, so that one can go there: the address itself if a page answers
/// there, else the nearest one above it.
pub fn page_of(address: &str) -> String {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    if has_page(path) {
        return address.to_owned();
    }
    // The one form whose page is not above it.
    if path == "/events" {
        return "/events/new".to_owned();
    }
    let above = path.match_indices('/').map(|(at, _)| &path[..at]).rev();
    above.filter(|path| !path.is_empty()).find(|path| has_page(path)).unwrap_or("/").to_owned()
}

/// Whether an address shows something by itself. Of the routes that fit, the one with the fewest variable parts
/// answers.
fn has_page(path: &str) -> bool {
    let variable = |route: &&Route| route.path.matches('{').count();
    let answers = ROUTES.iter().filter(|route| fits(route.path, path)).min_by_key(variable);
    answers.is_some_and(|found| ROUTES.iter().any(|route| route.method == "get" && route.path == found.path))
}

fn fits(pattern: &str, path: &str) -> bool {
    let (mut parts, mut given) = (pattern.split('/'), path.split('/'));
    loop {
        match (parts.next(), given.next()) {
            (None, None) => return true,
            (Some(part), Some(_)) if part.starts_with("{*") => return true,
            (Some(part), Some(given)) => {
                let same = match part.split_once('{') {
                    Some((before, _)) => given.len() > before.len() && given.starts_with(before),
                    None => given == part,
                };
                if !same {
                    return false;
                }
            }
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_leads_back_to_a_page() {
        for route in ROUTES.iter().filter(|route| route.method == "post" && !route.path.starts_with("/api/")) {
            let address = route.path.replace(['{', '}'], "");
            let page = page_of(&address);
            assert!(has_page(&page), "{address} leads to {page}");
        }
    }

    #[test]
    fn a_form_without_a_page_of_its_own_leads_to_the_nearest_above_it() {
        for (address, page) in [
            ("/settings/ways-in/0199-7/removal", "/settings/ways-in"),
            ("/settings/tokens?x=1", "/settings/tokens?x=1"),
            ("/settings/tokens/7/revocation?x=1", "/settings/tokens"),
            ("/admin/members/7/suspension", "/admin/members/7"),
            ("/admin/mails/test", "/admin/mails"),
            ("/events/quiz/guests?q=a", "/events/quiz/guests?q=a"),
            ("/events", "/events/new"),
            ("/@ada", "/@ada"),
            ("/nowhere", "/"),
            ("", "/"),
        ] {
            assert_eq!(page_of(address), page, "{address}");
        }
    }
}
