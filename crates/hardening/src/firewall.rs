//! The packet filter (T3, D2): nothing comes in but ssh and meetings, nothing is written down, and what belongs to a meeting
//! is not tracked. Written in the form in which `nft list` prints it, so that what is in force can be compared with it.

use crate::machine::Machine;
use crate::want::{is_active, unless};

/// The table that is ours. Tables of others are never touched.
const TABLE: &str = "inet incamera";
/// New connections that one address may open to meetings: a family behind one address that comes back at once, and more.
const WEB_RATE: &str = "50/second burst 300 packets";
/// New connections to ssh from one address.
const SSH_RATE: &str = "30/minute burst 60 packets";

/// The set of ports at which meetings are held: empty while the doors are shut, and when the machine starts (T6).
const MEETINGS: &str = "meetings";
/// What is in it while they are open.
const PORT: u16 = 443;

/// The words after `nft` that let meetings through, and those that shut them out again.
pub(crate) fn opened(verb: &str) -> String {
    format!("{verb} element {TABLE} {MEETINGS} {{ {PORT} }}")
}

/// The rules for a machine whose sshd listens on these ports, and which fetches its updates from these. The socket of the
/// service opens them for meetings.
#[must_use]
pub(crate) fn rules(ssh: &[u16], fetches_from: &[u16]) -> String {
    let ports = |ports: &[u16]| match ports {
        [port] => port.to_string(),
        _ => format!("{{ {} }}", ports.iter().map(u16::to_string).collect::<Vec<_>>().join(", ")),
    };
    let ssh_in = if ssh.is_empty() {
        String::new()
    } else {
        let at = ports(ssh);
        format!(
            "\t\ttcp dport {at} ct state new add @ssh4 {{ ip saddr limit rate over {SSH_RATE} }} drop\n\
             \t\ttcp dport {at} ct state new add @ssh6 {{ ip6 saddr and ffff:ffff:ffff:ffff:: limit rate over {SSH_RATE} }} drop\n\
             \t\ttcp dport {at} accept\n"
        )
    };
    let mut out = vec![22, 53, 80, 443, 853];
    out.extend(fetches_from);
    out.sort_unstable();
    out.dedup();
    let out = ports(&out);
    format!(
        "#!/usr/sbin/nft -f\n\
         # Written by `incamera harden`; `incamera harden --undo` puts back what was here.\n\
         table {TABLE}\n\
         delete table {TABLE}\n\
         table {TABLE} {{\n\
         \tset {MEETINGS} {{\n\t\ttype inet_service\n\t}}\n\
         {sets}\
         \tchain untracked-in {{\n\
         \t\ttype filter hook prerouting priority raw; policy accept;\n\
         \t\ttcp dport 443 notrack\n\
         \t\tudp dport 443 notrack\n\
         \t}}\n\
         \tchain untracked-out {{\n\
         \t\ttype filter hook output priority raw; policy accept;\n\
         \t\ttcp sport 443 notrack\n\
         \t\tudp sport 443 notrack\n\
         \t\toif \"lo\" tcp dport 443 notrack\n\
         \t\toif \"lo\" udp dport 443 notrack\n\
         \t}}\n\
         \tchain input {{\n\
         \t\ttype filter hook input priority filter; policy drop;\n\
         \t\tiif \"lo\" accept\n\
         \t\tip saddr 127.0.0.0/8 drop\n\
         \t\tip6 saddr ::1 drop\n\
         \t\tct state invalid drop\n\
         \t\tct state established,related accept\n\
         \t\ticmp type {{ destination-unreachable, time-exceeded, parameter-problem }} accept\n\
         \t\ticmp type echo-request limit rate 20/second burst 40 packets accept\n\
         \t\ticmpv6 type {{ destination-unreachable, packet-too-big, time-exceeded, parameter-problem, mld-listener-query, \
         nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert }} accept\n\
         \t\ticmpv6 type echo-request limit rate 20/second burst 40 packets accept\n\
         \t\tudp sport 67 udp dport 68 accept\n\
         \t\tip6 saddr fe80::/10 udp sport 547 udp dport 546 accept\n\
         {ssh_in}\
         \t\tudp dport @{MEETINGS} accept\n\
         \t\ttcp dport @{MEETINGS} tcp flags syn / fin,syn,rst,ack add @web4 {{ ip saddr limit rate over {WEB_RATE} }} drop\n\
         \t\ttcp dport @{MEETINGS} tcp flags syn / fin,syn,rst,ack add @web6 {{ ip6 saddr and ffff:ffff:ffff:ffff:: limit rate over {WEB_RATE} }} drop\n\
         \t\ttcp dport @{MEETINGS} accept\n\
         \t}}\n\
         \tchain forward {{\n\
         \t\ttype filter hook forward priority filter; policy drop;\n\
         \t}}\n\
         \tchain output {{\n\
         \t\ttype filter hook output priority filter; policy drop;\n\
         \t\toif \"lo\" accept\n\
         \t\tct state established,related accept\n\
         \t\ttcp sport 443 accept\n\
         \t\tudp sport 443 accept\n\
         \t\ticmp type {{ echo-request, destination-unreachable, time-exceeded, parameter-problem }} accept\n\
         \t\ticmpv6 type {{ destination-unreachable, packet-too-big, time-exceeded, parameter-problem, echo-request, \
         nd-router-solicit, nd-neighbor-solicit, nd-neighbor-advert, mld2-listener-report }} accept\n\
         \t\tudp sport 68 udp dport 67 accept\n\
         \t\tip6 saddr fe80::/10 udp sport 546 udp dport 547 accept\n\
         \t\tudp dport {{ 53, 123, 443, 853 }} accept\n\
         \t\ttcp dport {out} accept\n\
         \t}}\n\
         }}\n",
        sets = ["ssh4", "web4"].map(|name| set(name, "ipv4_addr")).concat()
            + &["ssh6", "web6"].map(|name| set(name, "ipv6_addr")).concat(),
    )
}

/// Addresses that opened a connection in the last minute; the kernel forgets each of them by itself.
fn set(name: &str, kind: &str) -> String {
    format!(
        "\tset {name} {{\n\t\ttype {kind}\n\t\tsize 65535\n\t\tflags dynamic,timeout\n\t\ttimeout 1m\n\t}}\n"
    )
}

/// What is in force otherwise than in these rules: the first of them that is missing, or a rule that is not ours.
pub(crate) fn is_otherwise(machine: &Machine, rules: &str) -> Option<String> {
    let Some(live) = machine.said(&["nft", "--stateless", "list", "table", "inet", "incamera"]) else {
        return Some("the packet filter is not in force".to_owned());
    };
    match (is_active(machine, "incamera.socket"), lets_through(&live)) {
        (true, false) => return Some("the packet filter keeps people out of meetings".to_owned()),
        (false, true) => {
            return Some("the packet filter lets meetings through, and the server is shut".to_owned());
        }
        _ => {}
    }
    let live = without_elements(&live);
    let body = rules.split_once(&format!("delete table {TABLE}\n")).map_or(rules, |(_, body)| body);
    let lines = |text: &str| -> Vec<String> {
        text.lines().map(plain).filter(|line| !line.is_empty() && line != "}").collect()
    };
    let (wanted, live) = (lines(body), lines(&live));
    if let Some(missing) = wanted.iter().find(|line| !live.contains(line)) {
        return Some(format!("the packet filter lacks: {missing}"));
    }
    if let Some(more) = live.iter().find(|line| !wanted.contains(line)) {
        return Some(format!("somebody put into the packet filter: {more}"));
    }
    // The first rule that fits decides, and the same line may stand in several chains.
    unless(wanted == live, || "the rules of the packet filter are in another order".to_owned())
}

/// Whether the port of meetings is in its set.
fn lets_through(listed: &str) -> bool {
    let set = listed.split_once(&format!("set {MEETINGS} {{")).map(|(_, rest)| rest);
    set.and_then(|rest| rest.split("\n\t}").next()).is_some_and(|set| set.contains(&format!("{{ {PORT} }}")))
}

/// Without what is in sets: the port of meetings, and the addresses that came lately, which newer versions of `nft` print in any
/// case.
fn without_elements(listed: &str) -> String {
    let mut is_away = false;
    let stays = |line: &&str| {
        is_away |= line.trim_start().starts_with("elements = {");
        let stays = !is_away;
        is_away &= !line.contains('}');
        stays
    };
    listed.split_inclusive('\n').filter(stays).collect()
}

/// A line without what `nft` prints otherwise than it was written, or its versions otherwise than each other: blanks, masks,
/// and the order in a set.
fn plain(line: &str) -> String {
    let line = line
        .replace("ip6 saddr & ", "ip6 saddr and ")
        .replace("& (fin | syn | rst | ack) == syn", "syn / fin,syn,rst,ack");
    let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    let Some((head, (set, tail))) =
        line.split_once("{ ").and_then(|(head, rest)| Some((head, rest.split_once(" }")?)))
    else {
        return line;
    };
    let mut elements: Vec<_> = set.split(", ").collect();
    elements.sort_unstable();
    format!("{head}{{ {} }}{tail}", elements.join(", "))
}

/// Tables in force that are not ours, by family and name, as `nft list tables` prints them.
pub(crate) fn others(listed: &str) -> Vec<String> {
    let tables = listed.lines().filter_map(|line| line.strip_prefix("table "));
    tables.map(str::trim).filter(|name| *name != TABLE && !name.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::Bench;
    use proptest::prelude::*;

    #[test]
    fn only_ssh_and_meetings_are_let_in_and_nothing_is_logged() {
        let rules = rules(&[22, 2222], &[8443]);
        let input = rules.split("chain input").nth(1).unwrap().split("\t}").next().unwrap();
        assert!(input.contains("policy drop"));
        let opened: Vec<_> =
            input.lines().filter(|line| line.contains("dport") && line.ends_with(" accept")).collect();
        assert_eq!(opened.len(), 5, "{opened:#?}");
        assert!(input.contains("tcp dport { 22, 2222 } accept"));
        assert!(!rules.contains(" log"));
        assert!(rules.contains("tcp dport { 22, 53, 80, 443, 853, 8443 } accept"));
    }

    /// The kernel's own judgement of the rules, and of what it prints of them, where `nft` is there and may be asked.
    #[test]
    fn what_is_in_force_is_known_again() {
        use crate::machine::{Ended, Programs};
        use std::io;
        use std::process::Command;

        /// `nft` in a network of its own, on a machine whose server listens or does not.
        struct Apart(String, bool);

        impl Programs for Apart {
            fn run(&self, words: &[&str], _: &[u8]) -> io::Result<Ended> {
                if words[0] == "systemctl" {
                    return Ok(Ended { status: Some(i32::from(!self.1)), ..Ended::default() });
                }
                let script = format!("nft -f - <<'END'\n{}\nEND\nexec \"$@\"", self.0);
                let ended = Command::new("unshare")
                    .args(["--user", "--map-root-user", "--net", "sh", "-ec", &script, "sh"])
                    .args(words)
                    .output()?;
                Ok(Ended {
                    status: ended.status.code(),
                    printed: String::from_utf8_lossy(&ended.stdout).into_owned(),
                    complained: String::from_utf8_lossy(&ended.stderr).into_owned(),
                })
            }
        }

        let rules = rules(&[22], &[8080]);
        let at = |text: &str, listens| Machine::played("/".into(), Box::new(Apart(text.to_owned(), listens)));
        let apart = |text: &str| at(text, false);
        let listed = apart(&rules).run(&["nft", "list", "tables"]);
        if !listed.as_ref().is_ok_and(Ended::is_well) {
            assert!(std::env::var_os("CI").is_none(), "nft cannot be asked: {listed:?}");
            return;
        }
        assert_eq!(is_otherwise(&apart(&rules), &rules), None);
        let open = rules.replace("tcp dport 22 accept", "tcp dport { 22, 23 } accept");
        assert!(
            is_otherwise(&apart(&open), &rules)
                .is_some_and(|found| found.ends_with("lacks: tcp dport 22 accept"))
        );
        let more =
            rules.replace("\t\ttcp dport 22 accept\n", "\t\ttcp dport 22 accept\n\t\ttcp dport 25 accept\n");
        assert!(
            is_otherwise(&apart(&more), &rules).is_some_and(|found| found.contains("tcp dport 25 accept"))
        );
        assert!(is_otherwise(&apart("table inet other"), &rules).is_some());

        // Shut until the server's socket listens, open as long as it does (T6).
        let through = format!("{rules}{}\n", opened("add"));
        assert_eq!(is_otherwise(&at(&through, true), &rules), None);
        let shut = format!("{through}{}\n", opened("delete"));
        assert_eq!(is_otherwise(&apart(&shut), &rules), None);
        assert!(
            is_otherwise(&at(&rules, true), &rules).is_some_and(|found| found.contains("keeps people out"))
        );
        assert!(
            is_otherwise(&apart(&through), &rules)
                .is_some_and(|found| found.contains("lets meetings through"))
        );
    }

    #[test]
    fn tables_of_others_are_found() {
        assert_eq!(
            others("table inet incamera\ntable ip nat\ntable inet filter\n"),
            ["ip nat", "inet filter"]
        );
        assert!(others("").is_empty());
    }

    proptest! {
        #[test]
        fn what_somebody_took_out_put_in_or_moved_is_found_t3(at in 0_usize..200, to in 0_usize..200, port in 1_u16..) {
            let rules = rules(&[22], &[8080]);
            let body = rules.split_once(&format!("delete table {TABLE}\n")).unwrap().1;
            let live: Vec<_> = body.lines().collect();
            let found = |live: &[&str]| {
                let bench = Bench::new();
                bench.answers("nft --stateless list table inet incamera", 0, &live.join("\n"));
                is_otherwise(&bench.machine, &rules)
            };
            prop_assert_eq!(found(&live), None);
            let counts = |line: &str| !plain(line).is_empty() && plain(line) != "}";
            let (at, to) = (at % live.len(), to % live.len());
            let without = [&live[..at], &live[at + 1..]].concat();
            prop_assert_eq!(found(&without).is_some(), counts(live[at]));
            let more = format!("\t\ttcp dport {port} accept # theirs");
            let with = [&live[..at], &[more.as_str()], &live[at..]].concat();
            prop_assert!(found(&with).is_some());
            let mut moved = without;
            moved.insert(to.min(moved.len()), live[at]);
            let same = |lines: &[&str]| lines.iter().map(|line| plain(line)).filter(|line| counts(line)).collect::<Vec<_>>();
            prop_assert_eq!(found(&moved).is_some(), same(&moved) != same(&live));
        }

        #[test]
        fn the_order_of_a_set_and_blanks_say_nothing(
            mut elements in prop::collection::vec("[a-z0-9]{1,5}", 1..6), blank in "[ \t]{1,3}", noise in "\\PC{0,40}",
        ) {
            let line = |elements: &[String], blank: &str| format!("tcp{blank}dport {{ {} }}{blank}accept", elements.join(", "));
            let one = line(&elements, " ");
            elements.reverse();
            prop_assert_eq!(plain(&one), plain(&line(&elements, &blank)));
            prop_assert!(plain(&one).ends_with(" accept"));
            let _ = plain(&noise);
        }

        #[test]
        fn who_came_lately_is_no_rule(at in 0_usize..200, more in prop::collection::vec("[0-9.]{7,15}", 0..5), blank in "(\n\t\t\t)?") {
            let rules = rules(&[22], &[8080]);
            let body = rules.split_once(&format!("delete table {TABLE}\n")).unwrap().1;
            let sets: Vec<_> = body.match_indices("\t\ttimeout 1m\n").map(|(from, line)| from + line.len()).collect();
            let elements: Vec<_> = more.iter().map(|address| format!("{address} limit rate over 30/minute")).collect();
            let elements = format!("\t\telements = {{ {} }}\n", elements.join(&format!(",{blank}")));
            let mut live = body.to_owned();
            live.insert_str(sets[at % sets.len()], &elements);
            let bench = Bench::new();
            bench.answers("nft --stateless list table inet incamera", 0, &live);
            prop_assert_eq!(is_otherwise(&bench.machine, &rules), None);
        }

        #[test]
        fn every_table_of_others_is_named(names in prop::collection::vec(("ip|ip6|inet|bridge", "[a-z]{1,9}"), 0..6)) {
            let listed: String = names.iter().map(|(family, name)| format!("table {family} {name}\n")).collect();
            let wanted: Vec<_> = names.iter().map(|(family, name)| format!("{family} {name}")).filter(|name| name != TABLE).collect();
            prop_assert_eq!(others(&listed), wanted);
        }
    }
}
