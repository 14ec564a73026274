//! Makes ready what a site would else make anew at each start, and keep in memory of its own: tables of the translations
//! (`templates/locales/*.po`), the icons of the pages (`templates/icons.svg`), and the files under `static/` as they are
//! sent.
#[path = "src/web/assets/making.rs"]
mod making;

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

const LOCALES: &str = "templates/locales";
const ICONS: &str = "templates/icons.svg";
const STATIC: &str = "static";

fn main() {
    for read in [LOCALES, ICONS, STATIC, "build.rs", "src/web/assets/making.rs"] {
        println!("cargo:rerun-if-changed={read}");
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("Cargo says where"));
    fs::write(out.join("catalogues.rs"), translations()).expect("a file for the tables");
    fs::write(out.join("icons.rs"), icons()).expect("a file for the icons");
    fs::write(out.join("assets.rs"), assets(&out)).expect("a file for the table");
}

fn translations() -> String {
    let mut code = String::new();
    for path in catalogues() {
        let language = path.file_stem().and_then(|name| name.to_str()).expect("a language").to_uppercase();
        writeln!(code, "pub static {language}: Catalogue = {};", table(&path)).expect("a String takes everything");
    }
    code
}

fn catalogues() -> Vec<PathBuf> {
    let files = fs::read_dir(LOCALES).expect("the translations").map(|file| file.expect("a file").path());
    let mut files: Vec<_> = files.filter(|path| path.extension().is_some_and(|end| end == "po")).collect();
    files.sort();
    files
}

/// The forms of every sentence by its key. What is missing or marked as doubtful is left out: it stays English.
fn table(path: &Path) -> String {
    let file = polib::po_file::parse(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut table = phf_codegen::Map::new();
    for message in file.messages().filter(|message| message.is_translated() && !message.is_fuzzy()) {
        let forms = message.msgstr_plural().cloned().or_else(|_| message.msgstr().map(|text| vec![text.to_owned()]));
        table.entry(key(message.msgctxt(), message.msgid()), format!("&{:?}", forms.unwrap_or_default()));
    }
    table.build().to_string()
}

/// As gettext joins them: a context never runs into a sentence.
fn key(context: Option<&str>, id: &str) -> String {
    context.map_or_else(|| id.to_owned(), |context| format!("{context}\u{4}{id}"))
}

/// What each icon of the sheet is drawn of, by its name.
fn icons() -> String {
    let sheet = fs::read_to_string(ICONS).expect("the icons");
    let mut table = phf_codegen::Map::new();
    for line in sheet.lines().filter(|line| line.starts_with("<symbol")) {
        let parts = line.strip_prefix("<symbol id=\"").and_then(|rest| rest.split_once("\" viewBox=\"0 0 24 24\">"));
        let (name, drawn) = parts.unwrap_or_else(|| panic!("{ICONS}: an icon of another size: {line}"));
        let drawn =
            drawn.strip_suffix("</symbol>").unwrap_or_else(|| panic!("{ICONS}: an icon over two lines: {line}"));
        table.entry(name, format!("{:?}", drawn.replace(" />", "/>")));
    }
    format!("static BY_NAME: phf::Map<&str, &str> = {};\n", table.build())
}

/// Everything under `static/`, by name and by address.
fn assets(out: &Path) -> String {
    let made = making::make(Path::new(STATIC)).expect("the files that are sent");
    let (mut by_name, mut by_url) = (phf_codegen::Map::new(), phf_codegen::Map::new());
    for (n, (name, file)) in made.iter().enumerate() {
        let kept = |end: &str, bytes: &[u8]| {
            let path = out.join(format!("asset-{n}{end}"));
            fs::write(&path, bytes).expect("a file for what is sent");
            format!("include_bytes!({path:?})")
        };
        let some = |end: &str, bytes: &Option<Vec<u8>>| {
            bytes.as_ref().map_or_else(|| "None".to_owned(), |bytes| format!("Some({})", kept(end, bytes)))
        };
        let asset = format!(
            "Asset {{ url: {:?}, mime: {:?}, tag: {:?}, plain: {}, gzip: {}, brotli: {} }}",
            file.url,
            file.mime,
            file.tag,
            kept("", &file.plain),
            some(".gz", &file.gzip),
            some(".br", &file.brotli),
        );
        by_name.entry(name.clone(), asset);
        by_url.entry(file.url.clone(), format!("{name:?}"));
    }
    format!(
        "pub static BY_NAME: phf::Map<&str, Asset> = {};\npub static BY_URL: phf::Map<&str, &str> = {};\n",
        by_name.build(),
        by_url.build()
    )
}
