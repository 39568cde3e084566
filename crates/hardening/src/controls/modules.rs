//! Kernel modules: what no server for meetings needs cannot be loaded, so that a hole in it is none here.

use crate::control::{Control, Risk, Scope};
use crate::edit::Syntax;
use crate::facts::Facts;
use crate::machine::Machine;
use crate::want::{MODPROBE_FILE, Want};

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "modules.old-disks",
        serves: &["T1", "E1"],
        rules: &[
            "kernel_module_cramfs_disabled",
            "kernel_module_freevxfs_disabled",
            "kernel_module_hfs_disabled",
            "kernel_module_hfsplus_disabled",
            "kernel_module_jffs2_disabled",
        ],
        title: "Kinds of disks that this machine will never see cannot be read",
        why: "Code that reads them is old and little looked after. A disk that was made for it could break into the kernel.",
        risk: Risk::None,
        scope: |facts, machine| without(facts, machine, &["cramfs", "freevxfs", "hfs", "hfsplus", "jffs2"]),
    },
    Control {
        id: "modules.discs",
        serves: &["T2", "E1"],
        rules: &["kernel_module_udf_disabled"],
        title: "Discs in the format of films cannot be read",
        why: "A server has no use for them, and code that is not there has no holes.",
        risk: Risk::None,
        scope: discs,
    },
    Control {
        id: "modules.layers",
        serves: &["T2", "E1"],
        rules: &["kernel_module_overlayfs_disabled"],
        title: "Folders cannot be laid over each other",
        why: "Only containers need that, and it was a way to become root several times.",
        risk: Risk::None,
        scope: |facts, machine| without(facts, machine, &["overlay"]),
    },
    Control {
        id: "modules.snaps",
        serves: &["T2", "E1"],
        rules: &["kernel_module_squashfs_disabled"],
        title: "Packed disks, as snaps are, cannot be read",
        why: "A server without snaps has no use for them.",
        risk: Risk::None,
        scope: |facts, machine| without(facts, machine, &["squashfs"]),
    },
    Control {
        id: "modules.plugged-in",
        serves: &["T1", "E1"],
        rules: &["kernel_module_usb-storage_disabled", "kernel_module_firewire-core_disabled"],
        title: "Disks that somebody plugs in are not read",
        why: "Whoever stands before the machine, or at the provider's virtual one, could bring in or carry out files.",
        risk: Risk::None,
        scope: |facts, machine| without(facts, machine, &["usb-storage", "firewire-core"]),
    },
    Control {
        id: "modules.rare-networks",
        serves: &["T2", "D2", "E1"],
        rules: &[
            "kernel_module_dccp_disabled",
            "kernel_module_rds_disabled",
            "kernel_module_sctp_disabled",
            "kernel_module_tipc_disabled",
            "kernel_module_atm_disabled",
            "kernel_module_can_disabled",
        ],
        title: "Rare kinds of networks are not spoken",
        why: "Any program may ask the kernel for them, and their code was the way to root many times. Meetings need none of them.",
        risk: Risk::None,
        scope: |facts, machine| without(facts, machine, &["dccp", "rds", "sctp", "tipc", "atm", "can"]),
    },
    Control {
        id: "modules.radio",
        serves: &["T1"],
        rules: &["wireless_disable_interfaces"],
        title: "No radio network reaches this machine",
        why: "Who is near enough could try to come in by it, beside the firewall of the provider.",
        risk: Risk::None,
        scope: radio,
    },
];

/// None of these modules. Those in use stay, and with them all of the control, until a person has looked.
fn without(facts: &Facts, machine: &Machine, names: &[&'static str]) -> Scope {
    if facts.is_container {
        // What is loaded is the business of the machine around it.
        let lines = |name: &&str| [format!("install {name} /bin/true"), format!("blacklist {name}")];
        let setting =
            |key| Want::Setting { path: MODPROBE_FILE, syntax: Syntax::Line, key, value: String::new() };
        return Scope::Wants(names.iter().flat_map(lines).map(setting).collect());
    }
    let used: Vec<_> = names.iter().filter(|name| is_in_use(machine, name)).copied().collect();
    if used.is_empty() {
        return Scope::Wants(names.iter().copied().map(Want::NoModule).collect());
    }
    Scope::Postponed(format!(
        "This part of the kernel is in use on this machine: {}. {} If you do not need what uses it, remove that, start the \
         machine anew and do this again.",
        used.join(", "),
        match used[0] {
            "overlay" => "Containers (Docker, Podman, LXD) need it.",
            "squashfs" => "Snaps need it, which Ubuntu has from the start.",
            _ => "A program has it open.",
        }
    ))
}

/// Whether something is mounted by it, or something has it open (`/proc/modules`, the third word).
fn is_in_use(machine: &Machine, name: &str) -> bool {
    let mounts = machine.read("/proc/self/mounts").unwrap_or_default();
    let modules = machine.read("/proc/modules").unwrap_or_default();
    mounts.lines().any(|line| line.split(' ').nth(2) == Some(name))
        || modules.lines().any(|line| users_of(line, name).is_some_and(|users| users > 0))
}

fn users_of(line: &str, name: &str) -> Option<u32> {
    let mut words = line.split(' ');
    (words.next()? == name.replace('-', "_")).then(|| words.nth(1)?.parse().ok()).flatten()
}

fn discs(facts: &Facts, machine: &Machine) -> Scope {
    let maker = machine.read("/sys/class/dmi/id/sys_vendor").unwrap_or_default();
    if maker.trim() == "Microsoft Corporation" {
        return Scope::NotApplicable(
            "This machine is rented from Microsoft, who tell it its name and keys by such a disc when it starts.".to_owned(),
        );
    }
    without(facts, machine, &["udf"])
}

fn radio(_: &Facts, machine: &Machine) -> Scope {
    let is_up = |name: &String| {
        let flags = machine.read(&format!("/sys/class/net/{name}/flags")).unwrap_or_default();
        let flags = u32::from_str_radix(flags.trim().trim_start_matches("0x"), 16).unwrap_or_default();
        // IFF_UP of netdevice(7).
        flags & 1 == 1
    };
    let names: Vec<_> = machine
        .list("/sys/class/net")
        .into_iter()
        .filter(|name| name.starts_with("wl"))
        .filter(is_up)
        .collect();
    if names.is_empty() {
        return Scope::Wants(Vec::new());
    }
    Scope::Postponed(format!(
        "A radio network is on: {}. If this machine is in the internet by a cable, switch the radio off where its network is \
         set up. If it has no cable, give it one first: meetings need it.",
        names.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::Bench;
    use crate::control::Verdict;
    use proptest::prelude::*;

    fn named(id: &str) -> &'static Control {
        CONTROLS.iter().find(|control| control.id == id).unwrap()
    }

    #[test]
    fn each_is_brought_about_and_taken_back() {
        for is_container in [false, true] {
            let mut bench = Bench::new();
            bench.facts.is_container = is_container;
            bench.write("/proc/modules", "ext4 1 1 - Live 0x0\n");
            for control in CONTROLS {
                bench.there_and_back(control);
            }
            bench.apply(named("modules.plugged-in"));
            let text = bench.read(MODPROBE_FILE);
            assert!(text.contains("install usb-storage /bin/true\nblacklist usb-storage\n"), "{text}");
        }
    }

    #[test]
    fn what_is_in_use_stays() {
        let bench = Bench::new();
        bench.write("/proc/modules", "usb_storage 77824 1 uas, Live 0x0\n");
        bench.write("/proc/self/mounts", "overlay /var/lib/docker/overlay2/x/merged overlay rw 0 0\n/dev/loop0 /snap/core/1 squashfs ro 0 0\n");
        for id in ["modules.plugged-in", "modules.layers", "modules.snaps"] {
            assert!(matches!(bench.measure(named(id)), Verdict::Postponed { .. }), "{id}");
            bench.apply(named(id));
        }
        assert_eq!(bench.read(MODPROBE_FILE), "");
        bench.write("/proc/modules", "usb_storage 77824 0 - Live 0x0\n");
        bench.apply(named("modules.plugged-in"));
        assert!(bench.ran("modprobe --remove usb-storage"));
    }

    #[test]
    fn microsofts_machines_keep_their_disc() {
        let bench = Bench::new();
        bench.write("/sys/class/dmi/id/sys_vendor", "Microsoft Corporation\n");
        assert!(matches!(bench.measure(named("modules.discs")), Verdict::NotApplicable { .. }));
    }

    #[test]
    fn a_radio_that_is_on_is_left_for_a_person() {
        let bench = Bench::new();
        bench.write("/sys/class/net/wlp2s0/flags", "0x1002\n");
        assert_eq!(bench.measure(named("modules.radio")), Verdict::Holds);
        bench.write("/sys/class/net/wlp2s0/flags", "0x1003\n");
        assert!(matches!(bench.measure(named("modules.radio")), Verdict::Postponed { .. }));
    }

    proptest! {
        #[test]
        fn a_strange_line_of_modules_is_none(line in "(usb_storage|x)?[ 0-9a-z-]{0,20}\\PC{0,10}") {
            if users_of(&line, "usb-storage").is_some() {
                prop_assert!(line.starts_with("usb_storage "));
                prop_assert!(line.split(' ').nth(2).unwrap().parse::<u32>().is_ok());
            }
        }
    }
}
