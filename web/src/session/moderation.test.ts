import { beforeEach, expect, test } from 'vitest';
import { type Act, type Participant, USUAL_SETTINGS } from '../generated/protocol';
import type { Content } from '../group/content';
import { Moderation } from './moderation';
import type { Reply } from './signalling';

const ADA: Participant = {
  id: 2,
  identity: 'ada',
  role: 'participant',
  live: ['microphone'],
  quality: 'unknown',
  connected: true,
};

let history: string[];
let reply: Reply;
let holdsKey: boolean;
let isOut: boolean;
let isCoHost: boolean;
let moderation: Moderation;

beforeEach(() => {
  history = [];
  reply = { kind: 'done' };
  holdsKey = true;
  isOut = true;
  isCoHost = false;
  moderation = new Moderation({
    ask: (act: Act) => {
      history.push(`ask ${act.act}`);
      return Promise.resolve(reply);
    },
    denied: (reason) => history.push(`denied ${reason}`),
    person: (who) => (who === ADA.id ? ADA : null),
    say: (content: Content, to) => {
      history.push(`say ${'what' in content ? content.what : content.type} to ${to?.identity ?? 'all'}`);
      return Promise.resolve(true);
    },
    expel: async (identity) => {
      history.push(`expel ${identity}`);
      return isOut;
    },
    isCoHost: () => isCoHost,
    nobodys: () => Promise.resolve('hash'),
    door: () => null,
    newLink: async () => void history.push('new link'),
    setCoHost: async (identity, is) => {
      history.push(`${is ? 'list' : 'strike'} ${identity}`);
      return holdsKey;
    },
    settings: () => USUAL_SETTINGS,
    settingsChanged: () => history.push('settings'),
    lobbyChanged: (lobby) => history.push(`lobby ${lobby}`),
  });
});

test('K7 B5 a removal ends the link, then the person’s keys, and only then is there another link', async () => {
  await moderation.remove(ADA.id);
  expect(history).toEqual(['ask remove', 'expel ada', 'new link']);
});

test('B5 whoever still has keys is not told the next link', async () => {
  isOut = false;
  await moderation.remove(ADA.id);
  expect(history).toEqual(['ask remove', 'expel ada']);
});

test('P3 a co-host who is sent away is none any more', async () => {
  isCoHost = true;
  await moderation.remove(ADA.id);
  await moderation.sendToLobby(ADA.id);
  expect(history).toEqual([
    'ask remove',
    'strike ada',
    'expel ada',
    'new link',
    'ask send_to_lobby',
    'strike ada',
    'expel ada',
  ]);
});

test('what the server did not do goes no further', async () => {
  reply = { kind: 'denied', reason: 'protected' };
  await moderation.remove(ADA.id);
  await moderation.sendToLobby(ADA.id);
  await moderation.changeSettings({ chat: false });
  moderation.muteAll();
  await Promise.resolve();
  expect(history).toEqual(['ask remove', 'ask send_to_lobby', 'ask change_settings', 'ask mute_all']);
});

test('S2 who is sent to the lobby has no keys any more', async () => {
  await moderation.sendToLobby(ADA.id);
  expect(history).toEqual(['ask send_to_lobby', 'expel ada']);
});

test('P3 the person is told who did it, where something was done', async () => {
  moderation.mute(ADA.id);
  moderation.stopVideo(ADA.id);
  moderation.askToUnmute(ADA.id);
  moderation.lowerHand(ADA.id);
  moderation.muteAll();
  await new Promise((resolve) => setTimeout(resolve));
  expect(history.filter((line) => line.startsWith('say'))).toEqual([
    'say lower_hand to ada',
    'say muted to ada',
    'say asked_to_unmute to ada',
    'say muted_all to all',
  ]);
});

test('K4 a role is the group’s before it is the server’s, and needs the host key', async () => {
  await moderation.setRole(ADA.id, 'co_host');
  await moderation.setRole(ADA.id, 'participant');
  expect(history).toEqual(['list ada', 'ask set_role', 'strike ada', 'ask set_role']);
  holdsKey = false;
  history = [];
  await moderation.setRole(ADA.id, 'co_host');
  await moderation.setRole(7, 'co_host');
  expect(history).toEqual(['list ada', 'denied not_host', 'denied no_such_person']);
});

test('P3 the floor is the server’s, given by any moderator, and the person is told by whom', async () => {
  moderation.giveFloor(ADA.id, true);
  moderation.giveFloor(ADA.id, false);
  await new Promise((resolve) => setTimeout(resolve));
  expect(history).toEqual([
    'ask set_role',
    'ask set_role',
    'say floor_given to ada',
    'say floor_taken to ada',
  ]);
  history = [];
  reply = { kind: 'denied', reason: 'not_moderator' };
  moderation.giveFloor(ADA.id, true);
  await new Promise((resolve) => setTimeout(resolve));
  expect(history).toEqual(['ask set_role']);
});

test('K2 the door follows the switch that was moved here, closes first and opens last', async () => {
  await moderation.changeSettings({ chat: false });
  expect(history).toEqual(['ask change_settings', 'settings']);
  history = [];
  await moderation.changeSettings({ lobby: true });
  expect(history).toEqual(['lobby true', 'ask change_settings', 'settings']);
  history = [];
  await moderation.changeSettings({ lobby: false });
  expect(history).toEqual(['ask change_settings', 'lobby false', 'settings']);
  history = [];
  reply = { kind: 'denied', reason: 'not_moderator' };
  await moderation.changeSettings({ lobby: true });
  expect(history).toEqual(['lobby true', 'ask change_settings', 'lobby false']);
});
