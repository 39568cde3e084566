// The session of one page in one meeting: takes what views ask for and what the server tells, and keeps the state.
// The parts do the work; here is what happens when.

import { fromBase64Url, type Random } from '../crypto/bytes';
import type { PasswordHash } from '../crypto/derive';
import { helloText, sign } from '../crypto/ed25519';
import { isLinkHost } from '../crypto/grant';
import type { MeetingLink } from '../crypto/link';
import {
  type Act,
  type Denial,
  type Hello,
  type MeetingSettings,
  type Participant,
  type ParticipantId,
  type Refusal,
  type Role,
  type ServerMessage,
  type Source,
  VERSION,
  type Watch,
} from '../generated/protocol';
import type { GroupView } from '../group/surroundings';
import { type MediaProblem, mediaKeys } from '../sframe/media-keys';
import type { MeetingActions } from '../state/actions';
import type { Ending, Interface, NoticeText, Problem, Waiting } from '../state/model';
import type { Store } from '../state/store';
import { type Address, socketUrl } from './address';
import type { Api } from './api';
import { arrive } from './arrival';
import type { Clock } from './clock';
import { Connection } from './connection';
import { Conversation } from './conversation';
import { expireReactions } from './expiry';
import { Holding } from './holding';
import { tabIdentity } from './identity';
import { LinkKeys } from './link-keys';
import { Listening } from './listening';
import { Media } from './media';
import type { Founding } from './meeting-group';
import { endMembership, type Membership, type MembershipEvents, makeMembership } from './membership';
import { Moderation } from './moderation';
import type { OwnProfile } from './own-profile';
import { OwnRecord } from './own-record';
import { OwnSources } from './own-sources';
import { PresentLink } from './present-link';
import { iceServers, type RelayAccess } from './relay';
import type { Reply } from './signalling';
import type { Tile } from './watch';
import { Watching } from './watching';

/** Keys of notices and lines; a message may use a few numbers from its own on. */
const KEY_STEP = 16;

export interface Surroundings {
  store: Store;
  clock: Clock;
  random: Random;
  address: Address;
  api: Api;
  hash: PasswordHash;
}

export class MeetingSession implements MeetingActions {
  private link: MeetingLink | null = null;
  private membership: Membership | null = null;
  /** Which of the server's runs let us in, as whom: tells whether media state can be gone on with. */
  private place: { instance: string | null; me: ParticipantId } | null = null;
  /** The server's, where it is the one that the link names. */
  private hostKey: string | null = null;
  private settings: MeetingSettings | null = null;
  private mediaWasUp = false;
  /** The latest. */
  private relay: RelayAccess | null = null;
  private key = 0;
  private readonly connection: Connection;
  private readonly media: Media;
  private readonly sources: OwnSources;
  private readonly listening: Listening;
  private readonly watching: Watching;
  private readonly holding: Holding;
  private readonly record: OwnRecord;
  private readonly presentLink: PresentLink;
  private readonly profile: OwnProfile;
  private readonly conversation: Conversation;
  private readonly store: Store;
  readonly moderation: Moderation;

  constructor(private readonly around: Surroundings) {
    const { store, clock } = around;
    this.store = store;
    this.connection = new Connection(clock, Math.random, {
      open: () => new WebSocket(socketUrl(around.address)),
      hello: (challenge) => this.hello(challenge),
      message: (message) => this.handle(message),
      retrying: (attempt) => store.dispatch({ type: 'link', link: { kind: 'reconnecting', attempt } }),
      gaveUp: () => this.fail({ kind: 'unreachable' }),
    });
    this.media = new Media(clock, mediaKeys(), {
      own: () => this.sources.tracks,
      offer: (sdp, sources) => this.connection.offer(sdp, sources),
      connected: (is) => {
        // Browsers notice a dead network much sooner by its media than by its sockets, if they tell of it at all.
        if (!is) this.connection.probe();
        this.tellLink();
      },
      reachable: () => this.connection.up,
      iceServers: () => iceServers(around.address, this.relay),
    });
    this.sources = new OwnSources(store, clock, {
      inside: () => this.place !== null,
      ask: (source, on) => this.connection.act({ act: 'switch', source, on }),
      changed: (source, track) => void this.media.send(source, track),
      heard: (rms) => this.listening.ownVoice(rms),
      failed: (device, problem) =>
        store.dispatch({ type: 'device_failed', device, problem, key: this.nextKey() }),
      denied: (reason) => this.denied(reason),
    });
    this.watching = new Watching(clock, (videos) => this.askFor(videos));
    this.holding = new Holding(clock, (held) => this.connection.act({ act: 'hold', held }));
    this.record = new OwnRecord(clock, around.api, around.random);
    this.presentLink = new PresentLink(around.random, around.address, clock, this.record, {
      ask: (act) => this.ask(act),
      seal: async (content) => (await this.membership?.group.seal(content, null)) ?? null,
      place: () => this.placeAmongModerators(),
      isClear: () => this.membership?.group.isClear ?? false,
      isHost: () => this.ownRole() === 'host',
      changed: (inviteLink, title) =>
        store.dispatch({ type: 'new_link', inviteLink, title, key: this.nextKey() }),
      notice: (text) => this.notice(text),
    });
    this.conversation = new Conversation(store, clock, {
      membership: () => this.membership,
      me: () => this.place?.me ?? null,
      settings: () => this.settings,
      ask: (act) => this.ask(act),
      tell: (act) => this.connection.act(act),
      show: (line) => store.dispatch({ type: 'said', line, key: this.nextKey() }),
      moderated: (by, what) => store.dispatch({ type: 'moderated', by, what, key: this.nextKey() }),
      notice: (text) => this.notice(text),
      denied: (reason) => this.denied(reason),
      changed: () => this.showMyself(),
    });
    this.profile = this.conversation.profile;
    this.moderation = new Moderation({
      ask: (act) => this.ask(act),
      denied: (reason) => this.denied(reason),
      person: (who) => this.membership?.roster.get(who) ?? null,
      say: (content, to) => this.conversation.say(content, to),
      expel: (identity) => this.membership?.group.remove(identity) ?? Promise.resolve(false),
      isCoHost: (identity) => this.membership?.group.isCoHost(identity) ?? false,
      nobodys: () => this.presentLink.nobodys(),
      newLink: async () => {
        if (this.membership) await this.presentLink.make(this.membership.keys);
      },
      setCoHost: async (identity, is) => {
        const [group, own] = [this.membership?.group, this.record.own];
        return (group && own && (await group.setCoHost(own.keys.signing, identity, is))) ?? false;
      },
      door: () => this.membership?.door ?? null,
      settings: () => this.settings,
      settingsChanged: (changed) => this.record.keepSettings(changed),
      lobbyChanged: (lobby) => {
        this.membership?.group.setDoor(lobby);
        this.record.noteLobby(lobby);
      },
    });
    this.listening = new Listening(
      clock,
      store,
      this.media,
      (quality) => void this.connection.act({ act: 'quality', quality }),
    );
    expireReactions(store, clock);
    mediaKeys().onProblem = (problem) => this.mediaProblem(problem);
  }

  /** Reads the link, looks at the browser, asks for the devices. */
  async begin(): Promise<void> {
    await this.readLink();
    addEventListener('hashchange', () => {
      if (this.store.state.value.phase.kind === 'prejoin') void this.readLink();
    });
    addEventListener('online', () => this.networkChanged());
    (navigator as { connection?: EventTarget }).connection?.addEventListener('change', () =>
      this.networkChanged(),
    );
    const { phase } = this.store.state.value;
    if (phase.kind === 'prejoin' && phase.problem === null) await this.sources.begin();
  }

  private async readLink(): Promise<void> {
    const { link, own } = await arrive(this.around.address, this.around.api, this.store);
    this.link = link;
    this.record.own = own;
  }

  // Joining.

  setName(name: string): void {
    this.profile.type(name);
  }

  async join(password: string | null): Promise<void> {
    const { link } = this;
    const { phase } = this.store.state.value;
    if (!link || phase.kind !== 'prejoin') return;
    this.profile.remember();
    this.store.dispatch({ type: 'joining' });
    try {
      const used = link.password ? (password ?? this.record.own?.note?.password ?? '') : null;
      if (used === '') {
        this.fail({ kind: 'refused', reason: 'not_admitted' });
        return;
      }
      const keys = await LinkKeys.derive(link, used, this.around.hash);
      const identity =
        this.membership?.identity ?? (await tabIdentity(link.id, this.around.random, Date.now()));
      const membership = await makeMembership(keys, identity, this.record.own, this.membershipEvents(keys));
      if (this.membership) endMembership(this.membership);
      this.membership = membership;
      this.connection.start();
    } catch (error) {
      console.warn('the keys could not be made:', error);
      this.fail({ kind: 'unsupported', missing: 'cryptography' });
    }
  }

  private membershipEvents(keys: LinkKeys): MembershipEvents {
    const { clock, random, store } = this.around;
    return {
      clock,
      random,
      profile: () => this.profile.value,
      person: (record, quiet) => this.showPerson(record, quiet),
      gone: (who) => store.dispatch({ type: 'gone', who }),
      notice: (text) => this.notice(text),
      differs: (difference) => store.dispatch({ type: 'difference', difference }),
      founding: () => this.founding(),
      send: (message) => this.connection.group(message),
      keys: (epoch) => (epoch ? mediaKeys().setEpoch(epoch) : this.media.clearKeys()),
      changed: (view) => this.groupChanged(view),
      said: (message) => this.conversation.hear(message),
      ask: (act) => void this.ask(act),
      tell: (content) => this.conversation.announce(content, null),
      wanting: (waiting) => this.showWaiting(waiting),
      follow: (message, told) => this.presentLink.follow(keys, message, told),
      linkMissed: () => this.refused('link_changed'),
    };
  }

  private async hello(challenge: { version: number; nonce: string }): Promise<Hello | null> {
    const nonce = fromBase64Url(challenge.nonce);
    if (!this.membership || nonce === null || challenge.version !== VERSION) {
      this.refused('outdated');
      return null;
    }
    const { keys, identity, group } = this.membership;
    const meeting = keys.link.id;
    const identityKey = identity.key.publicKey;
    return {
      version: VERSION,
      meeting,
      token: keys.token,
      identity: identityKey,
      proof: await sign(identity.key, helloText(meeting, nonce)),
      name: await keys.envelope.sealName(this.profile.value.name, identityKey),
      held: this.holding.newest,
      group: group.followed,
    };
  }

  // From the server, one message after the other.

  private async handle(message: ServerMessage): Promise<void> {
    const { membership } = this;
    if (!membership) return;
    const { dispatch } = this.store;
    const { attendance, group, keys } = membership;
    switch (message.type) {
      case 'refused':
        this.refused(message.reason);
        break;
      case 'waiting':
        this.connection.settled();
        this.leaveRoom();
        group.depart();
        dispatch({ type: 'waiting', until: message.until });
        break;
      case 'welcome':
        await this.welcome(message, membership);
        break;
      case 'participant': {
        const { participant } = message;
        const former = membership.roster.get(participant.id);
        attendance.learn(participant);
        if (participant.id === this.place?.me) {
          this.sources.follow(participant.live);
          // What was asked for is there.
          const floor = former?.role === 'participant' && participant.role === 'speaker';
          if (floor && this.profile.value.hand !== null) this.setHand(false);
        }
        // Who is back again missed what was said meanwhile.
        if (former && !former.connected && participant.connected) this.profile.greet([participant.identity]);
        this.peopleChanged();
        break;
      }
      case 'left':
        attendance.depart(message.participant, message.how);
        if (message.how === 'removed') this.presentLink.unlinked(keys);
        this.peopleChanged();
        break;
      case 'settings':
        this.settings = message.settings;
        this.media.setStrict(message.settings.strict);
        dispatch({ type: 'settings', settings: message.settings });
        this.planHold();
        break;
      case 'lobby':
        await membership.door.knocked(message.knocks);
        this.showWaiting(membership.door.waiting);
        break;
      case 'said':
        group.hear(message.body);
        break;
      case 'rotated':
        group.rotated(message.number, message.link);
        break;
      case 'group':
        group.handle(message.event);
        break;
      case 'held':
        await this.holding.keep(message.held, this.hostKey);
        break;
      case 'slots':
        this.media.setSlots(message.slots);
        break;
      case 'relay':
        this.relay = message;
        break;
      case 'closing':
        this.notice({ kind: 'closing', at: message.at, opens: message.opens });
        break;
      case 'challenge':
      case 'done':
      case 'denied':
      case 'answer':
      case 'pong':
      case 'unreadable':
        // Dealt with by the connection.
        break;
    }
  }

  private async welcome(
    welcome: Extract<ServerMessage, { type: 'welcome' }>,
    membership: Membership,
  ): Promise<void> {
    const { keys, roster, attendance, group, door } = membership;
    const stale = await this.presentLink.read(keys, welcome.title);
    this.settings = welcome.settings;
    this.media.setStrict(welcome.settings.strict);
    const trusted = await isLinkHost(keys.link.hostHash, welcome.hostKey);
    this.hostKey = trusted ? welcome.hostKey : null;
    await this.holding.keep(welcome.held, this.hostKey);
    roster.begin();
    for (const participant of welcome.participants) roster.learn(participant);
    const people = attendance.present().map((record) => roster.person(record));
    await door.knocked(welcome.knocks);
    const knocks = door.waiting;

    this.connection.settled();
    const { me, settings } = welcome;
    const inviteLink = this.presentLink.invite(keys);
    const { title } = this.presentLink;
    const welcomed = { me, people, settings, title, knocks, inviteLink };
    this.store.dispatch({ type: 'welcome', welcome: welcomed, key: this.nextKey() });
    this.takePlace(me, roster.get(me)?.live ?? []);
    this.peopleChanged();
    group.resume(welcome.group);
    // Its group is the one that it left: what was said meanwhile is not repeated, and the others tell it again.
    if (welcome.group !== null) this.profile.introduce();
    if (welcome.linked) this.presentLink.linked();
    else this.presentLink.unlinked(keys);
    if (stale) this.presentLink.tellStale();
  }

  /** A group that this page founds begins as the meeting is. */
  private founding(): Founding | null {
    const { hostKey, settings } = this;
    if (hostKey === null || settings === null) return null;
    const closed = settings.lobby || (this.record.own?.note?.lobby ?? false);
    return { hostKey, closed, title: this.presentLink.title };
  }

  private groupChanged(view: GroupView | null): void {
    const entered = this.membership?.attendance.follow(view) ?? false;
    this.peopleChanged();
    this.store.dispatch({ type: 'secured', code: view?.code ?? null, title: view?.title ?? null });
    if (entered) this.profile.introduce();
    if (view) this.profile.greet(view.came);
    this.tellLink();
  }

  /** Keys that are used up are renewed; what was tampered with is not played, and the person is told. */
  private mediaProblem(problem: MediaProblem): void {
    console.warn('the encryption of sound and picture:', problem.kind);
    if (problem.kind === 'key_used' || problem.kind === 'epoch_needed') this.membership?.group.renew();
    else this.notice({ kind: 'media_encryption', broken: problem.kind === 'worker_failed' });
  }

  private showWaiting(knocks: readonly Waiting[]): void {
    this.store.dispatch({ type: 'lobby', knocks, key: this.nextKey() });
  }

  private showPerson(record: Participant, quiet: boolean): void {
    const { roster } = this.membership ?? {};
    if (roster)
      this.store.dispatch({ type: 'person', person: roster.person(record), quiet, key: this.nextKey() });
  }

  private placeAmongModerators(): number | null {
    const { group, identity } = this.membership ?? {};
    return (identity && group?.place(identity.key.publicKey)) ?? null;
  }

  private ownRole(): Role | null {
    const { place, membership } = this;
    return (place && membership?.roster.get(place.me)?.role) ?? null;
  }

  /** The same place in the same run of the server goes on with its media; any other begins afresh. */
  private takePlace(me: ParticipantId, live: readonly Source[]): void {
    const { instance } = this.connection;
    const same = this.place?.instance === instance && this.place.me === me;
    this.place = { instance, me };
    this.listening.start(me);
    if (same && this.media.connected) this.media.renegotiate();
    else this.media.connectAfresh();
    this.sources.enter(same, live);
    this.tellLink();
    this.watching.enter(me);
  }

  private refused(reason: Refusal): void {
    const { phase } = this.store.state.value;
    // Coming back is worth a try: the server stops for a moment, or our connection was too slow for once.
    if (phase.kind === 'inside' && (reason === 'stopping' || reason === 'too_slow')) return;
    this.fail({ kind: 'refused', reason });
  }

  /** Before being inside it is a problem to mend, afterwards it is the end. */
  private fail(why: Exclude<Problem, { kind: 'bad_link' }>): void {
    this.connection.stop();
    if (this.store.state.value.phase.kind === 'joining') {
      const needsPassword = this.link?.password ?? false;
      this.store.dispatch({ type: 'join_failed', needsPassword, problem: why });
    } else if (why.kind !== 'unsupported') this.end(why);
  }

  private end(how: Ending): void {
    this.connection.stop();
    this.leaveRoom();
    this.sources.close();
    this.store.dispatch({ type: 'over', how });
    const forGood =
      how.kind === 'left' || (how.kind === 'refused' && ['ended', 'removed'].includes(how.reason));
    if (this.membership) endMembership(this.membership);
    if (forGood) void this.membership?.identity.forget();
  }

  /** Out of the room, but not necessarily out of the house. */
  private leaveRoom(): void {
    this.place = null;
    this.mediaWasUp = false;
    this.media.close();
    this.listening.stop();
    this.holding.leave();
    this.watching.leave();
    this.profile.leave();
    this.presentLink.linked();
  }

  private tellLink(): void {
    if (!this.connection.up) return;
    const up = this.media.connected && (this.membership?.group.inside ?? false);
    const again = this.mediaWasUp;
    this.mediaWasUp ||= up;
    const { attempt } = this.media;
    this.store.dispatch({ type: 'link', link: up ? { kind: 'up' } : { kind: 'media', again, attempt } });
  }

  private networkChanged(): void {
    this.connection.networkChanged();
    this.media.networkChanged();
  }

  private peopleChanged(): void {
    const { roster, group } = this.membership ?? {};
    if (!roster || !group) return;
    this.media.setSeats(group.seatsOf(roster.all()));
    this.media.hearUpTo(roster.voices(this.place?.me ?? null));
    this.planHold();
  }

  // The own sources.

  async chooseDevice(kind: 'microphone' | 'camera' | 'speaker', id: string): Promise<void> {
    if (kind !== 'speaker') return this.sources.choose(kind, id);
    await this.media.output.choose(id);
    this.store.dispatch({ type: 'devices', change: { speaker: id } });
  }

  testSpeaker(): Promise<void> {
    return this.media.output.test();
  }

  setMicrophone(on: boolean): Promise<void> {
    return this.sources.set('microphone', on);
  }

  setCamera(on: boolean): Promise<void> {
    return this.sources.set('camera', on);
  }

  setSharing(on: boolean): Promise<void> {
    return this.sources.set('screen', on);
  }

  // Oneself.

  setHand(up: boolean): void {
    this.conversation.setHand(up);
  }

  rename(name: string): void {
    this.conversation.rename(name);
  }

  private showMyself(): void {
    const record = this.place && this.membership?.roster.get(this.place.me);
    if (record) this.showPerson(record, true);
  }

  say(text: string, to: ParticipantId | null): void {
    this.conversation.chat(text, to);
  }

  react(emoji: string): void {
    this.conversation.react(emoji);
  }

  leave(): void {
    void this.connection.act({ act: 'leave' });
    this.end({ kind: 'left' });
  }

  /** The former connection is gone for good; the identity is another one where it was given up. */
  rejoin(): void {
    if (this.store.state.value.phase.kind !== 'over') return;
    this.membership = null;
    this.holding.newest = null;
    void this.readLink().then(() => this.sources.begin());
  }

  // Asking.

  /** Asks the server, and shows where it says no. */
  private async ask(act: Act): Promise<Reply> {
    const reply = await this.connection.act(act);
    if (reply.kind === 'denied') this.denied(reply.reason);
    return reply;
  }

  private denied(reason: Denial): void {
    this.store.dispatch({ type: 'denied', reason, key: this.nextKey() });
  }

  /** What members hold for the server changes with the people and the settings. */
  private planHold(): void {
    const { own } = this.record;
    if (!own || this.ownRole() !== 'host') return;
    this.holding.plan(own, () => {
      const { settings, membership } = this;
      if (!settings || !membership || this.ownRole() !== 'host') return null;
      return { meeting: own.meeting, settings, people: membership.roster.all() };
    });
  }

  // Showing.

  paused(who: ParticipantId, source: Source): boolean {
    return this.media.streams.paused(who, source);
  }

  stream(who: ParticipantId, source: Source): MediaStream | null {
    return who === this.place?.me ? this.sources.picture(source) : this.media.streams.stream(who, source);
  }

  ownCamera(): MediaStream | null {
    return this.sources.picture('camera');
  }

  watch(tiles: readonly Tile[]): void {
    this.watching.show(tiles);
  }

  private askFor(videos: Watch[]): boolean {
    if (!this.connection.up) return false;
    this.connection.send({ type: 'watch', videos });
    return true;
  }

  private notice(text: NoticeText): void {
    this.store.dispatch({ type: 'notice', text, key: this.nextKey() });
  }

  dismiss(notice: number): void {
    this.store.dispatch({ type: 'dismiss', notice });
  }

  setInterface(change: Partial<Interface>): void {
    this.store.dispatch({ type: 'interface', change });
  }

  private nextKey(): number {
    this.key += KEY_STEP;
    return this.key;
  }
}
