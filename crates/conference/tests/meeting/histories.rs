//! Random histories of joins, leaves, acts, lost connections, timeouts and restarts against a reference model.
//! A few by default; `PROPTEST_CASES=20000` for a long run.

use crate::history::{Coverage, run};

fn cases() -> u32 {
    let asked = std::env::var("PROPTEST_CASES").ok();
    asked.map_or(50, |cases| cases.parse().expect("PROPTEST_CASES is a number"))
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig {
        cases: cases(),
        failure_persistence: None,
        ..Default::default()
    })]

    #[test]
    fn p2_p3_b5_b6_no_history_parts_meeting_and_model(bytes in proptest::collection::vec(0u8.., 0..600)) {
        run(&bytes);
    }
}

/// The property above is worth nothing if its histories are dull.
#[test]
fn the_histories_reach_everything() {
    let mut reached = Coverage::new();
    let mut state = 1u32;
    for _ in 0..600 {
        let random = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        });
        let bytes: Vec<u8> = random.take(600).collect();
        for (what, times) in run(&bytes) {
            *reached.entry(what).or_default() += times;
        }
    }
    let all = [
        "owner in",
        "guest in",
        "waits for the host",
        "waits for admission",
        "guest in by a worthless link",
        "guest goes on in the group without the link",
        "not admitted",
        "another link",
        "waited while the link changed",
        "a link that a removal overtook",
        "removed",
        "locked",
        "turned away",
        "handed back",
        "act of somebody who waits",
        "denied",
        "done",
        "done by a co-host",
        "done by a speaker",
        "the floor taken from somebody who sends",
        "somebody removed",
        "lost",
        "signed out",
        "stored",
        "not stored",
        "given up",
        "restart",
        "over",
        "group: found",
        "group: commit",
        "group: added",
        "group: asked to be added",
        "group: again",
        "group: refused",
        "group: stale",
        "group: out of turn",
        "group: withdrawn",
        "group: somebody who waits",
    ];
    for what in all {
        assert!(reached.get(what).is_some_and(|times| *times >= 10), "{what}: {reached:?}");
    }
    assert!(!reached.contains_key("refused otherwise"), "{reached:?}");
}
