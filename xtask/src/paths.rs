//! What is published has no path of the machine that built it: it would differ from one that somebody else builds, and it
//! would tell of whoever built it.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::{run, tree};

/// Where the standard library was compiled, if this compiler has its sources here.
const LIBRARY: &str = "/usr/lib/rustlib/src/rust";

/// For a build by cargo: Rust and C name files by where they are in the checkout, or among the crates.
pub(crate) fn forget(cargo: &mut Command) -> Result<()> {
    // So that the crates have a place.
    run::quietly(run::cargo().args(["fetch", "--locked"]))?;
    let places = places()?;
    let of_rust: Vec<String> =
        places.iter().map(|(from, to)| format!("--remap-path-prefix={}={to}", from.display())).collect();
    let of_c: Vec<String> =
        places.iter().map(|(from, to)| format!("-ffile-prefix-map={}={to}", from.display())).collect();
    // Between arguments cargo takes a character that is in no path.
    cargo.env_remove("RUSTFLAGS").env("CARGO_ENCODED_RUSTFLAGS", of_rust.join("\x1f"));
    cargo.env("CFLAGS", of_c.join(" "));
    Ok(())
}

/// Where files are, and how they are called instead.
fn places() -> Result<Vec<(PathBuf, &'static str)>> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home =
        home.or_else(|| std::env::home_dir().map(|home| home.join(".cargo"))).context("no home folder")?;
    let mut places = vec![(tree::root().to_owned(), "incamera"), (LIBRARY.into(), "rust")];
    for index in fs::read_dir(home.join("registry/src")).into_iter().flatten().flatten() {
        places.push((index.path(), "crates"));
    }
    // What build scripts write. The last that fits is taken, and this may be in the checkout.
    places.push((tree::target(), "target"));
    Ok(places)
}
