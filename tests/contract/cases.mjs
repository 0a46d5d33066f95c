// Requests to an operation: valid ones, and broken ones, which are a valid one with one mutation. Each says what answer it
// must get.
import { Generator } from './generate.mjs';
import { print } from './json.mjs';
import { applied, malformed, mutations } from './mutate.mjs';
import { requestOf, textOf, textsOf } from './operations.mjs';
import { opaqueFormat } from './schemas.mjs';

// What such a text has room for; the others are no requests at all.
const canCarry = {
  path: (text) => text !== '' && text !== '.' && text !== '..' && !/[/\\\0]/.test(text),
  query: () => true,
  header: (text) => text !== '' && /^[\x21-\x7e]+( +[\x21-\x7e]+)*$/.test(text),
  cookie: (text) => /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]+$/.test(text),
};

const noNumber = ['abc', '', '1,5', '0x10', '--1', '1 2', '\u0661', 'NaN', 'Infinity', 'true'];
const notOfType = {
  integer: [...noNumber, '1.5', '1e2000', '9'.repeat(40)],
  number: noNumber,
  boolean: ['yes', 'TRUE', '', 'truefalse', '2'],
};

export class Cases {
  /**
   * `known`: what answers have named. Ids stand there by the path that they stand behind ("/api/notes/"), links to follow by
   * the operation that they lead to.
   */
  constructor(operation, schemas, known) {
    this.operation = operation;
    this.schemas = schemas;
    this.known = known;
  }

  valid(random) {
    const links = this.known.get(this.operation);
    if (links?.length && random.chance(0.3)) return { kind: 'link', request: this.#follow(random.pick(links)) };
    const { values, body } = this.#values(random);
    return { kind: 'valid', request: this.#request(values, body) };
  }

  /** A valid request with one mutation, or undefined where nothing can be broken. `counts`: how often each kind was. */
  broken(random, counts) {
    const { values, body } = this.#values(random, { wholeBody: true });
    const candidates = [...this.#brokenParameters(values, body), ...this.#brokenBodies(random, values, body)];
    const byKind = groupBy(candidates);
    // The rarest kind first: else most requests would break a type.
    const kinds = random.shuffled([...byKind.keys()]).sort((a, b) => (counts.get(a) ?? 0) - (counts.get(b) ?? 0));
    for (const kind of kinds) {
      for (const each of random.shuffled(byKind.get(kind)).slice(0, 30)) {
        const made = each.make();
        if (made) return { kind, ...made };
      }
    }
    return undefined;
  }

  // As it came, with what must stand in a header or a cookie.
  #follow(link) {
    const elsewhere = this.operation.parameters.filter((each) => each.required && each.in !== 'query' && each.in !== 'path');
    if (elsewhere.length) throw new Error(`${this.operation.key}: a link has no room for ${elsewhere[0].name}`);
    return { method: this.operation.method, path: link, headers: [] };
  }

  #isOpaque(parameter) {
    return this.schemas.flat(parameter.schema).format === opaqueFormat;
  }

  #values(random, { wholeBody = false } = {}) {
    const values = new Map();
    for (const parameter of this.operation.parameters) {
      const isWanted = parameter.required || random.chance(0.5);
      if (isWanted && !this.#isOpaque(parameter)) values.set(parameter, this.#parameterValue(parameter, random));
    }
    const declared = this.operation.body;
    const isSent = declared && (declared.required || wholeBody || random.chance(0.8));
    return { values, body: isSent ? this.#bodyValue(random) : undefined };
  }

  #bodyValue(random) {
    const { isJson, schema = {} } = this.operation.body;
    const isText = this.schemas.flat(schema).type === 'string';
    return isJson || isText ? this.#generator(random).value(schema) : randomBytes(random);
  }

  #generator(random, options) {
    return new Generator(this.schemas, random, options);
  }

  #parameterValue(parameter, random) {
    const known = parameter.in === 'path' ? this.known.get(this.operation.path.split(`{${parameter.name}}`)[0]) : undefined;
    if (known?.length && random.chance(0.7)) return random.pick(known);
    const generator = this.#generator(random, { isPlain: parameter.in !== 'query' });
    for (let attempt = 0; attempt < 50; ++attempt) {
      const value = generator.value(parameter.schema);
      const texts = textsOf(parameter, value);
      if ((texts.length || !parameter.required) && value !== null && texts.every(canCarry[parameter.in])) return value;
    }
    throw new Error(`${this.operation.key}: no value for ${parameter.in} parameter ${parameter.name} fits there`);
  }

  #texts(values) {
    return new Map([...values].map(([parameter, value]) => [parameter, textsOf(parameter, value)]));
  }
  #bodyOf(value) {
    const declared = this.operation.body;
    if (!declared || value === undefined) return undefined;
    if (Buffer.isBuffer(value)) return { type: declared.type, bytes: value };
    return { type: declared.type, bytes: Buffer.from(declared.isJson ? print(value) : textOf(value)) };
  }
  #request(values, body) {
    return requestOf(this.operation, this.#texts(values), this.#bodyOf(body));
  }

  *#brokenParameters(values, body) {
    for (const parameter of this.operation.parameters) {
      const where = { in: parameter.in, name: parameter.name };
      const broken = (kind, texts) => ({
        kind: `${parameter.in} ${kind}`,
        make: () => {
          if (!texts.every(canCarry[parameter.in]) || (parameter.in === 'path' && texts.length !== 1)) return undefined;
          const all = this.#texts(values).set(parameter, texts);
          return { request: requestOf(this.operation, all, this.#bodyOf(body)), refusal: { status: [422], where } };
        },
      });
      if (parameter.required && parameter.in !== 'path') yield broken('required', []);
      if (this.#isOpaque(parameter)) for (const text of this.#forged(parameter)) yield broken('forged', [text]);
      const value = values.get(parameter);
      if (value === undefined) continue;
      const flat = this.schemas.flat(parameter.schema);
      if (!parameter.isArray && parameter.in === 'query') yield broken('repeated', [textOf(value), textOf(value)]);
      const scalar = parameter.isArray ? this.schemas.flat(flat.items) : flat;
      const type = [scalar.type].flat().find((name) => name !== 'null');
      for (const text of notOfType[type] ?? [])
        yield broken('type', parameter.isArray ? [...textsOf(parameter, value).slice(1), text] : [text]);
      yield* this.#brokenValues(parameter, value, broken);
    }
  }

  // Texts that the server has never made, or not for this request: that it is one of another query is told by the signature.
  *#forged(parameter) {
    yield* ['x', 'AAAA', 'A'.repeat(500), '=', 'null', '1'];
    for (const link of this.known.get(this.operation) ?? []) {
      const text = new URL(link, 'http://localhost').searchParams.get(parameter.name);
      if (!text) continue;
      yield text.slice(1);
      yield (text[0] === 'A' ? 'B' : 'A') + text.slice(1);
      yield `${text}A`;
    }
  }

  *#brokenValues(parameter, value, broken) {
    for (const mutation of mutations(this.schemas, parameter.schema, value)) {
      if (mutation.kind === 'type' || mutation.kind === 'null') continue; // a text has no type
      const changed = applied(value, mutation);
      if (!mutation.isCertain && this.schemas.accepts(parameter.schema, changed)) continue;
      yield broken(mutation.kind, textsOf(parameter, changed));
    }
  }

  *#brokenBodies(random, values, body) {
    const declared = this.operation.body;
    if (!declared?.isJson) return; // one that is taken as it is can't be broken
    const texts = this.#texts(values);
    const request = (bytes, type) => requestOf(this.operation, texts, { type, bytes });
    const bytes = this.#bodyOf(body).bytes;
    for (const type of ['text/plain', 'application/xml', 'application/jsonx', 'text/html; charset=utf-8', undefined])
      yield { kind: 'media type', make: () => ({ request: request(bytes, type), refusal: { status: [415] } }) };
    yield {
      kind: 'malformed',
      make: () => ({ request: request(malformed(bytes.toString(), random, declared.required), declared.type), refusal: { status: [400] } }),
    };
    for (const mutation of mutations(this.schemas, declared.schema ?? {}, body)) {
      yield {
        kind: `body ${mutation.kind}`,
        make: () => {
          const changed = applied(body, mutation);
          if (!mutation.isCertain && this.schemas.accepts(declared.schema, changed)) return undefined;
          const where = { in: 'body', pointers: mutation.pointers };
          const status = fitsNowhere(mutation.to) ? [422, 400] : [422];
          return { request: request(Buffer.from(print(changed)), declared.type), refusal: { status, where } };
        },
      };
    }
  }
}

const randomBytes = (random) => Buffer.from(Array.from({ length: random.int(0, 500) }, () => random.int(0, 255)));

// Integers beyond 64 bits are no numbers to the one that reads JSON there.
const fitsNowhere = (value) => typeof value === 'bigint' && (value < -(2n ** 63n) || value >= 2n ** 64n);

// Map.groupBy() is not in node 18.
function groupBy(candidates) {
  const groups = new Map();
  for (const each of candidates) {
    if (!groups.has(each.kind)) groups.set(each.kind, []);
    groups.get(each.kind).push(each);
  }
  return groups;
}
