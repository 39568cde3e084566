//! What a file that is not ours would run and load: a hint for people, read off it without running it.
//!
//! It is asked only of files whose bytes differ. What it finds is there; what it does not find may be there all the same,
//! because a script can put an address together.

use std::collections::BTreeSet;

/// Hints about one file, at most.
const HINTS: usize = 20;
/// Characters of an inline script that are shown.
const EXCERPT: usize = 80;
/// Attributes of tags that name addresses.
const ADDRESSES: [&str; 11] = [
    "action",
    "background",
    "data",
    "formaction",
    "href",
    "manifest",
    "ping",
    "poster",
    "src",
    "srcset",
    "xlink:href",
];
/// Ends of paths that name what a page runs or loads, rather than what it asks for.
const ENDINGS: [&str; 10] =
    [".js", ".mjs", ".cjs", ".css", ".wasm", ".html", ".htm", ".json", ".svg", ".map"];
/// Names of document types, which nobody loads.
const NAMES: [&str; 1] = ["http://www.w3.org/"];

/// What was found.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct References {
    /// Addresses, resolved as far as they lie on the same server.
    pub addresses: BTreeSet<String>,
    /// The beginnings of scripts in the document itself.
    pub inline: BTreeSet<String>,
}

/// Reads a file of this media type from this address.
pub fn references(media: &str, address: &str, bytes: &[u8]) -> References {
    let text = String::from_utf8_lossy(bytes);
    let mut found = References::default();
    if media.starts_with("text/html") {
        of_document(&text, address, &mut found);
    } else if ["text/javascript", "text/css", "image/svg+xml"].iter().any(|kind| media.starts_with(kind)) {
        let words = text.split(|c: char| c.is_whitespace() || "\"'`()<>;,{}\\".contains(c));
        let addresses = words.filter(|word| is_address(word)).map(|word| resolved(address, word));
        found.addresses.extend(addresses);
    }
    found.addresses = found.addresses.into_iter().take(HINTS).collect();
    found.inline = found.inline.into_iter().take(HINTS).collect();
    found
}

fn of_document(text: &str, address: &str, found: &mut References) {
    let mut rest = text;
    while let Some((_, after)) = rest.split_once('<') {
        if let Some(comment) = after.strip_prefix("!--") {
            rest = comment.split_once("-->").map_or("", |(_, after)| after);
            continue;
        }
        let Some((tag, after)) = Tag::read(after) else {
            rest = after;
            continue;
        };
        rest = after;
        for (name, value) in &tag.attributes {
            if name.starts_with("on") || value.trim_start().to_ascii_lowercase().starts_with("javascript:") {
                found.inline.insert(excerpt(&format!("{name}=\"{value}\"")));
            } else if ADDRESSES.contains(&name.as_str()) {
                found.addresses.insert(resolved(address, value.trim()));
            }
        }
        if tag.name == "meta" && tag.attributes.iter().any(|(name, _)| name == "http-equiv") {
            found.inline.insert(excerpt(&format!("<meta {}>", tag.written())));
        }
        if tag.name == "script" {
            let end = rest.to_ascii_lowercase().find("</script").unwrap_or(rest.len());
            let (script, after) = rest.split_at(end);
            if !script.trim().is_empty() {
                found.inline.insert(excerpt(script.trim()));
            }
            rest = after;
        }
    }
}

fn excerpt(script: &str) -> String {
    let start: String = script.chars().take(EXCERPT).collect();
    if start.len() < script.len() { start + "…" } else { start }
}

struct Tag {
    name: String,
    attributes: Vec<(String, String)>,
}

impl Tag {
    /// What follows a `<`, and what follows the tag. `None`: it is an end, or no tag.
    fn read(text: &str) -> Option<(Self, &str)> {
        if !text.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return None;
        }
        let (name, mut rest) = until(text, |c| c.is_ascii_whitespace() || "/>".contains(c));
        let mut attributes = Vec::new();
        loop {
            rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
            let Some(first) = rest.chars().next() else { break };
            if first == '>' {
                rest = &rest[1..];
                break;
            }
            // An attribute has at least one character, so that this ends.
            let (_, tail) = rest.split_at(first.len_utf8());
            let (_, after) = until(tail, |c| c.is_ascii_whitespace() || "=/>".contains(c));
            let name = &rest[..rest.len() - after.len()];
            let (value, after) = match after.trim_ascii_start().strip_prefix('=') {
                Some(value) => value_of(value.trim_ascii_start()),
                None => ("", after),
            };
            attributes.push((name.to_ascii_lowercase(), value.to_owned()));
            rest = after;
        }
        Some((Self { name: name.to_ascii_lowercase(), attributes }, rest))
    }

    fn written(&self) -> String {
        let written = |(name, value): &(String, String)| format!("{name}=\"{value}\"");
        self.attributes.iter().map(written).collect::<Vec<_>>().join(" ")
    }
}

fn value_of(text: &str) -> (&str, &str) {
    match text.chars().next() {
        Some(quote @ ('"' | '\'')) => {
            let (value, after) = until(&text[1..], |c| c == quote);
            (value, after.get(1..).unwrap_or(""))
        }
        _ => until(text, |c| c.is_ascii_whitespace() || c == '>'),
    }
}

fn until(text: &str, end: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(end).unwrap_or(text.len()))
}

/// Whether a word of a script or a style sheet looks like an address from which something is loaded.
fn is_address(word: &str) -> bool {
    if NAMES.iter().any(|name| word.starts_with(name)) {
        return false;
    }
    let path = until(word, |c| "?#".contains(c)).0;
    let elsewhere = ["https://", "http://", "wss://", "ws://"].iter().any(|start| word.starts_with(start))
        // Scripts have two strokes for other reasons, too.
        || word.strip_prefix("//").and_then(|rest| rest.split_once('/')).is_some_and(|(host, _)| host.contains('.'));
    let here = ["/", "./", "../"].iter().any(|start| path.starts_with(start))
        && ENDINGS.iter().any(|ending| path.ends_with(ending));
    elsewhere
        || here
        || ["data:text/javascript", "data:text/html"].iter().any(|start| word.starts_with(start))
}

/// The path on the same server, without query and fragment; else the reference as it stands.
fn resolved(base: &str, reference: &str) -> String {
    let scheme = reference.split_once(':').is_some_and(|(scheme, _)| !scheme.contains(['/', '?', '#']));
    if scheme || reference.starts_with("//") {
        return reference.to_owned();
    }
    let path = until(reference, |c| "?#".contains(c)).0;
    let mut parts: Vec<&str> = Vec::new();
    if !path.starts_with('/') {
        parts.extend(base.split('/').filter(|part| !part.is_empty()));
        // The file itself; an address that ends in a slash has none.
        if !base.ends_with('/') {
            parts.pop();
        }
    }
    for part in path.split('/').filter(|part| !part.is_empty() && *part != ".") {
        if part == ".." {
            parts.pop();
        } else {
            parts.push(part);
        }
    }
    format!("/{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(media: &str, address: &str, text: &str) -> (Vec<String>, Vec<String>) {
        let found = references(media, address, text.as_bytes());
        (found.addresses.into_iter().collect(), found.inline.into_iter().collect())
    }

    #[test]
    fn scripts_of_a_document_are_found_however_they_are_written() {
        let text = "<!doctype html><HEAD><script src=/a.js></SCRIPT><script type='module' SRC = \"b.js?x#y\"></script>\
                    <!-- <script src=no.js></script> --><img src=x onerror='steal()'><script>\n steal(1) </Script >\
                    <a href=\"JavaScript:steal(2)\">x</a><link rel=stylesheet href=//evil.example/c.css>\
                    <meta http-equiv=refresh content='0;url=//evil.example'><script/src=data:text/javascript,1></script>";
        let (addresses, inline) = found("text/html; charset=utf-8", "/m/{id}", text);
        assert_eq!(addresses, ["//evil.example/c.css", "/a.js", "/m/b.js", "/m/x", "data:text/javascript,1"]);
        assert_eq!(
            inline,
            [
                "<meta http-equiv=\"refresh\" content=\"0;url=//evil.example\">",
                "href=\"JavaScript:steal(2)\"",
                "onerror=\"steal()\"",
                "steal(1)"
            ]
        );
    }

    #[test]
    fn scripts_name_what_they_load() {
        let text = "import('./more.js');new Worker(`/assets/w.js?v=1`);fetch(\"https://evil.example/\");\
                    s='http://www.w3.org/2000/svg';t=\"/api/sign-in\";/x//i.exec(y);v='//cdn.example/z.js';u='../up.css';a//b\n;x='/y'";
        let (addresses, inline) = found("text/javascript", "/assets/index.js", text);
        assert_eq!(
            addresses,
            ["//cdn.example/z.js", "/assets/more.js", "/assets/w.js", "/up.css", "https://evil.example/"]
                .map(str::to_owned)
        );
        assert!(inline.is_empty());
    }

    #[test]
    fn a_flood_of_hints_has_a_bound() {
        let text: String =
            (0..1000).map(|number| format!("<script src={number}.js>{number}</script>")).collect();
        let (addresses, inline) = found("text/html", "/", &text);
        assert_eq!((addresses.len(), inline.len()), (HINTS, HINTS));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_to_their_end(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            references("text/html", "/", &bytes);
            references("text/javascript", "/a.js", &bytes);
        }

        #[test]
        fn any_tags_are_read_to_their_end(text in "(<|>|script|=|\"|'| |/|-->|<!--|é|on|src){0,60}") {
            references("text/html", "/", text.as_bytes());
        }
    }
}
