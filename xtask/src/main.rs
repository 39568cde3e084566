//! The task runner: `cargo xtask serve`, `cargo xtask test`, `cargo xtask generate`, `cargo xtask manifest`,
//! `cargo xtask dist`, `cargo xtask repository`,
//! `cargo xtask wasm`.
//!
//! It needs nothing but Rust and Node, depends on next to nothing so that it is compiled in a moment, is silent
//! about what succeeds, and shows everything about what fails.

mod architecture;
mod bom;
mod dist;
mod documents;
mod generate;
mod machine;
mod manifest;
mod page;
mod paths;
mod repository;
mod reproducible;
mod run;
mod serve;
mod speed;
mod test;
mod tidy;
mod tree;
mod wasm;

use std::process::ExitCode;

use anyhow::{Result, bail};

const HELP: &str = "\
cargo xtask serve [arguments]         build the page and the server, start it, print its address;
                                      the arguments are those of `incamera serve`
cargo xtask test [--quick] [part...]  every check; --quick leaves the browsers out
cargo xtask generate [--check]        write the TypeScript types that come from the Rust ones
cargo xtask dist [--quick] [--also arm64]
                                      make the package for Debian and Ubuntu; --quick: of the program that the tests use;
                                      --also: and the one for machines of another kind (docs/hosting.md)
cargo xtask repository FOLDER KEY PACKAGE...
                                      put packages where machines update themselves from (docs/hosting.md)
cargo xtask manifest [--line]         build the page and the server, print the manifest of the page (docs/verify.md)
cargo xtask wasm [--check]            build the encrypted group for the page; only after a change of crates/e2ee";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match task(&arguments) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("\n{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn task(arguments: &[String]) -> Result<ExitCode> {
    let Some((task, rest)) = arguments.split_first() else {
        println!("{HELP}\n\nParts of `test`: {}", test::parts());
        return Ok(ExitCode::SUCCESS);
    };
    match task.as_str() {
        "serve" => serve::serve(rest),
        "test" => test::test(rest),
        "generate" => generate::generate(rest),
        "dist" => dist::dist(rest),
        "repository" => repository::repository(rest),
        "manifest" => manifest::manifest(rest),
        "wasm" => wasm::wasm(rest),
        "help" | "--help" | "-h" => task_help(),
        other => bail!("There is no task “{other}”.\n\n{HELP}"),
    }
}

fn task_help() -> Result<ExitCode> {
    task(&[])
}
