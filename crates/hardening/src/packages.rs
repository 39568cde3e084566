//! What the package manager would do, before it does it.

use crate::machine::Machine;
use crate::want::Trouble;

/// The packages that would go if this one went, without it.
///
/// # Errors
///
/// The package manager says no.
pub(crate) fn would_go_too(machine: &Machine, name: &str) -> Result<Vec<String>, Trouble> {
    let words = ["apt-get", "--simulate", "remove", name];
    let ended =
        machine.run(&words).map_err(|error| Trouble::Program(format!("apt-get cannot be run: {error}")))?;
    if !ended.is_well() {
        return Err(Trouble::Program(format!("`{}` failed: {}", words.join(" "), ended.complained.trim())));
    }
    Ok(removed(&ended.printed).into_iter().filter(|gone| *gone != name).map(str::to_owned).collect())
}

/// The packages of the lines `Remv NAME …` and `Purg NAME …`.
fn removed(printed: &str) -> Vec<&str> {
    let mut names: Vec<_> = printed.lines().filter_map(removed_by).collect();
    names.dedup();
    names
}

fn removed_by(line: &str) -> Option<&str> {
    let mut words = line.split_whitespace();
    matches!(words.next()?, "Remv" | "Purg").then(|| words.next()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::Bench;
    use proptest::prelude::*;

    #[test]
    fn what_would_go_too_is_known() {
        let bench = Bench::new();
        let printed = "Reading package lists...\nNOTE: This is only a simulation!\nRemv nfs-common [1:2.6.2-4]\nRemv rpcbind [1.2.6-6+b1]\n";
        bench.answers("apt-get --simulate remove rpcbind", 0, printed);
        assert_eq!(would_go_too(&bench.machine, "rpcbind").unwrap(), ["nfs-common"]);
        bench.answers("apt-get --simulate remove rpcbind", 100, "");
        assert!(would_go_too(&bench.machine, "rpcbind").is_err(), "a refusal is not taken for a yes");
    }

    proptest! {
        #[test]
        fn every_line_of_a_removal_counts_and_no_other(
            lines in prop::collection::vec(("(Remv|Purg|Inst|Conf|remv|Remove|)", "[a-z][a-z0-9+.-]{1,8}"), 0..10),
            noise in "\\PC{0,40}",
        ) {
            let printed: String = lines.iter().map(|(verb, name)| format!("{verb} {name} [1]\n")).collect();
            let mut wanted: Vec<_> = lines.iter().filter(|(verb, _)| verb == "Remv" || verb == "Purg").map(|(_, name)| name.as_str()).collect();
            wanted.dedup();
            prop_assert_eq!(removed(&printed), wanted);
            let _ = removed(&noise);
        }
    }
}
