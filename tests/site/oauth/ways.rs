//! How the tests' browser goes to the stand-in and comes back.
use axum::http::header;
use serde_json::Value;

use super::standin::Standin;
use crate::browser::Browser;
use crate::site::Site;

impl Standin {
    /// A site that all three are set up for.
    pub async fn site(&self) -> Site {
        let settings = self.settings();
        let settings: Vec<_> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
        Site::with(&settings).await
    }

    /// Says yes there, by the site's clock: the path with which the browser comes back.
    pub fn consents(&self, site: &Site, there: &str, person: Value) -> String {
        let back = self.says_yes(there, person, site.now().timestamp().as_second());
        back.strip_prefix("http://localhost:8080").expect("back to the site").to_owned()
    }
}

/// Follows the button to the provider: the address that the browser is sent to.
pub async fn leaves(browser: &mut Browser, provider: &str) -> String {
    browser.request("GET", &format!("/auth/{provider}/login?back=/settings"), None, Vec::new()).await.is(303);
    browser.headers[header::LOCATION].to_str().unwrap().to_owned()
}

/// The whole way there and back.
pub async fn comes(browser: &mut Browser, standin: &Standin, site: &Site, provider: &str, person: Value) {
    let there = leaves(browser, provider).await;
    let back = standin.consents(site, &there, person);
    browser.visit(&back).await;
}
