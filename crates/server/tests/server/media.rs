//! Media through the real sockets and several shards (P3, B5, K6).

use std::collections::{BTreeMap, BTreeSet};
use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use incamera::rate::Rate;
use incamera_conference::ids::{ParticipantId, RequestId};
use incamera_conference::wire::{Act, ClientMessage, Denial, ServerMessage, Source, TileSize, Watch};
use incamera_testkit::{Options, Participant, Received};

use crate::harness::{Browser, House, Person, Plan, Socket, enter};

/// A page without a browser: its signalling, and its media on a thread of its own.
struct Page {
    id: ParticipantId,
    socket: Socket,
    media: Arc<Mutex<Participant>>,
    stop: Arc<AtomicBool>,
    thread: Option<thread::JoinHandle<()>>,
    requests: u32,
}

impl Page {
    async fn enter(browser: &Browser, name: &str, plan: &Plan) -> Self {
        let mut socket = browser.socket().await;
        socket.hello(&Person::new(name), &plan.id, Some(plan.token)).await;
        let id = socket.welcome().await.me;
        let udp = UdpSocket::bind("127.0.0.1:0").expect("bound");
        let address = udp.local_addr().expect("bound");
        let mut media = Participant::new(Instant::now(), id, address, Options::default());
        let (sdp, sources) = media.offer(false);
        let sdp = without_candidates(&sdp).into();
        socket.say(&ClientMessage::Offer { request: RequestId(1), sdp, sources }).await;
        let answer = socket
            .until(|message| match message {
                ServerMessage::Answer { request: RequestId(1), sdp } => Some(sdp.clone()),
                ServerMessage::Denied { reason, .. } => panic!("{reason:?}"),
                _ => None,
            })
            .await;
        assert!(!answer.contains("ssrc-audio-level"), "K6: {}", &*answer);
        media.accept(&answer);
        let media = Arc::new(Mutex::new(media));
        let stop = Arc::new(AtomicBool::new(false));
        let thread = thread::spawn({
            let (media, stop) = (Arc::clone(&media), Arc::clone(&stop));
            move || pump(&udp, &media, &stop)
        });
        Self { id, socket, media, stop, thread: Some(thread), requests: 1 }
    }

    /// Asks for something, and waits until it is done.
    async fn act(&mut self, act: Act) {
        self.requests += 1;
        let asked = RequestId(self.requests);
        self.socket.act(self.requests, act).await;
        self.socket
            .until(|message| match message {
                ServerMessage::Done { request } if *request == asked => Some(()),
                ServerMessage::Denied { request, reason } if *request == asked => panic!("{reason:?}"),
                _ => None,
            })
            .await;
    }

    async fn publish(&mut self, source: Source) {
        self.act(Act::Switch { source, on: true }).await;
        self.media.lock().expect("unpoisoned").send(Instant::now(), source, true);
    }

    async fn watch(&mut self, who: &[ParticipantId]) {
        let watch = |participant| Watch { participant, source: Source::Camera, size: TileSize::Small };
        self.socket.say(&ClientMessage::Watch { videos: who.iter().copied().map(watch).collect() }).await;
    }

    /// Whatever comes from now on, until `enough` of it has.
    async fn hear(&self, enough: impl Fn(&[Received]) -> bool) -> Vec<Received> {
        self.media.lock().expect("unpoisoned").clear_received();
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let received = self.media.lock().expect("unpoisoned").received().to_vec();
            if enough(&received) {
                return received;
            }
            assert!(Instant::now() < deadline, "too little came: {} packets", received.len());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// A page keeps its addresses to itself (P1).
fn without_candidates(sdp: &str) -> String {
    let lines = sdp.split_inclusive("\r\n").filter(|line| !line.starts_with("a=candidate"));
    lines.collect()
}

impl Drop for Page {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let _ = self.thread.take().map(thread::JoinHandle::join);
    }
}

fn pump(udp: &UdpSocket, media: &Mutex<Participant>, stop: &AtomicBool) {
    udp.set_read_timeout(Some(Duration::from_millis(2))).expect("set");
    let mut buffer = [0; 2048];
    while !stop.load(Ordering::Relaxed) {
        let received = udp.recv_from(&mut buffer).ok();
        let mut media = media.lock().expect("unpoisoned");
        let now = Instant::now();
        if let Some((length, from)) = received {
            media.handle_datagram(now, from, &buffer[..length]);
        }
        if media.poll_timeout() <= now {
            media.handle_timeout(now);
        }
        while let Some((to, bytes)) = media.poll_transmit() {
            let _ = udp.send_to(&bytes, to);
        }
    }
}

fn from(received: &[Received], who: ParticipantId, source: Source) -> usize {
    received.iter().filter(|packet| packet.tag.participant == who && packet.tag.source == source).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_is_heard_until_muted_and_not_one_packet_longer_p3_b5() {
    // With four sockets, the kernel hands hardly anybody's packets to the right shard by itself.
    let house = House::with(|config| config.shards = Some(4)).await;
    let mut browser = house.host().await;
    let plan = Plan::new("mediamediamediam");
    browser.create(&plan).await;
    let mut host = Page::enter(&browser, "anna", &plan).await;
    let mut guests = Vec::new();
    for name in ["berta", "carla", "doris"] {
        guests.push(Page::enter(&house.browser(), name, &plan).await);
    }
    for guest in &mut guests {
        guest.publish(Source::Microphone).await;
        guest.publish(Source::Camera).await;
    }
    let ids: Vec<_> = guests.iter().map(|guest| guest.id).collect();
    host.watch(&ids).await;
    host.hear(|received| {
        let all = |source| ids.iter().all(|id| from(received, *id, source) >= 5);
        all(Source::Microphone) && all(Source::Camera)
    })
    .await;

    let muted = ids[0];
    host.act(Act::Mute { participant: muted }).await;
    // What was on its way when the gate closed comes before pictures that were sent later.
    host.hear(|received| from(received, muted, Source::Camera) >= 10).await;
    let after = host
        .hear(|received| {
            from(received, muted, Source::Camera) >= 30 && from(received, ids[1], Source::Microphone) >= 20
        })
        .await;
    assert_eq!(from(&after, muted, Source::Microphone), 0, "though its page goes on sending");

    guests[0].act(Act::Switch { source: Source::Microphone, on: true }).await;
    host.hear(|received| from(received, muted, Source::Microphone) >= 5).await;
}

#[tokio::test]
async fn offers_are_counted_on_the_participant_not_the_connection_d2() {
    let three = Rate { burst: 3, period: Duration::from_secs(3600) };
    let house = House::with(|config| config.rates.offers = three).await;
    let mut browser = house.host().await;
    let plan = Plan::new("mediamediamediam");
    browser.create(&plan).await;
    let mut outcomes = Vec::new();
    for name in ["berta", "berta", "carla"] {
        let (mut socket, _) = enter(&house.browser(), &Person::new(name), &plan).await;
        for request in (1..=2).map(RequestId) {
            socket.say(&ClientMessage::Offer { request, sdp: "v=0".into(), sources: Vec::new() }).await;
            outcomes.push(socket.until(|message| denial(message, request)).await);
        }
    }
    let (tried, refused) = (Denial::UnusableOffer, Denial::TooOften);
    assert_eq!(outcomes, [tried, tried, tried, refused, tried, tried]);
}

fn denial(message: &ServerMessage, asked: RequestId) -> Option<Denial> {
    match message {
        ServerMessage::Denied { request, reason } if *request == asked => Some(*reason),
        _ => None,
    }
}

/// Somebody who comes in and offers media that leads nowhere, and what is answered.
async fn answered(browser: &Browser, plan: &Plan) -> (Socket, String) {
    let (mut socket, welcome) = enter(browser, &Person::new("anna"), plan).await;
    let nowhere: SocketAddr = "127.0.0.1:1".parse().expect("an address");
    let (sdp, sources) =
        Participant::new(Instant::now(), welcome.me, nowhere, Options::default()).offer(false);
    socket.say(&ClientMessage::Offer { request: RequestId(1), sdp: sdp.into(), sources }).await;
    let answer = socket
        .until(|message| match message {
            ServerMessage::Answer { sdp, .. } => Some(sdp.to_string()),
            _ => None,
        })
        .await;
    (socket, answer)
}

#[tokio::test]
async fn meetings_that_begin_are_shared_out_among_the_shards_and_each_stays_on_its_own_b9() {
    let house = House::with(|config| config.shards = Some(3)).await;
    let mut host = house.host().await;
    let mut sockets = Vec::new();
    let mut people = BTreeMap::new();
    for id in ["sharesharesharea", "shareshareshareb", "sharesharesharec"] {
        let plan = Plan::new(id);
        host.create(&plan).await;
        let mut shards = BTreeSet::new();
        for _ in 0..3 {
            let (socket, answer) = answered(&house.browser(), &plan).await;
            sockets.push(socket);
            let fragment =
                answer.lines().find_map(|line| line.strip_prefix("a=ice-ufrag:")).expect("a fragment");
            let shard = fragment[..2].to_owned();
            *people.entry(shard.clone()).or_insert(0) += 1;
            shards.insert(shard);
        }
        assert_eq!(shards.len(), 1, "a meeting is on one shard");
    }
    assert_eq!(people.into_values().collect::<Vec<_>>(), [3, 3, 3]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_name_the_port_and_the_address_by_which_the_page_came() {
    let house = House::open().await;
    let mut browser = house.host().await;
    let plan = Plan::new("mediamediamediam");
    browser.create(&plan).await;
    let (_socket, answer) = answered(&browser, &plan).await;
    let candidates: BTreeSet<_> = answer
        .lines()
        .filter(|line| line.starts_with("a=candidate"))
        .map(|line| line.split(' ').skip(4).take(2).collect::<Vec<_>>().join(":"))
        .collect();
    assert_eq!(candidates, BTreeSet::from([house.address().to_string()]));
    assert!(answer.contains("a=ice-lite"));
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_comes_back_by_another_address_of_ours_is_offered_that_one() {
    let house = House::with(|config| config.listen = "0.0.0.0:0".parse().expect("an address")).await;
    let port = house.address().port();
    let browser = |last| Browser::new(SocketAddr::from(([127, 0, 0, last], port)));
    let enrolment = house.first_enrolment().expect("no host yet");
    let mut host = browser(1);
    host.enrol(crate::harness::fragment(&enrolment), "Anna", "password").await;
    let plan = Plan::new("mediamediamediam");
    host.create(&plan).await;
    for last in [1, 2] {
        let (mut socket, welcome) = enter(&browser(last), &Person::new("berta"), &plan).await;
        let nowhere = SocketAddr::from(([127, 0, 0, 1], 1));
        let mut page = Participant::new(Instant::now(), welcome.me, nowhere, Options::default());
        let (sdp, sources) = page.offer(false);
        socket.say(&ClientMessage::Offer { request: RequestId(1), sdp: sdp.into(), sources }).await;
        let is_offered = socket
            .until(|message| match message {
                ServerMessage::Answer { sdp, .. } => Some(sdp.contains(&format!(" 127.0.0.{last} {port} "))),
                _ => None,
            })
            .await;
        assert!(is_offered, "at 127.0.0.{last}");
    }
}
