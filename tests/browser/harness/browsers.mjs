// The two browsers, each started once for all scenes. A scene opens tabs in fresh contexts: nobody shares cookies
// or storage with anybody, unless a scene asks for it.

import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import puppeteer from 'puppeteer-core';
import { ChromiumTab } from './chromium-tab.mjs';
import { FirefoxTab } from './firefox-tab.mjs';
import { startSound } from './sound.mjs';

const chromiumFlags = [
  '--autoplay-policy=no-user-gesture-required',
  // Several pages share a machine without a screen; none of them may be slowed down for not being looked at.
  '--disable-background-timer-throttling',
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-gpu',
  // A build machine is often a container, where the browser's own sandbox cannot start for root.
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
];

const firefoxSound = {
  'media.autoplay.default': 0,
  'media.autoplay.blocking_policy': 0,
};

const firefoxPreferences = {
  ...firefoxSound,
  // The server is on the loopback interface, which Firefox leaves out of ICE: always, unless the first line is
  // there; and for a page that may not use microphone and camera, unless the others are.
  'media.peerconnection.ice.loopback': true,
  'media.peerconnection.ice.default_address_only': false,
  'permissions.default.camera': 1,
  'permissions.default.microphone': 1,
  'media.peerconnection.ice.obfuscate_host_addresses': false,
};

function executable(variable, ...usual) {
  const named = process.env[variable];
  const found = named ? [named].find(existsSync) : usual.find(existsSync);
  if (!found) throw new Error(`no browser at ${named ?? usual.join(' or ')}: let ${variable} name one`);
  return found;
}

const chromiumPath = () =>
  executable('INCAMERA_CHROMIUM', '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome');
const firefoxPath = () => executable('INCAMERA_FIREFOX', '/usr/bin/firefox-esr', '/usr/bin/firefox');

let sound;
let chromiumBrowser;
let firefoxBrowser;

/** A fresh context of the common Chromium, or of a given one; `options` as Playwright's `newContext`. */
export async function chromiumContext(options = {}, browser = undefined) {
  if (browser) return contextIn(browser, options);
  chromiumBrowser ??= chromium.launch({ executablePath: chromiumPath(), args: chromiumFlags });
  return contextIn(await chromiumBrowser, options);
}

function contextIn(browser, options) {
  return browser.newContext({ ignoreHTTPSErrors: true, reducedMotion: 'reduce', ...options });
}

/**
 * A Chromium of its own, started by a program that is given the real one: a browser on another machine, nearly.
 * `trusting`: it takes any certificate for its media, too, not for pages alone.
 */
export async function chromiumBy(runner, { trusting = false } = {}) {
  const args = [...chromiumFlags, ...(trusting ? ['--ignore-certificate-errors'] : [])];
  return chromium.launch({ executablePath: runner(chromiumPath()), args });
}

/** A Firefox of its own that has its media relayed, and tries no other way. */
export function firefoxThatRelays() {
  return startFirefox({ ...firefoxPreferences, 'media.peerconnection.ice.relay_only': true });
}

/**
 * The same with a Firefox, which takes any certificate. Its driver comes over TCP: `port` is one of the loopback there, and leads there
 * from here.
 */
export function firefoxBy(runner, port) {
  return startFirefox(firefoxPreferences, { executablePath: runner(firefoxPath()), debuggingPort: port });
}

/** A tab in a context of its own, or in a given one. */
export async function chromiumTab(signature, options = {}, context = undefined) {
  return ChromiumTab.open(context ?? (await chromiumContext(options)), signature);
}

/** A tab of the common Firefox, or of a given one, in a context of its own. */
export async function firefoxTab(signature, browser = undefined) {
  firefoxBrowser ??= browser ? undefined : startFirefox(firefoxPreferences);
  return FirefoxTab.open(await (browser ?? (await firefoxBrowser)).createBrowserContext(), signature);
}

/** A Firefox of its own in which no page may use microphone or camera, with ICE as it comes. */
export function firefoxThatRefuses() {
  return startFirefox({
    ...firefoxSound,
    'permissions.default.camera': 2,
    'permissions.default.microphone': 2,
  });
}

async function startFirefox(preferences, options = {}) {
  sound ??= startSound();
  const { environment } = await sound;
  return puppeteer.launch({
    browser: 'firefox',
    executablePath: firefoxPath(),
    headless: true,
    acceptInsecureCerts: true,
    extraPrefsFirefox: preferences,
    env: { ...process.env, ...environment },
    ...options,
  });
}

/** Ends everything that was started here. */
export async function closeBrowsers() {
  await (await chromiumBrowser)?.close();
  await (await firefoxBrowser)?.close();
  (await sound)?.stop();
}
