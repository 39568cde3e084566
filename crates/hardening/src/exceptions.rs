//! What the benchmarks recommend and this product leaves: each with its reason. The audit shows this table, the outside judge
//! is tailored by it, and nothing else is left out.

use serde::Serialize;

use crate::benchmark::recommendation;
use crate::facts::System;

/// The most recommendations of a benchmark that may be left.
pub const MOST: usize = 60;

/// Something that is recommended, and why it is left.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Exception {
    /// Its name. Never used for anything else again.
    pub id: &'static str,
    /// How it is here, in a sentence.
    pub title: &'static str,
    /// Why, in plain words.
    pub why: &'static str,
    /// The judge's rules that are left.
    pub rules: &'static [&'static str],
    /// Rules about how to set up what is not there, which the judge itself holds not applicable then. They are left in what it
    /// is asked to judge.
    pub falls_away: &'static [&'static str],
}

/// An exception as it stands in one benchmark.
#[derive(Clone, PartialEq, Eq, Serialize, Debug)]
pub struct Stated {
    /// Its name.
    pub id: &'static str,
    /// How it is here.
    pub title: &'static str,
    /// Why.
    pub why: &'static str,
    /// Numbers of the recommendations that are left.
    pub numbers: Vec<&'static str>,
    /// The judge's rules for them.
    pub rules: Vec<&'static str>,
    /// Numbers of those that fall away with them.
    pub falls_away: Vec<&'static str>,
}

/// All of them.
pub const EXCEPTIONS: &[Exception] = &[
    Exception {
        id: "no-audit-trail",
        title: "No trail of who did what is kept on the disk",
        why: "The recommended service writes down every change that somebody makes to the machine, with time and name, and keeps it. This machine keeps nothing that outlives its next start, so that nobody can later take from it who was here and when. What administrators do stands in the journal, in memory, until then.",
        rules: &[
            "grub2_audit_argument",
            "grub2_audit_backlog_limit_argument",
            "package_audit-audispd-plugins_installed",
            "package_audit_installed",
            "partition_for_var_log_audit",
        ],
        falls_away: &[
            "mount_option_var_log_audit_nodev",
            "mount_option_var_log_audit_noexec",
            "mount_option_var_log_audit_nosuid",
            "audit_rules_continue_loading",
            "audit_rules_dac_modification_chmod",
            "audit_rules_dac_modification_chown",
            "audit_rules_dac_modification_fchmod",
            "audit_rules_dac_modification_fchmodat",
            "audit_rules_dac_modification_fchmodat2",
            "audit_rules_dac_modification_fchown",
            "audit_rules_dac_modification_fchownat",
            "audit_rules_dac_modification_fremovexattr",
            "audit_rules_dac_modification_fsetxattr",
            "audit_rules_dac_modification_lchown",
            "audit_rules_dac_modification_lremovexattr",
            "audit_rules_dac_modification_lsetxattr",
            "audit_rules_dac_modification_removexattr",
            "audit_rules_dac_modification_setxattr",
            "audit_rules_execution_chacl",
            "audit_rules_execution_chcon",
            "audit_rules_execution_setfacl",
            "audit_rules_file_deletion_events_rename",
            "audit_rules_file_deletion_events_renameat",
            "audit_rules_file_deletion_events_renameat2",
            "audit_rules_file_deletion_events_unlink",
            "audit_rules_file_deletion_events_unlinkat",
            "audit_rules_immutable",
            "audit_rules_kernel_module_loading_create",
            "audit_rules_kernel_module_loading_delete",
            "audit_rules_kernel_module_loading_finit",
            "audit_rules_kernel_module_loading_init",
            "audit_rules_kernel_module_loading_query",
            "audit_rules_login_events_faillock",
            "audit_rules_login_events_lastlog",
            "audit_rules_mac_modification_etc_apparmor",
            "audit_rules_mac_modification_etc_apparmor_d",
            "audit_rules_media_export",
            "audit_rules_networkconfig_modification",
            "audit_rules_networkconfig_modification_etc_hosts",
            "audit_rules_networkconfig_modification_etc_issue",
            "audit_rules_networkconfig_modification_etc_issue_net",
            "audit_rules_networkconfig_modification_hostname_file",
            "audit_rules_networkconfig_modification_networkmanager",
            "audit_rules_networkconfig_modification_setdomainname",
            "audit_rules_networkconfig_modification_sethostname",
            "audit_rules_privileged_commands",
            "audit_rules_privileged_commands_kmod",
            "audit_rules_privileged_commands_usermod",
            "audit_rules_session_events",
            "audit_rules_suid_auid_privilege_function",
            "audit_rules_sysadmin_actions",
            "audit_rules_time_adjtimex",
            "audit_rules_time_clock_settime",
            "audit_rules_time_settimeofday",
            "audit_rules_time_watch_localtime",
            "audit_rules_unsuccessful_file_modification_creat",
            "audit_rules_unsuccessful_file_modification_ftruncate",
            "audit_rules_unsuccessful_file_modification_open",
            "audit_rules_unsuccessful_file_modification_openat",
            "audit_rules_unsuccessful_file_modification_truncate",
            "audit_rules_usergroup_modification_group",
            "audit_rules_usergroup_modification_gshadow",
            "audit_rules_usergroup_modification_nsswitch_conf",
            "audit_rules_usergroup_modification_opasswd",
            "audit_rules_usergroup_modification_pam_conf",
            "audit_rules_usergroup_modification_pamd",
            "audit_rules_usergroup_modification_passwd",
            "audit_rules_usergroup_modification_shadow",
            "audit_sudo_log_events",
            "auditd_data_disk_error_action",
            "auditd_data_disk_full_action",
            "auditd_data_retention_action_mail_acct",
            "auditd_data_retention_admin_space_left_action",
            "auditd_data_retention_max_log_file",
            "auditd_data_retention_max_log_file_action",
            "auditd_data_retention_space_left_action",
            "file_groupownership_audit_binaries",
            "file_groupownership_audit_configuration",
            "file_ownership_audit_binaries",
            "file_ownership_audit_configuration",
            "file_permissions_audit_binaries",
            "file_permissions_etc_audit_auditd",
            "file_permissions_etc_audit_rules",
            "file_permissions_etc_audit_rulesd",
            "service_auditd_enabled",
            "zipl_audit_argument",
            "zipl_audit_backlog_limit_argument",
        ],
    },
    Exception {
        id: "no-file-fingerprints",
        title: "No list of fingerprints of all files is kept and compared",
        why: "Every security update changes hundreds of files, and somebody who knows the system would have to read the list of differences every day. Updates install themselves here, and the weekly audit compares what matters with how it should be, in plain words.",
        rules: &["aide_build_database", "aide_check_audit_tools", "package_aide_installed"],
        falls_away: &["aide_periodic_checking_systemd_timer", "aide_periodic_cron_checking"],
    },
    Exception {
        id: "no-kept-journal",
        title: "The journal is not kept on the disk",
        why: "A journal that is kept is a log. This one lives in memory until the next start: long enough to find out why something does not work.",
        rules: &["journald_storage"],
        falls_away: &[],
    },
    Exception {
        id: "no-second-journal",
        title: "There is no second service of logs beside the journal",
        why: "Its only purpose is to write to the disk, or to another machine, what the journal keeps in memory.",
        rules: &[
            "journald_forward_to_syslog",
            "package_rsyslog-gnutls_installed",
            "package_rsyslog_installed",
            "rsyslog_filecreatemode",
            "rsyslog_remote_tls",
            "service_rsyslog_enabled",
        ],
        falls_away: &[],
    },
    Exception {
        id: "no-logs-sent-away",
        title: "Logs are not sent to another machine",
        why: "A small organisation has no second machine for that, and a company that offers one would be a third party who learns who administers this server and when.",
        rules: &[
            "package_systemd-journal-remote_installed",
            "systemd_journal_upload_server_tls",
            "systemd_journal_upload_url",
        ],
        falls_away: &["service_systemd-journal-upload_enabled"],
    },
    Exception {
        id: "no-log-of-sudo",
        title: "Sudo keeps no file of its own",
        why: "It tells the journal what it runs, and for whom; that is in memory until the next start.",
        rules: &["sudo_custom_logfile"],
        falls_away: &[],
    },
    Exception {
        id: "no-boot-password",
        title: "No password is asked before the machine starts",
        why: "A rented machine starts by itself, at night, after an update, with nobody at a keyboard. Whoever can reach that keyboard is the company that owns the machine, and could take out the disk as well.",
        rules: &["grub2_password", "grub2_uefi_password"],
        falls_away: &[],
    },
    Exception {
        id: "no-log-of-strangers",
        title: "The kernel writes down no packet with an impossible sender",
        why: "Such packets are dropped. Writing them down would put addresses into a log, and on this machine no address is written down.",
        rules: &["sysctl_net_ipv4_conf_all_log_martians", "sysctl_net_ipv4_conf_default_log_martians"],
        falls_away: &[],
    },
    Exception {
        id: "one-list-of-ssh",
        title: "What sshd speaks is a list that others maintain for ssh alone, ssh-audit's",
        why: "That list and the benchmark's differ by two names. One is another name of a way to agree on a key that the benchmark allows too, and that quantum computers are not known to break. The other is a check of what arrives (UMAC, with 128 bits, after encryption), as strong as those that the benchmark allows. What was found against checks of that kind in 2023 (Terrapin) is answered by the strict exchange of keys, which every system here has, and which the list demands.",
        rules: &["sshd_use_strong_kex", "sshd_use_strong_macs"],
        falls_away: &[],
    },
    Exception {
        id: "one-firewall",
        title: "There is one firewall, and it is none of the other two",
        why: "The benchmark describes several programs that set up the same firewall of the kernel, and asks for one alone. Here it is nftables, without another program in front of it.",
        rules: &["package_iptables_installed", "package_ufw_installed"],
        falls_away: &[
            "check_ufw_active",
            "ip6tables_rules_for_open_ports",
            "iptables_rules_for_open_ports",
            "package_iptables-persistent_installed",
            "package_iptables-persistent_removed",
            "service_nftables_disabled",
            "service_ufw_enabled",
            "set_ip6tables_default_rule",
            "set_iptables_default_rule",
            "set_ipv6_loopback_traffic",
            "set_loopback_traffic",
            "set_ufw_default_rule",
            "set_ufw_loopback_traffic",
            "ufw_default_incoming_rule",
            "ufw_default_outgoing_rule",
            "ufw_disabled_routed",
            "ufw_rules_for_open_ports",
        ],
    },
    Exception {
        id: "one-clock",
        title: "The clock is set by the program that the system comes with",
        why: "The benchmark describes two programs and asks for one alone. Here it is the smaller one, which can only ask for the time and never tells it.",
        rules: &["package_chrony_installed"],
        falls_away: &["chronyd_configure_pool_and_server"],
    },
    Exception {
        id: "no-end-of-accounts",
        title: "An account is not closed for good because its password grew old",
        why: "Who did not sign in for a year and six weeks would then be kept out for ever, even with the right key, and nobody else could let them in: this machine may have one administrator alone.",
        rules: &["account_disable_post_pw_expiration"],
        falls_away: &[],
    },
];

fn numbers(rules: &[&'static str], system: System) -> Vec<&'static str> {
    let mut numbers: Vec<_> = rules
        .iter()
        .filter_map(|rule| recommendation(rule, system))
        .flat_map(|there| there.numbers.iter().copied())
        .collect();
    numbers
        .sort_by_key(|number| number.split('.').map(|part| part.parse().unwrap_or(0)).collect::<Vec<u8>>());
    numbers.dedup();
    numbers
}

/// The exceptions that say anything about a system, with the numbers of its benchmark. As JSON it is the table for machines.
#[must_use]
pub fn on(system: System) -> Vec<Stated> {
    let stated = EXCEPTIONS.iter().map(|exception| Stated {
        id: exception.id,
        title: exception.title,
        why: exception.why,
        numbers: numbers(exception.rules, system),
        rules: exception
            .rules
            .iter()
            .copied()
            .filter(|rule| recommendation(rule, system).is_some())
            .collect(),
        falls_away: numbers(exception.falls_away, system),
    });
    stated.filter(|stated| !stated.rules.is_empty()).collect()
}

/// How many recommendations of the benchmark of a system are left, and how many more fall away with them.
#[must_use]
pub fn count(system: System) -> (usize, usize) {
    let left: Vec<_> = EXCEPTIONS.iter().flat_map(|exception| exception.rules).copied().collect();
    let away: Vec<_> = EXCEPTIONS.iter().flat_map(|exception| exception.falls_away).copied().collect();
    let left = numbers(&left, system);
    let away = numbers(&away, system).into_iter().filter(|number| !left.contains(number)).count();
    (left.len(), away)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::benchmark;

    const SYSTEMS: [System; 4] = [System::Debian12, System::Debian13, System::Ubuntu2204, System::Ubuntu2404];

    #[test]
    fn every_rule_is_named_once_by_a_control_or_an_exception() {
        let controls = crate::family::all().into_iter().flatten();
        let mut named: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for control in controls {
            for rule in control.rules {
                named.entry(rule).or_default().push(control.id);
            }
        }
        for exception in EXCEPTIONS {
            for rule in exception.rules.iter().chain(exception.falls_away) {
                named.entry(rule).or_default().push(exception.id);
            }
        }
        let known: Vec<_> = benchmark::rules().iter().map(|rule| rule.name).collect();
        let strange: Vec<_> = named.keys().filter(|rule| !known.contains(rule)).collect();
        assert!(strange.is_empty(), "no such rules: {strange:?}");
        let twice: Vec<_> = named.iter().filter(|(_, by)| by.len() > 1).collect();
        assert!(twice.is_empty(), "named more than once: {twice:#?}");
        let open: Vec<_> = known.iter().filter(|rule| !named.contains_key(**rule)).collect();
        assert!(open.is_empty(), "named by nobody: {open:#?}");
    }

    #[test]
    fn few_recommendations_are_left() {
        // What the documents say.
        let said = [(22, 49), (25, 57), (18, 49), (22, 49)];
        assert_eq!(SYSTEMS.map(count), said);
        assert!(said.iter().all(|(left, _)| *left <= MOST));
    }

    #[test]
    fn an_exception_names_only_what_the_benchmark_has() {
        let rules = |system| on(system).into_iter().flat_map(|stated| stated.rules).collect::<Vec<_>>();
        assert!(rules(System::Debian12).contains(&"grub2_password"));
        // A rule that the profile does not have would be refused by the judge.
        assert!(!rules(System::Ubuntu2204).contains(&"package_rsyslog_installed"));
    }

    #[test]
    fn reasons_are_whole_sentences() {
        for exception in EXCEPTIONS {
            assert!(exception.why.ends_with('.') && !exception.title.ends_with('.'), "{}", exception.id);
        }
    }

    #[test]
    fn as_json_it_says_numbers_and_reasons() {
        let json = serde_json::to_value(on(System::Debian13)).unwrap();
        let boot = json.as_array().unwrap().iter().find(|one| one["id"] == "no-boot-password").unwrap();
        assert_eq!(boot["numbers"], serde_json::json!(["1.4.1"]));
        assert!(boot["why"].as_str().unwrap().contains("starts by itself"));
    }
}
