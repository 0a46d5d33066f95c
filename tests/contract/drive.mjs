// Drives every operation of an OpenAPI document: thousands of valid requests, and of broken ones, each of which has one fault.
// Ends with 1 where an answer is not what the document says, or not what the request deserves.
//   node drive.mjs --document URL|FILE --origin URL [--seed TEXT] [--valid N] [--broken N] [--parallel N] [--for SECONDS]
// The numbers are for each operation; --for goes on with further ones until the time is up.
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';

import { Cases } from './cases.mjs';
import { Checker } from './check.mjs';
import { Client } from './http.mjs';
import { isObject } from './json.mjs';
import { operationsOf } from './operations.mjs';
import { Random } from './random.mjs';
import { Schemas } from './schemas.mjs';

const shownFindings = 15;

class Drive {
  constructor(document, client, options) {
    this.schemas = new Schemas(document);
    this.operations = operationsOf(document, this.schemas);
    this.checker = new Checker(this.schemas);
    this.client = client;
    this.options = options;
    this.known = new Map();
    this.findings = new Map();
    this.rows = new Map(this.operations.map((each) => [each, { valid: 0, accepted: 0, broken: 0, kinds: new Map() }]));
  }

  async run() {
    const { seed, valid, broken, seconds } = this.options;
    const deadline = Date.now() + seconds * 1000;
    for (let round = 0; round === 0 || Date.now() < deadline; ++round) {
      // Valid ones first: what they make is there for the others.
      await this.#all(valid, (operation, number) => this.#valid(operation, new Random(seed, round, operation.key, 'valid', number)));
      await this.#all(broken, (operation, number) => this.#broken(operation, new Random(seed, round, operation.key, 'broken', number)));
    }
    for (const [operation, row] of this.rows) {
      if (row.accepted === 0) this.#find(operation, 'none of its valid requests was answered by 2xx');
    }
  }

  // One number after the other for each operation in turn, a few at once.
  async #all(count, ask) {
    const pending = (function* (operations) {
      for (let number = 0; number < count; ++number) for (const operation of operations) yield [operation, number];
    })(this.operations);
    const work = async () => {
      for (const [operation, number] of pending) await ask(operation, number);
    };
    await Promise.all(Array.from({ length: this.options.parallel }, work));
  }

  async #valid(operation, random) {
    const row = this.rows.get(operation);
    const made = new Cases(operation, this.schemas, this.known).valid(random);
    ++row.valid;
    const answer = await this.#ask(operation, made);
    if (!answer) return;
    for (const complaint of this.checker.accepted(operation, made.request, answer)) this.#find(operation, complaint, made, answer);
    if (answer.status >= 300) return;
    ++row.accepted;
    this.#learn(operation, answer);
  }

  async #broken(operation, random) {
    const row = this.rows.get(operation);
    const made = new Cases(operation, this.schemas, this.known).broken(random, row.kinds);
    if (!made) return;
    ++row.broken;
    row.kinds.set(made.kind, (row.kinds.get(made.kind) ?? 0) + 1);
    const answer = await this.#ask(operation, made);
    if (!answer) return;
    for (const complaint of this.checker.refused(operation, made.request, answer, made.refusal)) this.#find(operation, complaint, made, answer);
  }

  async #ask(operation, made) {
    try {
      const answer = await this.client.send(made.request);
      for (const complaint of this.checker.declared(operation, answer)) this.#find(operation, complaint, made, answer);
      return answer;
    } catch (error) {
      this.#find(operation, `there was no answer: ${error.message}`, made);
      return undefined;
    }
  }

  #learn(operation, answer) {
    let value;
    try {
      value = JSON.parse(answer.body.toString());
    } catch {
      return;
    }
    this.#learnIds(operation, value);
    // Pages name their neighbours.
    for (const link of isObject(value) ? [value.next, value.previous] : [])
      if (typeof link === 'string' && link.split('?')[0] === operation.path) this.#know(operation, link);
  }

  // What is below a path, by the ids that its answers name: /api/notes/{id} by the "id" of a note.
  #learnIds(operation, value) {
    const named = [value, ...(Array.isArray(value) ? value : isObject(value) ? Object.values(value).filter(Array.isArray).flat() : [])];
    for (const other of this.operations) {
      const rest = other.path.startsWith(`${operation.path}/{`) ? other.path.slice(operation.path.length + 2) : '';
      const name = rest.slice(0, rest.indexOf('}'));
      const ids = name ? named.filter(isObject).map((each) => each[name]) : [];
      for (const id of ids.filter((each) => typeof each === 'string' || Number.isSafeInteger(each)).slice(0, 3)) this.#know(`${operation.path}/`, id);
    }
  }

  #know(key, value) {
    if (!this.known.has(key)) this.known.set(key, []);
    const list = this.known.get(key);
    list.push(value);
    if (list.length > 50) list.shift(); // the newest are the likeliest to be there still
  }

  #find(operation, complaint, made, answer) {
    const what = `${operation.key}: ${complaint.replace(/\d{4,}/g, 'N')} [${made?.kind ?? ''}]`;
    const known = this.findings.get(what);
    if (known) ++known.count;
    else this.findings.set(what, { count: 1, operation, complaint, made, answer });
  }
}

const cut = (text, length = 800) => (text.length > length ? `${text.slice(0, length)}... (${text.length} characters)` : text);

function describe({ count, operation, complaint, made, answer }) {
  const lines = [`${operation.key}: ${complaint}${count > 1 ? ` (${count} times)` : ''}`];
  if (made) {
    const { request } = made;
    lines.push(`  ${made.kind} > ${request.method} ${cut(request.path)}`);
    for (const [name, value] of request.headers) lines.push(`  > ${name}: ${cut(value)}`);
    if (request.body) lines.push(`  > ${cut(JSON.stringify(request.body.toString()))}`);
  }
  if (answer) lines.push(`  < ${answer.status} ${answer.headers['content-type'] ?? ''} ${cut(answer.body.toString())}`);
  return lines.join('\n');
}

async function documentAt(place) {
  if (!/^https?:/.test(place)) return JSON.parse(await readFile(place, 'utf8'));
  const answer = await fetch(place);
  if (!answer.ok) throw new Error(`${place} was answered by ${answer.status}`);
  return answer.json();
}

/** Returns findings as texts. Prints nothing. */
export async function drive(document, origin, options) {
  const settings = { seed: '1', valid: 100, broken: 200, parallel: 4, seconds: 0, ...options };
  const client = new Client(origin, settings.parallel);
  const run = new Drive(document, client, settings);
  await run.run();
  client.close();
  return { findings: [...run.findings.values()].map(describe), rows: run.rows, connections: client.connections };
}

function printRows(rows) {
  for (const [operation, { valid, accepted, broken, kinds }] of rows) {
    const list = [...kinds].map(([kind, count]) => `${kind} ${count}`).join(', ');
    console.log(`${operation.key}: ${valid} valid (${accepted} of them 2xx), ${broken} broken (${list})`);
  }
}

async function main() {
  const { values } = parseArgs({
    options: Object.fromEntries(
      ['document', 'origin', 'seed', 'valid', 'broken', 'parallel', 'for'].map((name) => [name, { type: 'string' }]),
    ),
  });
  const seed = values.seed ?? String(Math.floor(Math.random() * 2 ** 31));
  console.log(`seed ${seed}`);
  const started = Date.now();
  const { findings, rows, connections } = await drive(await documentAt(values.document), values.origin, {
    seed,
    valid: Number(values.valid ?? 100),
    broken: Number(values.broken ?? 200),
    parallel: Number(values.parallel ?? 4),
    seconds: Number(values.for ?? 0),
  });
  printRows(rows);
  const total = [...rows.values()].reduce((sum, row) => sum + row.valid + row.broken, 0);
  console.log(`${total} requests over ${connections} connections in ${((Date.now() - started) / 1000).toFixed(1)} s, ${findings.length} findings`);
  for (const finding of findings.slice(0, shownFindings)) console.log(`\n${finding}`);
  process.exitCode = findings.length || total === 0 ? 1 : 0;
}

if (import.meta.url === `file://${process.argv[1]}`) await main();
