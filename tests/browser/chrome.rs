//! A real Chromium: the vocabulary of the journeys. Waits for what must be there, never for a time.
use std::fmt::Debug;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fantoccini::wd::{Capabilities, WebDriverCompatibleCommand};
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

/// How long an element may take to be there: generous, since it is only used up by a failure.
const PATIENCE: Duration = Duration::from_secs(20);

/// ChromeDriver on a port of its own, ended with the test.
pub struct Driver {
    child: Child,
    port: u16,
}

impl Driver {
    pub fn start() -> Self {
        let mut child = Command::new("chromedriver")
            .args(["--port=0", "--allowed-ips=127.0.0.1"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver is missing: apt-get install chromium chromium-driver");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let port = loop {
            let line = lines.next().expect("ChromeDriver ended").expect("a line");
            if let Some(port) = line.strip_prefix("ChromeDriver was started successfully on port ") {
                break port.trim_end_matches('.').parse().expect("a port");
            }
        };
        // Its pipe must not fill up.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, port }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// One window.
pub struct Window {
    pub client: Client,
    base: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Scripts {
    On,
    Off,
}

impl Window {
    pub async fn open(driver: &Driver, base: &str, scripts: Scripts) -> Self {
        let mut options = json!({
            "args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run",
                "--disable-background-networking", "--disable-component-update", "--disable-sync", "--window-size=1280,1000", "--lang=en-GB"],
        });
        if scripts == Scripts::Off {
            options["prefs"] = json!({ "profile.managed_default_content_settings.javascript": 2 });
        }
        let mut capabilities = Capabilities::new();
        capabilities.insert("goog:chromeOptions".into(), options);
        capabilities.insert("goog:loggingPrefs".into(), json!({ "browser": "ALL" }));
        // axe takes its time where several browsers share two cores.
        capabilities.insert("timeouts".into(), json!({ "script": 180_000 }));
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{}", driver.port))
            .await
            .expect("Chromium starts");
        let window = Self { client, base: base.to_owned() };
        window.dark(false).await;
        window
    }

    pub async fn visit(&self, path: &str) -> &Self {
        self.client.goto(&format!("{}{path}", self.base)).await.unwrap_or_else(|error| panic!("{path}: {error}"));
        self
    }

    /// Types into the field with this name, instead of what stands there.
    pub async fn fill(&self, name: &str, text: &str) -> &Self {
        let field = self.wait_for(&format!("main [name='{name}']")).await;
        field.clear().await.expect("a field that can be cleared");
        field.send_keys(text).await.expect("a field that can be typed into");
        self
    }

    /// Chooses a file in the field with this name.
    pub async fn attach(&self, name: &str, path: &str) -> &Self {
        let field = self.wait_for(&format!("main [name='{name}']")).await;
        field.send_keys(path).await.expect("a file that can be chosen");
        self
    }

    /// Ticks the n-th box with this name.
    pub async fn tick(&self, name: &str, n: usize) -> &Self {
        self.wait_for(&format!("main input[name='{name}']")).await;
        let boxes = self.client.find_all(Locator::Css(&format!("main input[name='{name}']"))).await.expect("boxes");
        boxes[n].click().await.expect("a box that can be ticked");
        self
    }

    /// Chooses what has this text in the list with this name.
    pub async fn choose(&self, name: &str, text: &str) -> &Self {
        let list = self.wait_for(&format!("main select[name='{name}']")).await;
        list.select_by_label(text).await.unwrap_or_else(|error| panic!("no {text:?} in {name}: {error}"));
        self
    }

    /// Sets a field of a day and time, for which typing depends on the machine's language.
    pub async fn pick_time(&self, name: &str, value: &str) -> &Self {
        let field = self.wait_for(&format!("main [name='{name}']")).await;
        let script = "const [field, value] = arguments; field.value = value;";
        let field = serde_json::to_value(&field).expect("an element");
        self.client.execute(script, vec![field, json!(value)]).await.expect("a value");
        self
    }

    pub async fn sign_in(&self, email: &str, password: &str) -> &Self {
        self.visit("/sign-in").await.fill("email", email).await.fill("password", password).await.press("Sign in").await
    }

    /// Follows the first link that the selector finds.
    pub async fn follow(&self, css: &str) -> &Self {
        let link = self.wait_for(css).await;
        let before = self.page_mark().await;
        link.click().await.unwrap_or_else(|error| panic!("{css}: {error}"));
        self.next_page(before).await;
        self
    }

    /// Presses the button, or follows the link, with this text in the page's main part, and waits for the next page.
    pub async fn press(&self, text: &str) -> &Self {
        let path = format!(
            "//main//*[self::button or self::a][normalize-space(translate(., '\u{a0}', ' '))={}]",
            quoted(text)
        );
        let patience = std::time::Instant::now() + PATIENCE;
        loop {
            let waited = self.client.wait().at_most(PATIENCE).for_element(Locator::XPath(&path)).await;
            let button = waited.unwrap_or_else(|error| panic!("no button {text:?}: {error}"));
            let before = self.page_mark().await;
            match button.click().await {
                Ok(()) => self.next_page(before).await,
                // A script renewed its part of the page meanwhile.
                Err(error) if error.is_stale_element_reference() && std::time::Instant::now() < patience => continue,
                Err(error) => panic!("{text:?} cannot be pressed: {error}"),
            }
            return self;
        }
    }

    async fn page_mark(&self) -> String {
        let html = self.client.find(Locator::Css("html")).await.expect("a page");
        html.element_id().to_string()
    }

    /// The root element of another document is another element.
    async fn next_page(&self, before: String) {
        let patience = std::time::Instant::now() + PATIENCE;
        while std::time::Instant::now() < patience {
            if let Ok(html) = self.client.find(Locator::Css("html")).await
                && html.element_id().to_string() != before
            {
                return;
            }
        }
        panic!("the page stayed the same");
    }

    pub async fn wait_for(&self, css: &str) -> fantoccini::elements::Element {
        match self.client.wait().at_most(PATIENCE).for_element(Locator::Css(css)).await {
            Ok(element) => element,
            Err(error) => panic!("no {css} at {:?}: {error}", self.client.current_url().await),
        }
    }

    /// What the page says; amounts have spaces that do not break, which are spaces here.
    pub async fn text(&self) -> String {
        let patience = std::time::Instant::now() + PATIENCE;
        loop {
            match self.wait_for("body").await.text().await {
                Ok(text) => return text.replace('\u{a0}', " "),
                // A script put another page there meanwhile.
                Err(error) if error.is_stale_element_reference() && std::time::Instant::now() < patience => {}
                Err(error) => panic!("no text: {error}"),
            }
        }
    }

    pub async fn sees(&self, text: &str) -> &Self {
        let all = self.text().await;
        assert!(all.contains(text), "no {text:?} in: {all}");
        self
    }

    /// Waits until the page says so: a script is at work.
    pub async fn comes_to_say(&self, text: &str) -> &Self {
        let patience = std::time::Instant::now() + PATIENCE;
        while std::time::Instant::now() < patience && !self.text().await.contains(text) {}
        self.sees(text).await
    }

    /// Visits the page until it says so: what it waits for is done by a job.
    pub async fn finds(&self, path: &str, text: &str) -> &Self {
        let patience = std::time::Instant::now() + PATIENCE;
        while std::time::Instant::now() < patience {
            self.visit(path).await;
            if self.text().await.contains(text) {
                return self;
            }
        }
        self.sees(text).await
    }

    pub async fn path(&self) -> String {
        let url = self.client.current_url().await.expect("an address");
        url[url::Position::BeforePath..].to_owned()
    }

    /// The size of the window as pages see it, down to 320 px.
    pub async fn width(&self, width: u32, height: u32) -> &Self {
        self.devtools(
            "Emulation.setDeviceMetricsOverride",
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 }),
        )
        .await;
        self
    }

    /// Light or dark, and standing still: a page on the move has other sizes.
    pub async fn dark(&self, dark: bool) -> &Self {
        let value = if dark { "dark" } else { "light" };
        self.devtools(
            "Emulation.setEmulatedMedia",
            json!({ "features": [{ "name": "prefers-color-scheme", "value": value }, { "name": "prefers-reduced-motion", "value": "reduce" }] }),
        )
        .await;
        self
    }

    async fn devtools(&self, command: &str, params: Value) {
        let body = json!({ "cmd": command, "params": params });
        self.client
            .issue_cmd(Own { path: "goog/cdp/execute", body })
            .await
            .unwrap_or_else(|error| panic!("{command}: {error}"));
    }

    /// From now on this window has a device that keeps passkeys, and whoever holds it is known to it.
    pub async fn plays_a_device(&self) {
        let body = json!({ "protocol": "ctap2", "transport": "internal", "hasResidentKey": true,
            "hasUserVerification": true, "isUserVerified": true, "isUserConsenting": true });
        self.client.issue_cmd(Own { path: "webauthn/authenticator", body }).await.expect("a device");
    }

    /// What the console said since the last look, errors and refusals of the security policy among it.
    pub async fn console(&self) -> Vec<String> {
        let said = self
            .client
            .issue_cmd(Own { path: "se/log", body: json!({ "type": "browser" }) })
            .await
            .expect("the console");
        let entries = said.as_array().cloned().unwrap_or_default();
        entries
            .iter()
            .filter(|entry| entry["level"] == "SEVERE" || entry["level"] == "WARNING")
            .map(|entry| entry["message"].as_str().unwrap_or_default().to_owned())
            .collect()
    }

    /// Numbers of days that stand on two lines since there is no room for them.
    async fn broken_days(&self) -> Vec<String> {
        let look = "return [...document.querySelectorAll('.day-head b')].filter(day => {
                const range = document.createRange();
                range.selectNodeContents(day);
                return new Set([...range.getClientRects()].map(r => Math.round(r.top))).size > 1;
            }).map(day => `broken in two: ${day.textContent}`).slice(0, 4);";
        texts(&self.client.execute(look, Vec::new()).await.expect("days"))
    }

    /// What is wrong with the page: what is wider than the window, what has no room, and what axe (WCAG 2.2 AA) finds.
    pub async fn faults(&self) -> Vec<String> {
        // A window of a new size is laid out with the next frame, and what comes near by that with those after it.
        let widest = "const done = arguments[arguments.length - 1];
            const look = () => {
                const w = document.documentElement.clientWidth;
                if (document.documentElement.scrollWidth - w < 2) return done([]);
                const out = [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > w + 1);
                done(['scrolls sideways'].concat(out.map(e => e.outerHTML.slice(0, 160)).slice(0, 4)));
            };
            let tall = -1, still = 0;
            const settle = () => {
                const now = document.documentElement.scrollHeight;
                still = now === tall ? still + 1 : 0;
                tall = now;
                if (still > 3) look(); else requestAnimationFrame(settle);
            };
            requestAnimationFrame(settle);";
        let wide = self.client.execute_async(widest, Vec::new()).await.expect("a width");
        let mut faults = texts(&wide);
        faults.extend(self.broken_days().await);
        faults.extend(self.axe().await);
        faults
    }

    async fn axe(&self) -> Vec<String> {
        static AXE: std::sync::LazyLock<String> = std::sync::LazyLock::new(|| {
            let path = std::env::var_os("AXE_SCRIPT")
                .expect("AXE_SCRIPT names axe.min.js of axe-core; `tests/run` installs it");
            std::fs::read_to_string(path).expect("axe.min.js")
        });
        self.client.execute(&AXE, Vec::new()).await.expect("axe");
        let run = "const done = arguments[arguments.length - 1];
            axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
                .then(r => done(r.violations.map(v => v.id + ': ' + v.help + ' ' + v.nodes.map(n => n.html.slice(0, 200)).slice(0, 3).join(' | '))));";
        let found = self.client.execute_async(run, Vec::new()).await.expect("axe runs");
        texts(&found)
    }

    pub async fn close(self) {
        self.client.close().await.ok();
    }
}

fn texts(list: &Value) -> Vec<String> {
    let list = list.as_array().map(Vec::as_slice).unwrap_or_default();
    list.iter().map(|text| text.as_str().unwrap_or_default().to_owned()).collect()
}

/// An XPath literal.
fn quoted(text: &str) -> String {
    if text.contains('\'') { format!("\"{text}\"") } else { format!("'{text}'") }
}

/// A command of ChromeDriver's own.
#[derive(Debug)]
struct Own {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Own {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }
    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.body.to_string()))
    }
}
