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
