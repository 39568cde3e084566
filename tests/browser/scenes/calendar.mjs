// A kept meeting in somebody's calendar (P1): a file that the page makes, with the link only if the host says so.

import assert from 'node:assert/strict';
import { scene } from '../harness/stage.mjs';
import { until } from '../harness/until.mjs';

const TITLE = 'Thursday circle';

scene(
  'a kept meeting becomes a file for calendars, with the link only if the host says so (P1)',
  async (stage) => {
    const host = await stage.host();
    const { link } = await host.makeMeeting({ title: TITLE, kept: true });
    const { pathname: meeting, hash } = new URL(link);
    const requests = [];
    host.tab.page.on('request', (request) => requests.push(request));

    const without = await intoCalendar(host);
    assert.match(without, /^SUMMARY:Thursday circle$/m);
    assert.match(without, /^DTSTART:\d{8}T\d{6}Z$/m);
    assert.match(without, /The link is in your invitation/);
    for (const part of [meeting, ...hash.slice(1).split('.')]) assert.ok(!without.includes(part), without);

    const own = await intoCalendar(host, {
      title: 'Circle',
      switches: ['Put the link into the entry', 'Repeat every week'],
    });
    assert.match(own, /^SUMMARY:Circle$/m);
    assert.match(own, /^DTSTART;TZID=/m);
    assert.match(own, /^RRULE:FREQ=WEEKLY/m);
    assert.ok(own.includes(link), own);

    // Nothing but the code that does it was asked of the server, and nothing was told to it.
    for (const request of requests) {
      assert.equal(request.method(), 'GET');
      assert.match(request.url(), /^(blob:.*|https:\/\/[^/]+\/assets\/[^?#]+)$/);
    }

    // What the entry has opens the door.
    const guest = await stage.person('Gitta');
    await guest.knock(own.match(/^URL:(.+)$/m)[1]);
    await guest.sees('The host is not here yet');
  },
);

/** The saved file's lines, put together as RFC 5545, section 3.1, takes them apart. */
async function intoCalendar(host, { title, switches = [] } = {}) {
  await host.tab.press('button', `Actions for ${TITLE}`);
  await host.tab.press('menuitem', 'Put it into a calendar…');
  await until('the form is there', () => host.tab.shows('button', 'Save the file'));
  // The hour that is offered may have come to its end by the time it is saved.
  await host.tab.fill('Day', new Date(Date.now() + 48 * 3_600_000).toISOString().slice(0, 10));
  if (title) await host.tab.fill('Title in the calendar', title);
  for (const name of switches) await host.tab.press('switch', name);
  const { name, content } = await host.download('Save the file');
  assert.equal(name, 'meeting.ics');
  await host.sees('Saved as “meeting.ics”');
  await host.tab.page.keyboard.press('Escape');
  return content.replaceAll('\r\n ', '').replaceAll('\r\n', '\n');
}
