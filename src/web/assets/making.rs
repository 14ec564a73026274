//! Makes what is sent out of the files under `static/`, when the program is built: names with a hash of their contents,
//! stylesheets that name the hashed fonts, and everything compressed as far as it goes.
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::{fs, io};

use sha2::{Digest, Sha256};

/// For the program alone, which draws with them.
const NOT_SENT: &str = "fonts/server/";

/// A file as it is sent.
pub struct Made {
    /// `/static/app.3f2a9c1b40.css`
    pub url: String,
    pub mime: &'static str,
    pub tag: String,
    pub plain: Vec<u8>,
    /// None where it is compressed already.
    pub gzip: Option<Vec<u8>>,
    pub brotli: Option<Vec<u8>>,
}

/// All of a folder, by their names in it.
pub fn make(folder: &Path) -> io::Result<BTreeMap<String, Made>> {
    let mut names = Vec::new();
    list(folder, folder, &mut names)?;
    names.retain(|name| !name.starts_with(NOT_SENT));
    // Stylesheets name fonts, so they are read last.
    names.sort_by_key(|name| (name.ends_with(".css"), name.clone()));
    let mut made = BTreeMap::new();
    for name in names {
        let mut bytes = fs::read(folder.join(&name))?;
        if name.ends_with(".css") {
            bytes = with_hashed_urls(&slim(&String::from_utf8_lossy(&bytes)), &made).into_bytes();
        }
        let file = one(&name, bytes)?;
        made.insert(name, file);
    }
    Ok(made)
}

fn list(root: &Path, folder: &Path, names: &mut Vec<String>) -> io::Result<()> {
    let mut paths = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<PathBuf>>>()?;
    paths.sort();
    for path in paths {
        if path.is_dir() {
            list(root, &path, names)?;
        } else if let Some(name) = path.strip_prefix(root).ok().and_then(Path::to_str) {
            names.push(name.to_owned());
        }
    }
    Ok(())
}

fn one(name: &str, plain: Vec<u8>) -> io::Result<Made> {
    let hash: String = Sha256::digest(&plain).iter().take(5).map(|byte| format!("{byte:02x}")).collect();
    let (stem, end) = name.rsplit_once('.').unwrap_or((name, "bin"));
    let (mime, text) = match end {
        "css" => ("text/css; charset=utf-8", true),
        "js" => ("text/javascript; charset=utf-8", true),
        "txt" => ("text/plain; charset=utf-8", true),
        "svg" => ("image/svg+xml", true),
        "webmanifest" => ("application/manifest+json", true),
        "png" => ("image/png", false),
        "woff2" => ("font/woff2", false),
        _ => ("application/octet-stream", false),
    };
    Ok(Made {
        url: format!("/static/{stem}.{hash}.{end}"),
        mime,
        tag: format!("\"{hash}\""),
        gzip: if text { Some(gzip(&plain)?) } else { None },
        brotli: if text { Some(brotli(&plain)?) } else { None },
        plain,
    })
}

fn gzip(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes)?;
    encoder.finish()
}

fn brotli(mut bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    let params = brotli::enc::BrotliEncoderParams { quality: 11, ..Default::default() };
    brotli::BrotliCompress(&mut bytes, &mut out, &params)?;
    Ok(out)
}

/// Rewrites `url("fonts/x.woff2")` to the address that is kept for ever.
fn with_hashed_urls(css: &str, known: &BTreeMap<String, Made>) -> String {
    let mut out = css.to_owned();
    for (name, file) in known {
        out = out.replace(&format!("url(\"{name}\")"), &format!("url(\"{}\")", file.url));
    }
    out
}

/// A stylesheet without comments and without the spaces that only people need. What stands in quotes stays.
fn slim(css: &str) -> String {
    let (mut out, mut rest) = (String::with_capacity(css.len()), css);
    while let Some(c) = rest.chars().next() {
        if let Some(comment) = rest.strip_prefix("/*") {
            rest = comment.split_once("*/").map_or("", |(_, after)| after);
        } else if matches!(c, '"' | '\'') {
            let end = rest[1..].find(c).map_or(rest.len(), |end| end + 2);
            out.push_str(&rest[..end]);
            rest = &rest[end..];
        } else if c.is_whitespace() {
            rest = rest.trim_start();
            let tight = |c: char| matches!(c, '{' | '}' | ';' | ',');
            // Not behind what ends a selector's or a value's part only, so that `a :hover` and `1px -2px` stay.
            let needed = !out.ends_with(|c| tight(c) || c == ':') && !rest.starts_with(tight);
            if needed && !out.is_empty() && !rest.starts_with("/*") {
                out.push(' ');
            }
        } else {
            if c == '}' && out.ends_with(';') {
                out.pop();
            }
            out.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_stylesheet_says_the_same_in_fewer_letters() {
        let css = "/* why */\n.a :hover, .b > p {\n  margin: 0 -1px; /* so */\n  &:not(.c) { content: \"a;  b\"; }\n}\n@media (width >= 40rem) { .d { color: red; } }\n";
        let slim = super::slim(css);
        assert_eq!(
            slim,
            ".a :hover,.b > p{margin:0 -1px;&:not(.c){content:\"a;  b\"}}@media (width >= 40rem){.d{color:red}}"
        );
        assert_eq!(super::slim(&slim), slim);
        assert_eq!(super::slim("a {} /* x"), "a{}");
    }
}
