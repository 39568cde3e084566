import { expect, test } from 'vitest';
import type { Address } from './address';
import { iceServers } from './relay';

const at = (origin: string): Address => ({ origin, path: '/', fragment: '', replace: () => undefined });
const access = { user: 'u', password: 'p' };

test.each([
  ['https://meet.example.org', 'turns:meet.example.org:443?transport=tcp'],
  ['https://192.0.2.1:8443', 'turns:192.0.2.1:8443?transport=tcp'],
  ['https://[2001:db8::1]:8443', 'turns:[2001:db8::1]:8443?transport=tcp'],
])('the relay is at the page’s own host and port, and nowhere else (B3, P4): %s', (origin, urls) => {
  expect(iceServers(at(origin), access)).toEqual([{ urls, username: 'u', credential: 'p' }]);
});

test('without credentials there is none', () => {
  expect(iceServers(at('https://meet.example.org'), null)).toEqual([]);
});
