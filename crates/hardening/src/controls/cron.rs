//! Tasks that run by themselves: only root sets them up.

use crate::control::{Control, Risk, Scope};
use crate::want::{Want, is_installed};

const ONLY_ROOT: &str = "root\n";

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "cron.runs",
        serves: &["T1"],
        rules: &["package_cron_installed", "service_cron_enabled"],
        title: "Tasks that the system set up for the night are carried out",
        why: "They clean up and check. Where they are set up but never run, nobody notices.",
        risk: Risk::None,
        scope: |_, machine| match is_installed(machine, "cron") {
            true => Scope::Wants(vec![Want::Active("cron.service")]),
            false => Scope::NotApplicable("cron is not here; systemd carries out what there is.".to_owned()),
        },
    },
    Control {
        id: "cron.files",
        serves: &["T1", "E1"],
        rules: &[
            "file_owner_crontab",
            "file_groupowner_crontab",
            "file_permissions_crontab",
            "file_owner_cron_hourly",
            "file_groupowner_cron_hourly",
            "file_permissions_cron_hourly",
            "file_owner_cron_daily",
            "file_groupowner_cron_daily",
            "file_permissions_cron_daily",
            "file_owner_cron_weekly",
            "file_groupowner_cron_weekly",
            "file_permissions_cron_weekly",
            "file_owner_cron_monthly",
            "file_groupowner_cron_monthly",
            "file_permissions_cron_monthly",
            "file_owner_cron_yearly",
            "file_groupowner_cron_yearly",
            "file_permissions_cron_yearly",
            "file_owner_cron_d",
            "file_groupowner_cron_d",
            "file_permissions_cron_d",
        ],
        title: "Nobody but root sees or changes what runs as root by itself",
        why: "A task that could be changed would be a way to become root; one that can be read tells when to try.",
        risk: Risk::None,
        scope: |_, _| {
            let folders = ["hourly", "daily", "weekly", "monthly", "yearly", "d"];
            let access = |path: String, mode| Want::Access { path, mode, uid: 0, gids: vec![0] };
            let folders = folders.iter().map(|name| access(format!("/etc/cron.{name}"), 0o700));
            Scope::Wants(folders.chain([access("/etc/crontab".to_owned(), 0o600)]).collect())
        },
    },
    Control {
        id: "cron.who",
        serves: &["T1", "E1"],
        rules: &[
            "file_cron_allow_exists",
            "file_cron_deny_not_exist",
            "file_owner_cron_allow",
            "file_groupowner_cron_allow",
            "file_permissions_cron_allow",
            "file_at_allow_exists",
            "file_owner_at_allow",
            "file_groupowner_at_allow",
            "file_permissions_at_allow",
            "file_owner_at_deny",
            "file_groupowner_at_deny",
            "file_permissions_at_deny",
        ],
        title: "Only root sets up tasks that run by themselves",
        why: "Who came in once could leave one, and be back every night. Tasks that people have already go on running.",
        risk: Risk::None,
        // Nobody but root can read the lists, so that nobody but root is allowed; what stands in them says the same.
        scope: |_, _| {
            let only_root = |path| Want::File { path, text: ONLY_ROOT.to_owned(), mode: 0o640 };
            let access =
                |path: &str| Want::Access { path: path.to_owned(), mode: 0o640, uid: 0, gids: vec![0] };
            Scope::Wants(vec![
                only_root("/etc/cron.allow"),
                access("/etc/cron.allow"),
                only_root("/etc/at.allow"),
                access("/etc/at.allow"),
                Want::Gone("/etc/cron.deny"),
                access("/etc/at.deny"),
            ])
        },
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::Bench;
    use crate::control::Verdict;
    use crate::machine::Place;

    #[test]
    fn each_is_brought_about_and_taken_back() {
        let bench = Bench::new();
        bench.install("cron");
        bench.write("/etc/crontab", "17 * * * * root cd / && run-parts --report /etc/cron.hourly\n");
        bench.write("/etc/cron.daily/apt-compat", "");
        bench.write("/etc/cron.deny", "");
        bench.write("/etc/at.allow", "ada\n");
        for control in CONTROLS {
            assert!(matches!(bench.measure(control), Verdict::FallsShort { .. }), "{}", control.id);
            bench.there_and_back(control);
        }
        bench.apply(&CONTROLS[1]);
        assert!(matches!(bench.machine.look("/etc/cron.daily").unwrap(), Place::Folder { mode: 0o700, .. }));
    }

    #[test]
    fn a_machine_without_cron_needs_none() {
        assert!(matches!(Bench::new().measure(&CONTROLS[0]), Verdict::NotApplicable { .. }));
    }
}
