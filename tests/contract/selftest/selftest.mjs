// Whether drive.mjs finds what is wrong: nothing in a server that does as it says, and each bug of one that has it.
import { readFile } from 'node:fs/promises';

import { drive } from '../drive.mjs';
import { ReferenceServer } from './reference_server.mjs';

// What the server does wrong, and a part of what has to be found.
const bugs = {
  enum: 'must be refused by 422',
  maximum: 'must be refused by 422',
  int64: 'must be refused by 422',
  maxLength: 'must be refused by 422',
  bytes: 'a valid request was answered by 422',
  anchors: 'must be refused by 422',
  format: 'must be refused by 422',
  uniqueItems: 'must be refused by 422',
  required: 'must be refused by 422',
  undeclared: 'must be refused by 422',
  null: 'must be refused by 422',
  tag: 'must be refused by 422',
  repeated: 'must be refused by 422',
  pointer: 'does not name what was broken',
  name: 'does not name what was broken',
  'extra error': 'names more than what was broken',
  'no errors': 'does not name what was broken',
  400: 'must be refused by 422',
  'problem type': 'is no problem',
  'media type': 'must be refused by 415',
  malformed: 'must be refused by 400',
  500: 'it is a 500',
  'undeclared status': 'status 302 is not declared',
  header: 'header X-Total is missing',
  response: 'its body is not as declared',
  'never there': 'none of its valid requests was answered by 2xx',
  refuses: 'a valid request was answered by 409',
  rule: 'a valid request was answered by 422',
  forged: 'must be refused by 422',
  link: 'a valid request was answered by 404',
};

const document = JSON.parse(await readFile(new URL('reference.openapi.json', import.meta.url), 'utf8'));

async function findingsWith(bug, seed) {
  const server = new ReferenceServer(document, bug);
  const origin = await server.start();
  const { findings, rows, connections } = await drive(document, origin, { seed, valid: 30, broken: 90 });
  await server.stop();
  return { findings, rows, connections };
}

let failures = 0;
function expect(holds, what) {
  if (holds) return;
  ++failures;
  console.log(`does not hold: ${what}`);
}

const kinds = new Set();
for (const seed of ['1', '2', '3']) {
  const { findings, rows, connections } = await findingsWith(undefined, seed);
  expect(findings.length === 0, `a server without a bug has no finding (seed ${seed}):\n${findings.slice(0, 5).join('\n')}`);
  expect(connections <= 4, `the connections are kept: there were ${connections}`);
  for (const row of rows.values()) for (const kind of row.kinds.keys()) kinds.add(kind);
}
// Else a mutation has silently died out.
const wanted = ['null', 'type', 'enum', 'minimum', 'maximum', 'multipleOf', 'minLength', 'maxLength', 'pattern', 'format', 'minItems',
  'maxItems', 'uniqueItems', 'required', 'undeclared', 'maxProperties', 'tag'].map((kind) => `body ${kind}`);
wanted.push('malformed', 'media type', 'path type', 'path minimum', 'path maxLength', 'query type', 'query enum', 'query repeated', 'query maximum',
  'query pattern', 'query maxItems', 'query uniqueItems', 'query format', 'query forged', 'header required', 'header format', 'cookie enum');
for (const kind of wanted) expect(kinds.has(kind), `there is a mutation "${kind}"`);

for (const [bug, part] of Object.entries(bugs)) {
  const { findings } = await findingsWith(bug, '1');
  expect(findings.some((finding) => finding.includes(part)), `the bug "${bug}" is found; there is only:\n${findings.slice(0, 2).join('\n')}`);
}

console.log(`${Object.keys(bugs).length} bugs, ${kinds.size} kinds of mutations, ${failures} failures`);
process.exitCode = failures ? 1 : 0;
