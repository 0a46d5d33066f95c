// Pages of another origin, and what their scripts may do with functions that declare CORS. The page is served by a server of
// the test's own at localhost, the functions at 127.0.0.1: to a browser these are two sites.

import assert from 'node:assert/strict';
import {createServer} from 'node:http';
import {once} from 'node:events';
import {withBrowser} from './browser.mjs';

async function withPage(origin, action) {
  const server = createServer((request, response) => {
    response.writeHead(200, {'Content-Type': 'text/html'});
    response.end('<!doctype html><title>elsewhere</title>');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    await withBrowser(async (browser) => {
      const page = await browser.newPage();
      await page.goto(`http://localhost:${server.address().port}/`);
      // What fetch() comes to in the page: an answer as far as its script may see it, or "blocked".
      const ask = (path, options = {}) => page.evaluate(async (url, options) => {
        try {
          const answer = await fetch(url, options);
          return {status: answer.status, text: await answer.text(), headers: Object.fromEntries(answer.headers)};
        } catch (error) {
          return 'blocked';
        }
      }, `${origin}${path}`, options);
      await action(ask, page, browser);
    });
  } finally {
    server.close();
  }
}

export async function calls(origin) {
  await withPage(origin, async (ask) => {
    const answer = await ask('/api/shop');
    assert.equal(answer.status, 200);
    assert.equal(answer.headers['x-rest'], '12');
    assert.match(answer.headers['x-request-id'], /^[0-9a-f]{32}$/);
    assert.equal(answer.headers['x-hidden'], undefined);
    const put = await ask('/api/shop', {
      method: 'PUT', body: '{}', headers: {'Content-Type': 'application/json', Authorization: 'Bearer x'}});
    assert.deepEqual(JSON.parse(put.text), {put: '{}'});
    assert.equal(await ask('/api/shop', {method: 'DELETE'}), 'blocked');
    assert.equal(await ask('/api/shop', {headers: {'X-Unknown': '1'}}), 'blocked');
    assert.equal(await ask('/api/closed'), 'blocked');
    assert.equal(await ask('/api/closed', {method: 'PUT'}), 'blocked');
  });
}

export async function fails(origin) {
  await withPage(origin, async (ask) => {
    for (const [how, status] of [['bug', 500], ['die', 502]]) {
      const answer = await ask(`/api/shop?how=${how}`);
      assert.equal(answer.status, status);
      assert.equal(JSON.parse(answer.text).status, status);
      assert.equal(answer.headers['content-type'], 'application/problem+json');
    }
    const statuses = [];
    let last;
    for (let i = 0; i < 3; ++i) {
      last = await ask('/api/rare');
      statuses.push(last.status);
    }
    assert.deepEqual(statuses, [200, 200, 429]);
    assert.equal(last.headers['retry-after'], '63');
    assert.equal(last.headers.ratelimit, '"address";r=0;t=63');
  });
}

export async function remembers(origin) {
  await withPage(origin, async (ask) => {
    const answer = await ask('/api/shop', {credentials: 'include'});
    assert.equal(answer.status, 200);
    assert.equal(await ask('/api/rare', {credentials: 'include'}), 'blocked');
    assert.equal((await ask('/api/rare')).status, 200);
  });
}

// A frame in a sandbox has the origin "null", and so has any page's.
export async function sandboxed(origin) {
  await withPage(origin, async (ask, page) => {
    const seen = await page.evaluate((url) => new Promise((resolve) => {
      window.addEventListener('message', (event) => resolve([event.origin, event.data]));
      const frame = document.createElement('iframe');
      frame.sandbox = 'allow-scripts';
      frame.srcdoc = `<script>fetch('${url}').then(() => parent.postMessage('read', '*'),
        () => parent.postMessage('blocked', '*'))</${'script'}>`;
      document.body.append(frame);
    }), `${origin}/api/shop`);
    assert.deepEqual(seen, ['null', 'blocked']);
  });
}
