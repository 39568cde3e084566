// Somebody with a browser, and what they do there, in the words of the page.

import { readFile } from 'node:fs/promises';
import { until } from './until.mjs';

export class Person {
  tab;
  /** What their devices give: see `page/signals.js`. */
  sends;

  constructor(name) {
    this.name = name;
  }

  /** Opens the link, gives the name and whatever password, and presses Join; does not wait for what follows. */
  async knock(link, { password } = {}) {
    await this.tab.goto(link);
    await until(`${this.name} can give a name`, () => this.tab.shows('textbox', 'Your name'));
    await this.tab.fill('Your name', this.name);
    if (password !== undefined) await this.tab.fill('Meeting password', password);
    await this.tab.press('button', 'Join');
  }

  /** As `knock`, and is in the meeting in the end, with a connection that carries media. */
  async join(link, options) {
    await this.knock(link, options);
    await this.isInside();
  }

  async isInside() {
    await until(`${this.name} is in the meeting`, () => this.tab.shows('group', 'Meeting controls'));
    await until(`${this.name}'s media is connected`, () =>
      this.tab.run(() => witness.peer()?.connectionState === 'connected'),
    );
  }

  /** Their number in the meeting. */
  async id() {
    return this.tab.run(() => witness.me());
  }

  /** What the server last said about somebody. */
  async knows(other) {
    const id = await other.id();
    return this.tab.run((id) => {
      const people = new Map();
      for (const message of witness.received) {
        if (message.type === 'welcome') {
          people.clear();
          for (const person of message.participants) people.set(person.id, person);
        } else if (message.type === 'participant') people.set(message.participant.id, message.participant);
        else if (message.type === 'left') people.delete(message.participant);
      }
      return people.get(id) ?? null;
    }, id);
  }

  /** Opens the panel of people if it is not open, and chooses something from somebody's menu. */
  async moderate(other, choice) {
    await this.openPeople();
    await this.tab.press('button', `Actions for ${other.name}`);
    await this.tab.press('menuitem', choice);
  }

  /** Presses a dialog's own button, which often has the name of the one that opened it. */
  async confirm(choice) {
    await this.tab.page.getByRole('dialog').getByRole('button', { name: choice, exact: true }).click();
  }

  async openPeople() {
    const panel = this.tab.page.getByRole('complementary', { name: /^People/ });
    // The button's name also says how many wait.
    if (!(await panel.isVisible())) await this.tab.page.getByRole('button', { name: /^People/ }).click();
  }

  /** Closes whatever panel is open. */
  async closePanel() {
    await this.tab.page.getByRole('complementary').getByRole('button', { name: 'Close' }).click();
  }

  /** The link to hand on, as this person's page would copy it. */
  async inviteLink() {
    await this.openPeople();
    await this.tab.press('button', 'Copy link');
    return until('the link is copied', () => this.tab.run(() => witness.copied.at(-1)));
  }

  /** Decides about somebody who waits, in the panel of people. */
  async lobby(name, choice) {
    await this.openPeople();
    await this.tab.press('button', `${choice} ${name}`);
  }

  async sees(words) {
    await until(`${this.name} reads “${words}”`, async () => (await this.tab.text()).includes(words));
  }

  /** As `sees`, of a message that comes and goes: also where it has gone again by now. Each one counts once. */
  async wasTold(words) {
    await until(`${this.name} was told “${words}”`, () =>
      this.tab.run((words) => {
        const place = witness.notices.findIndex((notice) => notice.includes(words));
        return place >= 0 && witness.notices.splice(place, 1).length > 0;
      }, words),
    );
  }
}

export class Host extends Person {
  password = 'correct horse battery staple';
  recoveryCode;

  async enrol(address, onScreen = async () => {}) {
    await this.tab.goto(address);
    await until('the first host may enrol', () => this.tab.shows('button', 'Create account'));
    await onScreen('enrol');
    await this.tab.fill('Name', this.name);
    await this.tab.fill('Password', this.password);
    await this.tab.fill('Password once more', this.password);
    await this.tab.press('button', 'Create account');
    await until('the recovery code is shown', () => this.tab.shows('button', 'I have kept it'));
    await onScreen('recovery-code');
    await this.tab.press('button', 'Copy code');
    this.recoveryCode = await until('the code is copied', () => this.tab.run(() => witness.copied.at(-1)));
    await this.tab.press('button', 'I have kept it');
    await this.isHome();
  }

  async signIn(origin, password) {
    await this.tab.goto(origin);
    await until('the page asks for a sign-in', () => this.tab.shows('button', 'Sign in'));
    await this.tab.fill('Name', this.name);
    await this.tab.fill('Password', password);
    await this.tab.press('button', 'Sign in');
    await this.isHome();
  }

  async isHome() {
    await until('the host is at home', () => this.tab.shows('heading', 'Your meetings'));
  }

  /**
   * Makes a meeting through the page. `switches`: names of the dialog's switches to turn over;
   * `kept`: to keep it; `password`: to ask for one. Answers with its link and password.
   */
  async makeMeeting({
    title = 'Council',
    kept = false,
    password = null,
    switches = [],
    onScreen = async () => {},
  } = {}) {
    await this.tab.press('button', 'New meeting');
    await this.tab.fill('Title · optional', title);
    if (kept) await this.tab.page.getByRole('radio', { name: 'To keep' }).check();
    if (password !== null) {
      await this.tab.press('switch', 'Ask for a password');
      await this.tab.fill('Meeting password', password);
    }
    for (const name of switches) await this.tab.press('switch', name);
    await onScreen('new-meeting');
    await this.tab.press('button', 'Create meeting');
    await until('the invitation is shown', () => this.tab.shows('button', 'Copy link'));
    await onScreen('invite');
    const link = await this.tab.page.getByLabel('Link', { exact: true }).inputValue();
    await this.tab.press('button', 'Close');
    return { link, password: password ?? undefined };
  }
  /** The file that the page makes when this button is pressed. */
  async download(button) {
    const [file] = await Promise.all([
      this.tab.page.waitForEvent('download'),
      this.tab.press('button', button),
    ]);
    return { name: file.suggestedFilename(), content: await readFile(await file.path(), 'utf8') };
  }
}
