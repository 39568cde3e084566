//! The benchmarks: which recommendation of each a rule of the outside judge stands for.

use std::sync::LazyLock;

use crate::facts::System;

/// Every rule of the judge's Level 2 server profiles, by name.
static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    // It is a part of this program, and a test reads it.
    parse(include_str!("benchmarks.tsv")).expect("benchmarks.tsv is as it was tested")
});

const SYSTEMS: [System; 4] = [System::Debian12, System::Debian13, System::Ubuntu2204, System::Ubuntu2404];

/// A rule of the judge, and what it stands for in each benchmark.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rule {
    /// As the ComplianceAsCode project names it.
    pub name: &'static str,
    /// In the order of [`SYSTEMS`]; none where the profile does not have it.
    at: [Option<Recommendation>; 4],
}

/// Where a benchmark recommends it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Recommendation {
    /// In the profile of Level 1 already, or in that of Level 2 only.
    pub level: u8,
    /// Its numbers, of which there may be two.
    pub numbers: Vec<&'static str>,
}

/// All rules, sorted by name.
#[must_use]
pub fn rules() -> &'static [Rule] {
    &RULES
}

/// What a rule stands for in the benchmark of a system; none where that does not have it.
#[must_use]
pub fn recommendation(rule: &str, system: System) -> Option<&'static Recommendation> {
    let at = RULES.binary_search_by(|known| known.name.cmp(rule)).ok()?;
    RULES[at].on(system)
}

impl Rule {
    /// What it stands for in the benchmark of a system.
    #[must_use]
    pub fn on(&self, system: System) -> Option<&Recommendation> {
        let column = SYSTEMS.iter().position(|known| *known == system)?;
        self.at[column].as_ref()
    }
}

/// Reads the table: comments, a head, then a line for each rule, sorted.
fn parse(text: &'static str) -> Result<Vec<Rule>, String> {
    let mut lines = text.lines().enumerate().filter(|(_, line)| !line.starts_with('#'));
    if lines.next().map(|(_, head)| head) != Some("rule\tdebian12\tdebian13\tubuntu2204\tubuntu2404") {
        return Err("the head is not as expected".to_owned());
    }
    let mut rules: Vec<Rule> = Vec::new();
    for (at, line) in lines {
        let rule = parse_rule(line).ok_or_else(|| format!("line {} is not as expected", at + 1))?;
        if rules.last().is_some_and(|before| before.name >= rule.name) {
            return Err(format!("line {} is out of order", at + 1));
        }
        rules.push(rule);
    }
    Ok(rules)
}

fn parse_rule(line: &'static str) -> Option<Rule> {
    let cells: Vec<_> = line.split('\t').collect();
    let [name, debian12, debian13, ubuntu2204, ubuntu2404] = cells[..] else { return None };
    let is_name = |name: &str| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    if name.is_empty() || !is_name(name) {
        return None;
    }
    Some(Rule { name, at: [cell(debian12)?, cell(debian13)?, cell(ubuntu2204)?, cell(ubuntu2404)?] })
}

/// The outer `Option` says whether it can be read, the inner one whether something is there.
#[expect(clippy::option_option, reason = "what cannot be read is not the same as what is not there")]
fn cell(text: &'static str) -> Option<Option<Recommendation>> {
    if text == "-" {
        return Some(None);
    }
    let mut words = text.split(' ');
    let level = words.next().and_then(|level| level.parse().ok()).filter(|level| (1..=2).contains(level))?;
    let numbers: Vec<_> = words.collect();
    let is_number = |number: &&str| {
        number.split('.').count() > 1 && number.split('.').all(|part| part.parse::<u8>().is_ok())
    };
    (!numbers.is_empty() && numbers.iter().all(is_number)).then_some(Some(Recommendation { level, numbers }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read_and_answers_for_each_system() {
        let rules = parse(include_str!("benchmarks.tsv")).unwrap();
        assert_eq!(rules.len(), 553);
        for (system, level1, both) in [
            (System::Debian12, 403, 507),
            (System::Debian13, 403, 519),
            (System::Ubuntu2204, 398, 500),
            (System::Ubuntu2404, 408, 510),
        ] {
            let of = |most: u8| {
                rules.iter().filter(|rule| rule.on(system).is_some_and(|there| there.level <= most)).count()
            };
            assert_eq!((of(1), of(2)), (level1, both), "{system:?}");
        }
        let tmout = recommendation("accounts_tmout", System::Debian13).unwrap();
        assert_eq!((tmout.level, &tmout.numbers[..]), (1, &["5.4.3.2"][..]));
        assert_eq!(recommendation("package_ufw_removed", System::Debian13), None);
        assert_eq!(recommendation("package_ufw_removed", System::Debian12).unwrap().numbers.len(), 2);
        assert_eq!(recommendation("no such rule", System::Debian12), None);
    }

    #[test]
    fn a_table_that_is_not_as_it_should_be_is_refused() {
        const HEAD: &str = "rule\tdebian12\tdebian13\tubuntu2204\tubuntu2404\n";
        for (line, why) in [
            ("a\t1 1.1\t-\t-\t-\na\t1 1.1\t-\t-\t-", "out of order"),
            ("a\t1 1.1\t-\t-", "not as expected"),
            ("a\t3 1.1\t-\t-\t-", "not as expected"),
            ("a\t1\t-\t-\t-", "not as expected"),
            ("a\t1 1.x\t-\t-\t-", "not as expected"),
            ("a b\t1 1.1\t-\t-\t-", "not as expected"),
        ] {
            let text: &'static str = format!("{HEAD}{line}\n").leak();
            assert!(parse(text).is_err_and(|error| error.contains(why)), "{line}");
        }
        assert!(parse("").is_err());
    }
}
