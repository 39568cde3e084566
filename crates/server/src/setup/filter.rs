//! Whether a packet filter of this machine keeps people from the port, as far as that can be told: by ufw, or by rules of iptables such as
//! some providers' systems bring along. That of `incamera harden` opens with the doors. Nothing is changed.

use super::checks::PORT;
use super::facts::said;

/// Who keeps people out, and by which ways.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Shut {
    pub(super) by: Keeper,
    pub(super) tcp: bool,
    pub(super) udp: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Keeper {
    Ufw,
    Iptables,
}

/// `None`: nobody, or nobody knows.
pub(super) fn look() -> Option<Shut> {
    let ufw = said(&["env", "LC_ALL=C", "ufw", "status", "verbose"]);
    let rules = || said(&["iptables-nft", "--list-rules", "INPUT"]);
    ufw.and_then(|told| by_ufw(&told)).or_else(|| rules().and_then(|told| by_iptables(&told)))
}

fn shut(by: Keeper, lets: impl Fn(&str) -> bool) -> Option<Shut> {
    let (tcp, udp) = (!lets("tcp"), !lets("udp"));
    (tcp || udp).then_some(Shut { by, tcp, udp })
}

/// As ufw(8) prints it: `443/tcp   ALLOW IN    Anywhere`.
fn by_ufw(told: &str) -> Option<Shut> {
    let refuses = ["deny (incoming)", "reject (incoming)"].iter().any(|default| told.contains(default));
    if !told.contains("Status: active") || !refuses {
        return None;
    }
    let allowed =
        || told.lines().filter_map(|line| line.split_once("ALLOW IN").or(line.split_once("LIMIT IN")));
    shut(Keeper::Ufw, |protocol| {
        allowed().any(|(to, from)| {
            to.trim() == "Anywhere" && from.trim() == "Anywhere"
                || to.split_whitespace().any(|word| {
                    let (ports, its) = word.split_once('/').unwrap_or((word, protocol));
                    its == protocol && has_port(ports)
                })
        })
    })
}

/// As iptables(8) prints it: `-A INPUT -p tcp -m tcp --dport 443 -j ACCEPT`. Where other chains are asked, nobody knows.
fn by_iptables(told: &str) -> Option<Shut> {
    let lines: Vec<Vec<&str>> = told.lines().map(|line| line.split_whitespace().collect()).collect();
    let after = |words: &[&str], name: &str| -> Option<String> {
        let at = words.iter().position(|word| *word == name)?;
        words.get(at + 1).map(|word| (*word).to_owned())
    };
    let verdict = |words: &Vec<&str>| after(words, "-j").unwrap_or_default();
    let refuses = |words: &&Vec<&str>| match words.as_slice() {
        ["-P", "INPUT", policy] => *policy == "DROP",
        ["-A", "INPUT", "-j", verdict, ..] => ["DROP", "REJECT"].contains(verdict),
        _ => false,
    };
    let known = ["", "ACCEPT", "DROP", "REJECT", "LOG"];
    if !lines.iter().any(|words| refuses(&words))
        || !lines.iter().all(|words| known.contains(&&*verdict(words)))
    {
        return None;
    }
    let accepted: Vec<_> = lines
        .iter()
        .filter(|words| verdict(words) == "ACCEPT" && after(words, "-i").as_deref() != Some("lo"))
        .filter(|words| {
            let state = after(words, "--ctstate").or_else(|| after(words, "--state"));
            state.is_none_or(|state| state.contains("NEW"))
        })
        .collect();
    shut(Keeper::Iptables, |protocol| {
        accepted.iter().any(|words| {
            let ports = after(words, "--dport").or_else(|| after(words, "--dports"));
            after(words, "-p").is_none_or(|its| its == protocol) && ports.is_none_or(|ports| has_port(&ports))
        })
    })
}

/// Ports as both write them: `443`, `80,443`, `400:500`.
fn has_port(ports: &str) -> bool {
    ports.split(',').any(|part| {
        let (first, last) = part.split_once(':').unwrap_or((part, part));
        match (first.parse::<u16>(), last.parse::<u16>()) {
            (Ok(first), Ok(last)) => (first..=last).contains(&PORT),
            _ => false,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const UFW: &str = "Status: active\nLogging: on (low)\n\
        Default: deny (incoming), allow (outgoing), disabled (routed)\nNew profiles: skip\n\n\
        To                         Action      From\n\
        --                         ------      ----\n\
        22/tcp (OpenSSH)           ALLOW IN    Anywhere\n";
    const ORACLE: &str = "-P INPUT ACCEPT\n-A INPUT -m state --state RELATED,ESTABLISHED -j ACCEPT\n-A INPUT -p icmp -j ACCEPT\n\
        -A INPUT -i lo -j ACCEPT\n-A INPUT -p tcp -m state --state NEW -m tcp --dport 22 -j ACCEPT\n";
    const REST: &str = "-A INPUT -j REJECT --reject-with icmp-host-prohibited\n";

    /// Shut for TCP, and for UDP.
    fn ways(shut: Option<Shut>) -> (bool, bool) {
        shut.map_or((false, false), |shut| (shut.tcp, shut.udp))
    }

    #[test]
    fn ufw_keeps_out_what_it_does_not_name_a1() {
        let with = |line: &str| ways(by_ufw(&format!("{UFW}{line}\n")));
        assert_eq!(with(""), (true, true));
        assert_eq!(with("443/tcp                    ALLOW IN    Anywhere"), (false, true));
        assert_eq!(with("80,443/tcp (Nginx Full)    ALLOW IN    Anywhere"), (false, true));
        assert_eq!(with("443                        ALLOW IN    Anywhere"), (false, false));
        assert_eq!(with("400:500/udp                ALLOW IN    Anywhere"), (true, false));
        assert_eq!(with("443                        DENY IN     Anywhere"), (true, true));
        assert_eq!(with("Anywhere                   ALLOW IN    Anywhere"), (false, false));
        assert_eq!(
            with("Anywhere                   ALLOW IN    203.0.113.9"),
            (true, true),
            "one person alone"
        );
        assert_eq!(by_ufw(&UFW.replace("Status: active", "Status: inactive")), None);
        assert_eq!(by_ufw(&UFW.replace("deny (incoming)", "allow (incoming)")), None);
    }

    #[test]
    fn rules_that_a_provider_brought_are_read_a1() {
        let with = |line: &str| ways(by_iptables(&format!("{ORACLE}{line}{REST}")));
        assert_eq!(with(""), (true, true));
        assert_eq!(with("-A INPUT -p tcp -m tcp --dport 443 -j ACCEPT\n"), (false, true));
        assert_eq!(with("-A INPUT -p udp -m multiport --dports 53,443 -j ACCEPT\n"), (true, false));
        assert_eq!(with("-A INPUT -j ACCEPT\n"), (false, false));
        assert_eq!(with("-A INPUT -j their-own-chain\n"), (false, false), "nobody knows");
        assert_eq!(ways(by_iptables(ORACLE)), (false, false), "what is not named comes in");
        let policy = ORACLE.replace("-P INPUT ACCEPT", "-P INPUT DROP");
        assert_eq!(ways(by_iptables(&policy)), (true, true));
        assert_eq!(by_iptables(""), None);
    }
}
