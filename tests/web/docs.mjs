// What a reader does at /docs.

import assert from 'node:assert/strict';
import process from 'node:process';
import {assertFits, contrastOf, textOf, untilText, visit} from './browser.mjs';

async function documentOf(origin) {
  const response = await fetch(`${origin}/openapi.json`);
  assert.equal(response.status, 200);
  return response.json();
}

const shown = '.opblock-summary-path';

async function open(origin, options, action) {
  await visit(`${origin}/docs`, options, async (page, seen) => {
    await page.waitForSelector(shown);
    await action(page, seen);
  });
}

/** Unfolds an operation; returns a selector of its block. */
async function unfold(page, method, path) {
  const id = await page.evaluate((method, path) => {
    const blocks = [...document.querySelectorAll(`.opblock-${method}`)];
    const block = blocks.find((one) => one.querySelector('.opblock-summary-path').dataset.path === path);
    block.querySelector('.opblock-summary-control').click();
    return block.id;
  }, method, path);
  const block = `[id=${JSON.stringify(id)}]`;
  await page.waitForSelector(`${block} .execute`);
  return block;
}

/** Puts a text in the place of what is there, as a keyboard does: whatever listens hears of it. */
async function enter(page, selector, text) {
  await page.waitForSelector(selector, {visible: true});
  await page.$eval(selector, (element) => {
    element.focus();
    element.select();
  });
  await page.keyboard.sendCharacter(text);
}

/** Sends a request with the page's own means; returns the status and the text of the answer that it shows. */
export async function send(page, method, path, {parameters = {}, body} = {}) {
  const block = await unfold(page, method, path);
  for (const [name, value] of Object.entries(parameters))
    await enter(page, `${block} tr[data-param-name="${name}"] input`, value);
  if (body !== undefined) await enter(page, `${block} textarea.body-param__text`, body);
  await page.locator(`${block} .execute`).click();
  const live = `${block} .live-responses-table .response`;
  await untilText(page, `${live} .response-col_status`, /\d{3}/);
  await page.waitForSelector(`${live} .response-col_description .microlight`);
  return {
    block,
    status: Number((await textOf(page, `${live} .response-col_status`)).match(/\d{3}/)[0]),
    text: await textOf(page, `${live} .response-col_description .microlight`),
  };
}

export async function lists(origin) {
  const {info, paths} = await documentOf(origin);
  const wanted = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).filter((key) => /^(get|post|put|patch|delete)$/.test(key)).map((key) => `${key} ${path}`));
  assert.ok(wanted.length >= 8, 'the sample functions are more than that');
  await open(origin, {}, async (page) => {
    const found = await page.$$eval('.opblock', (blocks) => blocks.map((block) =>
      `${block.querySelector('.opblock-summary-method').innerText.toLowerCase()} ` +
      block.querySelector('.opblock-summary-path').dataset.path));
    assert.deepEqual(found.sort(), wanted.sort());
    assert.equal(await page.title(), info.title);
  });
}

export async function answers(origin) {
  await open(origin, {}, async (page, seen) => {
    const {status, text} = await send(page, 'get', '/api/hello/{name}', {parameters: {name: 'Ada'}});
    assert.equal(status, 200);
    assert.deepEqual(JSON.parse(text), {message: 'Hello, Ada!'});
    assert.ok(seen.requests.some(({url}) => url.startsWith(`${origin}/api/hello/Ada`)));
  });
}

export async function refuses(origin) {
  await open(origin, {refusals: true}, async (page) => {
    const {status, text} = await send(page, 'post', '/api/notes', {body: '{"title": 7}'});
    const problem = JSON.parse(text);
    assert.ok(status >= 400 && status < 500, `${status}`);
    assert.equal(problem.status, status);
    assert.match(text, /\/title/);  // where the fault is
  });
}

/** Puts credentials into the page's own dialog: a value for each input, which has a form of its own. */
async function authorize(page, values) {
  await page.locator('.auth-wrapper .btn.authorize').click();
  for (const [input, value] of Object.entries(values)) {
    const form = `.modal-ux form:has(input#${input})`;
    await enter(page, `${form} input#${input}`, value);
    await page.locator(`${form} .btn.authorize`).click();
  }
  await page.waitForFunction((count) =>
    [...document.querySelectorAll('.modal-ux form')].filter((form) => /Logout/.test(form.innerText)).length === count, {},
  Object.keys(values).length);
  await page.locator('.modal-ux .btn-done').click();
}

export async function authorizes(origin) {
  const asked = async (page, path) => {
    const {block, status, text} = await send(page, 'get', path);
    await page.locator(`${block} .opblock-summary-control`).click();  // send() unfolds it
    return {status, answer: JSON.parse(text)};
  };
  await open(origin, {refusals: true}, async (page) => {
    const refused = await asked(page, '/api/key');
    assert.equal(refused.status, 401);
    assert.equal(refused.answer.detail, 'this needs an API key (header X-API-Key)');
    await authorize(page, {
      api_key_value: process.env.STILE_TEST_KEY,
      'auth-bearer-value': process.env.STILE_TEST_TOKEN,
    });
    for (const [path, name] of [['/api/key', 'reader'], ['/api/token', 'ada']]) {
      const {status, answer} = await asked(page, path);
      assert.equal(status, 200, JSON.stringify(answer));
      assert.ok([answer.name, answer.id].includes(name), JSON.stringify(answer));
    }
  });
}

export async function schemes(origin) {
  for (const scheme of ['light', 'dark']) {
    await open(origin, {scheme}, async (page) => {
      const {block} = await send(page, 'get', '/api/hello');
      for (const text of ['.info .title', shown, `${block} .parameters-container`, `${block} .response-col_status`]) {
        const {contrast, background} = await contrastOf(page, text);
        assert.ok(contrast >= 4.5, `${scheme}: ${text} has a contrast of ${contrast}`);
        assert.equal(background > 0.5, scheme === 'light', `${scheme}: ${text} stands on ${background}`);
      }
    });
  }
}

export async function phone(origin) {
  await open(origin, {screen: 'phone'}, async (page) => {
    await assertFits(page);
    const {status} = await send(page, 'get', '/api/hello/{name}', {parameters: {name: 'a'.repeat(200)}});
    assert.equal(status, 200);
    await assertFits(page);
  });
}

/** That these tests would see what they look for. */
export async function sees(origin) {
  const forbidden = [
    [/policy: script-src/, () => {
      const script = document.createElement('script');
      script.textContent = 'window.ran = true';
      document.body.append(script);
    }],
    [/policy: style-src/, () => document.body.setAttribute('style', 'color: red')],
    [/policy: connect-src/, () => fetch('http://localhost:1/').catch(() => {})],
    [/script: /, () => setTimeout(() => { throw new Error('a fault'); })],
  ];
  for (const [fault, commit] of forbidden) {
    await assert.rejects(open(origin, {}, async (page, seen) => {
      await page.evaluate(commit);
      const deadline = Date.now() + 10_000;
      while (!seen.faults.some((text) => fault.test(text)) && Date.now() < deadline)
        await new Promise((resolve) => setTimeout(resolve, 20));
      assert.equal(await page.evaluate(() => window.ran), undefined);
    }), (error) => error.code === 'ERR_ASSERTION' && error.actual.some?.((text) => fault.test(text)));
  }
}
