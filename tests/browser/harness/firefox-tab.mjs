// A tab of Firefox, driven over WebDriver BiDi by Puppeteer. The same words as `ChromiumTab`.

import { Complaints } from './complaints.mjs';
import { scriptFor } from './injected.mjs';
import { BOUND } from './until.mjs';

const quoted = (text) => JSON.stringify(text);

export class FirefoxTab {
  complaints = new Complaints();

  static async open(context, signature) {
    const tab = new FirefoxTab();
    tab.context = context;
    tab.page = await context.newPage();
    tab.page.setDefaultTimeout(BOUND);
    await tab.page.setViewport({ width: 1280, height: 800 });
    await tab.page.evaluateOnNewDocument(scriptFor(signature));
    tab.page.on('request', (request) => tab.complaints.request(request.url()));
    tab.page.on('pageerror', (error) => tab.complaints.error(error));
    tab.page.on('console', (message) => tab.complaints.console(message.type(), message.text()));
    return tab;
  }

  async inject(script) {
    await this.page.evaluateOnNewDocument(script);
  }

  async goto(address) {
    this.complaints.origin = new URL(address).origin;
    await this.page.goto('about:blank');
    await this.page.goto(address);
  }

  run(work, argument) {
    return this.page.evaluate(work, argument);
  }

  async press(role, name) {
    await this.page.locator(`::-p-aria([name=${quoted(name)}][role=${quoted(role)}])`).click();
  }

  async fill(label, text) {
    // The label itself has the same name as its field, so that the name alone would find both.
    const field = await this.page.evaluateHandle(
      (label) => [...document.querySelectorAll('label')].find((one) => one.textContent === label)?.control,
      label,
    );
    await field.asElement().asLocator().fill(text);
  }

  async shows(role, name) {
    const found = await this.page.$(`::-p-aria([name=${quoted(name)}][role=${quoted(role)}])`);
    return (await found?.isVisible()) ?? false;
  }

  async text() {
    return this.page.evaluate(() => document.body.innerText);
  }

  screenshot(path) {
    return this.page.screenshot({ path });
  }

  async close() {
    await this.context.close();
  }
}
