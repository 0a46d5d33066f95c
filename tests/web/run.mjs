// node run.mjs FILE CASE ORIGIN: one case of FILE.mjs against the server at ORIGIN. Exit code 1 where it fails.

import process from 'node:process';

const [file, name, origin] = process.argv.slice(2);
const cases = await import(`./${file}.mjs`);
try {
  await cases[name](origin);
} catch (error) {
  console.error(error);
  process.exitCode = 1;
}
