// The session of one page in one meeting: takes what views ask for and what the server tells, and keeps the state.
// The parts do the work; here is what happens when.

import { fromBase64Url, type Random } from '../crypto/bytes';
import type { PasswordHash } from '../crypto/derive';
import { helloText, sign } from '../crypto/ed25519';
import { grant, isLinkHost } from '../crypto/grant';
import { type MeetingLink, parseLink, parseMeetingPath } from '../crypto/link';
import {
  type Act,
  type Channel,
  type Hello,
  type KnockId,
  type MeetingSettings,
  type ParticipantId,
  type Refusal,
  type Role,
  type Rotation,
  type SealedTitle,
  type ServerMessage,
  type Source,
  VERSION,
  type Watch,
} from '../generated/protocol';
import type { MeetingActions } from '../state/actions';
import type { Ending, Interface, NoticeText, Problem } from '../state/model';
import type { Store } from '../state/store';
import { type Address, socketUrl } from './address';
import type { Api } from './api';
import type { Clock } from './clock';
import { Connection } from './connection';
import { expireReactions } from './expiry';
import { Holding } from './holding';
import { type Identity, tabIdentity } from './identity';
import { LinkChanges } from './link-changes';
import { LinkKeys } from './link-keys';
import { Listening } from './listening';
import { Media } from './media';
import { cleanName } from './names';
import { findOwnMeeting, type OwnMeeting } from './own-meeting';
import { OwnRecord } from './own-record';
import { OwnSources } from './own-sources';
import { Roster } from './roster';
import type { Reply } from './signalling';
import { missing } from './support';
import type { Tile } from './watch';
import { Watching } from './watching';
import { Words } from './words';

const NAME_KEY = 'incamera-name';
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

/** What is known from joining on. */
interface Membership {
  keys: LinkKeys;
  roster: Roster;
  identity: Identity;
}

export class MeetingSession implements MeetingActions {
  private link: MeetingLink | null = null;
  private host: OwnMeeting | null = null;
  private membership: Membership | null = null;
  /** Which of the server's runs let us in, as whom: tells whether media state can be gone on with. */
  private place: { instance: string | null; me: ParticipantId } | null = null;
  /** The server's, where it is the one that the link names. */
  private hostKey: string | null = null;
  private settings: MeetingSettings | null = null;
  private title = '';
  /** Whether the meeting has a link that this page could not follow to. */
  private staleLink = false;
  private mediaWasUp = false;
  private key = 0;
  private readonly connection: Connection;
  private readonly media: Media;
  private readonly sources: OwnSources;
  private readonly listening: Listening;
  private readonly watching: Watching;
  private readonly holding: Holding;
  private readonly links: LinkChanges;
  private readonly record: OwnRecord;
  private readonly words: Words;
  private readonly store: Store;

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
    this.media = new Media(clock, {
      own: () => this.sources.tracks,
      offer: (sdp, sources) => this.connection.offer(sdp, sources),
      connected: () => this.tellLink(),
      reachable: () => this.connection.up,
    });
    this.sources = new OwnSources(store, clock, {
      inside: () => this.place !== null,
      ask: (source, on) => this.connection.act({ act: 'switch', source, on }),
      changed: (source, track) => void this.media.send(source, track),
      heard: (rms) => this.listening.ownVoice(rms),
      failed: (device, problem) =>
        store.dispatch({ type: 'device_failed', device, problem, key: this.nextKey() }),
      denied: (reason) => store.dispatch({ type: 'denied', reason, key: this.nextKey() }),
    });
    this.watching = new Watching(clock, (videos) => this.askFor(videos));
    this.holding = new Holding(clock, (held) => this.connection.act({ act: 'hold', held }));
    this.links = new LinkChanges(around.random, around.address, {
      ask: (act) => this.ask(act),
      changed: (keys) => this.linkChanged(keys),
    });
    this.record = new OwnRecord(clock, around.api, around.random);
    this.words = new Words({
      ask: (act) => this.ask(act),
      show: (line) => store.dispatch({ type: 'said', line, key: this.nextKey() }),
    });
    this.listening = new Listening(
      clock,
      store,
      this.media,
      (quality) => void this.tell({ act: 'quality', quality }),
    );
    expireReactions(store, clock);
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
    const { address } = this.around;
    const { dispatch } = this.store;
    this.link = parseLink(address.path, address.fragment);
    const lacking = await missing();
    let problem: Problem | null = this.link ? null : { kind: 'bad_link' };
    if (lacking) problem = { kind: 'unsupported', missing: lacking };
    const name = rememberedName();
    const needsPassword = this.link?.password ?? false;
    dispatch({ type: 'link_read', meetingId: parseMeetingPath(address.path), needsPassword, problem, name });
    if (problem || !this.link) return;
    this.host = await findOwnMeeting(this.link, this.around.api);
    dispatch({ type: 'host_key', held: this.host !== null });
    if (this.host?.note) dispatch({ type: 'password_known' });
  }

  // Joining.

  setName(name: string): void {
    this.store.dispatch({ type: 'name', name });
  }

  async join(password: string | null): Promise<void> {
    const { link } = this;
    const { phase } = this.store.state.value;
    if (!link || phase.kind !== 'prejoin') return;
    rememberName(this.store.state.value.name);
    this.store.dispatch({ type: 'joining' });
    try {
      const used = link.password ? (password ?? this.host?.note?.password ?? '') : null;
      if (used === '') {
        this.fail({ kind: 'refused', reason: 'not_admitted' });
        return;
      }
      const keys = await LinkKeys.derive(link, used, this.around.hash);
      const identity = this.membership?.identity ?? (await tabIdentity(link.id, Date.now()));
      this.membership = { keys, identity, roster: new Roster(link.id, keys.envelope) };
      this.connection.start();
    } catch (error) {
      console.warn('the keys could not be made:', error);
      this.fail({ kind: 'unsupported', missing: 'cryptography' });
    }
  }

  private async hello(challenge: { version: number; nonce: string }): Promise<Hello | null> {
    const nonce = fromBase64Url(challenge.nonce);
    if (!this.membership || nonce === null || challenge.version !== VERSION) {
      this.refused('outdated');
      return null;
    }
    const { keys, identity } = this.membership;
    const meeting = keys.link.id;
    const identityKey = identity.key.publicKey;
    return {
      version: VERSION,
      meeting,
      token: keys.token,
      identity: identityKey,
      proof: await sign(identity.key, helloText(meeting, nonce)),
      name: await keys.envelope.sealName(this.ownName(), identityKey),
      grant: this.host ? await grant(this.host.keys.signing, meeting, 'host', identityKey) : null,
      held: this.holding.newest,
    };
  }

  private ownName(): string {
    return cleanName(this.store.state.value.name) || 'Guest';
  }

  // From the server, one message after the other.

  private async handle(message: ServerMessage): Promise<void> {
    const { membership } = this;
    if (!membership) return;
    const { dispatch } = this.store;
    const { keys, roster } = membership;
    switch (message.type) {
      case 'refused':
        this.refused(message.reason);
        break;
      case 'waiting':
        this.connection.settled();
        this.leaveRoom();
        dispatch({ type: 'waiting', until: message.until });
        break;
      case 'welcome':
        await this.welcome(message, membership);
        break;
      case 'participant': {
        const person = await roster.learn(message.participant);
        dispatch({ type: 'person', person, key: this.nextKey() });
        if (person.id === this.place?.me) this.sources.follow(person.live);
        this.peopleChanged();
        break;
      }
      case 'left':
        roster.forget(message.participant);
        dispatch({ type: 'left', who: message.participant, how: message.how, key: this.nextKey() });
        this.peopleChanged();
        break;
      case 'settings':
        this.settings = message.settings;
        dispatch({ type: 'settings', settings: message.settings });
        this.planHold();
        break;
      case 'lobby':
        dispatch({ type: 'lobby', knocks: await roster.waiting(message.knocks), key: this.nextKey() });
        break;
      case 'said':
        if (this.place) await this.words.hear(keys, this.place.me, message);
        break;
      case 'moderated':
        dispatch({ type: 'moderated', by: message.by, what: message.what, key: this.nextKey() });
        break;
      case 'rotated':
        await this.links.follow(keys, [message.link]);
        if (await this.losesTrack(keys, message.title)) this.tellStaleLink();
        break;
      case 'held':
        await this.holding.keep(message.held, this.hostKey);
        break;
      case 'slots':
        this.media.setSlots(message.slots);
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
    const { keys, roster } = membership;
    // First: everything else is sealed under the newest key.
    await this.links.follow(keys, welcome.links);
    const stale = await this.losesTrack(keys, welcome.title);
    this.settings = welcome.settings;
    const trusted = await isLinkHost(keys.link.hostHash, welcome.hostKey);
    this.hostKey = trusted ? welcome.hostKey : null;
    await this.holding.keep(welcome.held, this.hostKey);
    roster.begin(this.hostKey);
    const people = [];
    for (const participant of welcome.participants) people.push(await roster.learn(participant));
    const knocks = await roster.waiting(welcome.knocks);

    this.connection.settled();
    const { me, settings } = welcome;
    const inviteLink = this.links.invite(keys);
    const { title } = this;
    const welcomed = { me, people, settings, title, knocks, inviteLink };
    this.store.dispatch({ type: 'welcome', welcome: welcomed, key: this.nextKey() });
    this.takePlace(me, roster.get(me)?.live ?? []);
    this.peopleChanged();
    if (stale) this.tellStaleLink();
  }

  /** Reads the title: where it cannot be opened, the link is another one. True when that is news. */
  private async losesTrack(keys: LinkKeys, sealed: SealedTitle): Promise<boolean> {
    const title = await keys.envelope.openTitle(sealed);
    const before = this.staleLink;
    this.staleLink = title === null;
    // The owner knows it from the list of meetings: a new link then brings it back for everybody.
    this.title = title ?? (this.title || (this.host?.note?.title ?? ''));
    return this.staleLink && !before;
  }

  private tellStaleLink(): void {
    this.notice({ kind: 'stale_link', host: this.ownRole() === 'host' });
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
  }

  private tellLink(): void {
    if (!this.connection.up) return;
    const up = this.media.connected;
    const again = this.mediaWasUp;
    this.mediaWasUp ||= up;
    this.store.dispatch({ type: 'link', link: up ? { kind: 'up' } : { kind: 'media', again } });
  }

  private networkChanged(): void {
    this.connection.networkChanged();
    this.media.networkChanged();
  }

  private peopleChanged(): void {
    const { roster } = this.membership ?? {};
    if (!roster) return;
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
    void this.ask({ act: 'hand', up });
  }

  rename(name: string): void {
    const clean = cleanName(name);
    if (clean !== '') void this.changeName(clean);
  }

  private async changeName(name: string): Promise<void> {
    if (!this.membership) return;
    const { keys, identity } = this.membership;
    const sealed = await keys.envelope.sealName(name, identity.key.publicKey);
    const reply = await this.ask({ act: 'rename', name: sealed });
    if (reply.kind !== 'done') return;
    this.store.dispatch({ type: 'name', name });
    rememberName(name);
  }

  say(text: string, to: ParticipantId | null): void {
    this.speak('chat', text, to);
  }

  react(emoji: string): void {
    this.speak('reaction', emoji, null);
  }

  private speak(channel: Channel, text: string, to: ParticipantId | null): void {
    const { membership, place } = this;
    if (membership && place) void this.words.say(membership.keys, place.me, channel, text, to);
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

  // Moderation.

  mute(participant: ParticipantId): void {
    void this.ask({ act: 'mute', participant });
  }

  muteAll(): void {
    void this.ask({ act: 'mute_all' });
  }

  askToUnmute(participant: ParticipantId): void {
    void this.ask({ act: 'ask_to_unmute', participant });
  }

  stopVideo(participant: ParticipantId): void {
    void this.ask({ act: 'stop_video', participant });
  }

  stopScreen(participant: ParticipantId): void {
    void this.ask({ act: 'stop_screen', participant });
  }

  async remove(participant: ParticipantId): Promise<void> {
    await this.changeLink((rotation) => ({ act: 'remove', participant, rotation }));
  }

  async newLink(): Promise<void> {
    await this.changeLink((rotation) => ({ act: 'rotate', rotation }));
  }

  private async changeLink(act: (rotation: Rotation) => Act): Promise<void> {
    if (this.membership) await this.links.make(this.membership.keys, this.title, act);
  }

  admit(knock: KnockId): void {
    void this.ask({ act: 'admit', knock });
  }

  admitAll(): void {
    void this.ask({ act: 'admit_all' });
  }

  deny(knock: KnockId): void {
    void this.ask({ act: 'deny', knock });
  }

  sendToLobby(participant: ParticipantId): void {
    void this.ask({ act: 'send_to_lobby', participant });
  }

  async setRole(participant: ParticipantId, role: Role): Promise<void> {
    const record = this.membership?.roster.get(participant);
    if (!record || !this.host) {
      this.showDenial({ kind: 'denied', reason: record ? 'not_host' : 'no_such_person' });
      return;
    }
    const proof = await grant(this.host.keys.signing, this.host.meeting, role, record.identity);
    await this.ask({ act: 'set_role', participant, role, grant: proof });
  }

  lowerHand(participant: ParticipantId): void {
    void this.ask({ act: 'lower_hand', participant });
  }

  changeSettings(settings: MeetingSettings): void {
    void this.ask({ act: 'change_settings', settings }).then(({ kind }) => {
      if (kind === 'done' && this.host) this.record.keepSettings(this.host, settings);
    });
  }

  endForAll(): void {
    void this.ask({ act: 'end_for_all' });
  }

  /** Asks the server, and shows where it says no. */
  private async ask(act: Act): Promise<Reply> {
    const reply = await this.connection.act(act);
    this.showDenial(reply);
    return reply;
  }

  /** Nobody waits for the answer, and nobody needs to hear it. */
  private async tell(act: Act): Promise<void> {
    await this.connection.act(act);
  }

  private showDenial(reply: Reply): void {
    if (reply.kind !== 'denied') return;
    this.store.dispatch({ type: 'denied', reason: reply.reason, key: this.nextKey() });
  }

  private linkChanged(keys: LinkKeys): void {
    this.link = keys.link;
    const inviteLink = this.links.invite(keys);
    this.store.dispatch({ type: 'new_link', inviteLink, title: this.title, key: this.nextKey() });
    void this.settleUnder(keys);
  }

  /** Under the new keys: the own name for the others, the link in the owner's list. */
  private async settleUnder(keys: LinkKeys): Promise<void> {
    const { identity } = this.membership ?? {};
    if (!identity) return;
    const name = await keys.envelope.sealName(this.ownName(), identity.key.publicKey);
    await this.tell({ act: 'reseal', name });
    const kept = this.host && (await this.record.keepLink(this.host, keys.secretText));
    if (kept) this.host = kept;
    // The host key may be missing in this browser, or the sign-in over: then only the host's own copy saves the link.
    else if (this.ownRole() === 'host') this.notice({ kind: 'link_not_kept' });
  }

  /** What members hold for the server changes with the people and the settings. */
  private planHold(): void {
    const { host } = this;
    if (!host || this.ownRole() !== 'host') return;
    this.holding.plan(host, () => {
      const { settings, membership } = this;
      if (!settings || !membership || this.ownRole() !== 'host') return null;
      return { meeting: host.meeting, settings, people: membership.roster.all() };
    });
  }

  // Showing.

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

/** For this tab alone, so that a reload does not ask again. */
function rememberedName(): string {
  return sessionStorage.getItem(NAME_KEY) ?? '';
}

function rememberName(name: string): void {
  sessionStorage.setItem(NAME_KEY, name);
}
