//! Services: what is not there cannot be broken into.

use crate::control::{Control, Risk, Scope};
use crate::machine::Machine;
use crate::packages::would_go_too;
use crate::sockets::{Listening, Transport, listening};
use crate::want::{Want, is_active, is_installed};

/// The port by which mail comes.
const MAIL: u16 = 25;

/// A package that a server for meetings has no use for.
struct Unwanted {
    package: &'static str,
    /// What tells that somebody may want it all the same: it runs.
    unit: Option<&'static str>,
}

/// It came by itself, or belongs to times before encryption.
const fn leftover(package: &'static str) -> Unwanted {
    Unwanted { package, unit: None }
}

/// Somebody may have set it up on purpose.
const fn service(package: &'static str, unit: &'static str) -> Unwanted {
    Unwanted { package, unit: Some(unit) }
}

macro_rules! without {
    ($($unwanted:expr),+ $(,)?) => {
        |_, machine| without(machine, &[$($unwanted),+])
    };
}

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "services.neighbours",
        serves: &["T1", "P1"],
        rules: &["package_avahi_removed", "service_avahi-daemon_disabled"],
        title: "The machine does not tell its neighbours what it is",
        why: "Programs that find printers at home announce a machine to everybody in the provider's network.",
        risk: Risk::None,
        scope: without![leftover("avahi-daemon")],
    },
    Control {
        id: "services.printing",
        serves: &["T1"],
        rules: &["package_cups_removed", "service_cups_disabled"],
        title: "Nothing is printed here",
        why: "A server has no printer, and the service for it had holes that strangers could use.",
        risk: Risk::None,
        scope: without![leftover("cups")],
    },
    Control {
        id: "services.old-doors",
        serves: &["T1", "T4"],
        rules: &[
            "package_telnetd_removed",
            "package_inetutils-telnetd_removed",
            "package_xinetd_removed",
            "service_xinetd_disabled",
            "package_ypserv_removed",
            "service_ypserv_disabled",
            "package_tftp-server_removed",
            "service_tftp_disabled",
        ],
        title: "There is no door from the time before encryption",
        why: "These services send passwords and files in clear, and believe whoever asks.",
        risk: Risk::None,
        scope: without![
            leftover("telnetd"),
            leftover("inetutils-telnetd"),
            leftover("xinetd"),
            leftover("ypserv"),
            service("tftpd-hpa", "tftpd-hpa.service"),
        ],
    },
    Control {
        id: "services.old-ways-out",
        serves: &["T1"],
        rules: &[
            "package_telnet_removed",
            "package_inetutils-telnet_removed",
            "package_ftp_removed",
            "package_tnftp_removed",
            "package_rsh_removed",
            "package_talk_removed",
            "package_nis_removed",
            "package_openldap-clients_removed",
        ],
        title: "Nobody sends a password in clear from here by mistake",
        why: "The programs for it are of no use any more; ssh does the same safely.",
        risk: Risk::None,
        scope: without![
            leftover("telnet"),
            leftover("inetutils-telnet"),
            leftover("ftp"),
            leftover("tnftp"),
            leftover("rsh-client"),
            leftover("talk"),
            leftover("nis"),
            leftover("ldap-utils"),
        ],
    },
    Control {
        id: "services.shared-files",
        serves: &["T1", "T3"],
        rules: &[
            "package_autofs_removed",
            "service_autofs_disabled",
            "package_nfs-kernel-server_removed",
            "service_nfs_disabled",
            "package_rpcbind_removed",
            "service_rpcbind_disabled",
            "package_samba_removed",
            "service_smb_disabled",
            "package_vsftpd_removed",
            "service_vsftpd_disabled",
        ],
        title: "No files are shared with a network from here",
        why: "A file server needs other care than a server for meetings, and each can be the way into the other.",
        risk: Risk::None,
        scope: without![
            service("autofs", "autofs.service"),
            service("nfs-kernel-server", "nfs-server.service"),
            leftover("rpcbind"),
            service("samba", "smbd.service"),
            service("vsftpd", "vsftpd.service"),
        ],
    },
    Control {
        id: "services.copies",
        serves: &["T1", "T3"],
        rules: &["service_rsyncd_disabled"],
        title: "Nobody fetches copies of files from here without signing in",
        why: "rsync can be a server without passwords. As a program that copies over ssh it may stay.",
        risk: Risk::None,
        scope: |_, _| Scope::Wants(vec![Want::Masked("rsync.service")]),
    },
    Control {
        id: "services.rsync",
        serves: &["T1"],
        rules: &["package_rsync_removed"],
        title: "rsync is not there where nobody copies with it",
        why: "What is not there has no holes.",
        risk: Risk::None,
        scope: |_, machine| {
            if is_installed(machine, "rsync") {
                return Scope::Postponed(
                    "rsync is here, and backups are often made with it. If yours are not, remove it: apt remove rsync".to_owned(),
                );
            }
            Scope::Wants(vec![Want::NoPackage("rsync")])
        },
    },
    Control {
        id: "services.names",
        serves: &["T1", "T3"],
        rules: &[
            "package_bind_removed",
            "service_named_disabled",
            "package_dnsmasq_removed",
            "service_dnsmasq_disabled",
            "package_dhcp_removed",
            "service_dhcpd_disabled",
            "service_dhcpd6_disabled",
            "package_kea_removed",
            "service_kea_dhcp4_server_disabled",
            "service_kea_dhcp6_server_disabled",
            "service_kea_dhcp_ddns_server_disabled",
        ],
        title: "This machine gives others neither names nor addresses",
        why: "Such services answer everybody, and are used to flood others.",
        risk: Risk::None,
        scope: without![
            service("bind9", "named.service"),
            service("dnsmasq", "dnsmasq.service"),
            service("isc-dhcp-server", "isc-dhcp-server.service"),
            service("kea", "kea-dhcp4-server.service"),
        ],
    },
    Control {
        id: "services.mail",
        serves: &["T1", "T3"],
        rules: &[
            "package_dovecot_removed",
            "service_dovecot_disabled",
            "has_nonlocal_mta",
            "postfix_network_listening_disabled",
        ],
        title: "No mail comes in here",
        why: "A mail server is attacked day and night. Meetings need none.",
        risk: Risk::None,
        scope: mail,
    },
    Control {
        id: "services.pages",
        serves: &["T1", "T3"],
        rules: &[
            "package_httpd_removed",
            "service_httpd_disabled",
            "package_nginx_removed",
            "service_nginx_disabled",
            "package_squid_removed",
            "service_squid_disabled",
        ],
        title: "No other web server is beside the one for meetings",
        why: "A website that is broken into would stand beside the page that people trust with their meetings.",
        risk: Risk::None,
        scope: without![
            service("apache2", "apache2.service"),
            service("nginx", "nginx.service"),
            service("squid", "squid.service"),
        ],
    },
    Control {
        id: "services.directories",
        serves: &["T1", "T3"],
        rules: &[
            "package_openldap-servers_removed",
            "service_slapd_disabled",
            "package_net-snmp_removed",
            "service_snmpd_disabled",
        ],
        title: "No list of people or machines is served from here",
        why: "Such lists are what somebody looks for first who wants to come further.",
        risk: Risk::None,
        scope: without![service("slapd", "slapd.service"), service("snmpd", "snmpd.service")],
    },
    Control {
        id: "services.desktop",
        serves: &["T2"],
        rules: &[
            "package_gdm_removed",
            "package_xorg-x11-server-common_removed",
            "dconf_gnome_banner_enabled",
            "dconf_gnome_disable_automount",
            "dconf_gnome_disable_automount_open",
            "dconf_gnome_disable_autorun",
            "dconf_gnome_disable_user_list",
            "dconf_gnome_login_banner_text",
            "dconf_gnome_screensaver_idle_delay",
            "dconf_gnome_screensaver_lock_delay",
            "dconf_gnome_screensaver_lock_enabled",
            "gnome_gdm_disable_xdmcp",
        ],
        title: "Nobody sits before this machine",
        why: "A desktop brings hundreds of programs, each with holes of its own.",
        risk: Risk::None,
        scope: without![service("gdm3", "gdm.service"), service("xserver-common", "display-manager.service")],
    },
    Control {
        id: "services.bluetooth",
        serves: &["T1"],
        rules: &["service_bluetooth_disabled"],
        title: "Nothing listens to radio signals from near",
        why: "A server has no headset.",
        risk: Risk::None,
        scope: |_, _| Scope::Wants(vec![Want::Masked("bluetooth.service")]),
    },
    Control {
        id: "services.prelink",
        serves: &["T1"],
        rules: &["disable_prelink", "package_prelink_removed"],
        title: "Programs stay as they were delivered",
        why: "A tool of former times changes them to start faster; nobody can then tell whether somebody else changed them.",
        risk: Risk::None,
        scope: without![leftover("prelink")],
    },
    Control {
        id: "services.tells-nobody",
        serves: &["I3", "T1"],
        rules: &[],
        title: "The machine tells its maker nothing about itself",
        why: "Some systems report what is installed, or fetch news for who signs in, and so tell every day that the machine is \
              there, and which.",
        risk: Risk::None,
        scope: |_, _| {
            let packages = ["popularity-contest", "ubuntu-report", "whoopsie"].map(Want::NoPackage);
            let units = ["motd-news.timer", "motd-news.service", "apt-news.service", "esm-cache.service"];
            Scope::Wants(packages.into_iter().chain(units.map(Want::Masked)).collect())
        },
    },
];

/// None of these packages. What runs, and what others need, a person decides about.
fn without(machine: &Machine, unwanted: &[Unwanted]) -> Scope {
    let there: Vec<_> = unwanted.iter().filter(|unwanted| is_installed(machine, unwanted.package)).collect();
    for Unwanted { package, unit } in &there {
        if unit.is_some_and(|unit| is_active(machine, unit)) {
            return Scope::Postponed(format!(
                "{package} runs on this machine. If you use it, better rent a second machine for it. If you do not know it, \
                 remove it: apt remove {package}"
            ));
        }
        match would_go_too(machine, package) {
            Ok(others) if others.is_empty() => {}
            Ok(others) => {
                return Scope::Postponed(format!(
                    "{package} should go, but others need it and would go too: {}. If you need none of them: apt remove {package}",
                    others.join(", ")
                ));
            }
            Err(trouble) => return Scope::Postponed(format!("{package} should go. {trouble}")),
        }
    }
    Scope::Wants(unwanted.iter().map(|unwanted| Want::NoPackage(unwanted.package)).collect())
}

fn mail(_: &crate::facts::Facts, machine: &Machine) -> Scope {
    let takes_mail = |socket: &Listening| {
        socket.transport == Transport::Tcp && socket.port == MAIL && !socket.ip.is_loopback()
    };
    if listening(machine).unwrap_or_default().iter().any(takes_mail) {
        return Scope::Postponed(
            "A program takes mail from the network (port 25). If you do not know why, find it by `ss -ltnp sport = 25` and \
             remove it; if it is only to send mail from here, let it listen on 127.0.0.1 alone."
                .to_owned(),
        );
    }
    without(machine, &[service("dovecot-core", "dovecot.service")])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apply::Outcome;
    use crate::bench::Bench;
    use crate::control::Verdict;

    fn named(id: &str) -> &'static Control {
        CONTROLS.iter().find(|control| control.id == id).unwrap()
    }

    #[test]
    fn a_machine_without_them_holds() {
        let bench = Bench::new();
        for control in CONTROLS {
            assert_eq!(bench.measure(control), Verdict::Holds, "{}", control.id);
        }
    }

    #[test]
    fn what_came_by_itself_goes_and_comes_again() {
        let bench = Bench::new();
        bench.install("avahi-daemon");
        assert!(matches!(bench.apply(named("services.neighbours")), Outcome::Done));
        assert!(bench.ran("apt-get remove --yes --quiet avahi-daemon"));
        assert_eq!(bench.measure(named("services.neighbours")), Verdict::Holds);
        bench.undo();
        assert!(bench.ran("apt-get install --yes --quiet avahi-daemon"));
    }

    #[test]
    fn what_others_need_stays_until_a_person_has_looked() {
        let bench = Bench::new();
        bench.install("rpcbind");
        bench.answers("apt-get --simulate remove rpcbind", 0, "Remv nfs-common [1]\nRemv rpcbind [1]\n");
        let outcome = bench.apply(named("services.shared-files"));
        assert!(matches!(outcome, Outcome::Left(why) if why.contains("nfs-common")));
        bench.answers("apt-get --simulate remove rpcbind", 100, "");
        assert!(
            matches!(bench.apply(named("services.shared-files")), Outcome::Left(_)),
            "a refusal is not a yes"
        );
        assert!(!bench.ran("apt-get remove --yes --quiet rpcbind"));
    }

    #[test]
    fn what_runs_stays_until_a_person_has_looked() {
        let bench = Bench::new();
        bench.install("nginx");
        bench.answers("systemctl is-active --quiet nginx.service", 0, "");
        assert!(
            matches!(bench.measure(named("services.pages")), Verdict::Postponed { why } if why.contains("nginx"))
        );
        bench.answers("systemctl is-active --quiet nginx.service", 3, "");
        assert!(matches!(bench.measure(named("services.pages")), Verdict::FallsShort { .. }));
    }

    #[test]
    fn mail_from_the_network_is_seen_and_that_of_this_machine_is_well() {
        let bench = Bench::new();
        let line = |address: &str, state: &str| {
            format!("   0: {address} 00000000:0000 {state} 00000000:00000000 00:00000000 0\n")
        };
        bench.write(
            "/proc/net/tcp",
            &[line("0100007F:0019", "0A"), line("00000000:0016", "0A"), line("00000000:0019", "01")].concat(),
        );
        assert_eq!(bench.measure(named("services.mail")), Verdict::Holds);
        bench.write("/proc/net/tcp6", &line("00000000000000000000000000000000:0019", "0A"));
        assert!(matches!(bench.measure(named("services.mail")), Verdict::Postponed { .. }));
    }
}
