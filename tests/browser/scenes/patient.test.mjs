// Scenes that mostly wait, for what a page or a server does only after a while, in a process and browsers of their own.

import { after } from 'node:test';
import { closeBrowsers } from '../harness/browsers.mjs';

import './removal.mjs';
import './group.mjs';
import './memory.mjs';
import './hostile.mjs';
import './hostile-group.mjs';

after(closeBrowsers);
