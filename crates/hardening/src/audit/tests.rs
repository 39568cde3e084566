//! Reports of machines that never were.

use super::threats::State;
use super::*;

fn audit(verdicts: &[Verdict]) -> Audit {
    let controls: Vec<_> = verdicts
        .iter()
        .map(|verdict| Measured {
            id: "test.one",
            title: "A <title>",
            why: "Because \"so\"",
            serves: &["T3"],
            rules: &[],
            verdict: verdict.clone(),
        })
        .collect();
    Audit {
        taken: 0,
        benchmark: "a benchmark",
        as_root: true,
        threats: threats::judge(&controls),
        controls,
        exceptions: exceptions::on(crate::facts::System::Debian12),
    }
}

fn short(found: &str) -> Verdict {
    Verdict::FallsShort { found: vec![found.to_owned()] }
}

fn state(audit: &Audit) -> State {
    audit.threats.iter().find(|threat| threat.id == "T3").unwrap().state
}

#[test]
fn a_row_stands_as_the_worst_that_serves_it() {
    let why = || "w".to_owned();
    assert_eq!(state(&audit(&[])), State::Elsewhere);
    assert_eq!(state(&audit(&[Verdict::NotApplicable { why: why() }])), State::Elsewhere);
    assert_eq!(state(&audit(&[Verdict::Holds, Verdict::NotApplicable { why: why() }])), State::Holds);
    assert_eq!(state(&audit(&[Verdict::Holds, Verdict::Unknown { why: why() }])), State::Open);
    assert_eq!(
        state(&audit(&[Verdict::Postponed { why: why() }, short("x"), Verdict::Holds])),
        State::FallsShort
    );
}

#[test]
fn the_sentence_counts() {
    assert_eq!(audit(&[Verdict::Holds, Verdict::Holds]).sentence(), "All 2 points hold.");
    assert_eq!(audit(&[Verdict::Holds, short("x")]).sentence(), "1 of 2 points hold; 1 falls short.");
    assert!(!audit(&[short("x")]).holds());
}

#[test]
fn the_page_escapes_what_was_found_and_asks_for_nothing() {
    let page = audit(&[short("a <script src=\"https://x\"> & more")]).html();
    assert!(page.contains("a &lt;script src=&quot;https://x&quot;&gt; &amp; more"));
    for part in ["<script", "<link", "<img", "url(", "@import"] {
        assert!(!page.contains(part), "{part}");
    }
}

#[test]
fn the_text_says_what_does_not_hold_and_what_to_do() {
    let text = audit(&[Verdict::Holds, short("the door is open")]).text();
    assert!(text.contains(
        "\nA <title> (test.one): falls short\n  the door is open\n  sudo incamera harden puts this right"
    ));
    assert_eq!(text.matches("test.one").count(), 1, "what holds is only counted");
}
