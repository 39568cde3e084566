// The page begins here: the address decides what it is.

import { render } from 'preact';
import { systemRandom } from './crypto/bytes';
import { hashInWorker } from './crypto/password-worker';
import { browserAddress } from './session/address';
import { Api } from './session/api';
import { browserAuthenticator } from './session/authenticator';
import { systemClock } from './session/clock';
import { HostSession } from './session/host-session';
import { MeetingSession } from './session/meeting-session';
import { createStore } from './state/store';
import { HostPages, MeetingPages } from './views';

const around = { api: new Api(), address: browserAddress, random: systemRandom, hash: hashInWorker };
const root = document.getElementById('app');
if (!root) throw new Error('index.html has the element #app');

if (browserAddress.path.startsWith('/m/')) {
  const store = createStore();
  const session = new MeetingSession({ ...around, store, clock: systemClock });
  render(<MeetingPages state={store.state} actions={session} />, root);
  void session.begin();
} else {
  const session = new HostSession({ ...around, authenticator: browserAuthenticator });
  render(<HostPages state={session.state} actions={session} />, root);
  void session.begin();
}
