// Values of a schema, with a liking for the ends of what it allows: the least, the most, the empty, all members, none.
import { print } from './json.mjs';
import { generateSync } from './packages.mjs';
import { integerFormats } from './schemas.mjs';

const alphabets = [
  [...'abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'],
  [...'"\\/\b\f\n\r\t\u0001\u001f\u007f<>&%+=;,{}[]$`~\'#?: '],
  [...'äöüßéçñ¡İıſΣσςДжא ع日本語한'],
  [...'😀🧗🏽‍♀️👨‍👩‍👧𝔘𐍈\u0301\u200d\ufeff'],
];
// What a URL's path, a header or a cookie has room for.
const plain = [...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~!'];

const longest = 300; // of what the schema sets no bound to, or one beyond this
const deepest = 5;
const roomiest = 150; // values within a value: structs that hold themselves would grow without end

/** Strings of the schema's format; undefined for one that is not known. */
function formatted(format, random) {
  const two = (number) => String(number).padStart(2, '0');
  const date = () => {
    const year = random.pick([0, 1600, 1969, 1970, 2000, 2024, 2026, 2038, 9998, random.int(1, 9998)]);
    const month = random.int(1, 12);
    const days = new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
    return `${String(year).padStart(4, '0')}-${two(month)}-${two(random.pick([1, days, random.int(1, days)]))}`;
  };
  const time = () => `${two(random.int(0, 23))}:${two(random.int(0, 59))}:${two(random.int(0, 59))}`;
  const fraction = () => (random.chance(0.5) ? '' : `.${String(random.int(0, 999999999)).slice(0, random.int(1, 9))}`);
  const offset = () =>
    random.pick(['Z', 'Z', 'z', '+00:00', '-00:00', `${random.pick(['+', '-'])}${two(random.int(0, 23))}:${two(random.int(0, 59))}`]);
  const hex = (digits) => Array.from({ length: digits }, () => random.pick([...'0123456789abcdefABCDEF'])).join('');
  switch (format) {
    case 'date-time': {
      const day = date();
      // In year 0000 an offset may lead out of what RFC 3339 can say.
      return `${day}${random.pick(['T', 'T', 't'])}${time()}${fraction()}${day.startsWith('0000') ? 'Z' : offset()}`;
    }
    case 'date':
      return date();
    case 'uuid':
      return [8, 4, 4, 4, 12].map(hex).join('-');
    case 'byte':
      return randomBase64(random, random.int(0, 40));
    case 'email':
    case 'uri':
    case 'hostname':
    case 'ipv4':
    case 'ipv6':
      return generateSync({ type: 'string', format }, { seed: random.int(0, 2 ** 31) });
    default:
      return undefined;
  }
}

function randomBase64(random, bytes) {
  return Buffer.from(Array.from({ length: bytes }, () => random.int(0, 255))).toString('base64');
}

/** The least and the most of an integer's schema, as BigInts. */
export function integerBounds(schema) {
  let [least, most] = integerFormats[schema.format] ?? [undefined, undefined];
  // A bound that a number can't hold is one of a format: the document's own digits are lost by now.
  const take = (bound) => (Number.isSafeInteger(bound) ? BigInt(bound) : undefined);
  const narrow = (bound, shift, choose) => {
    const value = bound === undefined ? undefined : take(bound >= 0 ? Math.floor(bound) : Math.ceil(bound));
    return value === undefined ? undefined : choose(value + shift);
  };
  least = narrow(schema.minimum, 0n, (v) => (least === undefined || v > least ? v : least)) ?? least;
  most = narrow(schema.maximum, 0n, (v) => (most === undefined || v < most ? v : most)) ?? most;
  least = narrow(schema.exclusiveMinimum, 1n, (v) => (least === undefined || v > least ? v : least)) ?? least;
  most = narrow(schema.exclusiveMaximum, -1n, (v) => (most === undefined || v < most ? v : most)) ?? most;
  return [least, most];
}

export const asNumber = (integer) =>
  integer >= BigInt(Number.MIN_SAFE_INTEGER) && integer <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(integer) : integer;

export class Generator {
  constructor(schemas, random, { isPlain = false } = {}) {
    this.schemas = schemas;
    this.random = random;
    this.isPlain = isPlain; // in text that has no room for any character
    this.optional = random.pick([0, 0.5, 0.5, 1]); // how likely a member is that may be left out
  }

  /** A value that the schema accepts. Throws where none is found. */
  value(schema) {
    for (let attempt = 0; attempt < 100; ++attempt) {
      this.room = roomiest;
      const value = this.#any(schema, 0);
      if (this.schemas.accepts(schema, value)) return value;
    }
    throw new Error(`no value was found for ${JSON.stringify(schema)}`);
  }

  #any(given, depth) {
    const schema = this.schemas.flat(given);
    const { random } = this;
    if (--this.room < 0) depth += deepest;
    if (schema.const !== undefined) return schema.const;
    if (schema.enum) return random.pick(schema.enum);
    if (schema.examples?.length && random.chance(0.15)) return random.pick(schema.examples);
    const branches = schema.oneOf ?? schema.anyOf;
    if (branches) {
      const { oneOf, anyOf, ...rest } = schema;
      const isLeaf = (branch) => ['null', 'string', 'number', 'integer', 'boolean'].includes(this.schemas.flat(branch).type);
      const shallow = depth > deepest ? branches.filter(isLeaf) : [];
      const branch = random.pick(shallow.length ? shallow : branches);
      return this.#any(Object.keys(rest).length ? { allOf: [rest, branch] } : branch, depth);
    }
    switch (this.#type(schema, depth)) {
      case 'null':
        return null;
      case 'boolean':
        return random.chance(0.5);
      case 'integer':
        return this.#integer(schema);
      case 'number':
        return this.#number(schema);
      case 'string':
        return this.#string(schema);
      case 'array':
        return this.#array(schema, depth);
      default:
        return this.#object(schema, depth);
    }
  }

  #type(schema, depth) {
    if (Array.isArray(schema.type)) {
      const leaves = schema.type.filter((type) => type !== 'array' && type !== 'object');
      return this.random.pick(depth > deepest && leaves.length ? leaves : schema.type);
    }
    if (schema.type) return schema.type;
    if (schema.properties || schema.additionalProperties) return 'object';
    if (schema.items) return 'array';
    const all = ['null', 'boolean', 'integer', 'number', 'string', 'array', 'object'];
    return this.random.pick(depth > 2 ? all.slice(0, 5) : all);
  }

  #integer(schema) {
    const { random } = this;
    const [least = -1000000n, most = 1000000n] = integerBounds(schema);
    const step = BigInt(schema.multipleOf ?? 1);
    const between = () => least + BigInt(Math.floor(random.next() * Number(most - least)));
    let value = random.pick([() => least, () => most, () => 0n, () => 1n, between, between])();
    if (value < least || value > most) value = between();
    value -= ((value % step) + step) % step;
    if (value < least) value += step;
    return asNumber(value > most ? most : value);
  }

  #number(schema) {
    const { random } = this;
    const least = schema.minimum ?? schema.exclusiveMinimum ?? -1e15;
    const most = schema.maximum ?? schema.exclusiveMaximum ?? Math.max(1e15, least + 1e15);
    const between = () => least + random.next() * (most - least);
    const value = random.pick([() => least, () => most, () => 0, () => Math.round(between()), between, between])();
    return schema.multipleOf ? Math.round(value / schema.multipleOf) * schema.multipleOf : Math.min(most, Math.max(least, value));
  }

  #string(schema) {
    const { random } = this;
    if (schema.contentEncoding === 'base64') return this.#base64(schema);
    if (schema.format) {
      const text = formatted(schema.format, random);
      if (text !== undefined) return text;
    }
    if (schema.pattern) {
      const { pattern, minLength, maxLength } = schema;
      return generateSync({ type: 'string', pattern, minLength, maxLength }, { seed: random.int(0, 2 ** 31) });
    }
    const length = this.#count(schema.minLength ?? 0, schema.maxLength, 30);
    if (this.isPlain) return Array.from({ length: Math.max(length, 1) }, () => random.pick(plain)).join('');
    const alphabet = random.pick(alphabets);
    return Array.from({ length }, () => random.pick(random.chance(0.8) ? alphabet : alphabets[0])).join('');
  }

  #base64(schema) {
    const least = Math.ceil((schema.minLength ?? 0) / 4) * 3;
    const most = Math.floor(Math.min(schema.maxLength ?? 80, 400) / 4) * 3;
    return randomBase64(this.random, this.random.pick([least, most, this.random.int(least, most)]));
  }

  /** How many: the least, the most, or something between. */
  #count(least, most, usual) {
    const bound = Math.max(least, Math.min(most ?? usual, longest));
    return this.random.pick([least, bound, this.random.int(least, bound)]);
  }

  #array(schema, depth) {
    const prefix = (schema.prefixItems ?? []).map((item) => this.#any(item, depth + 1));
    if (schema.items === false) return prefix;
    const least = schema.minItems ?? 0;
    const count = depth > deepest ? least : this.#count(least, schema.maxItems, 4);
    const items = [...prefix];
    const seen = new Set();
    for (let attempt = 0; items.length < count && attempt < count * 20; ++attempt) {
      const item = this.#any(schema.items, depth + 1);
      const text = print(item);
      if (schema.uniqueItems && seen.has(text)) continue;
      seen.add(text);
      items.push(item);
    }
    return items;
  }

  #object(schema, depth) {
    const { random } = this;
    const object = {};
    const required = new Set(schema.required ?? []);
    for (const [name, member] of random.shuffled(Object.entries(schema.properties ?? {}))) {
      const isWanted = depth <= deepest && random.chance(this.optional);
      if (required.has(name) || isWanted) object[name] = this.#any(member, depth + 1);
    }
    const rest = schema.additionalProperties;
    const isMap = rest !== undefined && rest !== false;
    if (isMap) {
      const least = schema.minProperties ?? 0;
      const count = depth > deepest ? least : this.#count(least, schema.maxProperties, 3);
      while (Object.keys(object).length < count) object[this.#key(schema)] = this.#any(rest, depth + 1);
    } else if (rest === undefined && schema.unevaluatedProperties === undefined && schema.properties && random.chance(0.1)) {
      object[`undeclared_${random.int(0, 99)}`] = random.pick([null, 1, 'text', [], { deep: [{}] }]); // is ignored
    }
    return object;
  }

  #key(schema) {
    if (schema.propertyNames) return this.#any({ type: 'string', ...this.schemas.flat(schema.propertyNames) }, 0);
    return this.random.pick(['a', '', '/', '~', '~1', 'ключ', '\u{1f600}', 'a/b', '"', 'x'.repeat(50)]) + this.random.int(0, 999);
  }
}
