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
            seen: Some("all of <it>".to_owned()),
            what_to_do: "do this",
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
    assert_eq!(state(&audit(&[])), State::NotApplicable);
    assert_eq!(state(&audit(&[Verdict::NotApplicable { why: why() }])), State::NotApplicable);
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
    assert!(text.contains("\nA <title> (test.one): falls short\n  the door is open\n  do this\n"));
    assert_eq!(text.matches("test.one").count(), 1, "what holds is only counted");
}

#[test]
fn every_row_of_the_threat_model_is_there_in_its_order_b4() {
    let numbered = |letter: char, count: u8| (1..=count).map(move |number| format!("{letter}{number}"));
    let all = [('S', 3), ('T', 6), ('R', 1), ('I', 3), ('D', 2), ('E', 1), ('K', 8), ('B', 9)];
    let all: Vec<_> = all.into_iter().flat_map(|(letter, count)| numbered(letter, count)).collect();
    let audit = audit(&[]);
    assert_eq!(audit.threats.iter().map(|threat| threat.id).collect::<Vec<_>>(), all);
    let text = audit.text();
    let page = audit.html();
    for threat in &audit.threats {
        assert!(text.contains(&format!("\n{:<4}", threat.id)) && page.contains(&format!("({})", threat.id)));
    }
}

#[test]
fn what_proves_a_row_elsewhere_is_there_and_names_the_row_b4() {
    let top = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for threat in &audit(&[]).threats {
        let proofs = threat.proven_by.iter().map(|file| std::fs::read_to_string(top.join(file)).expect(file));
        let names = |text: &String| text.contains(threat.id) || text.contains(&threat.id.to_lowercase());
        let proofs: Vec<_> = proofs.collect();
        assert!(proofs.is_empty() || proofs.iter().any(names), "{} is not proven by what it says", threat.id);
        assert_eq!(threat.state == State::Elsewhere, !proofs.is_empty(), "{}", threat.id);
    }
    let page = audit(&[]).html();
    assert!(
        page.contains("Tests of the program prove it: <code>crates/server/tests/server/accounts.rs</code>")
    );
}

#[test]
fn what_nothing_protects_against_is_said_and_what_tests_prove_can_fall_short_here_b4() {
    let state = |serves, verdict: Verdict| {
        let mut measured = audit(&[verdict]).controls;
        measured[0].serves = serves;
        threats::judge(&measured)
    };
    let of = |threats: &[Threat], id| threats.iter().find(|threat| threat.id == id).unwrap().state;
    let threats = state(&["K2"], short("x"));
    assert_eq!(of(&threats, "K1"), State::OutOfScope);
    assert_eq!(of(&threats, "K2"), State::FallsShort);
    assert_eq!(of(&state(&["K2"], Verdict::NotApplicable { why: "w".to_owned() }), "K2"), State::Elsewhere);
}

#[test]
fn the_page_says_what_was_seen_where_a_point_holds() {
    assert!(audit(&[Verdict::Holds]).html().contains("<p>all of &lt;it&gt;</p>"));
}

#[test]
fn as_json_each_word_of_a_point_is_said_once_b4() {
    let json =
        serde_json::to_string(&audit(&[Verdict::Postponed { why: "wait".to_owned() }]).controls).unwrap();
    assert_eq!(json.matches(r#""why":"#).count(), 1, "{json}");
    assert!(json.contains(r#""verdict":"postponed","because":"wait""#), "{json}");
}
