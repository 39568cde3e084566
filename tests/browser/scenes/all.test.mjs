// All scenes, one after the other in one process, so that each browser is started once.

import { after } from 'node:test';
import { closeBrowsers } from '../harness/browsers.mjs';

import './hosting.mjs';
import './passkeys.mjs';
import './invitations.mjs';
import './calendar.mjs';
import './meeting.mjs';
import './sharing.mjs';
import './layers.mjs';
import './quality.mjs';
import './moderation.mjs';
import './removal.mjs';
import './group.mjs';
import './entry.mjs';
import './outage.mjs';
import './network.mjs';
import './one-port.mjs';
import './devices.mjs';
import './transport.mjs';
import './encryption.mjs';
import './wire.mjs';
import './memory.mjs';
import './hostile.mjs';
import './hostile-group.mjs';
import './keyboard.mjs';
import './screens.mjs';
import './book.mjs';

after(closeBrowsers);
