//! Traces of memory: nothing that a program had in mind is written to a disk (I3, B8).

use crate::change::Run;
use crate::control::{Control, Risk, Scope};
use crate::facts::Facts;
use crate::machine::Machine;
use crate::rewrite::Rewrite;
use crate::swap;
use crate::want::Want;

/// Kibibytes of memory that must be left once everything is back in it.
const ROOM: u64 = 128 << 10;

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "traces.no-core-dumps",
        serves: &["I3", "B8", "T1"],
        rules: &[
            "coredump_disable_backtraces",
            "coredump_disable_storage",
            "disable_users_coredumps",
            "service_apport_disabled",
            "sysctl_fs_suid_dumpable",
        ],
        title: "A program that fails leaves no copy of its memory behind",
        why: "Such a copy holds all that the program knew at that moment: names, addresses, keys.",
        risk: Risk::None,
        scope: |facts, _| {
            let file = |path, text: &str| Want::File {
                path,
                text: format!("# Written by incamera.\n{text}"),
                mode: 0o644,
            };
            let mut wants = vec![
                Want::Kernel("fs/suid_dumpable", "0"),
                Want::Kernel("kernel/core_uses_pid", "1"),
                // Ubuntu's, which sends such copies away.
                Want::Masked("apport.service"),
                file("/etc/security/limits.d/incamera.conf", "* hard core 0\nroot hard core 0\n"),
                // For whoever comes in by a way that does not read those bounds.
                file("/etc/profile.d/incamera-no-core.sh", "ulimit -c 0\n"),
                file("/etc/systemd/system.conf.d/incamera.conf", "[Manager]\nDefaultLimitCORE=0\n"),
                file(
                    "/etc/systemd/coredump.conf.d/zz-incamera.conf",
                    "[Coredump]\nStorage=none\nProcessSizeMax=0\n",
                ),
            ];
            if !facts.is_container {
                // Not a path, so nothing is written, whoever's program it is and whatever limit it has.
                wants.push(Want::Kernel("kernel/core_pattern", "|/bin/false"));
            }
            Scope::Wants(wants)
        },
    },
    Control {
        id: "traces.no-swap",
        serves: &["I3", "B8"],
        rules: &[],
        title: "Memory is never moved to a disk",
        why: "What the machine has in mind during a meeting would stay on the disk for months.",
        risk: Risk::None,
        scope: no_swap,
    },
];

fn no_swap(facts: &Facts, machine: &Machine) -> Scope {
    if facts.is_container {
        return Scope::NotApplicable(
            "where memory is moved to is decided by the machine around this container".to_owned(),
        );
    }
    let swaps = match swap::all(machine) {
        Ok(swaps) => swaps,
        Err(why) => return Scope::Wants(vec![Want::Unknown(why)]),
    };
    let (safe, readable): (Vec<_>, Vec<_>) =
        swaps.into_iter().partition(|swap| swap::leaves_nothing(machine, &swap.path));
    let used: u64 = readable.iter().map(|swap| swap.used).sum();
    let free = swap::memory_free(machine).unwrap_or_default();
    if used > 0 && used + ROOM > free {
        return Scope::Postponed(
            "this machine has too little memory to do without swap. Rent one with more, or stop what else runs on it, \
             and run this again"
                .to_owned(),
        );
    }
    let off = readable.iter().map(|swap| Want::Program {
        found: Some(format!("memory is moved to {}", swap.path)),
        run: Run::live(&["swapoff", &swap.path], &[&["swapon", &swap.path]]),
    });
    let mut wants: Vec<_> = off.collect();
    // Where all that there is leaves nothing, the lines for it in fstab(5) are well.
    if safe.is_empty() || !readable.is_empty() {
        wants.push(Want::Rewritten { path: "/etc/fstab", how: Rewrite::NoSwap });
    }
    Scope::Wants(wants)
}

#[cfg(test)]
mod tests {
    use crate::apply::Outcome;
    use crate::bench::{Bench, control, told};
    use crate::control::Verdict;

    const HEAD: &str = "Filename Type Size Used Priority\n";

    fn bench(swaps: &str, free: u64) -> Bench {
        let memory = format!("MemTotal: 4000000 kB\nMemAvailable: {free} kB\n");
        let files = [
            ("/proc/swaps", &*format!("{HEAD}{swaps}")),
            ("/proc/meminfo", &memory),
            ("/etc/fstab", "/dev/a / ext4 defaults 0 1\n/swapfile none swap sw 0 0\n"),
        ];
        Bench::playing(&files, |_, _| None)
    }

    #[test]
    fn swap_is_switched_off_now_and_at_the_next_start_and_comes_back() {
        let bench = bench("/swapfile file 1000 100 -2\n", 1_000_000);
        let (_, ran) = bench.apply_and_undo(control("traces.no-swap"));
        assert!(ran.contains(&"swapoff /swapfile".to_owned()));
        bench.apply(control("traces.no-swap"));
        assert_eq!(
            bench.read("/etc/fstab").lines().nth(1),
            Some("# taken out by incamera: /swapfile none swap sw 0 0")
        );
    }

    #[test]
    fn a_machine_that_needs_its_swap_keeps_it_and_says_so() {
        let bench = bench("/swapfile file 1000000 900000 -2\n", 1_000_000);
        assert!(told(&bench.measure(control("traces.no-swap"))).contains("too little memory"));
        let (outcome, ran) = bench.apply_and_undo(control("traces.no-swap"));
        assert!(matches!(outcome, Outcome::Left(_)) && ran.is_empty());
    }

    #[test]
    fn swap_that_nobody_can_read_afterwards_stays() {
        let bench = bench("/dev/zram0 partition 1000 10 100\n/dev/dm-1 partition 1000 10 -2\n", 1_000_000);
        bench.write("/sys/class/block/dm-1/dm/uuid", "CRYPT-PLAIN-swap\n");
        assert_eq!(bench.measure(control("traces.no-swap")), Verdict::Holds);
        bench.write("/sys/class/block/dm-1/dm/uuid", "LVM-abc\n");
        assert!(matches!(bench.measure(control("traces.no-swap")), Verdict::FallsShort { .. }));
    }

    #[test]
    fn a_list_that_cannot_be_read_is_unknown() {
        let bench = bench("nonsense\n", 1_000_000);
        assert!(matches!(bench.measure(control("traces.no-swap")), Verdict::Unknown { .. }));
    }

    #[test]
    fn no_copy_of_memory_is_left() {
        let bench = bench("", 1_000_000);
        bench.write("/proc/sys/fs/suid_dumpable", "2\n");
        // As long as what takes its place: the played kernel is a file.
        bench.write("/proc/sys/kernel/core_pattern", "core.%e.%p.\n");
        assert!(matches!(bench.apply_and_undo(control("traces.no-core-dumps")).0, Outcome::Done));
        bench.apply(control("traces.no-core-dumps"));
        assert_eq!(bench.read("/proc/sys/kernel/core_pattern").trim(), "|/bin/false");
    }
}
