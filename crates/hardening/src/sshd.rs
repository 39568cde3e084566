//! sshd as it would treat somebody who comes from afar: in its own words, with all files and defaults that it has.

use crate::machine::Machine;
use crate::want::Trouble;

/// All its settings, by their names in lower case.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct Sshd(Vec<(String, String)>);

impl Sshd {
    /// Reads what `sshd -T` prints.
    fn parse(printed: &str) -> Self {
        let lines = printed.lines().filter_map(|line| line.split_once(' '));
        Self(lines.map(|(key, value)| (key.to_ascii_lowercase(), value.trim().to_owned())).collect())
    }

    /// The value of a setting; of one that is said several times, all of them, each once, with a blank between.
    pub(crate) fn get(&self, key: &str) -> String {
        let mut values: Vec<&str> = Vec::new();
        for (name, value) in &self.0 {
            if name.eq_ignore_ascii_case(key) && !values.contains(&value.as_str()) {
                values.push(value);
            }
        }
        values.join(" ")
    }

    /// The ports that it listens on.
    pub(crate) fn ports(&self) -> Vec<u16> {
        self.get("port").split(' ').filter_map(|port| port.parse().ok()).collect()
    }
}

/// The ports on which ssh is to be reached; none where sshd does not tell.
#[must_use]
pub fn ports(machine: &Machine) -> Vec<u16> {
    sshd(machine).map_or_else(|_| Vec::new(), |sshd| sshd.ports())
}

/// Asks it, for root from an address of the documentation (RFC 5737).
///
/// # Errors
///
/// It is not there, or does not accept its own files.
pub(crate) fn sshd(machine: &Machine) -> Result<Sshd, Trouble> {
    let ended = machine
        .run(&["sshd", "-T", "-C", "user=root,host=afar.example,addr=192.0.2.1"])
        .map_err(|error| Trouble::Program(format!("sshd cannot be run: {error}")))?;
    if !ended.is_well() {
        let why = ended.complained.trim();
        // Where systemd listens in its place, as on Ubuntu 24.04, its folder comes with the first who signs in.
        if why.contains("/run/sshd") {
            return Err(Trouble::Program(
                "sshd has not run since the machine was started. Come in by ssh once, and begin again"
                    .to_owned(),
            ));
        }
        return Err(Trouble::Program(format!("sshd does not accept its own configuration: {why}")));
    }
    Ok(Sshd::parse(&ended.printed))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_said_several_times_is_told_together() {
        let sshd = Sshd::parse(
            "port 22\nport 2222\nusepam yes\nallowusers anna\nallowusers root\nallowusers anna\nbanner none\n",
        );
        assert_eq!(sshd.ports(), [22, 2222]);
        assert_eq!(sshd.get("AllowUsers"), "anna root");
        assert_eq!(sshd.get("nothing"), "");
    }

    proptest! {
        #[test]
        fn a_setting_is_all_that_sshd_says_of_it_and_nothing_else_t4(
            lines in prop::collection::vec(("port|banner|allowusers|[a-z]{1,4}", "[!-~]{1,6}"), 0..12),
            noise in "([!-~]{1,6}\n){0,3}",
        ) {
            let printed: String = lines.iter().map(|(key, value)| format!("{key} {value}\n")).collect();
            // A word alone says nothing of anything.
            let sshd = Sshd::parse(&format!("{noise}{printed}{noise}"));
            for (key, _) in &lines {
                let mut wanted: Vec<&str> = Vec::new();
                for (_, value) in lines.iter().filter(|(is, _)| is == key) {
                    if !wanted.contains(&value.as_str()) {
                        wanted.push(value);
                    }
                }
                prop_assert_eq!(sshd.get(key), wanted.join(" "));
                prop_assert_eq!(sshd.get(&key.to_uppercase()), wanted.join(" "));
            }
        }

        #[test]
        fn no_text_makes_it_panic_and_no_port_is_made_up(text in "(port |\\PC|[\n\t ]){0,60}") {
            for port in Sshd::parse(&text).ports() {
                prop_assert!(text.contains(&port.to_string()));
            }
        }
    }
}
