//! `docs/protocol.md` describes every message, every act and every step of the group, and the page's types know the same ones.

use std::collections::BTreeSet;
use std::path::Path;

fn repository(path: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
    std::fs::read_to_string(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()))
}

/// The values of `key` in the generated types, such as `hello` for `"type": "hello"`.
fn tags(types: &str, key: &str) -> BTreeSet<String> {
    let marker = format!("\"{key}\": \"");
    types
        .split(&marker)
        .skip(1)
        .filter_map(|rest| rest.split_once('"'))
        .map(|(tag, _)| tag.to_owned())
        .collect()
}

#[test]
fn everything_that_is_said_is_described() {
    let types = repository("web/src/generated/protocol.ts");
    let document = repository("docs/protocol.md");
    let messages = tags(&types, "type");
    let acts = tags(&types, "act");
    let group: BTreeSet<_> = tags(&types, "group").union(&tags(&types, "event")).cloned().collect();
    assert!(
        messages.len() > 15 && acts.len() > 15 && group.len() > 7,
        "the generated types were not understood"
    );
    let all = messages.iter().chain(&acts).chain(&group);
    let missing: Vec<_> = all.filter(|tag| !document.contains(&format!("`{tag}`"))).collect();
    assert!(missing.is_empty(), "docs/protocol.md does not describe {missing:?}");
}
