//! What Dockerfile, compose.yaml and deploy/ say is held against the program: its commands, its settings, its files.
use std::path::Path;
use std::process::Command;

use marquee::config::{Config, SETTINGS, Source};

fn file(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Whether the program explains such a command.
fn is_command(words: &[&str]) -> bool {
    let help = Command::new(env!("CARGO_BIN_EXE_marquee")).args(words).arg("--help").output().unwrap();
    help.status.success()
}

/// The settings that a text names and the program does not know; NAME_* stands for all that begin so.
fn unknown(text: &str) -> Vec<&str> {
    let words = text.split(|c: char| !(c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_'));
    let ours = |word: &&str| ["MARQUEE_", "SMTP_", "S3_", "STRIPE_", "BASE_URL"].iter().any(|of| word.starts_with(of));
    let known = |word: &str| {
        SETTINGS.iter().any(|setting| setting.name == word || word.ends_with('_') && setting.name.starts_with(word))
    };
    words.filter(ours).filter(|word| !known(word)).collect()
}

/// What follows an instruction of the Dockerfile wherever it stands, with its continued lines.
fn instructions(text: &str, name: &str) -> Vec<String> {
    let whole = text.replace("\\\n", " ");
    let of = |line: &str| line.strip_prefix(name)?.strip_prefix(' ').map(str::to_owned);
    whole.lines().filter_map(of).collect()
}

#[test]
fn the_image_is_made_of_what_is_there_and_runs_with_settings_that_hold() {
    let text = file("Dockerfile");
    assert_eq!(unknown(&text), Vec::<&str>::new());
    let env = instructions(&text, "ENV").join(" ");
    let mut settings: Vec<(&str, &str)> = env.split_whitespace().map(|pair| pair.split_once('=').unwrap()).collect();
    settings.extend([
        ("BASE_URL", "https://events.example.org"),
        ("MARQUEE_SECRET_KEY", "0123456789abcdef0123456789abcdef"),
        ("SMTP_HOST", "mail.example.org"),
        ("SMTP_FROM_ADDRESS", "events@example.org"),
    ]);
    let config = Config::read(&Source::of(&settings)).unwrap();
    assert!(!config.development() && config.log_json);
    assert_eq!(instructions(&text, "EXPOSE"), [config.addr.port().to_string()]);
    assert_eq!(instructions(&text, "VOLUME"), [config.data_dir.display().to_string()]);
    assert!(instructions(&text, "USER").iter().all(|user| user.bytes().all(|c| c.is_ascii_digit() || c == b':')));
    assert!(text.contains(r#"CMD ["marquee", "health"]"#) && is_command(&["health"]));
    // What is touched for a build is there, and nothing that a build reads is kept from it.
    let ignored = file(".dockerignore");
    for needed in
        ["build.rs", "src/lib.rs", "src/main.rs", "Cargo.toml", "Cargo.lock", "templates", "static", "migrations"]
    {
        assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join(needed).exists(), "{needed}");
        let top = needed.split('/').next().unwrap();
        assert!(ignored.lines().all(|line| line != top && line != needed), "{needed} is kept from the build");
    }
    for useless in ["target", "data", "**/node_modules", ".git", ".github", "deploy", ".env", "rust-toolchain.toml"] {
        assert!(ignored.lines().any(|line| line == useless), "{useless} goes into every build");
    }
}

#[test]
fn the_composition_names_real_settings_and_believes_its_own_proxy_alone() {
    let text = file("compose.yaml");
    assert_eq!(unknown(&text), Vec::<&str>::new());
    assert!(text.contains(r#"test: ["CMD", "marquee", "health"]"#) && is_command(&["health"]));
    let after = |name: &str| text.lines().filter_map(|line| line.trim().strip_prefix(name)).collect::<Vec<_>>();
    assert_eq!(after("ipv4_address: ")[1..], after("MARQUEE_TRUSTED_PROXIES: "), "the proxy is the second service");
    assert_eq!((after("env_file: "), after("build: ")), (vec![".env"], vec!["."]));
    file(".env.example");
}

#[test]
fn the_units_start_real_commands_with_real_settings() {
    let mut started = Vec::new();
    for name in ["marquee.service", "marquee-backup.service", "marquee-backup.timer", "litestream.yml"] {
        let text = file(&format!("deploy/{name}"));
        assert_eq!(unknown(&text), Vec::<&str>::new(), "{name}");
        for line in text.lines().filter(|line| line.starts_with("ExecStart=")) {
            let (_, after) = line.split_once("/usr/local/bin/marquee").unwrap();
            let words: Vec<&str> = after.split_whitespace().take(1).collect();
            assert!(is_command(&words), "{name}: {line}");
            started.push(words.join(" "));
        }
    }
    assert_eq!(started, ["", "backup"]);
    assert!(!is_command(&["no-such-command"]), "the test would see a wrong one");
}

/// They share the folder with the database, and a folder belongs to one user.
#[test]
fn the_backup_runs_as_the_user_of_the_site_and_a_wrong_setting_is_not_tried_again() {
    let (site, backup) = (file("deploy/marquee.service"), file("deploy/marquee-backup.service"));
    for line in ["User=marquee", "DynamicUser=yes", "EnvironmentFile=/etc/marquee.env", "UMask=0077"] {
        assert!([&site, &backup].iter().all(|unit| unit.lines().any(|other| other == line)), "{line}");
    }
    let folder = |unit: &str| unit.lines().find_map(|line| line.strip_prefix("StateDirectory=")).unwrap().to_owned();
    assert_eq!((folder(&site).as_str(), folder(&backup).as_str()), ("marquee", "marquee marquee-backups"));
    assert!(site.contains("\nRestart=on-failure\n") && site.contains("\nRestartPreventExitStatus=2\n"));
}

/// The name that the unit gives a backup, and what it removes, by the shell and find themselves.
#[test]
fn a_backup_of_the_timer_has_its_time_in_its_name_and_old_ones_go() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().display().to_string();
    let unit = file("deploy/marquee-backup.service").replace("/var/lib/marquee-backups", &at);
    let said = |name: &str| {
        let line = unit.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.replace("%%", "%").replace("$$", "$")
    };
    // As systemd calls it: sh, -c, and what stands between the quotes; with an echo in the program's place.
    let script = said("ExecStart=/bin/sh -c '").trim_end_matches('\'').replace("exec /usr/local/bin/marquee", "echo");
    let named = Command::new("/bin/sh").args(["-c", &script]).output().unwrap();
    let named = String::from_utf8(named.stdout).unwrap();
    let path = named.trim().strip_prefix("backup ").unwrap_or_else(|| panic!("{named}")).to_owned();
    let name = path.strip_prefix(&format!("{at}/")).unwrap();
    assert!(name.starts_with("site-20") && name.ends_with("Z.backup") && name.len() == 30, "{name}");

    let (old, other) = (folder.path().join("site-2020-01-01T000000Z.backup"), folder.path().join("mine.backup"));
    for made in [old.as_path(), other.as_path(), Path::new(&path)] {
        std::fs::write(made, "x").unwrap();
    }
    let long_ago = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_577_836_800);
    for file in [&old, &other] {
        std::fs::File::options().write(true).open(file).unwrap().set_modified(long_ago).unwrap();
    }
    let pruning = said("ExecStartPost=");
    let mut words = pruning.split_whitespace();
    let done = Command::new(words.next().unwrap()).args(words).status().unwrap();
    assert!(done.success() && !old.exists() && other.exists() && Path::new(&path).exists());
}

#[test]
fn the_readme_has_a_row_for_every_command() {
    let help = Command::new(env!("CARGO_BIN_EXE_marquee")).arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let (_, commands) = help.split_once("Commands:\n").unwrap();
    let commands = commands.lines().take_while(|line| !line.is_empty());
    let names: Vec<&str> = commands.filter_map(|line| line.strip_prefix("  ")?.split(' ').next()).collect();
    assert!(names.contains(&"serve") && names.contains(&"doctor"), "{help}");
    let readme = file("README.md");
    for name in names.into_iter().filter(|name| !name.is_empty() && *name != "help") {
        let has_row =
            readme.lines().any(|line| line.starts_with("| `marquee") && line.contains(&format!("marquee {name}")));
        assert!(has_row, "README.md says nothing of `marquee {name}`");
    }
}

#[test]
fn the_help_and_the_readme_name_what_is_compared_with_the_journal() {
    let compared =
        "orders, tickets, places taken, money, credits, plans, waiting lists, promo codes, taxes and invitations";
    let help = Command::new(env!("CARGO_BIN_EXE_marquee")).args(["journal", "verify", "--help"]).output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(help.contains(compared) && help.contains("is not compared"), "{help}");
    let readme = file("README.md");
    let row = readme.lines().find(|line| line.starts_with("| `marquee journal verify`")).unwrap();
    assert!(row.contains(compared) && row.contains("nothing else"), "{row}");
}

/// Its snippets let through what the site takes.
#[test]
fn the_readme_lets_pictures_and_sockets_through_its_proxies() {
    let readme = file("README.md");
    let (_, proxies) = readme.split_once("### Behind nginx or Caddy").unwrap();
    let proxies = proxies.split("\n## ").next().unwrap();
    for part in [
        "client_max_body_size 7m;",
        "max_size 7MB",
        "proxy_set_header Upgrade $http_upgrade;",
        "proxy_set_header Host $host;",
        "$proxy_add_x_forwarded_for",
        "MARQUEE_TRUSTED_PROXIES=127.0.0.1",
    ] {
        assert!(proxies.contains(part), "{part}");
    }
    let numbered = readme.lines().find(|line| line.contains("_notes.sql")).unwrap();
    assert!(numbered.contains("NNNN_notes.sql"), "a number that is given goes stale: {numbered}");
}
