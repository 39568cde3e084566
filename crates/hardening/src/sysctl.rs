//! Kernel parameters: as they are now, and as files set them at the next start (sysctl.d(5)). A key has slashes, and may have
//! one `*` for a folder, as in `net/ipv4/conf/*/rp_filter`: every interface, and those that are to come.

use crate::change::Change;
use crate::edit::{self, Syntax};
use crate::machine::{Machine, Place, join};
use crate::want::{Trouble, file_text, setting, strange_at, whole};

/// Where they are set at start. Its name makes it the last that is read, so that nothing else overrides it.
pub(crate) const FILE: &str = "/etc/sysctl.d/zz-incamera.conf";
/// Where others set them. What stands there in another way would count for whoever looks there, and for `sysctl --system`.
const FOLDER: &str = "/etc/sysctl.d";
const MAIN_FILE: &str = "/etc/sysctl.conf";
const MODE: u32 = 0o644;

/// A key as it is written in files.
pub(crate) fn dotted(key: &str) -> String {
    key.replace('/', ".")
}

fn is_same(is: &str, wanted: &str) -> bool {
    is.split_whitespace().eq(wanted.split_whitespace())
}

/// The parameters that a key means on this machine.
fn all(machine: &Machine, key: &str) -> Vec<String> {
    let Some((above, below)) = key.split_once("/*/") else { return vec![key.to_owned()] };
    let names = machine.list(&format!("/proc/sys/{above}"));
    names.into_iter().map(|name| format!("{above}/{name}/{below}")).collect()
}

/// Those that are otherwise on the running machine. What the kernel does not know is not.
pub(crate) fn live(machine: &Machine, key: &str, value: &str) -> Vec<Change> {
    let tune = |key: String| {
        let before = machine.read(&format!("/proc/sys/{key}")).filter(|is| !is_same(is, value))?;
        Some(Change::Tune { key, before: before.trim().to_owned(), after: value.to_owned() })
    };
    all(machine, key).into_iter().filter_map(tune).collect()
}

/// What must change in files for the next start.
pub(crate) fn files(machine: &Machine, key: &str, value: &str) -> Result<Vec<Change>, Trouble> {
    let mut changes = setting(machine, FILE, Syntax::Assignment, &dotted(key), value, MODE)?;
    let others = machine.list(FOLDER).into_iter().filter(|name| name.ends_with(".conf"));
    for path in others.map(|name| join(FOLDER, &name)).chain([MAIN_FILE.to_owned()]) {
        // The last of them is often a link to the main file.
        if path != FILE && matches!(machine.look(&path), Ok(Place::File { .. })) {
            changes.extend(overruled(machine, &path, key, value)?);
        }
    }
    Ok(changes)
}

/// The change of a file that says otherwise.
fn overruled(machine: &Machine, path: &str, key: &str, value: &str) -> Result<Vec<Change>, Trouble> {
    let strange = |strange| strange_at(path, strange);
    let mut text = file_text(machine, path)?.unwrap_or_default();
    // Both ways to write a key, and the dash that lets a failure pass.
    for name in [dotted(key), key.to_owned(), format!("-{}", dotted(key)), format!("-{key}")] {
        let said = edit::get(&text, Syntax::Assignment, &name).map_err(strange)?;
        if said.iter().any(|said| !is_same(said, value)) {
            text = edit::set(&text, Syntax::Assignment, &name, value).map_err(strange)?;
        }
    }
    let mode = match machine.look(path) {
        Ok(Place::File { mode, .. }) => mode,
        _ => MODE,
    };
    whole(machine, path, text, mode)
}

/// What is otherwise than wanted, in a sentence.
pub(crate) fn finding(machine: &Machine, key: &str, value: &str) -> Result<Option<String>, Trouble> {
    if let Some(Change::Tune { key, before, .. }) = live(machine, key, value).first() {
        return Ok(Some(format!("{} is {before}, not {value}", dotted(key))));
    }
    let changes = files(machine, key, value)?;
    let path = changes.iter().rev().find_map(|change| match change {
        Change::Write { path, .. } => Some(path),
        _ => None,
    });
    Ok(path.map(|path| format!("{} is not set to {value} in {path} for the next start", dotted(key))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::Bench;
    use proptest::prelude::*;

    #[test]
    fn a_star_is_every_interface() {
        let bench = Bench::new();
        for (name, is) in [("all", "0"), ("eth0", "2"), ("lo", "1")] {
            bench.write(&format!("/proc/sys/net/ipv4/conf/{name}/rp_filter"), &format!("{is}\n"));
        }
        let key = "net/ipv4/conf/*/rp_filter";
        let tuned: Vec<_> = live(&bench.machine, key, "1").iter().map(ToString::to_string).collect();
        assert_eq!(tuned.len(), 2);
        assert!(tuned[1].starts_with("kernel parameter net.ipv4.conf.eth0.rp_filter"));
        assert_eq!(
            finding(&bench.machine, key, "1").unwrap().unwrap(),
            "net.ipv4.conf.all.rp_filter is 0, not 1"
        );
    }

    #[test]
    fn what_another_file_says_otherwise_is_put_right_there() {
        // As Ubuntu has it.
        let theirs = "# comment\nnet.ipv4.conf.default.rp_filter=2\n-net/ipv4/conf/default/rp_filter = 2\nkernel.x = 2\n";
        let bench = Bench::new();
        bench.write("/etc/sysctl.d/10-network-security.conf", theirs);
        let changes = files(&bench.machine, "net/ipv4/conf/default/rp_filter", "1").unwrap();
        for change in changes {
            let Change::Write { path, after, .. } = change else { unreachable!() };
            bench.machine.put(&path, &after).unwrap();
        }
        assert_eq!(
            bench.read("/etc/sysctl.d/10-network-security.conf"),
            "# comment\nnet.ipv4.conf.default.rp_filter = 1\n-net/ipv4/conf/default/rp_filter = 1\nkernel.x = 2\n"
        );
        assert_eq!(bench.read(FILE), "net.ipv4.conf.default.rp_filter = 1\n");
        assert_eq!(finding(&bench.machine, "net/ipv4/conf/default/rp_filter", "1").unwrap(), None);
    }

    #[test]
    fn a_strange_file_is_reported_and_left() {
        let bench = Bench::new();
        bench.write("/etc/sysctl.conf", "kernel.x = 1 \\\n2\n");
        assert!(
            matches!(files(&bench.machine, "kernel/x", "1"), Err(Trouble::Strange { path, .. }) if path == MAIN_FILE)
        );
    }

    proptest! {
        #[test]
        fn whatever_other_files_say_in_the_end_none_says_otherwise(
            text in "((#|;|-)?(kernel[./]x|kernel[./]y)?[ =\t]{0,2}[0-9]{0,2}\n){0,8}",
        ) {
            let bench = Bench::new();
            bench.write("/etc/sysctl.d/50-other.conf", &text);
            for change in files(&bench.machine, "kernel/x", "7").unwrap() {
                let Change::Write { path, after, .. } = change else { unreachable!() };
                bench.machine.put(&path, &after).unwrap();
            }
            let now = bench.read("/etc/sysctl.d/50-other.conf");
            for name in ["kernel.x", "kernel/x", "-kernel.x"] {
                let said = edit::get(&now, Syntax::Assignment, name).unwrap();
                prop_assert!(said.iter().all(|said| *said == "7"), "{now}");
            }
            let others = |text: &str| text.lines().filter(|line| !line.contains('x')).map(str::to_owned).collect::<Vec<_>>();
            prop_assert_eq!(others(&text), others(&now));
        }
    }
}
