//! A wrong or dangerous setting ends the start with a sentence; every setting is documented.
use std::process::Command;

use marquee::config::{Config, SETTINGS, Source};

const KEY: &str = "0123456789abcdef0123456789abcdef";

fn wrong(settings: &[(&str, &str)]) -> String {
    Config::read(&Source::of(settings)).expect_err("refused").to_string()
}

fn production<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut all = vec![
        ("MARQUEE_ENV", "production"),
        ("BASE_URL", "https://events.example.org"),
        ("MARQUEE_SECRET_KEY", KEY),
        ("SMTP_HOST", "mail.example.org"),
        ("SMTP_FROM_ADDRESS", "events@example.org"),
    ];
    for (name, value) in more {
        all.retain(|(given, _)| given != name);
        all.push((name, value));
    }
    all
}

#[test]
fn no_settings_are_a_development_site_on_this_machine() {
    let config = Config::read(&Source::of(&[])).unwrap();
    assert!(config.development() && config.addr.ip().is_loopback());
    assert_eq!(config.base_url, "http://localhost:8080");
}

#[test]
fn a_development_site_refuses_to_be_public() {
    assert!(wrong(&[("MARQUEE_ADDR", "0.0.0.0:8080")]).contains("listens on this machine only"));
    assert!(wrong(&[("BASE_URL", "https://events.example.org")]).contains("MARQUEE_ENV=production"));
}

#[test]
fn production_has_no_default_secret_and_sends_nothing_in_the_clear() {
    Config::read(&Source::of(&production(&[]))).unwrap();
    for (name, value, says) in [
        ("MARQUEE_SECRET_KEY", "", "needs MARQUEE_SECRET_KEY"),
        ("MARQUEE_SECRET_KEY", "short", "32 or more"),
        ("MARQUEE_SECRET_KEY", &"k".repeat(64), "MARQUEE_SECRET_KEY repeats itself"),
        ("MARQUEE_SECRET_KEY", &"changeme".repeat(5), "MARQUEE_SECRET_KEY repeats itself"),
        ("MARQUEE_SECRET_KEY", &format!("{KEY},{}", "1234567890".repeat(4)), "MARQUEE_SECRET_KEY repeats itself"),
        ("BASE_URL", "http://events.example.org", "must be https"),
        ("BASE_URL", "", "needs BASE_URL"),
        ("SMTP_HOST", "", "needs SMTP_HOST"),
        ("SMTP_USE_TLS", "none", "in the clear"),
    ] {
        let sentence = wrong(&production(&[(name, value)]));
        assert!(sentence.contains(says), "{name}={value}: {sentence}");
    }
}

#[test]
fn every_wrong_value_is_named_in_a_sentence() {
    for (name, value) in [
        ("MARQUEE_ENV", "staging"),
        ("MARQUEE_ADDR", "here"),
        ("BASE_URL", "ftp://x"),
        ("BASE_URL", "http://localhost:8080/path"),
        ("RETURN_ORIGINS", "foo"),
        ("RETURN_ORIGINS", "https://app.example.org,https://app.example.org/paid"),
        ("RETURN_ORIGINS", "https://App.example.org"),
        ("RETURN_ORIGINS", "http://app.example.org"),
        ("RETURN_ORIGINS", "ftp://app.example.org"),
        ("DATABASE_URL", "mysql://x"),
        ("DATABASE_URL", "sqlite:"),
        ("DATABASE_URL", "sqlite://"),
        ("DATABASE_URL", "sqlite::memory:"),
        ("DATABASE_URL", "sqlite:marquee.db?mode=memory"),
        ("MARQUEE_ZONE", "Mars/Olympus"),
        ("MARQUEE_ZONE", "localtime"),
        ("MARQUEE_ZONE", "Posixrules"),
        ("MARQUEE_ZONE", "Factory"),
        ("MARQUEE_CURRENCY", "groats"),
        ("MARQUEE_WORKERS", "many"),
        ("MARQUEE_WORKERS", "65"),
        ("MARQUEE_TRUSTED_PROXIES", "proxy"),
        ("MARQUEE_TOKEN_MINUTES", "0"),
        ("MARQUEE_SOCKETS", "many"),
        ("MARQUEE_SOCKETS_PER_ADDRESS", "-1"),
        ("MARQUEE_SOCKETS_PER_MEMBER", "1.5"),
        ("MARQUEE_LIMIT_SIGN_UP", "often"),
        ("MARQUEE_LIMIT_REQUESTS", "0/minute"),
        ("MARQUEE_LIMIT_MAILS_DAILY", "10/week"),
        ("MARQUEE_KEEP_ADDRESSES", "91"),
        ("MARQUEE_KEEP_SIGN_UPS", "0"),
        ("MARQUEE_KEEP_GUESTS", "ever"),
        ("MARQUEE_KEEP_INVITATIONS", "29"),
        ("MARQUEE_KEEP_DEVICES", "-1"),
        ("MARQUEE_KEEP_MAILS", "7"),
        ("MARQUEE_KEEP_NOTICES", "1.5"),
        ("MARQUEE_KEEP_REPORTS", "ever"),
        ("MARQUEE_KEEP_VIEWS", "0"),
        ("MARQUEE_LOG_FORMAT", "xml"),
        ("MARQUEE_LOG", "!!"),
        ("MARQUEE_SITE_NAME", "Our\nsite"),
        ("MARQUEE_SITE_NAME", "\u{200b}"),
        ("SMTP_FROM_ADDRESS", "nobody"),
        ("GOOGLE_BASE_URL", "accounts.google.com"),
        ("MICROSOFT_BASE_URL", "http://login.example.com/common/v2.0"),
        ("GITHUB_API_URL", "https://api.github.com?x=y"),
    ] {
        let sentence = wrong(&[(name, value)]);
        assert!(sentence.contains(name) && sentence.ends_with('.'), "{name}={value}: {sentence}");
    }
    assert!(wrong(&[("SMTP_HOST", "localhost"), ("SMTP_PORT", "x")]).contains("SMTP_PORT"));
}

#[test]
fn what_stands_at_the_edge_of_a_setting_is_taken() {
    let origins = "https://app.example.org, https://app.example.org:8443/,http://localhost:3000";
    let config = Config::read(&Source::of(&[("RETURN_ORIGINS", origins), ("MARQUEE_WORKERS", "64")])).unwrap();
    let origins = ["https://app.example.org", "https://app.example.org:8443", "http://localhost:3000"];
    assert_eq!((config.return_origins.as_slice(), config.workers), (&origins.map(str::to_owned)[..], 64));
    for url in ["sqlite:x.db", "sqlite:///var/lib/x.db", "postgres://me@db.example.org/x"] {
        assert_eq!(Config::read(&Source::of(&[("DATABASE_URL", url)])).unwrap().database_url, url);
    }
}

#[test]
fn a_server_of_tables_that_does_not_answer_is_named_without_its_password() {
    let folder = tempfile::tempdir().unwrap();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut command = Command::new(env!("CARGO_BIN_EXE_marquee"));
    command.current_dir(folder.path()).env("DATABASE_URL", format!("postgres://me:hidden@127.0.0.1:{port}/x"));
    let output = command.args(["migrate", "--status"]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains(&format!("nothing answers at 127.0.0.1:{port}")) && !said.contains("hidden"), "{said}");
}

#[test]
fn a_provider_needs_both_its_id_and_its_secret_and_in_production_tls() {
    let stand_in =
        [("GITHUB_CLIENT_ID", "x"), ("GITHUB_CLIENT_SECRET", "y"), ("GITHUB_BASE_URL", "http://localhost:9482")];
    assert_eq!(Config::read(&Source::of(&stand_in)).unwrap().providers.len(), 1);
    assert!(wrong(&production(&stand_in)).contains("GITHUB_BASE_URL"));
    assert!(wrong(&stand_in[..1]).contains("GITHUB_CLIENT_SECRET is not"));
    assert!(wrong(&stand_in[1..2]).contains("GITHUB_CLIENT_ID is not"));
    assert!(Config::read(&Source::of(&production(&[]))).unwrap().providers.is_empty());
}

#[test]
fn a_public_site_takes_no_money_with_a_key_alone_and_no_key_travels_in_the_clear() {
    let key = ("STRIPE_SECRET_KEY", "sk_live_1");
    for (settings, says) in [
        (vec![key], "needs STRIPE_WEBHOOK_SECRET"),
        (vec![("STRIPE_API_KEY", "sk_live_1")], "needs STRIPE_WEBHOOK_SECRET"),
        (vec![key, ("STRIPE_API_KEY", "sk_live_2")], "differ"),
        (vec![("STRIPE_SECRET_KEY", "pk_live_1")], "begin with sk_"),
        (vec![("STRIPE_WEBHOOK_SECRET", "whsec_1")], "without STRIPE_SECRET_KEY"),
        (vec![key, ("STRIPE_PUBLISHABLE_KEY", "pk_test_1")], "different modes"),
        (vec![key, ("STRIPE_PUBLISHABLE_KEY", "sk_live_1")], "begin with pk_"),
        (vec![key, ("STRIPE_API_BASE", "http://stripe.example.org")], "must be https"),
        (vec![key, ("STRIPE_API_BASE", "https://api.stripe.com/v1")], "without a path"),
        (vec![key, ("STRIPE_TIMEOUT_SECONDS", "0")], "between 1 and 60"),
        (vec![key, ("STRIPE_DELAYED_METHODS", "some")], "yes or no"),
    ] {
        let sentence = wrong(&production(&settings));
        assert!(sentence.contains(says), "{settings:?}: {sentence}");
    }
    let both = [key, ("STRIPE_WEBHOOK_SECRET", "whsec_1")];
    let stripe = Config::read(&Source::of(&production(&both))).unwrap().stripe.unwrap();
    assert_eq!(stripe.origins(), "https://checkout.stripe.com https://billing.stripe.com", "where forms may lead");
}

#[test]
fn a_bucket_needs_its_keys_and_is_not_spoken_to_in_the_clear() {
    let keys = [("S3_BUCKET", "uploads"), ("S3_ACCESS_KEY_ID", "AKID"), ("S3_SECRET_ACCESS_KEY", "a-long-secret")];
    let with = |more: &[(&'static str, &'static str)]| [&keys[..], more].concat();
    let read = |more: &[(&'static str, &'static str)]| Config::read(&Source::of(&with(more))).unwrap().s3.unwrap();
    assert_eq!((read(&[]).address(), read(&[]).path_style), (None, false));
    let own = read(&[("S3_ENDPOINT", "https://s3.example.org/"), ("S3_PREFIX", "/a/b/")]);
    assert_eq!((own.address().as_deref(), own.prefix.as_str()), (Some("https://s3.example.org"), "a/b"));
    let host = read(&[("S3_ENDPOINT", "https://s3.example.org"), ("S3_PATH_STYLE", "no")]);
    assert_eq!(host.address().as_deref(), Some("https://uploads.s3.example.org"));
    read(&[("S3_ENDPOINT", "http://127.0.0.1:9000")]);
    read(&[("S3_ENDPOINT", "http://minio.internal:9000"), ("S3_ALLOW_HTTP", "yes")]);
    for (name, value, says) in [
        ("S3_BUCKET", "", "S3_BUCKET is not"),
        ("S3_BUCKET", "a/b", "no name of a bucket"),
        ("S3_BUCKET", "up.loads", "S3_PATH_STYLE=yes"),
        ("S3_ACCESS_KEY_ID", "", "S3_ACCESS_KEY_ID is not"),
        ("S3_SECRET_ACCESS_KEY", "", "S3_SECRET_ACCESS_KEY is not"),
        ("S3_SECRET_ACCESS_KEY", "two words", "a character that no key has"),
        ("S3_REGION", "eu west", "S3_REGION is"),
        ("S3_ENDPOINT", "http://minio.internal:9000", "must be https"),
        ("S3_ENDPOINT", "https://s3.example.org/uploads", "without a path"),
        ("S3_ENDPOINT", "https://me:hidden@s3.example.org", "without a path"),
        ("S3_ALLOW_HTTP", "maybe", "yes or no"),
        ("S3_PATH_STYLE", "maybe", "yes or no"),
        ("S3_PREFIX", "../up", "S3_PREFIX is"),
        ("S3_TIMEOUT_SECONDS", "0", "between 1 and 60"),
    ] {
        let sentence = wrong(&with(&[(name, value)]));
        assert!(sentence.contains(says) && sentence.ends_with('.'), "{name}={value}: {sentence}");
        assert!(!sentence.contains("two words") && !sentence.contains("hidden"), "{sentence}");
    }
}

#[test]
fn an_authority_alone_names_no_storage() {
    assert!(wrong(&[("S3_CA_FILE", "ca.pem")]).contains("S3_CA_FILE is set and S3_BUCKET is not"));
}

#[test]
fn the_binary_ends_with_exit_code_2_and_the_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_marquee"))
        .current_dir(folder.path())
        .env("MARQUEE_ADDR", "0.0.0.0:1")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("listens on this machine only"));
}

#[test]
fn what_only_shows_when_a_setting_is_used_ends_the_start_the_same_way() {
    let folder = tempfile::tempdir().unwrap();
    let broken = folder.path().join("broken.pem");
    std::fs::write(&broken, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").unwrap();
    let text = folder.path().join("text.pem");
    std::fs::write(&text, "no certificate").unwrap();
    let (broken, text) = (broken.display().to_string(), text.display().to_string());
    for (name, value) in [
        ("SMTP_CA_FILE", "/nope"),
        ("SMTP_CA_FILE", &text),
        ("SMTP_CA_FILE", &broken),
        ("S3_CA_FILE", "/nope"),
        ("S3_CA_FILE", &text),
        ("S3_CA_FILE", &broken),
        ("MARQUEE_DATA_DIR", "/proc/x"),
        ("MARQUEE_DATA_DIR", &text),
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_marquee"));
        let bucket = [("S3_BUCKET", "uploads"), ("S3_ACCESS_KEY_ID", "AKID"), ("S3_SECRET_ACCESS_KEY", "secret")];
        command.current_dir(folder.path()).envs(production(&bucket)).env(name, value);
        let output = command.args(["migrate", "--status"]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{name}={value}: {said}");
        assert!(said.contains(name), "{name}={value}: {said}");
    }
}

#[test]
fn the_doctor_names_a_missing_authority_in_a_plain_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let bucket = [("S3_BUCKET", "uploads"), ("S3_ACCESS_KEY_ID", "AKID"), ("S3_SECRET_ACCESS_KEY", "secret")];
    let mut command = Command::new(env!("CARGO_BIN_EXE_marquee"));
    command.current_dir(folder.path()).envs(bucket).env("S3_CA_FILE", "/nope");
    let output = command.arg("doctor").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("S3_CA_FILE is /nope, which cannot be used: "), "{said}");
    assert!(said.trim_end().ends_with("Set it to a PEM file of the certificate authority, or leave it out."), "{said}");
}

#[test]
fn the_readme_and_the_example_file_name_every_setting() {
    let read = |file: &str| std::fs::read_to_string(format!("{}/{file}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let (readme, example) = (read("README.md"), read(".env.example"));
    for setting in SETTINGS {
        let row = format!(
            "| `{}` | {} | {} |",
            setting.name,
            if setting.default.is_empty() { String::new() } else { format!("`{}`", setting.default) },
            setting.meaning
        );
        assert!(readme.contains(&row), "README.md lacks the row\n{row}");
        assert!(
            example.contains(&format!("# {}={}", setting.name, setting.default)),
            ".env.example lacks # {}={}",
            setting.name,
            setting.default
        );
    }
}
