// Every screen from made-up states, without a server. `?screen=<name>` shows one; without it there is a list.

import { signal } from '@preact/signals';
import { render } from 'preact';
import type { HostActions, MeetingActions, PasskeyActions } from '../src/state/actions';
import type { AppState } from '../src/state/model';
import { HostPages, MeetingPages } from '../src/views';
import { ARMORED, READINGS } from './keys';
import { face, page } from './pictures';
import { PASSKEY_LISTS, SCREENS, type Screen, type Writing } from './screens';

function Shown({ screen }: { screen: Screen }) {
  if (screen.kind === 'host') return <HostPages state={signal(screen.state)} actions={HOST_ACTIONS} />;
  const state = signal(screen.state);
  return <MeetingPages state={state} actions={meetingActions(state)} />;
}

function List() {
  return (
    <main>
      <h1>Screens</h1>
      <ul>
        {Object.keys(SCREENS).map((each) => (
          <li key={each}>
            <a href={`?screen=${each}`}>{each}</a>
          </li>
        ))}
      </ul>
    </main>
  );
}

const ok = <T,>(value: T) => Promise.resolve({ ok: true as const, value });

/** What is typed for the password says which list there is. */
const PASSKEYS: PasskeyActions = {
  get obstacle() {
    return chosen?.kind === 'host' ? chosen.obstacle : null;
  },
  open: (password) => {
    const settings = PASSKEY_LISTS[password];
    return settings ? ok(settings) : Promise.resolve({ ok: false, problem: 'wrong_password' });
  },
  add: (name) => {
    const opens = name !== 'Old security key';
    return ok({ settings: { asksBoth: false, passkeys: [{ id: 'new', name, opens }] }, opens });
  },
  remove: () => ok({ asksBoth: false, passkeys: [] }),
  askBoth: () => Promise.resolve({ ok: false, problem: 'slow_down' }),
  close: () => undefined,
};

const HOST_ACTIONS: HostActions = {
  signIn: () => Promise.resolve({ ok: false, problem: 'wrong_password' }),
  signInByPasskey: () => Promise.resolve({ ok: false, problem: 'passkey_unused' }),
  enrol: () => ok({ recoveryCode: 'H7KM 2QXT 9WFA 4NRB C6YE 8PJD 3VGZ 5SLU' }),
  signOut: () => ok(undefined),
  changePassword: () => ok(undefined),
  createMeeting: () => Promise.resolve({ ok: false, problem: 'slow_down' }),
  changeMeeting: () => ok(undefined),
  deleteMeeting: () => ok(undefined),
  planOpening: () => ok(undefined),
  removeOpening: () => ok(undefined),
  refresh: () => ok(undefined),
  invitations: {
    signingKey: () => ok({ fingerprint: '72F1 82A0 685B B660 FAC8 680B E13A EDFC F9A3 9BEF', publicKey: '' }),
    recipients: (keys) => ok(READINGS[String(keys)] ?? { ok: false, fault: 'not_a_key', whose: null }),
    encrypt: () => ok(ARMORED),
  },
  passkeys: PASSKEYS,
};

/** Those that only change what is shown work; the others do nothing. */
function meetingActions(state: { value: AppState }): MeetingActions {
  const change = (part: Partial<AppState>) => {
    state.value = { ...state.value, ...part };
  };
  const device = (kind: 'microphone' | 'camera', on: boolean) => {
    const devices = state.value.devices;
    change({ devices: { ...devices, [kind]: { ...devices[kind], on } } });
    return Promise.resolve();
  };
  const nothing = () => undefined;
  const soon = () => Promise.resolve();
  return {
    setName: (next) => change({ name: next }),
    join: soon,
    chooseDevice: soon,
    testSpeaker: soon,
    setMicrophone: (on) => device('microphone', on),
    setCamera: (on) => device('camera', on),
    setSharing: soon,
    setHand: nothing,
    rename: nothing,
    say: nothing,
    react: nothing,
    leave: nothing,
    rejoin: nothing,
    moderation: {
      mute: nothing,
      muteAll: nothing,
      askToUnmute: nothing,
      stopVideo: nothing,
      stopScreen: nothing,
      remove: soon,
      newLink: soon,
      admit: nothing,
      admitAll: nothing,
      deny: nothing,
      sendToLobby: soon,
      giveFloor: nothing,
      setRole: soon,
      lowerHand: nothing,
      changeSettings: async () => undefined,
      endForAll: nothing,
    },
    stream: (who, source) => (source === 'screen' ? page() : face(who)),
    paused: (who, source) => source === 'camera' && who === 5,
    ownCamera: () => face(1),
    watch: nothing,
    dismiss: nothing,
    setInterface: (part) => change({ ui: { ...state.value.ui, ...part } }),
  };
}

function press(label: string): void {
  // A phone's bar has fewer buttons: the screen is then shown as it is without the press.
  named(label)?.click();
}

async function write({ field, text }: Writing): Promise<void> {
  const wanted = named(field);
  // It may still be loading.
  if (!isField(wanted)) return nextFrame().then(() => write({ field, text }));
  wanted.value = text;
  wanted.dispatchEvent(new Event('input', { bubbles: true }));
  // It is read after a pause.
  await new Promise((resolve) => setTimeout(resolve, 700));
}

function named(label: string): HTMLElement | undefined {
  const all = [...document.querySelectorAll<HTMLElement>('button, summary, input, textarea')];
  return all.find((each) => nameOf(each) === label && each.offsetParent !== null);
}

function isField(element: HTMLElement | undefined): element is HTMLInputElement | HTMLTextAreaElement {
  return element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement;
}

function nameOf(element: HTMLElement): string {
  const labels = isField(element) ? element.labels?.[0]?.textContent : undefined;
  const title = element.querySelector('.protects-title')?.textContent;
  return (element.getAttribute('aria-label') ?? labels ?? title ?? element.textContent ?? '').trim();
}

function nextFrame(): Promise<void> {
  return new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 60)));
}

const root = document.getElementById('app');
const name = new URLSearchParams(location.search).get('screen');
const chosen = name === null ? undefined : SCREENS[name];

if (root) {
  render(chosen ? <Shown screen={chosen} /> : <List />, root);
  for (const step of chosen?.press ?? []) {
    await nextFrame();
    if (typeof step === 'string') press(step);
    else await write(step);
  }
  await nextFrame();
  document.documentElement.dataset.ready = 'yes';
}
