//! How this machine is in its networks, as the kernel tells it: what must go on working whatever is tightened.

use crate::machine::Machine;

/// A route that the kernel has from a router's announcement (`RTF_ADDRCONF`, linux/ipv6_route.h).
const ANNOUNCED: u32 = 0x0004_0000;
/// The default route (`RTF_DEFAULT`), or that to the neighbours (`RTF_PREFIX_RT`).
const DEFAULT_OR_PREFIX: u32 = 0x0001_0000 | 0x0008_0000;

/// Interfaces between which packets are passed on for others now: bridges and tunnels, while passing on is switched on.
pub(crate) fn passes_on(machine: &Machine) -> Vec<String> {
    let is_on = |key: &str| machine.read(&format!("/proc/sys/net/{key}")).is_some_and(|is| is.trim() != "0");
    if !is_on("ipv4/ip_forward") && !is_on("ipv6/conf/all/forwarding") {
        return Vec::new();
    }
    let joins = |name: &String| {
        let file = |below: &str| format!("/sys/class/net/{name}/{below}");
        let kind = machine.read(&file("uevent")).unwrap_or_default();
        let is_kind = |kind: &str| ["bridge", "wireguard", "vxlan"].contains(&kind);
        kind.lines().filter_map(|line| line.strip_prefix("DEVTYPE=")).any(is_kind)
            || !machine.list(&file("bridge")).is_empty()
            || machine.read(&file("tun_flags")).is_some()
    };
    machine.list("/sys/class/net").into_iter().filter(joins).collect()
}

/// Interfaces whose IPv6 the kernel has from what routers announce (SLAAC, RFC 4862). Programs that do this by themselves, as
/// systemd-networkd and NetworkManager, switch the kernel's part off.
pub(crate) fn announced(machine: &Machine) -> Vec<String> {
    let routes = machine.read("/proc/net/ipv6_route").unwrap_or_default();
    let mut names: Vec<_> = routes.lines().filter_map(announced_at).map(str::to_owned).collect();
    names.sort();
    names.dedup();
    names.retain(|name| {
        machine.read(&format!("/proc/sys/net/ipv6/conf/{name}/accept_ra")).is_none_or(|is| is.trim() != "0")
    });
    names
}

/// The interface of a line of `/proc/net/ipv6_route`, if its route was announced.
fn announced_at(line: &str) -> Option<&str> {
    let fields: Vec<_> = line.split_whitespace().collect();
    let [.., flags, name] = fields[..] else { return None };
    let flags = u32::from_str_radix(flags, 16).ok()?;
    (fields.len() == 10 && flags & ANNOUNCED != 0 && flags & DEFAULT_OR_PREFIX != 0).then_some(name)
}

/// Interfaces that lead to everywhere, by IPv4.
pub(crate) fn ways_out(machine: &Machine) -> Vec<String> {
    let routes = machine.read("/proc/net/route").unwrap_or_default();
    let mut names: Vec<_> = routes.lines().filter_map(way_out).map(str::to_owned).collect();
    names.sort();
    names.dedup();
    names
}

/// The interface of a line of `/proc/net/route`, if it leads to everywhere.
fn way_out(line: &str) -> Option<&str> {
    let fields: Vec<_> = line.split_whitespace().collect();
    let everywhere = |at: usize| fields.get(at) == Some(&"00000000");
    (fields.len() >= 8 && everywhere(1) && everywhere(7)).then(|| fields[0])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::Bench;
    use proptest::prelude::*;

    const ANNOUNCED_ROUTES: &str = "\
        20010db8000000000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 000c0001     eth0\n\
        fe800000000000000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth0\n\
        00000000000000000000000000000000 00 00000000000000000000000000000000 00 fe800000000000000000000000000001 00000400 00000001 00000000 00450003     eth0\n";

    #[test]
    fn an_address_from_the_routers_is_seen_unless_a_program_sees_to_it() {
        let bench = Bench::new();
        assert!(announced(&bench.machine).is_empty());
        bench.write("/proc/net/ipv6_route", ANNOUNCED_ROUTES);
        bench.write("/proc/sys/net/ipv6/conf/eth0/accept_ra", "1\n");
        assert_eq!(announced(&bench.machine), ["eth0"]);
        bench.write("/proc/sys/net/ipv6/conf/eth0/accept_ra", "0\n");
        assert!(announced(&bench.machine).is_empty(), "systemd-networkd does it");
        bench.write("/proc/sys/net/ipv6/conf/eth0/accept_ra", "1\n");
        bench.write(
            "/proc/net/ipv6_route",
            &ANNOUNCED_ROUTES.replace("00450003", "00000003").replace("000c0001", "00000001"),
        );
        assert!(announced(&bench.machine).is_empty(), "all of it is written down in a file");
    }

    #[test]
    fn a_machine_that_passes_packets_on_for_others_is_seen() {
        let bench = Bench::new();
        bench.write("/sys/class/net/docker0/bridge/bridge_id", "8000.0242\n");
        bench.write("/sys/class/net/tun0/tun_flags", "0x1001\n");
        bench.write("/sys/class/net/wg0/uevent", "DEVTYPE=wireguard\nINTERFACE=wg0\n");
        bench.write("/sys/class/net/eth0/uevent", "INTERFACE=eth0\n");
        bench.write("/proc/sys/net/ipv4/ip_forward", "0\n");
        assert!(passes_on(&bench.machine).is_empty());
        bench.write("/proc/sys/net/ipv4/ip_forward", "1\n");
        assert_eq!(passes_on(&bench.machine), ["docker0", "tun0", "wg0"]);
    }

    #[test]
    fn the_ways_out_are_counted_by_interface() {
        let bench = Bench::new();
        let route = |name: &str, to: &str, mask: &str| {
            format!("{name}\t{to}\t0101A8C0\t0003\t0\t0\t0\t{mask}\t0\t0\t0\n")
        };
        let head = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n";
        let text =
            [head, &route("eth0", "00000000", "00000000"), &route("eth0", "0001A8C0", "00FFFFFF")].concat();
        bench.write("/proc/net/route", &text);
        assert_eq!(ways_out(&bench.machine), ["eth0"]);
        bench.write("/proc/net/route", &[text.as_str(), &route("eth1", "00000000", "00000000")].concat());
        assert_eq!(ways_out(&bench.machine), ["eth0", "eth1"]);
    }

    proptest! {
        #[test]
        fn a_strange_line_is_no_route(line in "([0-9a-fx]{0,33}[ \t]{0,2}){0,12}\\PC{0,20}") {
            for found in [announced_at(&line), way_out(&line)].into_iter().flatten() {
                prop_assert!(!found.is_empty() && line.contains(found));
                prop_assert!(line.split_whitespace().count() >= 8);
            }
        }
    }
}
