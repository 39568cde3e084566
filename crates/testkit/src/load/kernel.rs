//! What the kernel tells: CPU time of processes, memory, drops of sockets; and on which core something runs.

use std::collections::HashMap;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::process::{Child, Command};

use anyhow::Context;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// CPU time that processes took.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct CpuTime {
    /// Of all tasks, in nanoseconds.
    pub total: u64,
    /// In user mode, in ticks of a hundredth of a second.
    pub user: u64,
    /// In the kernel, in the same ticks.
    pub system: u64,
}

/// What each task of some processes has taken so far.
#[derive(Clone, Debug, Default)]
pub struct Meter(HashMap<u32, CpuTime>);

impl Meter {
    /// Reads all tasks.
    pub fn read(processes: &[u32]) -> anyhow::Result<Self> {
        let mut read = HashMap::new();
        for process in processes {
            let folder = format!("/proc/{process}/task");
            let tasks = fs::read_dir(&folder).with_context(|| format!("the process {process} is gone"))?;
            for task in tasks {
                let path = task?.path();
                let id = path.file_name().and_then(|name| name.to_str()?.parse().ok()).context("no task")?;
                let (Ok(schedstat), Ok(stat)) =
                    (fs::read_to_string(path.join("schedstat")), fs::read_to_string(path.join("stat")))
                else {
                    continue;
                };
                let total = parse_schedstat(&schedstat).context("cannot read schedstat")?;
                let (user, system) = parse_stat(&stat).context("cannot read stat")?;
                read.insert(id, CpuTime { total, user, system });
            }
        }
        Ok(Self(read))
    }

    /// What was taken since an earlier reading. Of a task that has ended meanwhile nothing is known: it is left out.
    pub fn since(&self, before: &Self) -> CpuTime {
        let mut sum = CpuTime::default();
        for (task, now) in &self.0 {
            let before = before.0.get(task).copied().unwrap_or_default();
            sum.total += now.total.saturating_sub(before.total);
            sum.user += now.user.saturating_sub(before.user);
            sum.system += now.system.saturating_sub(before.system);
        }
        sum
    }
}

/// Time on a CPU in nanoseconds: the first of three numbers (`Documentation/scheduler/sched-stats.rst`).
fn parse_schedstat(text: &str) -> Option<u64> {
    text.split_whitespace().next()?.parse().ok()
}

/// Ticks in user mode and in the kernel: fields 14 and 15 (`proc_pid_stat(5)`). The name of the task, which may hold
/// anything, ends with the last parenthesis.
fn parse_stat(text: &str) -> Option<(u64, u64)> {
    let (_, rest) = text.rsplit_once(')')?;
    let mut fields = rest.split_whitespace().skip(11);
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}

/// Memory of these processes that is in RAM, in bytes.
pub fn resident(processes: &[u32]) -> anyhow::Result<u64> {
    let mut sum = 0;
    for process in processes {
        let status = fs::read_to_string(format!("/proc/{process}/status"))?;
        sum += parse_resident(&status).context("no resident size")?;
    }
    Ok(sum)
}

fn parse_resident(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

/// Datagrams that each IPv4 UDP socket of this machine dropped, by its address.
pub fn drops() -> anyhow::Result<HashMap<SocketAddr, u64>> {
    let table = fs::read_to_string("/proc/net/udp").context("cannot read the table of sockets")?;
    Ok(table.lines().skip(1).filter_map(parse_socket).collect())
}

/// A line of `/proc/net/udp`: the second column is the address as the machine's own number, the last one the drops.
fn parse_socket(line: &str) -> Option<(SocketAddr, u64)> {
    let mut columns = line.split_whitespace();
    let (address, port) = columns.nth(1)?.split_once(':')?;
    let address = u32::from_str_radix(address, 16).ok()?.to_ne_bytes();
    let port = u16::from_str_radix(port, 16).ok()?;
    let drops = columns.next_back()?.parse().ok()?;
    Some((SocketAddr::new(IpAddr::V4(Ipv4Addr::from(address)), port), drops))
}

/// Puts the calling thread, and those that it starts, on one core.
pub fn pin(core: usize) -> anyhow::Result<()> {
    let mut set = CpuSet::new();
    set.set(core);
    sched_setaffinity(None, &set).with_context(|| format!("cannot run on core {core}"))
}

/// Starts a process on one core, where all its threads stay.
pub fn spawn_on(core: usize, command: &mut Command) -> anyhow::Result<Child> {
    let former = sched_getaffinity(None)?;
    pin(core)?;
    let child = command.spawn().with_context(|| format!("cannot start {:?}", command.get_program()));
    sched_setaffinity(None, &former)?;
    child
}

/// Allows as many open files as this machine allows anybody: each participant has two sockets.
pub fn raise_file_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    // Where it fails, opening the socket that is one too many says so.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_number_of_schedstat_counts() {
        assert_eq!(parse_schedstat("123456789 42 7\n"), Some(123_456_789));
        assert_eq!(parse_schedstat(""), None);
    }

    #[test]
    fn a_tasks_name_may_hold_anything() {
        let line = "77 (a) R (b) S 1 2 3 4 5 6 7 8 9 10 1234 56 0 0 20 0 1 0 0\n";
        assert_eq!(parse_stat(line), Some((1234, 56)));
        assert_eq!(parse_stat("77 nothing"), None);
    }

    #[test]
    fn a_task_that_ended_takes_nothing_from_the_others() {
        let time = |total| CpuTime { total, user: total / 10, system: 0 };
        let before = Meter(HashMap::from([(1, time(100)), (2, time(900))]));
        let after = Meter(HashMap::from([(1, time(150)), (3, time(20))]));
        assert_eq!(after.since(&before), CpuTime { total: 70, user: 7, system: 0 });
    }

    #[test]
    fn sockets_and_memory_are_read() {
        let line =
            " 1037: 0100007F:1F90 00000000:0000 07 00000000:00000000 00:00000000 00000000  0  0 9 2 0 17";
        let loopback = SocketAddr::from(([127, 0, 0, 1], 8080));
        if cfg!(target_endian = "little") {
            assert_eq!(parse_socket(line), Some((loopback, 17)));
        }
        assert_eq!(parse_resident("Name:\tx\nVmRSS:\t  2048 kB\n"), Some(2 * 1024 * 1024));
    }

    #[test]
    fn ones_own_time_grows() {
        let me = [std::process::id()];
        let read = || Meter::read(&me).expect("it is there");
        let before = read();
        let mut number = 0_u64;
        while read().since(&before).total < 1_000_000 {
            number = std::hint::black_box(number + 1);
        }
        assert!(resident(&me).expect("it is there") > 100_000);
    }
}
