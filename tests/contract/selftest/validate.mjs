// A small validator of its own, which Ajv and the generator are held against: faults as the project's refusals name them.
import { isObject, pointerTo, print } from '../json.mjs';

const isNumber = (value) => typeof value === 'number' || typeof value === 'bigint';
const isInteger = (value) => typeof value === 'bigint' || Number.isInteger(value);
const types = {
  null: (value) => value === null,
  boolean: (value) => typeof value === 'boolean',
  integer: isInteger,
  number: isNumber,
  string: (value) => typeof value === 'string',
  array: Array.isArray,
  object: isObject,
};

const daysOf = (year, month) => new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
function isDate(text) {
  const match = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text);
  if (!match) return false;
  const [year, month, day] = match.slice(1).map(Number);
  return month >= 1 && month <= 12 && day >= 1 && day <= daysOf(year, month);
}
function isTime(text) {
  const match = /^(.{10})[Tt](\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:[Zz]|[+-](\d\d):(\d\d))$/.exec(text);
  if (!match || !isDate(match[1])) return false;
  const [hour, minute, second, zoneHour = 0, zoneMinute = 0] = match.slice(2).map((each) => Number(each ?? 0));
  return hour < 24 && minute < 60 && second < 60 && zoneHour < 24 && zoneMinute < 60;
}
const formats = {
  date: isDate,
  'date-time': isTime,
  uuid: (text) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text),
};
const isBase64 = (text) => Buffer.from(text, 'base64').toString('base64') === text;

/** Pointers of all that is wrong. `bug` names what is not seen, for the test of the test. */
export function faultsOf(schemas, schema, value, bug, pointer = '') {
  const flat = schemas.flat(schema);
  if (flat.discriminator) return faultsOfTagged(schemas, flat, value, bug, pointer);
  if (flat.anyOf) {
    if (value === null && flat.anyOf.some((each) => schemas.flat(each).type === 'null')) return [];
    return faultsOf(schemas, flat.anyOf.find((each) => schemas.flat(each).type !== 'null'), value, bug, pointer);
  }
  const allowed = flat.type === undefined ? undefined : [flat.type].flat();
  if (allowed && !allowed.some((type) => types[type](value)) && !(bug === 'null' && value === null)) return [pointer];
  if (flat.const !== undefined) return value === flat.const ? [] : [pointer];
  if (flat.enum && bug !== 'enum') return flat.enum.includes(value) ? [] : [pointer];
  if (isNumber(value)) return isNumberWrong(flat, value, bug) ? [pointer] : [];
  if (typeof value === 'string') return isStringWrong(flat, value, bug) ? [pointer] : [];
  if (Array.isArray(value)) return faultsOfArray(schemas, flat, value, bug, pointer);
  return isObject(value) ? faultsOfObject(schemas, flat, value, bug, pointer) : [];
}

function faultsOfTagged(schemas, flat, value, bug, pointer) {
  if (!isObject(value)) return [pointer];
  const tag = flat.discriminator.propertyName;
  const branch = flat.oneOf.find((each) => schemas.flat(each).properties[tag].const === value[tag]);
  if (!branch) return bug === 'tag' ? [] : [pointerTo(pointer, tag)];
  return faultsOf(schemas, branch, value, bug, pointer);
}

function isNumberWrong(flat, value, bug) {
  const slack = bug === 'maximum' ? 1 : 0;
  return (
    value < flat.minimum ||
    value > flat.maximum + slack ||
    value <= flat.exclusiveMinimum ||
    value >= flat.exclusiveMaximum ||
    (flat.multipleOf !== undefined && Number(value) % flat.multipleOf !== 0) ||
    (flat.format === 'int32' && (value > 2n ** 31n - 1n || value < -(2n ** 31n))) ||
    (flat.format === 'int64' && bug !== 'int64' && (value > 2n ** 63n - 1n || value < -(2n ** 63n)))
  );
}

function isStringWrong(flat, value, bug) {
  const length = bug === 'bytes' ? Buffer.byteLength(value) : [...value].length;
  if (length < flat.minLength || (length > flat.maxLength && bug !== 'maxLength')) return true;
  const pattern = bug === 'anchors' ? flat.pattern?.replace(/^\^|\$$/g, '') : flat.pattern;
  if (pattern !== undefined && !new RegExp(pattern, 'u').test(value)) return true;
  if (flat.contentEncoding && !isBase64(value)) return true;
  return bug !== 'format' && flat.format in formats && !formats[flat.format](value);
}

function faultsOfArray(schemas, flat, value, bug, pointer) {
  if (value.length < flat.minItems || value.length > flat.maxItems) return [pointer];
  const isTwice = new Set(value.map(print)).size < value.length;
  if (flat.uniqueItems && isTwice && bug !== 'uniqueItems') return [pointer];
  if (flat.items === undefined) return [];
  return value.flatMap((item, i) => faultsOf(schemas, flat.items, item, bug, pointerTo(pointer, i)));
}

function faultsOfObject(schemas, flat, value, bug, pointer) {
  const { properties = {}, required = [], additionalProperties: rest } = flat;
  const faults = [];
  const size = Object.keys(value).length;
  if (size < flat.minProperties || size > flat.maxProperties) return [pointer];
  for (const name of required) if (!(name in value) && bug !== 'required') faults.push(pointerTo(pointer, name));
  for (const [name, member] of Object.entries(value)) {
    const at = bug === 'pointer' && pointer !== '' ? pointer : pointerTo(pointer, name);
    if (name in properties) faults.push(...faultsOf(schemas, properties[name], member, bug, at));
    else if (rest === false && bug !== 'undeclared') faults.push(at);
    else if (isObject(rest)) faults.push(...faultsOf(schemas, rest, member, bug, at));
  }
  return faults;
}
