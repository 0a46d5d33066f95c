// JSON whose integers may be BigInts, which reach beyond 2^53, and the JSON Pointers into it (RFC 6901).

export function print(value) {
  if (typeof value === 'bigint') return value.toString();
  if (Array.isArray(value)) return `[${value.map(print).join(',')}]`;
  if (value !== null && typeof value === 'object')
    return `{${Object.entries(value).map(([key, member]) => `${JSON.stringify(key)}:${print(member)}`).join(',')}}`;
  return JSON.stringify(value);
}

const stringOrLongInteger = /"(?:[^"\\]|\\.)*"|(?<![\d.eE+-])-?\d{16,}(?![\d.eE])/g;
const bigMark = '\u0000integer ';

/** Integers that a number does not hold are BigInts. Throws as JSON.parse() does. */
export function parse(text) {
  JSON.parse(text); // what is no JSON is refused as it stands
  const marked = text.replace(stringOrLongInteger, (found) => (found[0] === '"' ? found : JSON.stringify(bigMark + found)));
  return JSON.parse(marked, (_, value) => {
    if (typeof value !== 'string' || !value.startsWith(bigMark)) return value;
    const integer = BigInt(value.slice(bigMark.length));
    return Number.isSafeInteger(Number(integer)) ? Number(integer) : integer;
  });
}

/** A copy in which BigInts are the nearest numbers, as a reader has them that knows no other. */
export function withNumbers(value) {
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map(withNumbers);
  if (value !== null && typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withNumbers(member)]));
  return value;
}

export const isObject = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);
export const pointerTo = (pointer, key) => `${pointer}/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`;

const keysOf = (pointer) =>
  pointer === '' ? [] : pointer.slice(1).split('/').map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));

/** A copy with another value at the pointer; undefined removes what stands there. */
export function replaced(whole, pointer, value) {
  const step = (node, [key, ...rest]) => {
    if (key === undefined) return value;
    const copy = Array.isArray(node) ? [...node] : { ...node };
    const below = step(copy[key], rest);
    if (below !== undefined) copy[key] = below;
    else if (Array.isArray(copy)) copy.splice(Number(key), 1);
    else delete copy[key];
    return copy;
  };
  return step(whole, keysOf(pointer));
}
