// A page in real Chromium, as a reader sees it, and what must hold wherever the reader goes: nothing breaks the page's
// policy, nothing is asked of another origin, no script fails.

import assert from 'node:assert/strict';
import {mkdtempSync, rmSync} from 'node:fs';
import {createRequire} from 'node:module';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import process from 'node:process';

// The tools stand in the build folder, and these files do not.
const require = createRequire(join(process.env.STILE_WEB_TOOLS, 'node_modules', '/'));
const puppeteer = require('puppeteer-core');

const screens = {
  desk: {width: 1280, height: 900},
  phone: {width: 360, height: 740, isMobile: true, hasTouch: true},
};

/** Chromium with a profile of its own, which ends with what `action` does. */
export async function withBrowser(action) {
  const profile = mkdtempSync(join(tmpdir(), 'stile-chromium.'));
  const asRoot = process.getuid() === 0 ? ['--no-sandbox'] : [];  // Chromium does not start there with it
  const browser = await puppeteer.launch({
    executablePath: process.env.STILE_CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    userDataDir: profile,
    args: [...asRoot, '--disable-dev-shm-usage', '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost'],
    protocolTimeout: 120_000,
  });
  try {
    return await action(browser);
  } finally {
    await browser.close();
    rmSync(profile, {recursive: true, force: true, maxRetries: 5});
  }
}

/**
 * What went wrong on a page, and what it asked for. With `refusals` an answer of 400 and above is none of it: Chromium
 * writes that to the console like an error.
 */
async function observe(page, origin, {refusals = false} = {}) {
  const seen = {requests: [], faults: []};
  await page.exposeFunction('stileViolation', (text) => seen.faults.push(`policy: ${text}`));
  await page.evaluateOnNewDocument(() => {
    document.addEventListener('securitypolicyviolation', (event) =>
      window.stileViolation(`${event.effectiveDirective} ${event.blockedURI}`));
  });
  page.on('console', (message) => {
    const isRefusal = message.text().startsWith('Failed to load resource: the server responded with a status of 4');
    if (message.type() === 'error' && !(refusals && isRefusal)) seen.faults.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => seen.faults.push(`script: ${error}`));
  page.on('request', (request) => {
    seen.requests.push({method: request.method(), url: request.url()});
    const url = new URL(request.url());
    if (url.origin !== origin && url.protocol !== 'data:') seen.faults.push(`elsewhere: ${request.url()}`);
  });
  return seen;
}

/**
 * Opens `url` and does what `action(page, seen)` does there; then nothing may have gone wrong.
 * Options: screen ('desk', 'phone'), scheme ('light', 'dark'), refusals.
 */
export async function visit(url, options, action) {
  await withBrowser(async (browser) => {
    const page = await browser.newPage();
    page.setDefaultTimeout(60_000);
    const seen = await observe(page, new URL(url).origin, options);
    await page.setViewport(screens[options.screen ?? 'desk']);
    await page.emulateMediaFeatures([
      {name: 'prefers-color-scheme', value: options.scheme ?? 'light'},
      {name: 'prefers-reduced-motion', value: 'reduce'},
    ]);
    const answer = await page.goto(url, {waitUntil: 'load'});
    assert.equal(answer.status(), 200, await answer.text());
    await action(page, seen);
    assert.deepEqual(seen.faults, []);
  });
}

export async function textOf(page, selector) {
  return page.$eval(selector, (element) => element.innerText.trim());
}

/** Waits until the text of an element is one that the pattern matches. */
export async function untilText(page, selector, pattern) {
  await page.waitForFunction(
    (selector, source, flags) => {
      const element = document.querySelector(selector);
      return element !== null && new RegExp(source, flags).test(element.innerText);
    },
    {},
    selector, pattern.source, pattern.flags);
}

/** Fails where the page is wider than the screen, and names what sticks out. */
export async function assertFits(page) {
  const {page: width, screen, wide} = await page.evaluate(() => ({
    page: document.documentElement.scrollWidth,
    screen: document.documentElement.clientWidth,
    wide: [...document.body.querySelectorAll('*')]
      .filter((element) => element.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
      .map((element) => `${element.tagName}.${element.className}`)
      .slice(0, 10),
  }));
  assert.ok(width <= screen, `the page is ${width} px wide on a screen of ${screen}: ${wide.join(', ')}`);
}

/** The contrast (WCAG 2) of an element's text with what is behind it, and how light that is (0 .. 1). */
export async function contrastOf(page, selector) {
  return page.$eval(selector, (element) => {
    const canvas = new OffscreenCanvas(1, 1).getContext('2d', {willReadFrequently: true});
    const paint = (colours) => {
      canvas.fillStyle = '#fff';
      canvas.fillRect(0, 0, 1, 1);
      for (const colour of colours) {
        canvas.fillStyle = colour;
        canvas.fillRect(0, 0, 1, 1);
      }
      const linear = [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3).map((byte) => {
        const part = byte / 255;
        return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
    };
    const behind = [];
    for (let at = element; at !== null; at = at.parentElement) behind.unshift(getComputedStyle(at).backgroundColor);
    const back = paint(behind);
    const front = paint([...behind, getComputedStyle(element).color]);
    return {contrast: (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05), background: back};
  });
}
