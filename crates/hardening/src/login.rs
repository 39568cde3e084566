//! Whether this program was started by somebody who came in by ssh, and when that was: only who came in after a risky step
//! knows that it did not shut anybody out.

use crate::machine::Machine;

/// Ticks of the clock in `/proc/PID/stat` a second: the kernel tells user space 100, whatever it uses itself.
const TICKS: u64 = 100;
/// How far a program is followed to the one that started it.
const MAX_DEPTH: usize = 32;

/// What is said of a process in `/proc/PID/stat` (proc_pid_stat(5)).
#[derive(Clone, PartialEq, Eq, Debug)]
struct Process {
    name: String,
    parent: u32,
    /// In ticks since the machine's start.
    started: u64,
}

impl Process {
    /// The name stands in brackets and may hold brackets and blanks itself.
    fn parse(stat: &str) -> Option<Self> {
        let (head, rest) = stat.rsplit_once(") ")?;
        let name = head.split_once('(')?.1.to_owned();
        let fields: Vec<_> = rest.split_whitespace().collect();
        Some(Self { name, parent: fields.get(1)?.parse().ok()?, started: fields.get(19)?.parse().ok()? })
    }
}

/// When the ssh connection began by which `pid` was started, in seconds since 1970. None where there is none.
#[must_use]
pub fn ssh_login(machine: &Machine, pid: u32) -> Option<u64> {
    let stat = machine.read("/proc/stat")?;
    let boot: u64 = stat.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()?;
    let mut pid = pid;
    for _ in 0..MAX_DEPTH {
        let process = Process::parse(&machine.read(&format!("/proc/{pid}/stat"))?)?;
        // The nearest one is the connection's own; the one that listens is above it, and a child of the first process.
        if process.name.starts_with("sshd") && process.parent != 1 {
            return Some(boot + process.started / TICKS);
        }
        if process.parent <= 1 {
            return None;
        }
        pid = process.parent;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::{Ended, Programs};
    use proptest::prelude::*;
    use std::fs;
    use std::io;

    struct Nothing;

    impl Programs for Nothing {
        fn run(&self, _: &[&str], _: &[u8]) -> io::Result<Ended> {
            Ok(Ended::default())
        }
    }

    fn machine(processes: &[(u32, &str, u32, u64)]) -> (tempfile::TempDir, Machine) {
        let folder = tempfile::tempdir().unwrap();
        let proc = folder.path().join("proc");
        fs::create_dir_all(&proc).unwrap();
        fs::write(proc.join("stat"), "cpu 1 2\nbtime 1000\nprocesses 5\n").unwrap();
        for (pid, name, parent, started) in processes {
            fs::create_dir_all(proc.join(pid.to_string())).unwrap();
            let middle = (0..17).map(|n| n.to_string()).collect::<Vec<_>>().join(" ");
            fs::write(
                proc.join(format!("{pid}/stat")),
                format!("{pid} ({name}) S {parent} {middle} {started} 0 0\n"),
            )
            .unwrap();
        }
        let machine = Machine::played(folder.path().to_owned(), Box::new(Nothing));
        (folder, machine)
    }

    #[test]
    fn the_connection_that_started_a_program_is_found() {
        let (_folder, machine) = machine(&[
            (1, "systemd", 0, 1),
            (10, "sshd", 1, 100),
            (20, "sshd", 10, 5_000),
            (21, "sshd", 20, 5_100),
            (22, "bash", 21, 5_200),
            (23, "sudo (x) y", 22, 6_000),
            (30, "incamera", 23, 6_001),
        ]);
        assert_eq!(ssh_login(&machine, 30), Some(1_051));
    }

    #[test]
    fn at_the_machine_itself_and_below_the_one_that_listens_there_is_none() {
        let (_folder, machine) = machine(&[
            (1, "systemd", 0, 1),
            (10, "sshd", 1, 100),
            (22, "bash", 1, 5_200),
            (30, "incamera", 22, 6_001),
        ]);
        assert_eq!(ssh_login(&machine, 30), None);
        assert_eq!(ssh_login(&machine, 10), None);
        assert_eq!(ssh_login(&machine, 99), None);
    }

    proptest! {
        #[test]
        fn no_line_makes_it_panic(line in "[0-9]{0,3} ?\\(?\\PC{0,10}\\)? ?[A-Z]?( [0-9-]{0,20}){0,25}") {
            let _ = Process::parse(&line);
        }
    }
}
