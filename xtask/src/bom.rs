//! What a release is made of (CycloneDX 1.5): every crate in the program, and every crate and package in its page. From the lock
//! files and from what cargo says of the crates; the same sources make the same list.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use anyhow::{Context, Result, ensure};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value, json};

use crate::{run, tree};

/// One thing that somebody made. Its name, version and kind are its address (package URL).
struct Component {
    name: String,
    version: String,
    /// An expression of SPDX.
    licence: String,
    /// The digest of the package as its registry has it, and by which function. What is ours has none.
    digest: Option<(&'static str, String)>,
}

/// The list, as JSON, of the program on these targets.
pub(crate) fn bom(version: &str, targets: &[&str]) -> Result<String> {
    // Version 1.5 of the format, and the first version of this list of this release.
    let mut components = BTreeMap::new();
    let programs = targets.iter().map(|target| ("incamera", *target));
    for (package, target) in programs.chain([("incamera-e2ee", "wasm32-unknown-unknown")]) {
        let linked = crates(package, target)?;
        for component in linked.into_iter().filter(|component| component.name != "incamera") {
            components.insert(address("cargo", &component), component);
        }
    }
    for component in packages()? {
        components.insert(address("npm", &component), component);
    }
    let subject = json!({
        "type": "application", "bom-ref": format!("pkg:cargo/incamera@{version}"), "name": "incamera",
        "version": version, "licenses": [{ "expression": env!("CARGO_PKG_LICENSE") }],
    });
    let list: Vec<Value> =
        components.iter().map(|(address, component)| written(address, component)).collect();
    let bom = json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.5.schema.json", "bomFormat": "CycloneDX", "specVersion": "1.5",
        "version": 1, "metadata": { "component": subject }, "components": list,
    });
    Ok(format!("{:#}\n", bom))
}

fn address(kind: &str, component: &Component) -> String {
    format!("pkg:{kind}/{}@{}", component.name.replace('@', "%40"), component.version)
}

fn written(address: &str, component: &Component) -> Value {
    let mut fields = Map::new();
    let mut set = |key: &str, value: Value| drop(fields.insert(key.to_owned(), value));
    set("type", "library".into());
    set("bom-ref", address.into());
    set("name", component.name.clone().into());
    set("version", component.version.clone().into());
    set("licenses", json!([{ "expression": component.licence }]));
    set("purl", address.into());
    if let Some((function, digest)) = &component.digest {
        set("hashes", json!([{ "alg": function, "content": digest }]));
    }
    Value::Object(fields)
}

/// The crates that one of ours is linked from, itself included, on a target.
fn crates(package: &str, target: &str) -> Result<Vec<Component>> {
    let mut cargo = run::cargo();
    cargo.args([
        "tree",
        "--quiet",
        "--locked",
        "--package",
        package,
        "--edges",
        "normal",
        "--prefix",
        "none",
    ]);
    cargo.args(["--format", "{p}|{l}", "--target", target]);
    let printed = run::quietly_out(&mut cargo)?;
    let lock = fs::read_to_string(tree::root().join("Cargo.lock")).context("Cargo.lock")?;
    let digests = digests(&lock);
    listed(&String::from_utf8(printed).context("cargo prints text")?)?
        .into_iter()
        .map(|(name, version, licence)| {
            let digest = digests.get(&(name.as_str(), version.as_str())).copied();
            ensure!(!licence.is_empty(), "{name} {version} does not say under which licence it is");
            let digest = digest.map(|digest| ("SHA-256", digest.to_owned()));
            Ok(Component { licence: licence.replace('/', " OR "), digest, name, version })
        })
        .collect()
}

/// Name, version and licence out of lines such as `serde v1.0.0 (proc-macro)|MIT OR Apache-2.0 (*)`.
fn listed(printed: &str) -> Result<Vec<(String, String, String)>> {
    let mut found = Vec::new();
    for line in printed.lines().filter(|line| !line.is_empty()) {
        let (crate_, licence) = line.split_once('|').with_context(|| format!("cargo says “{line}”"))?;
        let mut words = crate_.split(' ');
        let name = words.next().unwrap_or_default();
        let version = words.next().and_then(|word| word.strip_prefix('v'));
        let version = version.with_context(|| format!("cargo says “{line}”"))?;
        let licence = licence.trim_end_matches("(*)").trim();
        found.push((name.to_owned(), version.to_owned(), licence.to_owned()));
    }
    found.sort();
    found.dedup();
    Ok(found)
}

/// The digests of `Cargo.lock`, by name and version.
fn digests(lock: &str) -> BTreeMap<(&str, &str), &str> {
    let field = |package: &'_ str, key: &str| -> Option<(usize, usize)> {
        let begin = package.find(&format!("\n{key} = \""))? + key.len() + 5;
        Some((begin, begin + package[begin..].find('"')?))
    };
    lock.split("[[package]]")
        .filter_map(|package| {
            let value = |key| field(package, key).map(|(begin, end)| &package[begin..end]);
            Some(((value("name")?, value("version")?), value("checksum")?))
        })
        .collect()
}

/// The packages whose code is in the page.
fn packages() -> Result<Vec<Component>> {
    let lock = fs::read(tree::web().join("package-lock.json")).context("package-lock.json")?;
    let lock: Value = serde_json::from_slice(&lock).context("package-lock.json")?;
    let packages = lock["packages"].as_object().context("package-lock.json lists no packages")?;
    let of_the_page = packages.iter().filter(|(path, package)| !path.is_empty() && package["dev"] != true);
    of_the_page
        .map(|(path, package)| {
            let text = |key: &str| {
                let value = package[key].as_str().map(str::to_owned);
                value.with_context(|| format!("package-lock.json says no {key} of {path}"))
            };
            let name = path.rsplit_once("node_modules/").map_or(path.as_str(), |(_, name)| name);
            let integrity = text("integrity")?;
            let digest = integrity.strip_prefix("sha512-").context("npm's digests are of SHA-512")?;
            Ok(Component {
                name: name.to_owned(),
                version: text("version")?,
                licence: text("license")?,
                digest: Some(("SHA-512", hexadecimal(&BASE64_STANDARD.decode(digest)?))),
            })
        })
        .collect()
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_is_shipped_is_listed_with_version_licence_and_digest() {
        let made = bom("0.1.0", &["x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"]).expect("a list");
        let bom: Value = serde_json::from_str(&made).expect("JSON");
        let components = bom["components"].as_array().expect("components");
        let find = |address: &str| {
            let begins =
                |component: &&Value| component["purl"].as_str().is_some_and(|purl| purl.starts_with(address));
            components.iter().find(begins).unwrap_or_else(|| panic!("{address} is not there"))
        };
        // Of the program, of the C library in it, of the module in the page, of the page; and ours.
        for address in [
            "pkg:cargo/str0m@",
            "pkg:cargo/libsqlite3-sys@",
            "pkg:cargo/openmls@",
            "pkg:npm/%40noble/curves@",
        ] {
            let component = find(address);
            let digest = component["hashes"][0]["content"].as_str().expect("a digest");
            assert!(matches!(digest.len(), 64 | 128), "{digest}");
            assert!(component["licenses"][0]["expression"].is_string());
        }
        assert!(find("pkg:cargo/incamera-media@").get("hashes").is_none());
        // What only tests and builds use is not shipped.
        for other in ["proptest", "incamera-testkit", "vitest", "vite"] {
            assert!(components.iter().all(|component| component["name"] != other), "{other}");
        }
    }

    #[test]
    fn lines_of_cargo_are_understood() {
        let printed = "b v1.0.0 (proc-macro)|MIT OR Apache-2.0 (*)\na v0.2.0 (/a place)|AGPL-3.0-or-later\nb v1.0.0 (proc-macro)|MIT OR Apache-2.0\n";
        let found = listed(printed).expect("understood");
        assert_eq!(found.len(), 2);
        assert_eq!(found[1], ("b".to_owned(), "1.0.0".to_owned(), "MIT OR Apache-2.0".to_owned()));
        assert!(listed("warning: something").is_err());
    }

    #[test]
    fn digests_are_found_by_name_and_version() {
        let lock = "[[package]]\nname = \"a\"\nversion = \"1\"\nchecksum = \"00\"\n\n[[package]]\nname = \"own\"\nversion = \"2\"\n";
        assert_eq!(digests(lock), BTreeMap::from([(("a", "1"), "00")]));
    }
}
