//! What there is to know of a machine before a server is set up on it. Nothing here changes anything.

use std::fs;
use std::io;
use std::net::{
    IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream, ToSocketAddrs as _, UdpSocket,
};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, UNIX_EPOCH};

use incamera_hardening::facts::os_release_field;

use super::checks::PORT;
use super::filter::{self, Shut};
use crate::acme::handed::good_for;
use crate::clock::UnixTime;
use crate::config::Config;
use crate::net;

const DAY: Duration = Duration::from_secs(24 * 3600);
/// How long the authority may take to take up a connection.
const PATIENCE: Duration = Duration::from_secs(10);

/// Everything that checks look at.
#[derive(Clone, Debug)]
pub(super) struct Facts {
    /// The name that people shall type.
    pub(super) name: String,
    pub(super) system: System,
    pub(super) has_systemd: bool,
    pub(super) is_root: bool,
    /// Bytes.
    pub(super) memory: Option<u64>,
    /// Bytes that are free where the state is kept.
    pub(super) disk: Option<u64>,
    pub(super) clock: Clock,
    /// By which this machine reaches the outside, or is reached.
    pub(super) own: Vec<IpAddr>,
    /// To which the name leads.
    pub(super) named: Vec<IpAddr>,
    pub(super) port: Port,
    /// A packet filter of the machine that keeps people from it.
    pub(super) shut: Option<Shut>,
    pub(super) voucher: Voucher,
}

/// From where the certificate comes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Voucher {
    /// From an authority, by the host of its address; whether it takes up a connection.
    Authority(String, bool),
    /// From a file of the machine; until when it is good, or why it cannot be shown.
    File(PathBuf, Result<UnixTime, String>),
    /// From a file that only root can read.
    Unknown(PathBuf),
}

impl Voucher {
    fn look(config: &Config, name: &str) -> Self {
        let Some(files) = &config.certificate else {
            let host = host_of(&config.authority.directory);
            let is_reached = is_reached(&host);
            return Self::Authority(host, is_reached);
        };
        let chain = files.chain.clone();
        match good_for(files, &[name.to_owned()], UnixTime::now()) {
            Ok(pair) => Self::File(chain, Ok(pair.life.ends)),
            Err(_) if !is_root() => Self::Unknown(chain),
            Err(why) => Self::File(chain, Err(format!("{why:#}"))),
        }
    }
}

/// By os-release(5).
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(super) struct System {
    pub(super) id: String,
    pub(super) version: String,
    pub(super) words: String,
}

/// What is known of the clock.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Clock {
    /// It follows another one.
    Followed,
    /// It follows none.
    Free,
    /// It says a time before this program was made.
    Behind(UnixTime),
    Unknown,
}

/// Who has the port.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Port {
    Free,
    /// We, from an earlier setup.
    Ours,
    /// Another program, by its name where that can be told.
    Taken(Option<String>),
    /// Nobody may be asked without being root.
    Unknown,
}

impl Facts {
    /// Looks around, for a server of this name, and the certificate that a configuration says. Takes seconds where the network
    /// does not answer.
    pub(super) fn gather(name: &str, config: &Config) -> Self {
        let (named, voucher) = thread::scope(|scope| {
            let named = scope.spawn(|| resolve(name));
            let voucher = Voucher::look(config, name);
            (named.join().unwrap_or_default(), voucher)
        });
        Self {
            name: name.to_owned(),
            system: System::parse(&fs::read_to_string("/etc/os-release").unwrap_or_default()),
            has_systemd: Path::new("/run/systemd/system").is_dir(),
            is_root: is_root(),
            memory: memory(&fs::read_to_string("/proc/meminfo").unwrap_or_default()),
            disk: free_at(Path::new("/var/lib")),
            clock: clock(),
            own: own(&named),
            named,
            port: port(),
            shut: filter::look(),
            voucher,
        }
    }
}

pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

impl System {
    pub(super) fn parse(text: &str) -> Self {
        let field = |name| os_release_field(text, name).to_owned();
        Self { id: field("ID"), version: field("VERSION_ID"), words: field("PRETTY_NAME") }
    }
}

/// Of all of it, in bytes (proc(5)).
pub(super) fn memory(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

fn free_at(folder: &Path) -> Option<u64> {
    let free = rustix::fs::statvfs(folder).ok()?;
    free.f_bavail.checked_mul(free.f_frsize)
}

fn clock() -> Clock {
    let made = std::env::current_exe().and_then(fs::metadata).and_then(|program| program.modified()).ok();
    let made = made.and_then(|made| made.duration_since(UNIX_EPOCH).ok());
    let made = made.and_then(|made| i64::try_from(made.as_secs()).ok());
    let now = UnixTime::now();
    if is_behind(now, made.map(UnixTime)) {
        return Clock::Behind(now);
    }
    match said(&["timedatectl", "show", "--property=NTPSynchronized", "--value"]).as_deref() {
        Some("yes") => Clock::Followed,
        Some("no") => Clock::Free,
        _ => Clock::Unknown,
    }
}

/// The package has the time of its sources. Whoever builds, and whoever runs it, may be in other zones, and a little wrong.
fn is_behind(now: UnixTime, made: Option<UnixTime>) -> bool {
    made.is_some_and(|made| now.after(DAY) < made)
}

/// What a program prints, if it ends well.
pub(crate) fn said(words: &[&str]) -> Option<String> {
    let (program, arguments) = words.split_first()?;
    let output = Command::new(program).args(arguments).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// By which it would reach the outside, and of those of the name whichever it has beside them: a provider may give a second one.
fn own(named: &[IpAddr]) -> Vec<IpAddr> {
    let mut own = net::outward_addresses();
    let others = named.iter().filter(|address| !own.contains(address) && !address.is_loopback());
    let has = |address: &&IpAddr| UdpSocket::bind(SocketAddr::new(**address, 0)).is_ok();
    let others: Vec<_> = others.filter(has).copied().collect();
    own.extend(others);
    own
}

fn resolve(name: &str) -> Vec<IpAddr> {
    if let Ok(address) = name.parse() {
        return vec![address];
    }
    let mut found: Vec<_> =
        (name, PORT).to_socket_addrs().into_iter().flatten().map(|address| address.ip()).collect();
    found.sort();
    found.dedup();
    found
}

/// The host, and the port where one is named, of an `https` address.
fn host_of(address: &str) -> String {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    rest.split('/').next().unwrap_or_default().to_owned()
}

fn is_reached(host: &str) -> bool {
    let with_port = if host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok()) {
        host.to_owned()
    } else {
        format!("{host}:443")
    };
    let addresses = with_port.to_socket_addrs().into_iter().flatten().take(4);
    addresses.into_iter().any(|address| TcpStream::connect_timeout(&address, PATIENCE).is_ok())
}

fn port() -> Port {
    let anywhere: [IpAddr; 2] = [Ipv6Addr::UNSPECIFIED.into(), Ipv4Addr::UNSPECIFIED.into()];
    let mut outcome = Port::Free;
    for address in anywhere.map(|ip| SocketAddr::new(ip, PORT)) {
        let attempts = [TcpListener::bind(address).map(drop), UdpSocket::bind(address).map(drop)];
        for error in attempts.into_iter().filter_map(Result::err) {
            match error.kind() {
                io::ErrorKind::AddrInUse if is_active("incamera.socket") => return Port::Ours,
                io::ErrorKind::AddrInUse => return Port::Taken(who_listens()),
                io::ErrorKind::PermissionDenied => outcome = Port::Unknown,
                // IPv6 is switched off.
                _ => {}
            }
        }
    }
    outcome
}

pub(crate) fn is_active(unit: &str) -> bool {
    said(&["systemctl", "is-active", unit]).is_some_and(|state| state == "active")
}

/// What systemd knows of a unit, by the name that systemd gives it (systemctl(1), `show`). `None`: nothing.
pub(crate) fn property(unit: &str, name: &str) -> Option<String> {
    let asked = format!("--property={name}");
    said(&["systemctl", "show", &asked, "--value", unit]).filter(|value| !value.is_empty())
}

/// A connection to the port, from this machine itself. Connecting, reading and writing have so long, each.
pub(super) fn connect_here(patience: Duration) -> io::Result<TcpStream> {
    let attempt = |ip: IpAddr| connect(SocketAddr::new(ip, PORT), patience);
    attempt(Ipv6Addr::LOCALHOST.into()).or_else(|_| attempt(Ipv4Addr::LOCALHOST.into()))
}

/// Where the port is reached from this machine itself; `None`: nobody takes up a connection within this time.
pub(crate) fn here(patience: Duration) -> Option<SocketAddr> {
    connect_here(patience).and_then(|stream| stream.peer_addr()).ok()
}

/// A connection whose steps may take so long, each.
pub(crate) fn connect(at: SocketAddr, patience: Duration) -> io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&at, patience)?;
    stream.set_read_timeout(Some(patience))?;
    stream.set_write_timeout(Some(patience))?;
    Ok(stream)
}

/// As `ss` says it: `users:(("nginx",pid=7,fd=3))`.
fn who_listens() -> Option<String> {
    let lines = said(&["ss", "-Hlntup", "sport = :443"])?;
    let (_, rest) = lines.split_once("((\"")?;
    Some(rest.split_once('"')?.0.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn systems_say_who_they_are() {
        let text =
            "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nVERSION_ID=\"12\"\nID=debian\nID_LIKE=x\n";
        let system = System::parse(text);
        assert_eq!((system.id.as_str(), system.version.as_str()), ("debian", "12"));
        assert_eq!(system.words, "Debian GNU/Linux 12 (bookworm)");
        assert_eq!(System::parse(""), System::default());
    }

    #[test]
    fn memory_is_read_in_bytes() {
        assert_eq!(memory("MemTotal:        2048 kB\nMemFree: 1 kB\n"), Some(2 << 20));
        assert_eq!(memory("MemTotal: many kB"), None);
        assert_eq!(memory(""), None);
    }

    #[test]
    fn a_clock_that_is_behind_the_program_is_wrong_a1() {
        let made = UnixTime(1_800_000_000);
        assert!(is_behind(UnixTime(0), Some(made)));
        assert!(!is_behind(UnixTime(made.0 - 3600), Some(made)));
        assert!(!is_behind(UnixTime(0), None));
        assert!(!matches!(clock(), Clock::Behind(_)), "of this test the program was made just now");
    }

    #[test]
    fn an_address_of_the_machine_is_its_own() {
        let elsewhere: IpAddr = "203.0.113.7".parse().expect("an address");
        assert!(!own(&[elsewhere, Ipv4Addr::LOCALHOST.into()]).contains(&elsewhere));
        for outward in net::outward_addresses() {
            assert_eq!(own(&[outward]).iter().filter(|own| **own == outward).count(), 1);
        }
    }

    #[test]
    fn addresses_have_hosts() {
        assert_eq!(host_of("https://acme.example:14000/dir"), "acme.example:14000");
        assert_eq!(host_of("https://acme.example/dir/ectory"), "acme.example");
    }
}
