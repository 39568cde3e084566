//! One harness for all tests of a meeting: a virtual clock, pages that hold what they were told, and a server that does
//! what it was asked to. It checks what must hold after every single input, whatever the test is about.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use ed25519_dalek::{Signer, SigningKey};
use incamera_conference::Meeting;
use incamera_conference::effect::{Effect, Founding, Input, Origin, Standing, Ticket, UnixSeconds};
use incamera_conference::ids::{
    AdmissionHash, AdmissionToken, ConnectionId, HostKey, IdentityKey, KnockId, MeetingId, ParticipantId,
    RequestId, Signature,
};
use incamera_conference::limits;
use incamera_conference::sealed::{
    GroupBytes, SealedBody, SealedInfo, SealedLink, SealedName, SealedPackage, SealedTitle,
};
use incamera_conference::settings::{MeetingSettings, Role};
use incamera_conference::wire::{
    Act, Denial, GroupEvent, GroupMessage, GroupWelcome, HeldContent, HeldPerson, HeldState, Hello,
    Participant, Refusal, Rotation, ServerMessage, Source, VERSION, WaitingFor,
};

use crate::sequence::{Follower, Sequence};

/// The meeting under test and the world around it.
pub(crate) struct World {
    pub(crate) meeting: Meeting,
    pub(crate) now: Instant,
    pub(crate) boot: Instant,
    /// Of whoever comes next.
    pub(crate) origin: Origin,
    pub(crate) wall: UnixSeconds,
    /// Every connection that ever was.
    pub(crate) pages: BTreeMap<ConnectionId, Page>,
    /// The effects of the last input, in order.
    pub(crate) last: Vec<Effect>,
    /// What the media server was told: who has media, and which gates are open.
    pub(crate) bound: BTreeMap<ParticipantId, ConnectionId>,
    pub(crate) open: BTreeSet<(ParticipantId, Source)>,
    /// What the disk was asked to store and has not answered.
    pub(crate) storing: VecDeque<(Ticket, AdmissionHash, SealedTitle)>,
    /// What is on the disk.
    pub(crate) disk: (AdmissionHash, SealedTitle),
    /// [`Effect::Over`], where it came.
    pub(crate) over: Option<bool>,
    founding: MeetingSettings,
    host: SigningKey,
    connections: u64,
    requests: u32,
    /// What people were told about the group.
    pub(crate) sequence: Sequence,
}

/// What one connection knows: the page's side of the protocol in a few lines.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) standing: Standing,
    pub(crate) identity: IdentityKey,
    pub(crate) inside: Option<Inside>,
    pub(crate) waiting: Option<WaitingFor>,
    pub(crate) refused: Option<Refusal>,
    /// Told to close, or lost.
    pub(crate) closed: bool,
    /// All that was received and not looked at by [`World::heard`], but for the group's part.
    pub(crate) heard: Vec<ServerMessage>,
    pub(crate) group: Follower,
}

/// What a page inside knows.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Inside {
    pub(crate) me: ParticipantId,
    pub(crate) people: BTreeMap<ParticipantId, Participant>,
    pub(crate) settings: MeetingSettings,
    pub(crate) title: SealedTitle,
    /// As it was when it came in.
    pub(crate) linked: bool,
    pub(crate) held: Option<HeldState>,
    pub(crate) knocks: Vec<KnockId>,
    /// Whose they are.
    pub(crate) knockers: Vec<IdentityKey>,
    /// What they are called.
    pub(crate) names: Vec<Option<SealedName>>,
}

/// How an act was answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Answer {
    Done,
    Denied(Denial),
    /// Not, or not yet.
    Nothing,
}

pub(crate) const DENIED_MODERATOR: Answer = Answer::Denied(Denial::NotModerator);

/// The identity of a person who is known to the tests by a number.
pub(crate) fn identity(who: u8) -> IdentityKey {
    IdentityKey([who; 32])
}

/// The token of the n-th link. The meeting is founded with the first, number 0.
pub(crate) fn token(link: u8) -> AdmissionToken {
    AdmissionToken([link; 32])
}

pub(crate) fn title(link: u8) -> SealedTitle {
    SealedTitle::new(vec![b't', link]).unwrap()
}

pub(crate) fn secret(link: u8) -> SealedLink {
    SealedLink::new(vec![b'l', link]).unwrap()
}

pub(crate) fn name(text: &str) -> SealedName {
    SealedName::new(text.as_bytes().to_vec()).unwrap()
}

pub(crate) fn body(length: usize) -> SealedBody {
    SealedBody::new(vec![7; length]).unwrap()
}

/// To the n-th link.
pub(crate) fn rotation(link: u8) -> Rotation {
    Rotation { admission: token(link).hash(), link: secret(link), title: title(link) }
}

/// The hash of no token.
pub(crate) fn nobodys() -> AdmissionHash {
    AdmissionHash([0xee; 32])
}

pub(crate) fn remove(participant: ParticipantId) -> Act {
    Act::Remove { participant, admission: nobodys() }
}

// What pages say about the group.

pub(crate) fn found() -> GroupMessage {
    GroupMessage::Found { info: info(0) }
}

pub(crate) fn commit(epoch: u32) -> GroupMessage {
    let info = info(epoch.wrapping_add(1) as u8);
    GroupMessage::Commit { epoch, commit: group_bytes(epoch as u8, 1), info, welcome: None }
}

/// A commit that adds these.
pub(crate) fn add(epoch: u32, to: Vec<ParticipantId>) -> GroupMessage {
    let welcome = Some(GroupWelcome { message: group_bytes(0, 1), to });
    GroupMessage::Commit { epoch, commit: group_bytes(epoch as u8, 1), info: info(0), welcome }
}

pub(crate) fn ask_add() -> GroupMessage {
    GroupMessage::AskAdd { key_package: SealedPackage::new(vec![1]).unwrap() }
}

pub(crate) fn group_bytes(mark: u8, length: usize) -> GroupBytes {
    GroupBytes::new(vec![mark; length]).unwrap()
}

pub(crate) fn info(mark: u8) -> SealedInfo {
    SealedInfo::new(vec![mark]).unwrap()
}

pub(crate) fn meeting_id() -> MeetingId {
    MeetingId::parse("abcdefghijklmnop").unwrap()
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(MeetingSettings::default())
    }

    pub(crate) fn with(settings: MeetingSettings) -> Self {
        let host = SigningKey::from_bytes(&[3; 32]);
        let disk = (token(0).hash(), title(0));
        let boot = Instant::now();
        Self {
            meeting: Meeting::new(founding(&host, &disk, settings), boot),
            now: boot,
            boot,
            origin: Origin(0),
            wall: UnixSeconds(1_800_000_000),
            pages: BTreeMap::new(),
            last: Vec::new(),
            bound: BTreeMap::new(),
            open: BTreeSet::new(),
            storing: VecDeque::new(),
            disk,
            over: None,
            founding: settings,
            host,
            connections: 0,
            requests: 0,
            sequence: Sequence::default(),
        }
    }

    // Coming and going

    /// The owner comes, signed in, with this identity.
    pub(crate) fn owner(&mut self, who: u8) -> ConnectionId {
        self.greet(Standing::Owner, who, |hello| hello.token = None)
    }

    /// A guest comes with the first link.
    pub(crate) fn guest(&mut self, who: u8) -> ConnectionId {
        self.greet(Standing::Guest, who, |_| {})
    }

    /// Somebody comes with a hello that the test has a say in.
    pub(crate) fn greet(
        &mut self,
        standing: Standing,
        who: u8,
        adjust: impl FnOnce(&mut Hello),
    ) -> ConnectionId {
        let mut hello = Hello {
            version: VERSION,
            meeting: meeting_id(),
            token: Some(token(0)),
            identity: identity(who),
            proof: Signature([0; 64]),
            name: name(&format!("person {who}")),
            held: None,
            group: None,
        };
        adjust(&mut hello);
        let followed = hello.group;
        self.connections += 1;
        let connection = ConnectionId(self.connections);
        let page = Page {
            standing,
            identity: hello.identity,
            inside: None,
            waiting: None,
            refused: None,
            closed: false,
            heard: Vec::new(),
            group: Follower::of(followed),
        };
        self.pages.insert(connection, page);
        let origin = self.origin;
        self.handle(Input::Hello { connection, standing, origin, hello: Box::new(hello) });
        connection
    }

    pub(crate) fn lose(&mut self, connection: ConnectionId) {
        if let Some(page) = self.pages.get_mut(&connection) {
            page.closed = true;
        }
        self.handle(Input::Disconnected { connection });
    }

    /// The server is killed and started: only the disk is left.
    pub(crate) fn restart(&mut self) {
        for page in self.pages.values_mut() {
            page.closed = true;
        }
        self.bound.clear();
        self.open.clear();
        self.storing.clear();
        self.over = None;
        self.sequence = Sequence::default();
        self.boot = self.now;
        self.meeting = Meeting::new(founding(&self.host, &self.disk, self.founding), self.boot);
    }

    // Acting

    pub(crate) fn act(&mut self, connection: ConnectionId, act: Act) -> Answer {
        self.requests += 1;
        let request = RequestId(self.requests);
        self.handle(Input::Act { connection, request, act });
        self.answer(connection, request)
    }

    /// Does something about the group.
    pub(crate) fn group(&mut self, connection: ConnectionId, message: GroupMessage) -> Answer {
        self.requests += 1;
        let request = RequestId(self.requests);
        let page = &mut self.pages.get_mut(&connection).expect("a page of this test").group;
        page.handed_in = Some(message.clone());
        let before = page.followed;
        if message == GroupMessage::Again {
            page.followed = None;
        }
        self.handle(Input::Group { connection, request, message: message.clone() });
        let answer = self.answer(connection, request);
        let page = &mut self.pages.get_mut(&connection).expect("it is still here").group;
        page.handed_in = None;
        if message == GroupMessage::Again && answer != Answer::Done {
            page.followed = before;
        }
        answer
    }

    /// What a page was told about the group since this was last asked.
    pub(crate) fn events(&mut self, connection: ConnectionId) -> Vec<GroupEvent> {
        let page = self.pages.get_mut(&connection).expect("a page of this test");
        std::mem::take(&mut page.group.heard)
    }

    fn answer(&self, connection: ConnectionId, request: RequestId) -> Answer {
        let answers = self.last.iter().filter_map(|effect| match effect {
            Effect::Send { connection: to, message: ServerMessage::Done { request: r } }
                if *to == connection && *r == request =>
            {
                Some(Answer::Done)
            }
            Effect::Send { connection: to, message: ServerMessage::Denied { request: r, reason } }
                if *to == connection && *r == request =>
            {
                Some(Answer::Denied(*reason))
            }
            _ => None,
        });
        let answers: Vec<_> = answers.collect();
        assert!(answers.len() <= 1, "one act, {} answers", answers.len());
        answers.first().copied().unwrap_or(Answer::Nothing)
    }

    /// Acts where a denial would be a mistake of the test.
    pub(crate) fn done(&mut self, connection: ConnectionId, act: Act) {
        assert_eq!(self.act(connection, act.clone()), Answer::Done, "{act:?}");
    }

    pub(crate) fn switch(&mut self, connection: ConnectionId, source: Source, on: bool) -> Answer {
        self.act(connection, Act::Switch { source, on })
    }

    /// Everything that participants could switch on is for speakers and moderators.
    pub(crate) fn audience() -> MeetingSettings {
        MeetingSettings { unmute: false, video: false, screen: false, ..MeetingSettings::default() }
    }

    pub(crate) fn floor(&mut self, moderator: ConnectionId, participant: ParticipantId, has: bool) -> Answer {
        let role = if has { Role::Speaker } else { Role::Participant };
        self.act(moderator, Act::SetRole { participant, role })
    }

    pub(crate) fn make_co_host(&mut self, host: ConnectionId, participant: ParticipantId) {
        self.done(host, Act::SetRole { participant, role: Role::CoHost });
    }

    /// The disk answers the oldest request.
    pub(crate) fn store(&mut self, stored: bool) {
        let Some((ticket, hash, title)) = self.storing.pop_front() else { return };
        if stored {
            self.disk = (hash, title);
        }
        self.handle(Input::AdmissionStored { ticket, stored });
    }

    /// Time passes, with every timeout at its time.
    pub(crate) fn pass(&mut self, duration: Duration) {
        let until = self.now + duration;
        while let Some(due) = self.meeting.poll_timeout().filter(|due| *due <= until) {
            assert!(due >= self.now, "a timeout in the past was left over");
            self.advance(due);
            self.handle(Input::Timeout);
        }
        self.advance(until);
    }

    /// A moment passes: moderators know who waits.
    pub(crate) fn settle(&mut self) {
        self.pass(limits::LOBBY_INTERVAL);
    }

    fn advance(&mut self, to: Instant) {
        let before = (self.now - self.boot).as_secs();
        self.wall.0 += (to - self.boot).as_secs() - before;
        self.now = to;
    }

    /// Hands in an input, does what the meeting asks for, and checks what must hold.
    pub(crate) fn handle(&mut self, input: Input) {
        self.meeting.handle(self.now, self.wall, input);
        self.last = std::iter::from_fn(|| self.meeting.poll_effect()).collect();
        let mut told = false;
        for effect in self.last.clone() {
            let tells = matches!(effect, Effect::Send { .. } | Effect::Close { .. } | Effect::Over { .. });
            assert!(tells || !told, "P3: told before enforced: {:?}", self.last);
            told |= tells;
            self.carry_out(effect);
        }
        self.check();
    }

    // Looking

    pub(crate) fn page(&self, connection: ConnectionId) -> &Page {
        &self.pages[&connection]
    }

    /// What a page inside knows.
    pub(crate) fn inside(&self, connection: ConnectionId) -> &Inside {
        self.page(connection).inside.as_ref().expect("this page is inside")
    }

    pub(crate) fn is_in(&self, connection: ConnectionId) -> bool {
        self.page(connection).inside.is_some()
    }

    pub(crate) fn id(&self, connection: ConnectionId) -> ParticipantId {
        self.inside(connection).me
    }

    /// The record of a page's person, as that page sees it.
    pub(crate) fn me(&self, connection: ConnectionId) -> &Participant {
        let inside = self.inside(connection);
        &inside.people[&inside.me]
    }

    pub(crate) fn refused(&self, connection: ConnectionId) -> Option<Refusal> {
        self.page(connection).refused
    }

    pub(crate) fn waiting(&self, connection: ConnectionId) -> Option<WaitingFor> {
        self.page(connection).waiting
    }

    pub(crate) fn is_open(&self, participant: ParticipantId, source: Source) -> bool {
        self.open.contains(&(participant, source))
    }

    /// What a page received since this was last asked.
    pub(crate) fn heard(&mut self, connection: ConnectionId) -> Vec<ServerMessage> {
        let page = self.pages.get_mut(&connection).expect("a page of this test");
        std::mem::take(&mut page.heard)
    }

    /// The pages that are in the meeting and connected.
    pub(crate) fn members(&self) -> impl Iterator<Item = (ConnectionId, &Page, &Inside)> {
        self.pages
            .iter()
            .filter(|(_, page)| !page.closed)
            .filter_map(|(connection, page)| page.inside.as_ref().map(|inside| (*connection, page, inside)))
    }

    // Held states

    /// A state as the host's page signs it.
    pub(crate) fn held(&self, sequence: u32, settings: MeetingSettings, people: &[(u8, Role)]) -> HeldState {
        let people = people.iter().map(|(who, role)| HeldPerson { identity: identity(*who), role: *role });
        let issued = self.wall.0 as u32;
        self.sign(&HeldContent {
            meeting: meeting_id(),
            sequence,
            issued,
            settings,
            people: people.collect(),
        })
    }

    pub(crate) fn sign(&self, content: &HeldContent) -> HeldState {
        self.sign_text(serde_json::to_string(content).unwrap())
    }

    pub(crate) fn sign_text(&self, text: String) -> HeldState {
        let signature = self.host.sign(&[b"incamera/1 held\0", text.as_bytes()].concat());
        HeldState { text, signature: Signature(signature.to_bytes()) }
    }

    // The server's and the pages' part

    fn carry_out(&mut self, effect: Effect) {
        assert_eq!(self.over, None, "an effect after the end: {effect:?}");
        match effect {
            Effect::Send { connection, message } => self.receive(connection, message),
            Effect::Close { connection } => {
                let page = self.pages.get_mut(&connection).expect("a connection that exists");
                assert!(!page.closed, "closed twice");
                page.closed = true;
                page.inside = None;
                self.meeting_must_forget(connection);
            }
            Effect::Bind { connection, participant } => {
                self.bound.insert(participant, connection);
            }
            Effect::Gate { participant, source, open } => {
                assert!(self.bound.contains_key(&participant), "a gate of nobody");
                let changed = if open {
                    self.open.insert((participant, source))
                } else {
                    self.open.remove(&(participant, source))
                };
                assert!(changed, "a gate that did not change");
            }
            Effect::Unbind { participant } => {
                assert!(self.bound.remove(&participant).is_some(), "unbound twice");
                assert!(self.open.iter().all(|(whose, _)| *whose != participant), "P3: media left behind");
            }
            Effect::StoreAdmission { ticket, admission, title } => {
                self.storing.push_back((ticket, admission, title));
            }
            Effect::Over { begun } => self.over = Some(begun),
        }
    }

    fn meeting_must_forget(&self, connection: ConnectionId) {
        assert_eq!(self.meeting.participant_of(connection), None, "a closed connection is still somebody's");
    }

    fn receive(&mut self, connection: ConnectionId, message: ServerMessage) {
        let is_bound = self.bound.values().any(|bound| *bound == connection);
        let page = self.pages.get_mut(&connection).expect("a connection that exists");
        assert!(!page.closed, "sent to a closed connection: {message:?}");
        if let ServerMessage::Group { event } = message {
            let inside = page.inside.as_ref().expect("P2: the group is told to those who are in");
            return self.sequence.hear(inside.me, &mut page.group, event);
        }
        if let ServerMessage::Rotated { number, .. } = message {
            self.sequence.rotated(&mut page.group, number);
        }
        page.heard.push(message.clone());
        match message {
            ServerMessage::Refused { reason } => {
                page.refused = Some(reason);
                page.inside = None;
                page.waiting = None;
            }
            ServerMessage::Waiting { until } => {
                page.waiting = Some(until);
                page.inside = None;
            }
            ServerMessage::Welcome(welcome) => {
                assert!(is_bound, "welcomed without a place");
                let me = welcome.participants.iter().find(|person| person.id == welcome.me);
                let moderates = me.is_some_and(|me| me.role.moderates());
                assert!(moderates || welcome.knocks.is_empty(), "P2: the lobby shown to a participant");
                page.waiting = None;
                if welcome.group.is_none() {
                    page.group.followed = None;
                }
                page.inside = Some(Inside {
                    me: welcome.me,
                    people: welcome.participants.into_iter().map(|person| (person.id, person)).collect(),
                    settings: welcome.settings,
                    title: welcome.title,
                    linked: welcome.linked,
                    held: welcome.held,
                    knocks: welcome.knocks.iter().map(|knock| knock.id).collect(),
                    knockers: welcome.knocks.iter().map(|knock| knock.identity).collect(),
                    names: welcome.knocks.into_iter().map(|knock| knock.name).collect(),
                });
            }
            message => match &mut page.inside {
                Some(inside) => inside.learn(message),
                // The answer to leaving is the one thing said to a person who is out.
                None => assert!(
                    matches!(message, ServerMessage::Done { .. }),
                    "P2, S2: said to somebody who is not in: {message:?}"
                ),
            },
        }
    }

    /// What must hold after every input.
    fn check(&self) {
        let Some((_, _, first)) = self.members().next() else { return };
        assert!(self.storing.len() <= 1, "B5: changes of the link are stored one after another");
        assert!(first.people.len() <= limits::PARTICIPANTS);
        // Some of a large audience stand for all: everybody beside everybody would take minutes.
        let apart = 1 + first.people.len() / 40;
        for (connection, page, inside) in self.members().step_by(apart) {
            assert_eq!(self.meeting.participant_of(connection), Some(inside.me));
            assert_eq!(self.bound.get(&inside.me), Some(&connection));
            assert_eq!(inside.people, first.people, "two pages see different people");
            assert_eq!(inside.settings, first.settings, "two pages know different settings");
            assert_eq!(inside.title, first.title, "two pages know different titles");
            let me = &inside.people[&inside.me];
            assert_eq!(me.identity, page.identity);
            assert!(me.connected);
            assert!(
                me.role != Role::Host || page.standing == Standing::Owner,
                "B6: a host without a sign-in"
            );
            assert!(inside.knocks.len() <= limits::KNOCKS);
        }
        let live =
            first.people.values().flat_map(|person| person.live.iter().map(|source| (person.id, *source)));
        assert_eq!(live.collect::<BTreeSet<_>>(), self.open, "the records and the gates differ");
        assert_eq!(self.bound.keys().collect::<Vec<_>>(), first.people.keys().collect::<Vec<_>>());
    }
}

impl Inside {
    fn learn(&mut self, message: ServerMessage) {
        match message {
            ServerMessage::Participant { participant } => {
                self.people.insert(participant.id, participant);
            }
            ServerMessage::Left { participant, .. } => {
                assert_ne!(participant, self.me, "told of one's own leaving");
                assert!(self.people.remove(&participant).is_some(), "somebody left twice");
            }
            ServerMessage::Settings { settings } => self.settings = settings,
            ServerMessage::Lobby { knocks } => {
                assert!(self.people[&self.me].role.moderates(), "P2: the lobby shown to a participant");
                self.knocks = knocks.iter().map(|knock| knock.id).collect();
                self.knockers = knocks.iter().map(|knock| knock.identity).collect();
                self.names = knocks.into_iter().map(|knock| knock.name).collect();
            }
            ServerMessage::Rotated { title, .. } => self.title = title,
            ServerMessage::Held { held } => self.held = Some(held),
            ServerMessage::Said { from, .. } => assert_ne!(from, self.me, "an echo"),
            ServerMessage::Done { .. } | ServerMessage::Denied { .. } => {}
            other => panic!("not said by a meeting: {other:?}"),
        }
    }
}

fn founding(host: &SigningKey, disk: &(AdmissionHash, SealedTitle), settings: MeetingSettings) -> Founding {
    Founding {
        id: meeting_id(),
        host_key: HostKey(host.verifying_key().to_bytes()),
        admission: disk.0,
        title: disk.1.clone(),
        settings,
    }
}
