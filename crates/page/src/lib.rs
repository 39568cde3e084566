//! The web page: its files, as they were when the program was built.

use std::borrow::Cow;

/// Sorted by path; the third is the SHA-256 of the bytes, in hexadecimal digits.
static FILES: &[(&str, &[u8], &str)] = &include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// How many digits of the SHA-256 are a file's entity tag.
pub const ETAG_DIGITS: usize = 32;

/// What a file of the page is, however it travels.
#[derive(Clone, Copy, Debug)]
pub struct Original {
    /// Where it is, without a slash in front.
    pub path: &'static str,
    /// What it holds.
    pub bytes: &'static [u8],
    /// The SHA-256 of that, in hexadecimal digits.
    pub sha256: &'static str,
}

/// All files, sorted by path. A compressed twin is no file of its own.
pub fn originals() -> impl Iterator<Item = Original> {
    let originals = FILES.iter().filter(|(path, ..)| !path.ends_with(".br"));
    originals.map(|&(path, bytes, sha256)| Original { path, bytes, sha256 })
}

/// One file of the page.
#[derive(Clone, Debug)]
pub struct File {
    /// What it holds, encoded as [`Self::encoding`] says.
    pub bytes: Cow<'static, [u8]>,
    /// Its media type.
    pub mime: &'static str,
    /// An entity tag without its quotation marks: the first [`ETAG_DIGITS`] of the SHA-256 of the bytes.
    pub etag: Cow<'static, str>,
    /// The `Content-Encoding`, where it is compressed.
    pub encoding: Option<&'static str>,
    /// Whether the name changes with the bytes, so that a browser may keep it for good.
    pub immutable: bool,
}

/// The file at `path`, which begins without a slash. `brotli`: whether a compressed one is welcome.
pub fn file(path: &str, brotli: bool) -> Option<File> {
    // A compressed twin is no file of its own.
    if path.ends_with(".br") {
        return None;
    }
    let (bytes, etag) = find(path)?;
    let twin = brotli.then(|| find(&format!("{path}.br"))).flatten();
    let encoding = twin.map(|_| "br");
    let (bytes, etag) = twin.unwrap_or((bytes, etag));
    Some(File {
        bytes: Cow::Borrowed(bytes),
        mime: mime(path),
        etag: Cow::Borrowed(etag),
        encoding,
        immutable: immutable(path),
    })
}

fn find(path: &str) -> Option<(&'static [u8], &'static str)> {
    let index = FILES.binary_search_by(|(name, ..)| (*name).cmp(path)).ok()?;
    let (_, bytes, sha256) = FILES[index];
    Some((bytes, &sha256[..ETAG_DIGITS]))
}

/// Whether the page's build puts a hash of the content into this file's name.
pub fn immutable(path: &str) -> bool {
    path.starts_with("assets/")
}

/// The media type of a file, by its name.
pub fn mime(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json" | "map") => "application/json",
        Some("webmanifest") => "application/manifest+json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("webp") => "image/webp",
        Some("woff2") => "font/woff2",
        Some("wasm") => "application/wasm",
        Some("txt") => "text/plain; charset=utf-8",
        Some("wav") => "audio/wav",
        Some("mp3") => "audio/mpeg",
        Some("ogg" | "opus") => "audio/ogg",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_table_is_found_and_has_a_type() {
        assert!(FILES.is_sorted_by_key(|(name, ..)| *name));
        for original in originals() {
            let file = file(original.path, false).expect("listed");
            assert_eq!(file.bytes, original.bytes);
            assert_ne!(file.mime, "application/octet-stream", "{} has no media type", original.path);
        }
    }

    #[test]
    fn the_page_has_an_index_and_nothing_outside_itself() {
        assert!(file("index.html", false).is_some());
        for path in ["", "/", "../Cargo.toml", "index.html/", "/index.html", "INDEX.HTML"] {
            assert!(file(path, false).is_none(), "{path}");
        }
    }
}
