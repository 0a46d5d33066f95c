// What a reader does at the sample page of public/.

import assert from 'node:assert/strict';
import {assertFits, contrastOf, textOf, untilText, visit} from './browser.mjs';

async function notesOf(origin) {
  return (await (await fetch(`${origin}/api/notes`)).json()).items;
}

async function add(page, title, text) {
  await page.type('#new [name=title]', title);
  await page.type('#new [name=text]', text);
  await page.click('#new button');
}

export async function adds(origin) {
  await visit(`${origin}/`, {}, async (page) => {
    await page.waitForSelector('#none:not([hidden])');
    await add(page, 'Milk <b>&', 'two bottles');
    await page.waitForSelector('#notes li');
    assert.equal(await textOf(page, '#notes li h2'), 'Milk <b>&');
    assert.equal(await textOf(page, '#notes li p'), 'two bottles');
    const [note, ...others] = await notesOf(origin);
    assert.deepEqual(others, []);
    assert.equal(note.title, 'Milk <b>&');

    await page.reload();
    await untilText(page, '#notes li h2', /^Milk/);
    await page.click('#notes li button');
    await page.waitForSelector('#none:not([hidden])');
    assert.deepEqual(await notesOf(origin), []);
  });
}

export async function refuses(origin) {
  await visit(`${origin}/`, {refusals: true}, async (page) => {
    await page.$eval('#new [name=text]', (element) => { element.value = 'x'.repeat(70_000); });
    await add(page, 'Too long', '');
    await untilText(page, '#problem', /larger than this endpoint takes/);
    assert.equal(await page.$('#notes li'), null);
  });
}

export async function schemes(origin) {
  for (const scheme of ['light', 'dark']) {
    await visit(`${origin}/`, {scheme}, async (page) => {
      await add(page, 'A note', 'of some words');
      await page.waitForSelector('#notes li');
      for (const text of ['h1', 'header p', 'header a', 'label', '#new button', 'li h2', 'li time', 'li button']) {
        const {contrast} = await contrastOf(page, text);
        assert.ok(contrast >= 4.5, `${scheme}: ${text} has a contrast of ${contrast}`);
      }
      assert.equal((await contrastOf(page, 'h1')).background > 0.5, scheme === 'light');
    });
  }
}

export async function phone(origin) {
  await visit(`${origin}/`, {screen: 'phone'}, async (page) => {
    await add(page, 'w'.repeat(150), `${'https://example.org/'.padEnd(200, 'x')} and more`);
    await page.waitForSelector('#notes li');
    await assertFits(page);
  });
}
