// A tab of Chromium, driven by Playwright. What it can do, `FirefoxTab` can do in the same words.

import { Complaints } from './complaints.mjs';
import { scriptFor } from './injected.mjs';
import { BOUND } from './until.mjs';

export class ChromiumTab {
  complaints = new Complaints();
  /** Every text frame that came over a WebSocket, as the browser (not the page) saw it. */
  frames = [];

  static async open(context, signature) {
    const tab = new ChromiumTab();
    tab.context = context;
    tab.page = await context.newPage();
    tab.page.setDefaultTimeout(BOUND);
    await tab.page.addInitScript(scriptFor(signature));
    tab.page.on('request', (request) => tab.complaints.request(request.url()));
    tab.page.on('pageerror', (error) => tab.complaints.error(error));
    tab.page.on('console', (message) => tab.complaints.console(message.type(), message.text()));
    tab.page.on('websocket', (socket) => {
      tab.complaints.request(socket.url());
      socket.on('framereceived', ({ payload }) => tab.frames.push(JSON.parse(payload)));
    });
    return tab;
  }

  /** Has every page that is loaded from now on run this before its own scripts. */
  async inject(script) {
    await this.page.addInitScript(script);
  }

  async goto(address) {
    this.complaints.origin = new URL(address).origin;
    // Links of meetings differ after the `#` only, and a browser would not load the page again.
    await this.page.goto('about:blank');
    await this.page.goto(address);
  }

  /** Runs a function in the page. */
  run(work, argument) {
    return this.page.evaluate(work, argument);
  }

  /** Presses what has this role and exactly this name. */
  async press(role, name) {
    await this.page.getByRole(role, { name, exact: true }).click();
  }

  /** Writes into the field with exactly this label. */
  async fill(label, text) {
    await this.page.getByLabel(label, { exact: true }).fill(text);
  }

  /** Whether something with this role and exactly this name is there to see. */
  async shows(role, name) {
    return this.page.getByRole(role, { name, exact: true }).first().isVisible();
  }

  /** All that can be read in the page. */
  async text() {
    return this.page.locator('body').innerText();
  }

  screenshot(path) {
    return this.page.screenshot({ path });
  }

  async close() {
    await this.context.close();
  }
}
