//! `cargo xtask test`: every check that a change must pass.

use std::collections::BTreeMap;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::{dist, documents, generate, machine, page, reproducible, run, speed, tidy, tree, wasm};

/// One part: what it is called, what it needs, what it does.
struct Part {
    name: &'static str,
    needs: Needs,
    run: fn() -> Result<Tests>,
}

/// What must have been made before a part can run.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Needs {
    Nothing,
    /// Packages of the page.
    PagePackages,
    /// The page in `web/dist`, which the server's build embeds.
    BuiltPage,
    /// The server of the profile that the tests are built with.
    Server,
    /// That, and the packages of the tests in browsers and on machines.
    Outside,
}

/// How many tests a part ran. A part that is one check of its own counts as one.
#[derive(Clone, Copy)]
struct Tests {
    passed: usize,
}

const ONE: Tests = Tests { passed: 1 };

/// The quick and the telling ones first.
const PARTS: [Part; 14] = [
    Part { name: "documents", needs: Needs::Nothing, run: || documents::check().map(|()| ONE) },
    Part { name: "tidy", needs: Needs::Nothing, run: || tidy::check().map(|()| ONE) },
    Part { name: "module", needs: Needs::Nothing, run: || wasm::check().map(|()| ONE) },
    Part { name: "format", needs: Needs::Nothing, run: format },
    Part { name: "page", needs: Needs::PagePackages, run: check_page },
    Part { name: "page-tests", needs: Needs::PagePackages, run: test_page },
    Part { name: "reproducible", needs: Needs::BuiltPage, run: || reproducible::check().map(|()| ONE) },
    Part { name: "lints", needs: Needs::BuiltPage, run: lints },
    Part { name: "tests", needs: Needs::BuiltPage, run: tests },
    Part { name: "speed", needs: Needs::BuiltPage, run: count_instructions },
    Part { name: BROWSERS, needs: Needs::Outside, run: test_in_browsers },
    Part { name: MACHINE, needs: Needs::Outside, run: test_on_a_machine },
    Part { name: HARDENING, needs: Needs::Outside, run: test_hardening },
    Part { name: KERNEL, needs: Needs::Outside, run: test_on_a_kernel },
];

/// The load tool, which ordinary builds leave out.
const LOAD: &str = "incamera-testkit/load";

/// The parts that `--quick` leaves out.
const BROWSERS: &str = "browsers";
const MACHINE: &str = "machine";

/// What runs beside the browsers, one after the other: browsers wait more than they compute, and take longest by far.
const BESIDE: [&str; 5] = [MACHINE, "page-tests", "reproducible", "lints", "speed"];

/// The parts that run only when they are named: they take many minutes.
const KERNEL: &str = "kernel";
const HARDENING: &str = "hardening";

/// The names of all parts.
pub(crate) fn parts() -> String {
    PARTS.map(|part| part.name).join(", ")
}

pub(crate) fn test(arguments: &[String]) -> Result<ExitCode> {
    let quick = arguments.iter().any(|word| word == "--quick");
    let wanted: Vec<&str> = arguments.iter().map(String::as_str).filter(|word| *word != "--quick").collect();
    if let Some(unknown) = wanted.iter().find(|name| PARTS.iter().all(|part| part.name != **name)) {
        bail!("There is no part “{unknown}”. Parts: {}", parts());
    }
    machine::require_node()?;
    let chosen = |part: &&Part| match wanted.as_slice() {
        [] if quick => ![KERNEL, HARDENING, BROWSERS, MACHINE].contains(&part.name),
        [] => ![KERNEL, HARDENING].contains(&part.name),
        names => names.contains(&part.name),
    };

    let begun = Instant::now();
    let mut workshop = Workshop::default();
    let (mut passed, mut failed) = (0, 0);
    let mut report = |part: &Part, took: Duration, outcome: Result<Tests>| {
        let took = seconds(took);
        match outcome {
            Ok(tests) => {
                passed += tests.passed;
                println!("ok      {:<12}{took:>8}  {}", part.name, tests.passed);
            }
            Err(error) => {
                let (good, bad) = counted(&error.to_string());
                passed += good;
                failed += bad.max(1);
                println!("\n{}\n\nFAILED  {:<12}{took:>8}", failures(&format!("{error:#}")), part.name);
            }
        }
    };
    let chosen: Vec<&Part> = PARTS.iter().filter(chosen).collect();
    let browsers = chosen.iter().find(|part| part.name == BROWSERS);
    let is_beside = |part: &&Part| browsers.is_some() && BESIDE.contains(&part.name);
    let (mut beside, first): (Vec<&Part>, Vec<&Part>) = chosen.iter().copied().partition(is_beside);
    beside.sort_by_key(|part| BESIDE.iter().position(|name| *name == part.name));
    let mut run_one = |workshop: &mut Workshop, part: &Part| {
        let begun = Instant::now();
        let outcome = workshop.make(part.needs).and_then(|()| (part.run)());
        report(part, begun.elapsed(), outcome);
    };
    for part in first.into_iter().filter(|part| part.name != BROWSERS) {
        run_one(&mut workshop, part);
    }
    if let Some(browsers) = browsers {
        let made = workshop.make(browsers.needs);
        let begun = Instant::now();
        let (outcome, took) = std::thread::scope(|scope| {
            let running = scope.spawn(|| (made.and_then(|()| (browsers.run)()), begun.elapsed()));
            for part in beside {
                run_one(&mut workshop, part);
            }
            running.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        report(browsers, took, outcome);
    }
    println!("\nin {}\n{passed} passed, {failed} failed", seconds(begun.elapsed()));
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f32())
}

/// Makes what parts need, each thing once; remembers what could not be made.
#[derive(Default)]
struct Workshop {
    made: BTreeMap<Needs, Result<(), String>>,
}

impl Workshop {
    fn make(&mut self, needs: Needs) -> Result<()> {
        if !self.made.contains_key(&needs) {
            let outcome = match needs {
                Needs::Nothing => Ok(()),
                Needs::PagePackages => page::install(&tree::web()),
                Needs::BuiltPage => self.make(Needs::PagePackages).and_then(|()| page::build()),
                Needs::Server => self.make(Needs::BuiltPage).and_then(|()| build_tests()),
                Needs::Outside => {
                    self.make(Needs::Server).and_then(|()| page::install(&tree::browser_tests()))
                }
            };
            self.made.insert(needs, outcome.map_err(|error| format!("{error:#}")));
        }
        match &self.made[&needs] {
            Ok(()) => Ok(()),
            Err(why) => bail!("{why}"),
        }
    }
}

/// The whole workspace with the same features in every call: cargo then builds each crate once.
fn workspace(task: &str, arguments: &[&str]) -> Result<String> {
    let mut command = run::cargo();
    command.args([task, "--quiet", "--workspace", "--features", generate::FEATURES, "--features", LOAD]);
    command.args(arguments);
    // The load tool's own tests measure it; cargo builds it before it runs any of them.
    command.env("LOAD_INCAMERA", tree::program("debug", "incamera"));
    run::quietly(&mut command)
}

fn format() -> Result<Tests> {
    run::quietly(run::cargo().args(["fmt", "--all", "--check"]))?;
    Ok(ONE)
}

fn check_page() -> Result<Tests> {
    run::quietly(&mut page::npm(&tree::web(), &["run", "check"]))?;
    // The browser tests follow the page's rules, checked by the page's own tool.
    let biome = tree::web().join("node_modules/@biomejs/biome/bin/biome");
    run::quietly(
        Command::new("node").arg(biome).args(["ci", "--colors=off"]).current_dir(tree::browser_tests()),
    )?;
    Ok(ONE)
}

fn test_page() -> Result<Tests> {
    let printed = run::quietly(&mut page::npm(&tree::web(), &["run", "test"]))?;
    Ok(Tests { passed: counted(&printed).0 })
}

fn lints() -> Result<Tests> {
    workspace("clippy", &["--all-targets", "--", "--deny", "warnings"])?;
    Ok(ONE)
}

/// Also builds the server that the browser tests start.
pub(crate) fn build_tests() -> Result<()> {
    workspace("test", &["--no-run", "--all-targets"])?;
    Ok(())
}

/// Among them the checks that the generated files are fresh.
fn tests() -> Result<Tests> {
    machine::offer_helpers();
    let printed = workspace("test", &["--no-fail-fast", "--all-targets"])?;
    let documented = workspace("test", &["--no-fail-fast", "--doc"])?;
    Ok(Tests { passed: counted(&printed).0 + counted(&documented).0 })
}

fn count_instructions() -> Result<Tests> {
    workspace("build", &["--example", speed::PROGRAM])?;
    speed::check()?;
    Ok(ONE)
}

fn test_in_browsers() -> Result<Tests> {
    machine::require_browsers()?;
    let mut command = page::npm(&tree::browser_tests(), &["run", "test"]);
    command.env("INCAMERA_BIN", tree::program("debug", "incamera"));
    let printed = run::quietly(&mut command)?;
    Ok(Tests { passed: counted(&printed).0 })
}

/// The package on a system that is booted. Where that cannot be, the tests say why and are skipped, save on a build
/// machine.
fn test_on_a_machine() -> Result<Tests> {
    machine::offer_machines();
    test_the_package("test:machine")
}

/// The package on a machine that is emulated, with a kernel of its own.
fn test_on_a_kernel() -> Result<Tests> {
    machine::offer_emulation();
    test_the_package("test:kernel")
}

fn test_the_package(script: &str) -> Result<Tests> {
    machine::require_browsers()?;
    machine::require_packager()?;
    let packages = dist::two_versions()?;
    let mut command = page::npm(&tree::browser_tests(), &["run", script]);
    command.env("INCAMERA_XTASK", std::env::current_exe()?);
    command.env("INCAMERA_BIN", tree::program("debug", "incamera"));
    command.env("INCAMERA_PACKAGES", packages.map(|path| path.display().to_string()).join(":"));
    let printed = run::quietly(&mut command)?;
    Ok(Tests { passed: counted(&printed).0 })
}

/// The machine itself, rented, hardened, judged by others and taken back, and the package on it. Skipped as above.
fn test_hardening() -> Result<Tests> {
    machine::offer_machines();
    test_the_package("test:hardening")
}

/// Passed and failed tests, from the closing lines of cargo's, vitest's and Node's test runners.
fn counted(printed: &str) -> (usize, usize) {
    let mut sum = (0, 0);
    for line in printed.lines().map(str::trim) {
        let words: Vec<&str> =
            line.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty()).collect();
        let before = |what: &str| {
            let at = words.iter().position(|word| *word == what)?;
            words[at.checked_sub(1)?].parse::<usize>().ok()
        };
        match words.as_slice() {
            ["test", "result", ..] | ["Tests", ..] => {
                sum.0 += before("passed").unwrap_or(0);
                sum.1 += before("failed").unwrap_or(0);
            }
            ["pass", number] => sum.0 += number.parse().unwrap_or(0),
            ["fail", number] => sum.1 += number.parse().unwrap_or(0),
            _ => {}
        }
    }
    sum
}

/// What Node's runner says of failures at its end, where it does, without what it says of all that went well.
fn failures(printed: &str) -> &str {
    printed.rfind("\n✖ failing tests:").map_or(printed, |start| printed[start..].trim_start())
}

#[cfg(test)]
mod tests {
    use super::{counted, failures};

    #[test]
    fn of_what_failed_the_whole_is_shown_and_of_the_rest_nothing() {
        let printed = "✔ a good one\n✖ a bad one (1ms)\nℹ fail 1\n\n✖ failing tests:\n\n✖ a bad one (1ms)\n  why\n`npm` failed";
        assert_eq!(failures(printed), "✖ failing tests:\n\n✖ a bad one (1ms)\n  why\n`npm` failed");
        assert_eq!(failures("error[E0308]: mismatched types"), "error[E0308]: mismatched types");
    }

    #[test]
    fn closing_lines_are_understood() {
        assert_eq!(counted("test result: ok. 12 passed; 0 failed; 0 ignored; finished in 0.1s"), (12, 0));
        assert_eq!(counted("test result: FAILED. 3 passed; 2 failed; 0 ignored"), (3, 2));
        assert_eq!(counted("      Tests  2 failed | 40 passed (42)"), (40, 2));
        assert_eq!(counted("      Tests  40 passed (40)"), (40, 0));
        assert_eq!(counted("ℹ pass 7\nℹ fail 1\nℹ skipped 0"), (7, 1));
        assert_eq!(counted("Test Files  5 passed (5)"), (0, 0));
    }
}
