import { beforeEach, expect, test, vi } from 'vitest';
import type { Sealing } from '../crypto/sealing';
import type { Act } from '../generated/protocol';
import type { Said } from '../state/messages';
import { LinkKeys } from './link-keys';
import type { Reply } from './signalling';
import { Words } from './words';

const [ME, ADA] = [1, 2];
const LINK = {
  id: 'abcdefghijklmnop',
  secret: new Uint8Array(16),
  hostHash: new Uint8Array(16),
  password: false,
};

let sealing: Sealing;
let asked: Act[];
let shown: Omit<Said, 'at'>[];
let reply: Reply;
let words: Words;

beforeEach(async () => {
  const keys = await LinkKeys.derive(LINK, null, () => Promise.reject(new Error('there is no password')));
  sealing = keys.sealing;
  asked = [];
  shown = [];
  reply = { kind: 'done' };
  words = new Words({
    ask: (act) => {
      asked.push(act);
      return Promise.resolve(reply);
    },
    show: ({ at: _, ...line }) => shown.push(line),
  });
});

test('words go out sealed, and are shown here once they are said (P1)', async () => {
  await words.say(sealing, ME, 'chat', ' Hello\u202e\nall ', ADA);
  expect(JSON.stringify(asked)).not.toContain('Hello');
  const [act] = asked;
  if (act?.act !== 'say') throw new Error('something is said');
  expect([act.channel, act.to]).toEqual(['chat', ADA]);
  expect(await sealing.openBody('chat', act.body)).toBe('Hello\nall');
  expect(shown).toEqual([{ channel: 'chat', from: ME, privatelyTo: ADA, text: 'Hello\nall' }]);
});

test('what was not said is not shown, and nothing is not said', async () => {
  reply = { kind: 'denied', reason: 'switched_off' };
  await words.say(sealing, ME, 'chat', 'Hello', null);
  await words.say(sealing, ME, 'chat', ' \u200b ', null);
  expect(asked).toHaveLength(1);
  expect(shown).toEqual([]);
});

test('what others say is cleaned again: their page may be another one', async () => {
  const line = async (channel: 'chat' | 'reaction', text: string) => ({
    type: 'said' as const,
    from: ADA,
    privately: channel === 'chat',
    channel,
    body: await sealing.sealBody(channel, text),
  });
  await words.hear(sealing, ME, await line('chat', 'one\u0007\u202e\ntwo'));
  await words.hear(sealing, ME, await line('reaction', 'far more than a sign'));
  await words.hear(sealing, ME, await line('chat', '\u2066'));
  expect(shown).toEqual([
    { channel: 'chat', from: ADA, privatelyTo: ME, text: 'one\ntwo' },
    { channel: 'reaction', from: ADA, privatelyTo: null, text: 'far more' },
  ]);
});

test('what was sealed for another purpose is not shown', async () => {
  const warn = vi.spyOn(console, 'warn').mockReturnValue();
  const body = await sealing.sealBody('reaction', 'Hello');
  await words.hear(sealing, ME, { type: 'said', from: ADA, privately: false, channel: 'chat', body });
  expect(shown).toEqual([]);
  expect(warn).toHaveBeenCalledOnce();
  warn.mockRestore();
});
