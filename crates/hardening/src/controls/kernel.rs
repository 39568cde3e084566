//! Kernel parameters (sysctl): the network does not believe strangers, and programs see little of each other.

use crate::control::{Control, Risk, Scope};
use crate::facts::Facts;
use crate::machine::Machine;
use crate::network::{announced, passes_on, ways_out};
use crate::want::Want::{self, Active, Kernel};

/// What sets the parameters of the network once more when its interfaces are there. The outside judge knows it by this name.
const AGAIN: &str = "/etc/systemd/system/sysctl-reapply-network.service";
const AGAIN_UNIT: &str = "sysctl-reapply-network.service";
const AGAIN_TEXT: &str = "# Written by `incamera harden`.\n[Unit]\n\
    Description=Parameters of the network, once its interfaces are there\n\
    After=network.target systemd-sysctl.service\n\n\
    [Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/lib/systemd/systemd-sysctl --prefix=/net\n\n\
    [Install]\nWantedBy=multi-user.target\n";

pub(super) const CONTROLS: &[Control] = &[
    // Before the redirects: the kernel sets those anew when this changes.
    Control {
        id: "kernel.no-passing-on",
        serves: &["T1", "D2"],
        rules: &[
            "sysctl_net_ipv4_ip_forward",
            "sysctl_net_ipv4_conf_all_forwarding",
            "sysctl_net_ipv4_conf_default_forwarding",
            "sysctl_net_ipv6_conf_all_forwarding",
            "sysctl_net_ipv6_conf_default_forwarding",
        ],
        title: "This machine passes no packets on for others",
        why: "It is a server and no router. As a router it could be a way into networks that are nobody else's business.",
        risk: Risk::None,
        scope: passing_on,
    },
    Control {
        id: "kernel.no-redirects",
        serves: &["T1", "D2"],
        rules: &[
            "sysctl_net_ipv4_conf_all_accept_redirects",
            "sysctl_net_ipv4_conf_default_accept_redirects",
            "sysctl_net_ipv4_conf_all_secure_redirects",
            "sysctl_net_ipv4_conf_default_secure_redirects",
            "sysctl_net_ipv6_conf_all_accept_redirects",
            "sysctl_net_ipv6_conf_default_accept_redirects",
        ],
        title: "Nobody in the network tells this machine another way for its packets",
        why: "A neighbour in the provider's network could lead the traffic through a machine of its own.",
        risk: Risk::None,
        scope: |_, _| {
            Scope::Wants(vec![
                Kernel("net/ipv4/conf/all/accept_redirects", "0"),
                Kernel("net/ipv4/conf/default/accept_redirects", "0"),
                Kernel("net/ipv4/conf/*/accept_redirects", "0"),
                Kernel("net/ipv4/conf/all/secure_redirects", "0"),
                Kernel("net/ipv4/conf/default/secure_redirects", "0"),
                Kernel("net/ipv4/conf/*/secure_redirects", "0"),
                Kernel("net/ipv6/conf/all/accept_redirects", "0"),
                Kernel("net/ipv6/conf/default/accept_redirects", "0"),
                Kernel("net/ipv6/conf/*/accept_redirects", "0"),
            ])
        },
    },
    Control {
        id: "kernel.sends-no-redirects",
        serves: &["T1"],
        rules: &["sysctl_net_ipv4_conf_all_send_redirects", "sysctl_net_ipv4_conf_default_send_redirects"],
        title: "This machine tells nobody in the network another way",
        why: "Only routers do that. Whoever broke in could use it to lead the traffic of neighbours astray.",
        risk: Risk::None,
        scope: |_, _| {
            Scope::Wants(vec![
                Kernel("net/ipv4/conf/all/send_redirects", "0"),
                Kernel("net/ipv4/conf/default/send_redirects", "0"),
                Kernel("net/ipv4/conf/*/send_redirects", "0"),
            ])
        },
    },
    Control {
        id: "kernel.no-source-routes",
        serves: &["T1", "D2"],
        rules: &[
            "sysctl_net_ipv4_conf_all_accept_source_route",
            "sysctl_net_ipv4_conf_default_accept_source_route",
            "sysctl_net_ipv6_conf_all_accept_source_route",
            "sysctl_net_ipv6_conf_default_accept_source_route",
        ],
        title: "No packet chooses its own way through the network",
        why: "Packets that do are used to come around a firewall. Nothing that people use needs them.",
        risk: Risk::None,
        scope: |_, _| {
            Scope::Wants(vec![
                Kernel("net/ipv4/conf/all/accept_source_route", "0"),
                Kernel("net/ipv4/conf/default/accept_source_route", "0"),
                Kernel("net/ipv6/conf/all/accept_source_route", "0"),
                Kernel("net/ipv6/conf/default/accept_source_route", "0"),
            ])
        },
    },
    Control {
        id: "kernel.no-forged-senders",
        serves: &["T1", "D2"],
        rules: &["sysctl_net_ipv4_conf_all_rp_filter", "sysctl_net_ipv4_conf_default_rp_filter"],
        title: "Packets with a sender who cannot be there are thrown away",
        why: "Who attacks by mass forges the sender. An answer would go another way than the packet came, and so it is known.",
        risk: Risk::None,
        scope: forged_senders,
    },
    Control {
        id: "kernel.routers",
        serves: &["T1"],
        rules: &["sysctl_net_ipv6_conf_all_accept_ra", "sysctl_net_ipv6_conf_default_accept_ra"],
        title: "No neighbour makes itself the router of this machine",
        why: "In IPv6 whoever says that they are the router is believed, unless addresses are written down in a file.",
        risk: Risk::None,
        scope: routers,
    },
    Control {
        id: "kernel.quiet-network",
        serves: &["D2"],
        rules: &[
            "sysctl_net_ipv4_icmp_echo_ignore_broadcasts",
            "sysctl_net_ipv4_icmp_ignore_bogus_error_responses",
            "sysctl_net_ipv4_tcp_syncookies",
        ],
        title: "Floods of half-open connections and of calls to everybody find no echo",
        why: "They are old ways to keep a server busy, or to use it against somebody else.",
        risk: Risk::None,
        scope: |_, _| {
            Scope::Wants(vec![
                Kernel("net/ipv4/icmp_echo_ignore_broadcasts", "1"),
                Kernel("net/ipv4/icmp_ignore_bogus_error_responses", "1"),
                Kernel("net/ipv4/tcp_syncookies", "1"),
            ])
        },
    },
    Control {
        id: "kernel.network-again",
        serves: &["T1", "D2"],
        rules: &["sysctl_reapply_after_network"],
        title: "What is said here of the network also holds for interfaces that come late",
        why: "Programs that bring up a network set some of it by themselves. This one has the last word at each start.",
        risk: Risk::None,
        scope: |_, _| {
            let text = AGAIN_TEXT.to_owned();
            Scope::Wants(vec![Want::File { path: AGAIN, text, mode: 0o644 }, Active(AGAIN_UNIT)])
        },
    },
    Control {
        id: "kernel.apart",
        serves: &["E1"],
        rules: &[
            "sysctl_kernel_yama_ptrace_scope",
            "sysctl_kernel_randomize_va_space",
            "sysctl_kernel_kptr_restrict",
            "sysctl_kernel_dmesg_restrict",
        ],
        title: "A program that was broken into sees little of the others and of the kernel",
        why: "The next step of a break-in is to read another program's memory, or to learn where things are in it.",
        risk: Risk::None,
        scope: |_, _| {
            Scope::Wants(vec![
                Kernel("kernel/yama/ptrace_scope", "1"),
                Kernel("kernel/randomize_va_space", "2"),
                // 1 would still show it to whatever runs as root.
                Kernel("kernel/kptr_restrict", "2"),
                Kernel("kernel/dmesg_restrict", "1"),
            ])
        },
    },
    Control {
        id: "kernel.shared-folders",
        serves: &["E1"],
        rules: &["sysctl_fs_protected_hardlinks", "sysctl_fs_protected_symlinks"],
        title: "Links and files that others left in a shared folder lead nobody astray",
        why: "In a folder where all may write, a link can wait for a program of root to follow it.",
        risk: Risk::None,
        scope: |_, _| {
            Scope::Wants(vec![
                Kernel("fs/protected_hardlinks", "1"),
                Kernel("fs/protected_symlinks", "1"),
                Kernel("fs/protected_fifos", "2"),
                Kernel("fs/protected_regular", "2"),
            ])
        },
    },
    Control {
        id: "kernel.small",
        serves: &["E1"],
        rules: &[],
        title: "Parts of the kernel that no server needs are shut to programs",
        why: "Each of them was the beginning of a break-in once: old kinds of terminals, programs that the kernel translates.",
        risk: Risk::None,
        scope: |_, _| {
            Scope::Wants(vec![Kernel("dev/tty/ldisc_autoload", "0"), Kernel("net/core/bpf_jit_harden", "2")])
        },
    },
];

fn passing_on(_: &Facts, machine: &Machine) -> Scope {
    let joins = passes_on(machine);
    if !joins.is_empty() {
        return Scope::Postponed(format!(
            "This machine passes packets on, and has what needs that: {}. If it is for something that you use (Docker, virtual \
             machines, a VPN), leave it so. If not, remove that program, start the machine anew and do this again.",
            joins.join(", ")
        ));
    }
    Scope::Wants(vec![
        Kernel("net/ipv4/ip_forward", "0"),
        Kernel("net/ipv4/conf/all/forwarding", "0"),
        Kernel("net/ipv4/conf/default/forwarding", "0"),
        Kernel("net/ipv6/conf/all/forwarding", "0"),
        Kernel("net/ipv6/conf/default/forwarding", "0"),
    ])
}

fn forged_senders(_: &Facts, machine: &Machine) -> Scope {
    let out = ways_out(machine);
    if out.len() > 1 {
        return Scope::Postponed(format!(
            "This machine has several ways into the internet ({}). Packets may come by one and be answered by another, which \
             this would stop. If you need only one of them, remove the others and do this again.",
            out.join(", ")
        ));
    }
    Scope::Wants(vec![
        Kernel("net/ipv4/conf/all/rp_filter", "1"),
        Kernel("net/ipv4/conf/default/rp_filter", "1"),
        Kernel("net/ipv4/conf/*/rp_filter", "1"),
    ])
}

fn routers(_: &Facts, machine: &Machine) -> Scope {
    let announced = announced(machine);
    if !announced.is_empty() {
        return Scope::NotApplicable(format!(
            "The provider tells this machine its IPv6 address by its routers ({}). Without them it would lose the address.",
            announced.join(", ")
        ));
    }
    Scope::Wants(vec![
        Kernel("net/ipv6/conf/all/accept_ra", "0"),
        Kernel("net/ipv6/conf/default/accept_ra", "0"),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::Bench;
    use crate::control::Verdict;

    fn named(id: &str) -> &'static Control {
        CONTROLS.iter().find(|control| control.id == id).unwrap()
    }

    #[test]
    fn each_is_brought_about_and_taken_back() {
        let bench = Bench::new();
        let off = "net/ipv4/conf/{all,default,eth0,lo}/{rp_filter,forwarding,send_redirects,accept_source_route} net/ipv4/ip_forward \
                   kernel/{kptr_restrict,dmesg_restrict,randomize_va_space} fs/{protected_symlinks,protected_fifos} net/ipv4/tcp_syncookies";
        let on = "net/ipv4/conf/{all,default,eth0,lo}/{accept_redirects,secure_redirects} fs/suid_dumpable dev/tty/ldisc_autoload \
                  net/ipv6/conf/{all,default,eth0}/{accept_ra,accept_redirects}";
        for (pattern, value) in [(off, "0\n"), (on, "1\n")] {
            for word in pattern.split_whitespace() {
                for key in spread(word) {
                    bench.write(&format!("/proc/sys/{key}"), value);
                }
            }
        }
        for control in CONTROLS {
            bench.there_and_back(control);
        }
    }

    /// `a/{b,c}` as the shell takes it.
    fn spread(word: &str) -> Vec<String> {
        let Some((before, rest)) = word.split_once('{') else { return vec![word.to_owned()] };
        let (choices, after) = rest.split_once('}').unwrap();
        choices.split(',').flat_map(|choice| spread(&format!("{before}{choice}{after}"))).collect()
    }

    #[test]
    fn every_interface_is_measured_and_not_only_the_one_called_all() {
        let bench = Bench::new();
        for name in ["all", "default", "eth0"] {
            bench.write(&format!("/proc/sys/net/ipv4/conf/{name}/send_redirects"), "0\n");
        }
        bench.apply(named("kernel.sends-no-redirects"));
        assert_eq!(bench.measure(named("kernel.sends-no-redirects")), Verdict::Holds);
        bench.write("/proc/sys/net/ipv4/conf/eth0/send_redirects", "1\n");
        assert!(matches!(bench.measure(named("kernel.sends-no-redirects")), Verdict::FallsShort { .. }));
    }

    #[test]
    fn docker_goes_on_passing_packets_on() {
        let bench = Bench::new();
        bench.write("/proc/sys/net/ipv4/ip_forward", "1\n");
        bench.write("/sys/class/net/docker0/bridge/bridge_id", "8000.0242\n");
        let verdict = bench.measure(named("kernel.no-passing-on"));
        assert!(matches!(verdict, Verdict::Postponed { why } if why.contains("docker0")));
        bench.apply(named("kernel.no-passing-on"));
        assert_eq!(bench.read("/proc/sys/net/ipv4/ip_forward"), "1\n");
    }

    #[test]
    fn an_address_from_the_routers_is_kept() {
        let bench = Bench::new();
        bench.write(
            "/proc/net/ipv6_route",
            &format!("{0} 00 {0} 00 {0} 00000400 1 0 00450003 eth0\n", "0".repeat(32)),
        );
        bench.write("/proc/sys/net/ipv6/conf/default/accept_ra", "1\n");
        assert!(matches!(bench.measure(named("kernel.routers")), Verdict::NotApplicable { .. }));
        bench.apply(named("kernel.routers"));
        assert_eq!(bench.read("/proc/sys/net/ipv6/conf/default/accept_ra"), "1\n");
    }

    #[test]
    fn two_ways_out_are_left_for_a_person() {
        let bench = Bench::new();
        let route = |name: &str| format!("{name}\t00000000\t0101A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n");
        bench.write("/proc/net/route", &[route("eth0"), route("eth1")].concat());
        assert!(matches!(bench.measure(named("kernel.no-forged-senders")), Verdict::Postponed { .. }));
    }
}
