//! Stopping and starting again (B6).

use incamera_conference::settings::Role;
use incamera_conference::wire::Refusal;

use crate::harness::{House, Person, Plan, enter};

#[tokio::test]
async fn everybody_is_told_and_can_come_back_b6() {
    let mut house = House::open().await;
    let mut host = house.host().await;
    let plan = Plan::new("restartrestartre").passing();
    host.create(&plan).await;
    let (mut guest, _) = enter(&house.browser(), &Person::new("guest"), &plan).await;
    let mut socket = host.socket().await;
    socket.hello(&Person::new("anna"), &plan.id, None).await;
    socket.welcome().await;
    let before = socket.instance;
    let silent = house.browser().socket().await;

    house.restart().await;
    assert_eq!(guest.refused().await, Refusal::Stopping);
    assert_eq!(socket.refused().await, Refusal::Stopping);
    assert_eq!({ silent }.refused().await, Refusal::Stopping, "also who had not said hello");

    host.address = house.address();
    host.origin = house.browser().origin;
    let mut socket = host.socket().await;
    assert_ne!(socket.instance, before);
    socket.hello(&Person::new("anna"), &plan.id, None).await;
    assert_eq!(socket.welcome().await.participants[0].role, Role::Host, "by the same sign-in");
    enter(&house.browser(), &Person::new("guest"), &plan).await;
}

#[tokio::test]
async fn accounts_and_meetings_are_kept() {
    let mut house = House::open().await;
    let mut host = house.host().await;
    host.create(&Plan::new("restartrestartre")).await;
    house.restart().await;
    let mut again = house.browser();
    assert_eq!(again.sign_in("Anna", "first password").await.status, 200);
    assert_eq!(again.get("/api/meetings").await.json()[0]["id"], "restartrestartre");
}

#[tokio::test]
async fn what_an_interruption_left_behind_is_deleted_unless_people_came_back_b8() {
    let mut house = House::open().await;
    let mut host = house.host().await;
    let [gone, kept] = ["goneggonegonegon", "keptkeptkeptkept"].map(Plan::new);
    let (gone, alive) = (gone.passing(), Plan::new("alivealivealivea").passing());
    for plan in [&gone, &kept, &alive] {
        host.create(plan).await;
        enter(&house.browser(), &Person::new("guest"), plan).await;
    }
    house.config.leftovers = std::time::Duration::from_secs(10);
    house.restart().await;
    host.address = house.address();
    host.origin = house.browser().origin;
    let _back = enter(&house.browser(), &Person::new("guest"), &alive).await;
    let patience = tokio::time::Instant::now() + std::time::Duration::from_secs(60);
    let ids = loop {
        assert!(tokio::time::Instant::now() < patience, "nothing was deleted");
        let list = host.get("/api/meetings").await.json();
        let ids: Vec<_> = list.as_array().expect("a list").iter().map(|one| one["id"].to_string()).collect();
        if ids.len() != 3 {
            break ids;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    };
    assert_eq!(ids.len(), 2, "{ids:?}");
    assert!(!ids.iter().any(|id| id.contains(gone.id.as_str())), "{ids:?}");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signal_ends_the_program_in_good_order_b6() {
    use crate::harness::{Browser, Program};
    let folder = tempfile::tempdir().expect("a folder");
    let mut program = Program::start(&folder.path().join("state"), None);
    let mut host = Browser::new(program.address);
    let token = program.enrolment.clone();
    assert_eq!(host.enrol(&token, "Anna", "password").await.status, 200);
    let plan = Plan::new("restartrestartre");
    host.create(&plan).await;
    let (mut guest, _) = enter(&Browser::new(program.address), &Person::new("guest"), &plan).await;
    let ended = tokio::task::spawn_blocking(move || program.terminate());
    assert_eq!(guest.refused().await, Refusal::Stopping);
    assert_eq!(ended.await.expect("it ended").code(), Some(0));
}
