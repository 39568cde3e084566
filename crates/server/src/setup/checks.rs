//! What is looked at before anything is changed, and what it means for whoever is to do something about it (A1).

use std::net::IpAddr;

use super::facts::{Clock, Facts, Port, Voucher};
use super::filter::{Keeper, Shut};
use crate::clock::day;
use crate::hours::{Power, Wakes};

/// The port of people's browsers.
pub(super) const PORT: u16 = 443;
/// Bytes of memory below which meetings do not fit, and below which they are small.
const MEMORY_LEAST: u64 = 400 << 20;
const MEMORY_SMALL: u64 = 900 << 20;
/// Bytes of disk: the program and its state are small, updates of the system are not.
const DISK_LEAST: u64 = 200 << 20;
const DISK_SMALL: u64 = 1 << 30;
/// The systems that this is made for, by ID and version.
const SYSTEMS: [(&str, &str); 4] =
    [("debian", "12"), ("debian", "13"), ("ubuntu", "22.04"), ("ubuntu", "24.04")];

/// What came of one check, and the words for it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Finding {
    /// As it should be.
    Good(String),
    /// It may work; somebody should know.
    Doubtful(String),
    /// It will not work before this is put right.
    Wrong(String),
}

impl Finding {
    pub(super) fn is_wrong(&self) -> bool {
        matches!(self, Self::Wrong(_))
    }

    /// With a mark that can be told apart without colours.
    pub(super) fn line(&self) -> String {
        match self {
            Self::Good(words) => format!("  good   {words}"),
            Self::Doubtful(words) => format!("  look   {}", indented(words)),
            Self::Wrong(words) => format!("  WRONG  {}", indented(words)),
        }
    }
}

fn indented(words: &str) -> String {
    words.replace('\n', "\n         ")
}

/// All checks, in the order in which people can do something about them.
pub(super) fn all(facts: &Facts) -> Vec<Finding> {
    let mut findings = vec![system(facts)];
    findings.extend([memory(facts), disk(facts), clock(facts)].into_iter().flatten());
    findings.extend(name(facts));
    findings.push(port(facts));
    findings.extend(facts.shut.as_ref().map(shut));
    findings.push(voucher(facts));
    findings
}

fn system(facts: &Facts) -> Finding {
    let words = if facts.system.words.is_empty() { "an unknown system" } else { &facts.system.words };
    if !facts.has_systemd {
        return Finding::Wrong(format!(
            "This is {words}, and systemd does not run on it.\nThe server needs it. Take a machine with Debian 12 or newer, or Ubuntu 22.04 or newer."
        ));
    }
    let (id, version) = (facts.system.id.as_str(), facts.system.version.as_str());
    if SYSTEMS.contains(&(id, version)) {
        Finding::Good(format!("The system is {words}."))
    } else {
        Finding::Doubtful(format!(
            "The system is {words}. The server is made for Debian 12 and 13 and for Ubuntu 22.04 and 24.04.\nIt may work here all the same."
        ))
    }
}

fn memory(facts: &Facts) -> Option<Finding> {
    let memory = facts.memory?;
    let words = format!("The machine has {} MB of memory.", memory >> 20);
    Some(if memory < MEMORY_LEAST {
        Finding::Wrong(format!("{words}\nThat is too little. Take a machine with 1 GB or more."))
    } else if memory < MEMORY_SMALL {
        Finding::Doubtful(format!(
            "{words} That is enough for small meetings.\nFor more than ten people take 1 GB or more."
        ))
    } else {
        Finding::Good(words)
    })
}

fn disk(facts: &Facts) -> Option<Finding> {
    let disk = facts.disk?;
    let words = format!("{} MB of the disk are free.", disk >> 20);
    Some(if disk < DISK_LEAST {
        Finding::Wrong(format!(
            "{words}\nThat is too little: make room, for example with `sudo apt-get clean`."
        ))
    } else if disk < DISK_SMALL {
        Finding::Doubtful(format!(
            "{words} Updates of the system may need more.\n`sudo apt-get clean` makes room."
        ))
    } else {
        Finding::Good(words)
    })
}

fn clock(facts: &Facts) -> Option<Finding> {
    match facts.clock {
        Clock::Followed => Some(Finding::Good("The clock is kept right over the network.".to_owned())),
        Clock::Free => Some(Finding::Doubtful(
            "Nobody keeps the clock right. With a wrong clock there is no certificate, and nobody can sign in.\nSwitch it on with `sudo timedatectl set-ntp true`."
                .to_owned(),
        )),
        Clock::Behind(now) => Some(Finding::Wrong(format!(
            "The clock of this machine says {}, which is long ago. With a wrong clock there is no certificate.\nSwitch on that it is kept right with `sudo timedatectl set-ntp true`, and wait for a minute. `date` says what it shows.",
            day(now)
        ))),
        Clock::Unknown => None,
    }
}

/// For each family of addresses that the name has.
fn name(facts: &Facts) -> Vec<Finding> {
    let Facts { name, named, own, .. } = facts;
    if named.is_empty() {
        return vec![Finding::Wrong(format!(
            "The name {name} leads nowhere.\nWhere you bought the name, make an A record for it with the address of this machine{}. New records need up to an hour.",
            own.iter()
                .find(|own| own.is_ipv4())
                .filter(|own| !is_private(**own))
                .map_or_else(String::new, |own| format!(", {own}"))
        ))];
    }
    if named.iter().any(IpAddr::is_loopback) {
        return vec![by_itself(name, named, own)];
    }
    let families = [(IpAddr::is_ipv4 as fn(&IpAddr) -> bool, "IPv4", "A"), (IpAddr::is_ipv6, "IPv6", "AAAA")];
    let mut findings = Vec::new();
    for (is_family, family, record) in families {
        let named: Vec<_> = named.iter().filter(|address| is_family(address)).collect();
        let own: Vec<_> = own.iter().filter(|address| is_family(address)).collect();
        if named.is_empty() {
            continue;
        }
        let is_own = named.iter().all(|address| own.contains(address));
        if is_own && named.iter().any(|address| is_private(**address)) {
            // libwebrtc refuses candidates at ports 80 and 443 of private addresses.
            findings.push(Finding::Doubtful(format!(
                "By {family}, {name} leads to {}, an address of your own network.\nNobody outside of it gets through, and Chrome and Edge bring no sound and picture to such an address at port 443. Give the machine a public address, or lead the name to the public address of your router.",
                listed(&named)
            )));
        } else if is_own {
            findings.push(Finding::Good(format!("By {family}, {name} leads to this machine.")));
        } else if own.is_empty() && family == "IPv6" {
            findings.push(Finding::Wrong(format!(
                "By IPv6, {name} leads to {}, but this machine has no IPv6.\nSome people would not get through. Delete the AAAA record of the name, or give the machine IPv6.",
                listed(&named)
            )));
        } else if own.iter().all(|address| is_private(**address)) {
            findings.push(Finding::Doubtful(format!(
                "By {family}, {name} leads to {}; {}.\nThat is right where your provider or router passes port 443 on to this machine, for TCP and for UDP. See that it passes both.",
                listed(&named),
                if own.is_empty() {
                    "this machine knows no such address of its own".to_owned()
                } else {
                    format!("this machine calls itself {}", listed(&own))
                }
            )));
        } else {
            findings.push(Finding::Wrong(format!(
                "By {family}, {name} leads to {}, but this machine is {}.\nWhere you bought the name, put {} into its {record} record. A change needs up to an hour.",
                listed(&named),
                listed(&own),
                listed(&own)
            )));
        }
    }
    findings
}

/// Some providers' systems write the machine's own name into `/etc/hosts`, which goes before what the world is told.
fn by_itself(name: &str, named: &[IpAddr], own: &[IpAddr]) -> Finding {
    let named = listed(&named.iter().filter(|address| address.is_loopback()).collect::<Vec<_>>());
    let begin = format!("This machine takes {name} for its own name ({named}), by its file /etc/hosts.");
    let public: Vec<_> = own.iter().filter(|address| !is_private(**address)).collect();
    if public.is_empty() {
        return Finding::Wrong(format!(
            "{begin}\nSo it cannot be told by which address people reach it. Take the name out of that file."
        ));
    }
    Finding::Doubtful(format!(
        "{begin}\nSo it cannot be told from here where the name leads. On another computer type `nslookup {name}`: the answer must be {}.",
        listed(&public)
    ))
}

fn listed(addresses: &[&IpAddr]) -> String {
    addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ")
}

/// Not reached from outside by this address (RFC 1918, RFC 6598, RFC 4193).
pub(super) fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let [first, second, ..] = address.octets();
            address.is_private()
                || address.is_loopback()
                || address.is_link_local()
                || first == 100 && second & 0xc0 == 64
        }
        IpAddr::V6(address) => {
            address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local()
        }
    }
}

fn port(facts: &Facts) -> Finding {
    match &facts.port {
        Port::Free => Finding::Good("Port 443 is free.".to_owned()),
        Port::Ours => Finding::Good("Port 443 is this server's.".to_owned()),
        Port::Taken(Some(program)) => Finding::Wrong(format!(
            "Another program has port 443: {program}.\nThe server needs this port for itself. Take that program off this machine, or take a machine of its own for meetings."
        )),
        Port::Taken(None) => Finding::Wrong(
            "Another program has port 443.\nThe server needs this port for itself. Take that program off this machine, or take a machine of its own for meetings."
                .to_owned(),
        ),
        Port::Unknown => Finding::Doubtful("Only root can tell whether port 443 is free.\nRun this with sudo.".to_owned()),
    }
}

/// Rules can be read wrongly: whoever wrote them knows better.
fn shut(shut: &Shut) -> Finding {
    let ways: Vec<_> = [("tcp", shut.tcp), ("udp", shut.udp)]
        .into_iter()
        .filter(|(_, is_shut)| *is_shut)
        .map(|(way, _)| way)
        .collect();
    let (keeper, command) = match shut.by {
        Keeper::Ufw => (
            "A firewall on this machine, ufw, lets",
            ways.iter().map(|way| format!("`sudo ufw allow {PORT}/{way}`")).collect::<Vec<_>>(),
        ),
        Keeper::Iptables => (
            "Rules for packets on this machine, which your provider may have put there, let",
            ways.iter()
                .map(|way| format!("`sudo iptables -I INPUT -p {way} --dport {PORT} -j ACCEPT`"))
                .collect(),
        ),
    };
    let without = if shut.tcp {
        "Before that nobody reaches the server, and there is no certificate."
    } else {
        "Before that sound and picture take a longer way."
    };
    let keep = if shut.by == Keeper::Iptables {
        " To keep it over a restart: `sudo netfilter-persistent save`."
    } else {
        ""
    };
    Finding::Doubtful(format!(
        "{keeper} nobody through to port {PORT} by {}.\nOpen it with {}. {without}{keep}",
        ways.join(" and ").to_uppercase().replace(" AND ", " and "),
        command.join(" and ")
    ))
}

/// Whether what was wished for while it is closed can be had (T6).
pub(super) fn power(wish: Power, wakes: &Wakes) -> Option<Finding> {
    match (wish, wakes) {
        (Power::On, _) => None,
        (Power::Off, Wakes::Can) => Some(Finding::Good(
            "This machine has a clock that can switch it on. It is switched off while the server is closed."
                .to_owned(),
        )),
        (Power::Off, Wakes::Cannot(why)) => Some(Finding::Doubtful(format!(
            "This machine cannot be switched off while the server is closed: {why}. Nothing would switch it on again.\nIt stays on, with its port shut. SSH and updates go on."
        ))),
    }
}

/// Whether the doors are open, and until when; `None`: they are always open.
pub(super) fn hours(is_shut: bool, next: Option<&str>) -> Finding {
    let next = next.map_or_else(String::new, |next| format!(" until {next}"));
    if is_shut {
        Finding::Good(format!(
            "Closed{next}, by the opening hours. `sudo incamera hours open 2h` opens it now."
        ))
    } else {
        Finding::Good(format!("Open{next}, by the opening hours."))
    }
}

fn voucher(facts: &Facts) -> Finding {
    match &facts.voucher {
        Voucher::Authority(host, true) => {
            Finding::Good(format!("The authority for certificates, {host}, can be reached."))
        }
        Voucher::Authority(host, false) => Finding::Wrong(format!(
            "The authority for certificates, {host}, cannot be reached.\nLook whether this machine reaches the internet, and whether a firewall keeps it from calling out to port 443."
        )),
        Voucher::File(file, Ok(ends)) => Finding::Good(format!(
            "The certificate in {} is for {}, and good until {}.",
            file.display(),
            facts.name,
            day(*ends)
        )),
        Voucher::File(file, Err(why)) => Finding::Wrong(format!(
            "The certificate in {} cannot be used: {why}.\nPut the right one there, with its key, the server's own certificate first.",
            file.display()
        )),
        Voucher::Unknown(file) => Finding::Doubtful(format!(
            "Only root can tell whether the certificate in {} can be used.\nRun this with sudo.",
            file.display()
        )),
    }
}
