// What breaks a schema in one place: each mutation has a kind, the pointers that a refusal may name, and the value that
// comes of it. Which branch of a oneOf a value belongs to is the validator's to say.
import { asNumber, integerBounds } from './generate.mjs';
import { isObject, pointerTo, replaced } from './json.mjs';

const otherTypes = [
  ['null', null],
  ['type', true],
  ['type', 12],
  ['type', 'some text'],
  ['type', []],
  ['type', {}],
  ['type', [1]],
  ['type', '12'],
];

const typeOf = (value) => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value === 'number' ? 'integer' : typeof value);

/** JSON types that a schema has room for; undefined for all. */
function typesOf(schemas, schema) {
  const flat = schemas.flat(schema);
  const branches = flat.oneOf ?? flat.anyOf;
  if (branches) {
    const types = branches.map((each) => typesOf(schemas, each));
    return types.includes(undefined) ? undefined : types.flat();
  }
  if (flat.type === undefined) return undefined;
  const types = [flat.type].flat();
  return types.includes('number') ? [...types, 'integer'] : types;
}

const notOfFormat = {
  'date-time': ['', 'yesterday', '2026-05-01', '2026-02-30T10:00:00Z', '2026-05-01T24:00:00Z', '2026-05-01T10:00:00', '2026-05-01 10:00:00Z',
    '2026-05-01T10:00:00.Z', '2026-05-01T10:00Z', '2026-13-01T10:00:00Z', '2026-05-01T10:00:00+0200', '2026-05-01T10:00:00Z\n'],
  date: ['', '2026-02-29', '2026-5-1', '2026-05-01T00:00:00Z', '01.05.2026', '2026-00-01', '2026-05-01\n'],
  uuid: ['', 'f81d4fae7dec11d0a76500a0c91e6bf6', '{f81d4fae-7dec-11d0-a765-00a0c91e6bf6}', 'f81d4fae-7dec-11d0-a765-00a0c91e6bfg',
    'f81d4fae-7dec-11d0-a765-00a0c91e6bf6\n'],
  byte: ['A', 'Zm9', 'Zm9vYg', 'Zm9vYh==', 'Zm9v\n', 'Zm9-', 'Z===', '====', 'Zm 9'],
};

/** Mutations of `value`, which the schema accepts. They are likely, not certain, to break it. */
export function* mutations(schemas, schema, value, pointer = '') {
  const flat = schemas.flat(schema);
  const at = (kind, to, pointers = [pointer]) => ({ kind, pointers, pointer, to });
  const types = typesOf(schemas, flat);
  for (const [kind, to] of otherTypes) if (types && !types.includes(typeOf(to))) yield at(kind, to);

  const branches = flat.oneOf ?? flat.anyOf;
  if (branches) {
    const tag = flat.discriminator?.propertyName;
    if (tag && isObject(value)) yield* brokenTag(at, value, tag, pointer);
    const branch = branches.find((each) => schemas.accepts(each, value));
    for (const each of branch === undefined ? [] : mutations(schemas, branch, value, pointer)) {
      const isSaid = each.pointer === pointer && (each.kind === 'type' || each.kind === 'null'); // of all branches at once
      if (!isSaid && !(tag && each.pointers.includes(pointerTo(pointer, tag)))) yield each;
    }
    return;
  }
  if (flat.enum || flat.const !== undefined) {
    if (typeof value === 'string') for (const to of [`${value}x`, value.toUpperCase(), '']) yield at('enum', to);
    return;
  }
  if (typeof value === 'bigint' || typeof value === 'number') yield* brokenNumber(at, flat, value);
  else if (typeof value === 'string') yield* brokenString(at, flat, value);
  else if (Array.isArray(value)) yield* brokenArray(schemas, at, flat, value, pointer);
  else if (isObject(value)) yield* brokenObject(schemas, at, flat, value, pointer);
}

function* brokenTag(at, value, tag, pointer) {
  const pointers = [pointerTo(pointer, tag), pointer];
  for (const to of ['no such tag', '', null, 7, []]) yield at('tag', { ...value, [tag]: to }, pointers);
  const { [tag]: _, ...untagged } = value;
  yield at('tag', untagged, pointers);
}

function* brokenNumber(at, schema) {
  const isInteger = [schema.type].flat().includes('integer');
  if (isInteger) {
    const [least, most] = integerBounds(schema);
    yield at('type', 1.5);
    // A validator with 53 bits does not see that these are out of range; they are.
    const certain = (kind, to) => ({ ...at(kind, asNumber(to)), isCertain: true });
    for (const distance of [1n, 2n ** 33n]) {
      if (least !== undefined) yield certain('minimum', least - distance);
      if (most !== undefined) yield certain('maximum', most + distance);
    }
  } else {
    const size = (bound) => Math.max(Math.abs(bound) * 1e-9, 1e-9);
    if (schema.minimum !== undefined) yield at('minimum', schema.minimum - size(schema.minimum));
    if (schema.maximum !== undefined) yield at('maximum', schema.maximum + size(schema.maximum));
    if (schema.format === 'float') yield at('maximum', 1e39);
  }
  if (schema.exclusiveMinimum !== undefined) yield at('minimum', schema.exclusiveMinimum);
  if (schema.exclusiveMaximum !== undefined) yield at('maximum', schema.exclusiveMaximum);
  if (schema.multipleOf !== undefined) yield at('multipleOf', schema.multipleOf * 2 + (isInteger ? 1 : schema.multipleOf / 2));
}

function* brokenString(at, schema, value) {
  const characters = [...value];
  if (schema.minLength > 0) yield at('minLength', characters.slice(0, schema.minLength - 1).join(''));
  if (schema.minLength > 0) yield at('minLength', '');
  if (schema.maxLength !== undefined && schema.maxLength < 100000) {
    const filler = characters.at(-1) ?? 'x';
    yield at('maxLength', value + filler.repeat(schema.maxLength + 1 - characters.length));
    yield at('maxLength', '\u{1f600}'.repeat(schema.maxLength + 1)); // counted as characters, not as bytes
  }
  if (schema.pattern !== undefined) {
    for (const to of [`${value}\n`, `\n${value}`, `${value} `, ` ${value}`, '', `x${value}`, `${value}\u00e9`, '\u{1f600}']) yield at('pattern', to);
    if (characters.length) yield at('pattern', characters.slice(1).join(''));
  }
  const format = schema.contentEncoding === 'base64' ? 'byte' : schema.format;
  for (const to of notOfFormat[format] ?? []) yield at('format', to);
}

function* brokenArray(schemas, at, schema, value, pointer) {
  if (schema.minItems > 0) yield at('minItems', value.slice(0, schema.minItems - 1));
  if (schema.maxItems !== undefined && schema.maxItems < 2000 && value.length) {
    const more = Array.from({ length: schema.maxItems + 1 }, (_, i) => value[i] ?? value[i % value.length]);
    yield at('maxItems', more);
  }
  if (schema.uniqueItems && value.length) {
    const room = schema.maxItems === undefined || value.length < schema.maxItems;
    const twice = room ? [...value, value[0]] : [...value.slice(0, -1), value[0]];
    if (twice.length > 1) yield at('uniqueItems', twice, [pointer, pointerTo(pointer, twice.length - 1), pointerTo(pointer, 0)]);
  }
  const start = schema.prefixItems?.length ?? 0;
  for (let i = 0; i < Math.min(value.length, 3); ++i) {
    const item = i < start ? schema.prefixItems[i] : schema.items;
    if (item !== undefined && item !== false) yield* below(schemas, item, value, i, pointer);
  }
}

function* brokenObject(schemas, at, schema, value, pointer) {
  const properties = schema.properties ?? {};
  const rest = schema.additionalProperties;
  for (const name of schema.required ?? []) {
    const { [name]: _, ...without } = value;
    if (name in value) yield at('required', without, [pointerTo(pointer, name)]);
  }
  if (rest === false || schema.unevaluatedProperties === false) {
    const name = 'undeclared/~member';
    yield at('undeclared', { ...value, [name]: 1 }, [pointerTo(pointer, name)]);
  }
  const size = Object.keys(value).length;
  if (schema.minProperties > 0) yield at('minProperties', Object.fromEntries(Object.entries(value).slice(0, schema.minProperties - 1)));
  if (schema.maxProperties !== undefined && size) {
    const [first] = Object.values(value);
    const more = Array.from({ length: schema.maxProperties + 1 - size }, (_, i) => [`more${i}`, first]);
    yield at('maxProperties', { ...value, ...Object.fromEntries(more) });
  }
  for (const name of Object.keys(value)) {
    const member = properties[name] ?? (rest === undefined || rest === false ? undefined : rest);
    if (member !== undefined) yield* below(schemas, member, value, name, pointer);
  }
}

// Mutations of a part are mutations of the whole.
function* below(schemas, schema, whole, key, pointer) {
  for (const each of mutations(schemas, schema, whole[key], pointerTo(pointer, key))) yield each;
}

/** The whole, with the mutation in it. */
export const applied = (whole, mutation) => replaced(whole, mutation.pointer, mutation.to);

/** JSON text that is none any more. Nothing at all is broken too, where something is required. */
export function malformed(text, random, isRequired) {
  const broken = [
    ...(isRequired ? [''] : []),
    text.slice(0, -1),
    `${text}}`,
    `${text},`,
    `{${text}`,
    `[${text},]`,
    text.replace(/"/, "'"),
    `{"a":${text},}`,
    `"\u0001"`,
    `{a:1}`,
    'NaN',
    '[01]',
    `${text}\u0000`,
  ].filter((each) => {
    try {
      JSON.parse(each);
      return false;
    } catch {
      return true;
    }
  });
  const bytes = broken.map((each) => Buffer.from(each));
  bytes.push(Buffer.concat([Buffer.from('"'), Buffer.from([0xc3, 0x28]), Buffer.from('"')])); // no UTF-8
  return random.pick(bytes);
}
