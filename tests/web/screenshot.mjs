// Renews docs/docs-page.png, from the root of the checkout and after ./stile test has brought the tools in:
//   STILE_WEB_TOOLS=$PWD/build/release/tests/web node tests/web/screenshot.mjs

import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {chmodSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {visit} from './browser.mjs';
import {send} from './docs.mjs';

const folder = mkdtempSync(join(tmpdir(), 'stile-picture.'));
chmodSync(folder, 0o755);  // where root starts it, nginx's workers pass through
const server = spawn('build/release/bin/stile', ['serve', '--port', '0', '--run-dir', join(folder, 'run')],
  {stdio: ['ignore', 'pipe', 'inherit']});
try {
  let origin;
  for await (const line of createInterface(server.stdout)) {
    const ready = line.match(/^ready: (http:\/\/[^/]+)/);
    if (ready) {
      origin = ready[1];
      break;
    }
  }
  await visit(`${origin}/docs`, {refusals: true}, async (page) => {
    await page.setViewport({width: 1000, height: 1200});
    const {block} = await send(page, 'post', '/api/notes', {body: '{"title": 7}'});
    await page.$eval(block, (element) => scrollTo({top: element.getBoundingClientRect().top + scrollY - 20}));
    await page.screenshot({path: 'docs/docs-page.png'});
  });
} finally {
  server.stdout.resume();
  server.kill('SIGTERM');
  if (server.exitCode === null) await once(server, 'exit');
  rmSync(folder, {recursive: true});
}
