// The schemas of an OpenAPI 3.1 document: what they refer to, and whether a value is one of theirs (Ajv, strict: an unknown
// keyword or format is an error).
import { withNumbers } from './json.mjs';
import { Ajv, addFormats } from './packages.mjs';

// RFC 3339 alone: ajv-formats takes a blank for the "T" too.
const dateTime = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;
const base64 = /^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Section 4 of RFC 4648, with no bits behind the last byte. */
export const isBase64 = (text) => base64.test(text) && Buffer.from(text, 'base64').toString('base64') === text;

/** Of what only a server can make, and a client hands back as it came. */
export const opaqueFormat = 'cursor';

/** What an integer of that format may be; JSON has no such bounds itself. */
export const integerFormats = {
  int8: [-(2n ** 7n), 2n ** 7n - 1n],
  int16: [-(2n ** 15n), 2n ** 15n - 1n],
  int32: [-(2n ** 31n), 2n ** 31n - 1n],
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint8: [0n, 2n ** 8n - 1n],
  uint16: [0n, 2n ** 16n - 1n],
  uint32: [0n, 2n ** 32n - 1n],
  uint64: [0n, 2n ** 64n - 1n],
};

function makeAjv() {
  const ajv = new Ajv({ strict: true, strictTypes: false, strictRequired: false, strictTuples: false });
  addFormats(ajv, { mode: 'full' });
  const isDateTime = ajv.formats['date-time'].validate;
  ajv.addFormat('date-time', (text) => dateTime.test(text) && isDateTime(text));
  ajv.addFormat('byte', isBase64);
  ajv.addFormat(opaqueFormat, true);
  for (const [name, [least, most]] of Object.entries(integerFormats)) {
    const [low, high] = [Number(least), Number(most)];
    ajv.addFormat(name, { type: 'number', validate: (x) => Number.isInteger(x) && x >= low && x <= high });
  }
  ajv.addFormat('float', { type: 'number', validate: (x) => Number.isFinite(Math.fround(x)) });
  ajv.removeKeyword('contentEncoding');
  ajv.addKeyword({
    keyword: 'contentEncoding',
    type: 'string',
    schemaType: 'string',
    validate: (encoding, text) => encoding !== 'base64' || isBase64(text),
  });
  // What OpenAPI adds to JSON Schema says nothing about a value that oneOf does not say too.
  for (const keyword of ['discriminator', 'xml', 'externalDocs', 'example']) ajv.addKeyword(keyword);
  return ajv;
}

const componentPrefix = '#/components/schemas/';

// A copy that refers to the components by the name under which Ajv knows them.
function forAjv(schema, key = '') {
  if (Array.isArray(schema)) return schema.map((each) => forAjv(each));
  if (schema === null || typeof schema !== 'object') {
    const isReference = key === '$ref' && typeof schema === 'string' && schema.startsWith(componentPrefix);
    return isReference ? `components#/$defs/${schema.slice(componentPrefix.length)}` : schema;
  }
  // Extensions are the document's own.
  const members = Object.entries(schema).filter(([name]) => !name.startsWith('x-') || key === 'properties');
  return Object.fromEntries(members.map(([name, member]) => [name, forAjv(member, name)]));
}

// The narrower of two schemas of one value, as far as an inherited struct needs it.
function narrowed(a, b) {
  return {
    ...a,
    ...b,
    ...(a.properties || b.properties ? { properties: { ...a.properties, ...b.properties } } : {}),
    ...(a.required || b.required ? { required: [...new Set([...(a.required ?? []), ...(b.required ?? [])])] } : {}),
  };
}

export class Schemas {
  #document;
  #ajv = makeAjv();
  #validators = new Map();
  #flat = new Map();

  constructor(document) {
    this.#document = document;
    this.#ajv.addSchema({ $id: 'components', $defs: forAjv(document.components?.schemas ?? {}) });
  }

  /** What stands at a reference within the document; anything else as it is. */
  resolve(node) {
    for (let steps = 0; node?.$ref !== undefined && typeof node.$ref === 'string'; ++steps) {
      if (!node.$ref.startsWith('#/') || steps > 100) throw new Error(`${node.$ref} refers to nothing in the document`);
      const keys = node.$ref.slice(2).split('/').map((key) => decodeURIComponent(key).replaceAll('~1', '/').replaceAll('~0', '~'));
      const found = keys.reduce((at, key) => at?.[key], this.#document);
      if (found === undefined) throw new Error(`${node.$ref} refers to nothing in the document`);
      node = found;
    }
    return node;
  }

  /** The schema without $ref and allOf at its top. */
  flat(schema) {
    if (schema === true || schema === undefined) return {};
    if (this.#flat.has(schema)) return this.#flat.get(schema);
    let { $ref, allOf, ...flat } = schema;
    if ($ref !== undefined) flat = narrowed(this.flat(this.resolve({ $ref })), flat);
    for (const part of allOf ?? []) flat = narrowed(this.flat(part), flat);
    this.#flat.set(schema, flat);
    return flat;
  }

  /** Empty where the value is one of the schema's, else why not. */
  complaints(schema, value) {
    if (schema === true || schema === undefined) return '';
    if (!this.#validators.has(schema)) this.#validators.set(schema, this.#ajv.compile(forAjv(schema)));
    const validate = this.#validators.get(schema);
    return validate(withNumbers(value)) ? '' : this.#ajv.errorsText(validate.errors, { dataVar: '' });
  }
  accepts(schema, value) {
    return this.complaints(schema, value) === '';
  }

  /** All of the document that a schema says, as strings: descriptions, messages. */
  textsOf(schema, seen = new Set(), texts = new Set()) {
    if (typeof schema === 'string') texts.add(schema);
    if (schema === null || typeof schema !== 'object' || seen.has(schema)) return texts;
    seen.add(schema);
    if (typeof schema.$ref === 'string') this.textsOf(this.resolve(schema), seen, texts);
    for (const member of Object.values(schema)) this.textsOf(member, seen, texts);
    return texts;
  }
}
