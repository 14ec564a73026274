//! The shape of the code, checked: who may know whom, and what stands only in one place.
use std::path::{Path, PathBuf};

struct Source {
    name: String,
    text: String,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders: Vec<PathBuf> = vec![root.clone()];
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let name = path.strip_prefix(&root).unwrap().display().to_string();
                sources.push(Source { name, text: code(&std::fs::read_to_string(&path).unwrap()) });
            }
        }
    }
    assert!(sources.len() > 40, "the sources were not found");
    sources
}

/// Without comments and without the tests at the end.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]").next().unwrap_or_default();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn offenders(part: &str, may: impl Fn(&str) -> bool) -> Vec<String> {
    sources()
        .into_iter()
        .filter(|source| source.text.contains(part) && !may(&source.name))
        .map(|source| format!("{} has {part:?}", source.name))
        .collect()
}

#[test]
fn sql_stands_only_in_stores_and_in_the_rooms_that_keep_tables_of_their_own() {
    let rooms = [
        "db.rs",
        "db/alike.rs",
        "db/later.rs",
        "db/statements.rs",
        "journal.rs",
        "migrations.rs",
        "web/sessions.rs",
        "web/limits.rs",
        "web/health.rs",
        "api/idempotency.rs",
        // Of any table that there is.
        "backup/tables.rs",
    ];
    let wrong =
        offenders("sql(", |name| name.ends_with("store.rs") || name.contains("/store/") || rooms.contains(&name));
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Work that goes on where it stopped remembers that in one way.
#[test]
fn how_far_work_came_is_written_down_in_one_place() {
    let wrong = offenders("_forgotten_until'", |_| false);
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn axum_is_known_only_where_requests_are() {
    let wrong = offenders("axum::", |name| {
        name.ends_with("pages.rs")
            || name.ends_with("api.rs")
            || name.starts_with("web/")
            || name.starts_with("api/")
            || matches!(name, "routes.rs" | "routes/layers.rs" | "serve.rs")
            || is_page_file(name)
    });
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// A slice's pages that were split by noun live in files that hold pages and nothing else.
fn is_page_file(name: &str) -> bool {
    sources().iter().any(|source| source.name == name && source.text.contains("#[template(path"))
        || name.contains("pages/")
        || name.starts_with("admin/")
}

#[test]
fn the_ground_floor_knows_no_slice() {
    let ground =
        ["db.rs", "clock.rs", "ids.rs", "forms.rs", "forms/email.rs", "mail.rs", "files.rs", "images.rs", "words.rs"];
    for slice in ["events", "orders", "signin", "admin", "api"] {
        let part = format!("crate::{slice}");
        let wrong = offenders(&part, |name| !ground.contains(&name) && !(name.starts_with("web/")));
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
}

#[test]
fn a_slice_never_opens_the_store_of_another_for_writing() {
    // Reading another slice's rows through its store is how pages show them; changing them is its verbs' work.
    for (slice, store) in [
        ("admin/", "orders::store::set_"),
        ("admin/", "events::store::set_"),
        ("api/", "orders::store::set_"),
        ("api/", "events::store::set_"),
        ("web/", "::store::set_"),
    ] {
        let wrong: Vec<_> = sources()
            .into_iter()
            .filter(|source| source.name.starts_with(slice) && source.text.contains(store))
            .map(|source| source.name)
            .collect();
        assert!(wrong.is_empty(), "{store} in {wrong:?}");
    }
}

#[test]
fn clock_chance_and_environment_are_asked_in_one_place_each() {
    for (part, home) in [
        ("Timestamp::now", "clock.rs"),
        ("SystemTime::now", "clock.rs"),
        ("rand::", "ids.rs"),
        ("env::var", "config.rs"),
    ] {
        let wrong = offenders(part, |name| name == home);
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
}

#[test]
fn nothing_unfinished_is_left_and_nothing_is_allowed_silently() {
    for part in ["todo!(", "unimplemented!(", "#[allow(", "#![allow(", ".unwrap()"] {
        let wrong = offenders(part, |_| false);
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
}

#[test]
fn templates_obey_the_content_security_policy() {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("templates")];
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                // Mails have no policy, and no stylesheet but their own.
                if path.file_name().is_none_or(|name| name != "mail") {
                    folders.push(path);
                }
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            seen += 1;
            for part in [" style=\"", "<style", " onclick=", " onsubmit=", "javascript:"] {
                assert!(!text.contains(part), "{} has {part:?}", path.display());
            }
        }
    }
    assert!(seen > 10, "the templates were not found");
}

#[test]
fn no_two_shapes_of_the_api_share_a_name() {
    let mut names = std::collections::HashMap::new();
    for source in sources() {
        let mut is_shape = false;
        for line in source.text.lines() {
            is_shape |= line.contains("derive(") && line.contains("ToSchema");
            let Some(name) = line.split_once("struct ").or_else(|| line.split_once("enum ")).filter(|_| is_shape)
            else {
                continue;
            };
            is_shape = false;
            let name: String = name.1.chars().take_while(|c| c.is_alphanumeric()).collect();
            let other = names.insert(name.clone(), source.name.clone());
            assert_eq!(other, None, "{name} stands in {} too: the description keeps one of them", source.name);
        }
    }
    assert!(names.len() > 30, "only {} shapes were found", names.len());
}

/// A field that is passed over is a typing error that does something else: `prize` makes a free ticket.
#[test]
fn every_body_that_programs_send_refuses_fields_that_it_does_not_have() {
    let (mut seen, mut wrong) = (0, Vec::new());
    for source in sources() {
        let lines: Vec<&str> = source.text.lines().collect();
        for (n, line) in lines.iter().enumerate() {
            if !(line.contains("derive(") && line.contains("Deserialize") && line.contains("ToSchema")) {
                continue;
            }
            seen += 1;
            let head = lines[n..].iter().position(|line| line.contains("struct ") || line.contains("enum ")).unwrap();
            let strict = lines[n..n + head].iter().any(|line| line.contains("deny_unknown_fields"));
            let mut body = lines[n + head..].iter().take_while(|line| !line.starts_with('}'));
            // What is flattened into a struct is not seen by its own look for unknown fields.
            let flat = body.any(|line| line.contains("serde(flatten"));
            if !strict || flat {
                wrong.push(format!("{}: {}", source.name, lines[n + head]));
            }
        }
    }
    assert!(seen > 30, "only {seen} bodies were found");
    assert!(wrong.is_empty(), "these pass unknown fields over: {wrong:#?}");
}

/// SECURITY.md promises a test for each requirement, by name.
#[test]
fn every_test_that_the_security_table_names_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = vec![root.join("src"), root.join("tests")];
    let mut tests = std::collections::BTreeSet::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                tests.extend(names_of_tests(&std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    let text = std::fs::read_to_string(root.join("SECURITY.md")).unwrap();
    let rows = text.lines().filter(|line| line.starts_with("| ") && line.contains("`")).collect::<Vec<_>>();
    let last = |row: &&str| row.trim_end_matches('|').rsplit('|').next().unwrap_or_default().to_owned();
    let cells: String = rows.iter().map(last).collect();
    let named: Vec<&str> = cells.split('`').skip(1).step_by(2).filter(|name| name.contains('_')).collect();
    assert!(named.len() > 50, "the table was not found");
    let missing: Vec<_> = named.iter().filter(|name| !tests.contains(**name)).collect();
    assert!(missing.is_empty(), "named in SECURITY.md, but no test: {missing:#?}");
}

fn names_of_tests(text: &str) -> Vec<String> {
    let marked = text.split("#[test]").skip(1).chain(text.split("#[tokio::test").skip(1));
    let name = |after: &str| {
        let (_, rest) = after.split_once("fn ")?;
        rest.split_once('(').map(|(name, _)| name.to_owned())
    };
    marked.filter_map(name).collect()
}
