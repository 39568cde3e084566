//! What the machine must bring, in plain words where something is missing.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Result, bail};

use crate::architecture::Architecture;
use crate::run;

/// The oldest Node.js that the page's build works with.
const NODE: (u32, u32) = (20, 19);

/// Node.js and npm are there and new enough.
pub(crate) fn require_node() -> Result<()> {
    let how = "Get it from https://nodejs.org/en/download, or from your system's packages if they are new enough \
               (Debian 13, Ubuntu 25.04: `sudo apt-get install nodejs npm`). Then run this again.";
    let (major, minor) = NODE;
    let Some(version) = answer(&["node", "--version"]) else {
        bail!("The page is built with Node.js {major}.{minor} or newer, and there is no `node` here.\n{how}");
    };
    if parse(&version).is_none_or(|found| found < NODE) {
        bail!("The page is built with Node.js {major}.{minor} or newer; here it is {version}.\n{how}");
    }
    if answer(&["npm", "--version"]).is_none() {
        bail!(
            "The page is built with npm, which usually comes with Node.js, and there is no `npm` here.\n{how}"
        );
    }
    Ok(())
}

/// `v20.19.2` and the like.
fn parse(version: &str) -> Option<(u32, u32)> {
    let mut numbers = version.trim().trim_start_matches('v').split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

/// What a program prints, if it exists and succeeds.
fn answer(words: &[&str]) -> Option<String> {
    let (program, arguments) = words.split_first()?;
    let output =
        Command::new(program).args(arguments).stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// A browser of the browser tests.
struct Browser {
    name: &'static str,
    variable: &'static str,
    usual: &'static [&'static str],
    package: &'static str,
}

/// The places are those that `tests/browser/harness/browsers.mjs` looks at.
const BROWSERS: [Browser; 2] = [
    Browser {
        name: "Chromium",
        variable: "INCAMERA_CHROMIUM",
        usual: &["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"],
        package: "chromium",
    },
    Browser {
        name: "Firefox",
        variable: "INCAMERA_FIREFOX",
        usual: &["/usr/bin/firefox-esr", "/usr/bin/firefox"],
        package: "firefox-esr",
    },
];

impl Browser {
    fn is_here(&self) -> bool {
        match std::env::var_os(self.variable) {
            Some(named) => Path::new(&named).exists(),
            None => self.usual.iter().any(|path| Path::new(path).exists()),
        }
    }
}

/// Both browsers are there, after an attempt to install them on Debian; else why not and what to do.
pub(crate) fn require_browsers() -> Result<()> {
    let missing = || BROWSERS.iter().filter(|browser| !browser.is_here());
    let mut packages: Vec<&str> = missing().map(|browser| browser.package).collect();
    if packages.is_empty() {
        return Ok(());
    }
    // Firefox keeps sound off where there is no sound device; a sound server without one helps.
    packages.push("pulseaudio");
    // One scene is a server between the page and ours, with a certificate of its own.
    packages.push("openssl");
    let install = format!("apt-get install -y --no-install-recommends {}", packages.join(" "));
    let attempt = if is_debian() { apt(&packages) } else { Ok(()) };
    let Some(browser) = missing().next() else { return Ok(()) };
    let mut words = format!(
        "{} was not found. Let the variable {} name its program, or install it",
        browser.name, browser.variable
    );
    words += &match attempt {
        _ if !is_debian() => " from your system's packages.".to_owned(),
        Ok(()) => format!(" with `sudo {install}`."),
        Err(why) => format!(" with `sudo {install}`; it did not work just now:\n{why:#}"),
    };
    bail!(words)
}

/// valgrind is there, after an attempt to install it on Debian.
pub(crate) fn require_valgrind() -> Result<()> {
    let is_here = || answer(&["valgrind", "--version"]).is_some();
    if is_here() || is_debian() && apt(&["valgrind", "libc6-dbg"]).is_ok() && is_here() {
        return Ok(());
    }
    bail!(
        "Instructions are counted by valgrind, and there is no `valgrind` here. Install it, on Debian with `sudo apt-get install valgrind`."
    )
}

/// What packages are made with is there, after an attempt to install it on Debian.
pub(crate) fn require_packager() -> Result<()> {
    let needed = ["dpkg-deb", "dpkg-scanpackages", "objdump", "gpg"];
    let missing = || needed.iter().find(|program| answer(&[program, "--version"]).is_none());
    if missing().is_some() && is_debian() {
        let _ = apt(&["dpkg-dev", "binutils", "gnupg"]);
    }
    let Some(program) = missing() else { return Ok(()) };
    bail!(
        "Packages are made with `{program}`, and it is not here. Install it, on Debian with \
         `sudo apt-get install dpkg-dev binutils gnupg`."
    )
}

/// What links programs for another kind of machine is there, after an attempt to install it on Debian.
pub(crate) fn require_cross(other: Architecture) -> Result<()> {
    let is_here =
        || ["gcc", "strip", "objdump"].iter().all(|tool| answer(&[&other.tool(tool), "--version"]).is_some());
    let packages = other.packages();
    if is_here() || is_debian() && apt(&[&packages[0], &packages[1]]).is_ok() && is_here() {
        return Ok(());
    }
    bail!(
        "The package for {} is made with `{}`, and it is not here. Install it, on Debian with `sudo apt-get install {}`.",
        other.name(),
        other.tool("gcc"),
        packages.join(" ")
    )
}

/// What some tests call is there, if it can be: they do without it where it is not packaged.
pub(crate) fn offer_helpers() {
    offer(&[("pebble", "pebble"), ("strace", "strace")]);
}

/// What a machine inside this one is made of, if it can be: tests that boot one say what is missing.
pub(crate) fn offer_machines() {
    let needed = [
        ("curl", "curl"),
        ("hexdump", "bsdextrautils"),
        ("host", "bind9-host"),
        ("mmdebstrap", "mmdebstrap"),
        ("systemd-nspawn", "systemd-container"),
        ("nft", "nftables"),
        ("pebble", "pebble"),
        ("ssh", "openssh-client"),
        ("pip3", "python3-pip"),
        ("apparmor_parser", "apparmor"),
        ("python3", "python3-venv"),
    ];
    offer(&needed);
}

/// What a machine with a kernel of its own is made of, if it can be.
pub(crate) fn offer_emulation() {
    offer(&[
        ("mmdebstrap", "mmdebstrap"),
        ("qemu-system-x86_64", "qemu-system-x86"),
        ("mke2fs", "e2fsprogs"),
        ("ssh", "openssh-client"),
    ]);
}

/// Installs the packages of the programs that are missing.
fn offer(needed: &[(&str, &str)]) {
    let missing: Vec<&str> =
        needed.iter().filter(|(program, _)| !is_program(program)).map(|(_, package)| *package).collect();
    if !missing.is_empty() && is_debian() {
        let _ = apt(&missing);
    }
}

fn is_program(name: &str) -> bool {
    // Some are for root alone, whose folders are not on everybody's path.
    let usual = ["/usr/sbin", "/sbin"].map(PathBuf::from);
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).chain(usual).any(|folder| folder.join(name).is_file())
}

/// Ubuntu is left out on purpose: its browser packages are wrappers of another package system.
fn is_debian() -> bool {
    std::fs::read_to_string("/etc/os-release").is_ok_and(|text| text.lines().any(|line| line == "ID=debian"))
}

fn apt(packages: &[&str]) -> Result<()> {
    let root = answer(&["id", "-u"]).as_deref() == Some("0");
    if !root && answer(&["sudo", "--non-interactive", "true"]).is_none() {
        bail!("you are not root, and sudo would ask for a password");
    }
    let apt_get = || {
        let mut command = Command::new(if root { "env" } else { "sudo" });
        if !root {
            command.args(["--non-interactive", "env"]);
        }
        command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]).stdin(Stdio::null());
        command
    };
    println!("installing {} by apt-get", packages.join(", "));
    run::quietly(apt_get().arg("update"))?;
    run::quietly(apt_get().args(["install", "-y", "--no-install-recommends"]).args(packages))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn versions_compare_as_numbers() {
        assert!(parse("v20.19.2\n") >= Some((20, 19)));
        assert!(parse("v100.0.0") > Some((20, 19)));
        assert!(parse("v20.9.0") < Some((20, 19)));
        assert_eq!(parse("nightly"), None);
    }
}
