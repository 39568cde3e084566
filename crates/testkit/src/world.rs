//! An SFU, its participants, and what lies between them.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use incamera_conference::ids::ParticipantId;
use incamera_conference::wire::{Slot, Source, TileSize, Watch};
use incamera_media::{
    Belongs, Certificate, Claim, OfferError, PeerId, RoomId, Sfu, SfuConfig, SfuEvent, ShardId,
};

use crate::network::{Datagram, Network};
use crate::participant::{Options, Participant, Received};

/// The shard that a world's SFU is.
const SHARD: ShardId = ShardId(3);
/// The room that everybody is in unless a test says otherwise.
const ROOM: RoomId = RoomId(1);

/// Turns without time passing that are believed.
const STILL: u32 = 10_000;

/// A participant with what the server told it.
#[derive(Debug)]
pub struct Person {
    /// The page's part.
    pub page: Participant,
    /// The latest word on its slots.
    pub slots: Vec<Slot>,
    /// How often its slots changed.
    pub slot_changes: usize,
    peer: PeerId,
    /// Where its datagrams seem to come from, when something between rewrites addresses.
    seen_as: Option<SocketAddr>,
}

/// Everything, on one clock.
#[derive(Debug)]
pub struct World {
    /// The present.
    pub now: Instant,
    /// Under test.
    pub sfu: Sfu,
    /// Between all.
    pub network: Network,
    /// By the order of their joining.
    pub people: Vec<Person>,
    /// Who the SFU says lost its connection.
    pub lost: Vec<PeerId>,
    /// What other shards were told.
    pub claims: Vec<Claim>,
    /// Turns until now.
    pub turns: u64,
    /// Whether media from the SFU is counted and goes no further.
    pub swallows: bool,
    /// Packets of media that went no further.
    pub swallowed: usize,
    /// To whom, SSRC and sequence number of the SFU's packets of media, while somebody wants to know.
    pub sent: Option<Vec<(SocketAddr, u32, u16)>>,
    server: SocketAddr,
}

impl World {
    /// An empty room.
    pub fn new(seed: u64) -> Self {
        let now = Instant::now();
        let config = SfuConfig { shard: SHARD, certificate: Certificate::generate(), seed: [seed as u8; 32] };
        Self {
            now,
            sfu: Sfu::new(now, config),
            network: Network::new(seed),
            people: Vec::new(),
            lost: Vec::new(),
            claims: Vec::new(),
            turns: 0,
            swallows: false,
            swallowed: 0,
            sent: None,
            server: SocketAddr::from(([198, 51, 100, 1], 443)),
        }
    }

    /// A room with so many people who are connected, publish camera and microphone with open gates, and watch each
    /// other in large tiles.
    pub fn meeting(seed: u64, people: usize) -> Self {
        let mut world = Self::new(seed);
        for _ in 0..people {
            world.join(Options::default());
        }
        world.run(Duration::from_secs(1));
        for person in 0..people {
            world.publish(person, Source::Microphone);
            world.publish(person, Source::Camera);
            world.watch_everybody(person, TileSize::Large);
        }
        world
    }

    /// The SFU's address.
    pub fn server(&self) -> SocketAddr {
        self.server
    }

    /// Adds a person, who connects as time goes on. Returns the index.
    ///
    /// # Panics
    /// If the SFU refuses the offer.
    pub fn join(&mut self, options: Options) -> usize {
        self.join_room(ROOM, options)
    }

    /// Adds a person to another room.
    ///
    /// # Panics
    /// If the SFU refuses the offer.
    pub fn join_room(&mut self, room: RoomId, options: Options) -> usize {
        let index = self.people.len();
        let number = u8::try_from(index + 1).expect("few people");
        let address = SocketAddr::from(([203, 0, 113, number], 5000));
        let id = ParticipantId(u32::from(number));
        let peer = PeerId(u64::from(number));
        self.sfu.join(self.now, room, peer, id, vec![self.server]);
        let page = Participant::new(self.now, id, address, options);
        self.people.push(Person { page, slots: Vec::new(), slot_changes: 0, peer, seen_as: None });
        self.negotiate(index, false).expect("a good offer");
        index
    }

    /// Makes a person's page offer and take the answer, which is returned.
    pub fn negotiate(&mut self, person: usize, restart: bool) -> Result<String, OfferError> {
        let person = &mut self.people[person];
        let (offer, sources) = person.page.offer(restart);
        let answer = self.sfu.handle_offer(self.now, person.peer, &offer, &sources)?;
        person.page.accept(&answer);
        self.settle();
        Ok(answer)
    }

    /// A person's number in the SFU.
    pub fn peer(&self, person: usize) -> PeerId {
        self.people[person].peer
    }

    /// Makes a person's page send and opens the gate.
    pub fn publish(&mut self, person: usize, source: Source) {
        self.people[person].page.send(self.now, source, true);
        self.set_gate(person, source, true);
    }

    /// Opens or closes a gate; the page is not told.
    pub fn set_gate(&mut self, person: usize, source: Source, open: bool) {
        self.sfu.set_gate(self.now, self.people[person].peer, source, open);
        self.settle();
    }

    /// Sets what a person watches.
    pub fn watch(&mut self, person: usize, videos: &[(usize, Source, TileSize)]) {
        let videos: Vec<Watch> = videos
            .iter()
            .map(|(who, source, size)| Watch {
                participant: self.people[*who].page.id(),
                source: *source,
                size: *size,
            })
            .collect();
        self.sfu.watch(self.now, self.people[person].peer, &videos);
        self.settle();
    }

    /// Makes a person watch all cameras but the own one.
    pub fn watch_everybody(&mut self, person: usize, size: TileSize) {
        let others = (0..self.people.len()).filter(|other| *other != person);
        let videos: Vec<_> = others.map(|other| (other, Source::Camera, size)).collect();
        self.watch(person, &videos);
    }

    /// Removes a person from the SFU; the page is not told.
    pub fn leave(&mut self, person: usize) {
        self.sfu.leave(self.now, self.people[person].peer);
        self.settle();
    }

    /// From now on a person's datagrams come from another address, and that is where answers must go: a router on
    /// the way was restarted.
    pub fn rebind(&mut self, person: usize, address: SocketAddr) {
        self.people[person].seen_as = Some(address);
    }

    /// The slot in which a person gets a source of another one.
    pub fn slot_of(&self, person: usize, other: usize, source: Source) -> Option<String> {
        let id = self.people[other].page.id();
        let slots = &self.people[person].slots;
        slots.iter().find(|slot| slot.participant == id && slot.source == source).map(|slot| slot.mid.clone())
    }

    /// Packets that a person has got from a source of another one.
    pub fn count(&self, person: usize, other: usize, source: Source) -> usize {
        let id = self.people[other].page.id();
        let of = |tag: &crate::Tag| tag.participant == id && tag.source == source;
        self.people[person].page.received().iter().filter(|packet| of(&packet.tag)).count()
    }

    /// The packets that a person got in one slot, in their order.
    pub fn stream(&self, person: usize, mid: &str) -> Vec<Received> {
        let received = self.people[person].page.received().iter().filter(|packet| packet.mid == mid);
        let mut stream: Vec<Received> = received.cloned().collect();
        stream.sort_by_key(|packet| packet.sequence);
        stream
    }

    /// Forgets what everybody received.
    pub fn clear(&mut self) {
        for person in &mut self.people {
            person.page.clear_received();
        }
    }

    /// Delivers a datagram to the SFU at once, from anywhere.
    pub fn inject(&mut self, from: SocketAddr, contents: &[u8]) -> Belongs {
        self.sfu.handle_datagram(self.now, from, None, contents)
    }

    /// Lets time pass.
    ///
    /// # Panics
    /// If somebody wants a turn again and again without time passing.
    pub fn run(&mut self, time: Duration) {
        let end = self.now + time;
        let mut still = 0;
        loop {
            let before = self.now;
            self.turn();
            let pages = self.people.iter().map(|person| person.page.poll_timeout());
            let next = pages.chain(self.network.next_arrival()).chain(self.sfu.poll_timeout()).min();
            match next {
                Some(next) if next <= end => self.now = self.now.max(next),
                _ => break,
            }
            still = if self.now > before { 0 } else { still + 1 };
            assert!(still < STILL, "time stands still: who is due at {:?}?", self.now);
        }
        self.now = end;
    }

    /// Jumps to the next datagram that reaches the SFU and delivers it, without ending the SFU's turn.
    pub fn deliver_one(&mut self) {
        while let Some(next) = self.network.next_arrival() {
            self.now = self.now.max(next);
            let Some(datagram) = self.network.receive(self.now) else { return };
            if datagram.to == self.server {
                self.sfu.handle_datagram(self.now, datagram.from, Some(datagram.to.ip()), &datagram.contents);
                return;
            }
            self.deliver_to_page(&datagram);
        }
    }

    fn deliver_to_page(&mut self, datagram: &Datagram) {
        if let Some(person) = self.people.iter_mut().find(|person| person.public() == datagram.to) {
            person.page.handle_datagram(self.now, datagram.from, &datagram.contents);
        }
    }

    /// Everything that is due now.
    fn turn(&mut self) {
        self.turns += 1;
        while let Some(datagram) = self.network.receive(self.now) {
            if datagram.to == self.server {
                self.sfu.handle_datagram(self.now, datagram.from, Some(datagram.to.ip()), &datagram.contents);
            } else if let Some(person) = self.people.iter_mut().find(|person| person.public() == datagram.to)
            {
                person.page.handle_datagram(self.now, datagram.from, &datagram.contents);
            }
        }
        for person in &mut self.people {
            if person.page.poll_timeout() <= self.now {
                person.page.handle_timeout(self.now);
            }
            while let Some((to, contents)) = person.page.poll_transmit() {
                self.network.send(self.now, person.public(), to, contents);
            }
        }
        if self.sfu.poll_timeout().is_some_and(|timeout| timeout <= self.now) {
            self.sfu.handle_timeout(self.now);
        }
        self.settle();
    }

    /// What leaves the SFU. Whoever counts instructions finds it by its name.
    #[inline(never)]
    fn send_batch(&mut self) {
        let Self { sfu, network, now, server, swallows, swallowed, sent, .. } = self;
        sfu.handle_batch_end(*now, |transmit| {
            for datagram in transmit.contents.chunks(transmit.segment) {
                // RTP version 2, and no report (RFC 5761, 4).
                let is_media = matches!(datagram, [128..=191, 0..192 | 224.., ..]);
                if *swallows && is_media {
                    *swallowed += 1;
                    continue;
                }
                if let (true, Some(sent)) = (is_media, sent.as_mut()) {
                    let sequence = u16::from_be_bytes([datagram[2], datagram[3]]);
                    let ssrc = u32::from_be_bytes([datagram[8], datagram[9], datagram[10], datagram[11]]);
                    sent.push((transmit.destination, ssrc, sequence));
                }
                network.send(*now, *server, transmit.destination, datagram.to_vec());
            }
        });
    }

    /// Ends the SFU's turn.
    fn settle(&mut self) {
        self.send_batch();
        self.claims.extend(std::iter::from_fn(|| self.sfu.poll_claim()));
        while let Some(event) = self.sfu.poll_event() {
            match event {
                SfuEvent::SlotsChanged { peer, slots } => {
                    if let Some(person) = self.people.iter_mut().find(|person| person.peer == peer) {
                        person.slots = slots;
                        person.slot_changes += 1;
                    }
                }
                SfuEvent::Disconnected { peer } => self.lost.push(peer),
                SfuEvent::Connected { .. } => {}
            }
        }
    }
}

impl Person {
    /// The address that others see.
    fn public(&self) -> SocketAddr {
        self.seen_as.unwrap_or(self.page.address())
    }
}
