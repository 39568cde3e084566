//! The program is killed while it writes. What it had confirmed is there afterwards.

use incamera::store::Db;
use incamera_conference::ids::MeetingId;

use crate::harness::{Browser, Plan, Program};

const ROUNDS: u32 = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_confirmed_survives_sigkill() {
    let folder = tempfile::tempdir().expect("a folder");
    let state = folder.path().join("state");
    let mut confirmed: Vec<MeetingId> = Vec::new();
    let mut cookie = None;
    for round in 0..ROUNDS {
        let mut program = Program::start(&state, None);
        let mut browser = Browser::new(program.address);
        if cookie.is_none() {
            let token = program.enrolment.clone();
            assert_eq!(browser.enrol(&token, "Anna", "password").await.status, 200);
            cookie = browser.cookie.clone();
        }
        browser.cookie = cookie.clone();
        // Somebody else keeps writing while the blow falls.
        let writer = {
            let mut browser = browser.clone();
            tokio::spawn(async move {
                for number in 0.. {
                    browser.create(&plan(round + ROUNDS, number)).await;
                }
            })
        };
        for number in 0..5 {
            let plan = plan(round, number);
            assert_eq!(browser.create(&plan).await.status, 201);
            confirmed.push(plan.id);
        }
        program.kill();
        writer.abort();
        let _ = writer.await;
        let db = Db::open(&state).expect("it opens after the blow");
        for id in &confirmed {
            assert!(db.meeting(id).expect("readable").is_some(), "a confirmed meeting is lost");
        }
        db.close().expect("closed");
    }
}

fn plan(round: u32, number: u32) -> Plan {
    let letter = |value: u32| char::from(b'a' + u8::try_from(value % 26).expect("small"));
    Plan::new(&format!(
        "killkillkill{}{}{}{}",
        letter(round),
        letter(number / 676),
        letter(number / 26),
        letter(number)
    ))
}
