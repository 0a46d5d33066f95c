// The operations of an OpenAPI 3.1 document, and the requests that are made of values for their parameters and bodies.
import { print } from './json.mjs';

const methods = ['get', 'put', 'post', 'delete', 'patch', 'options', 'head'];
const isJson = (type) => /^[^;]*[/+]json\s*(;|$)/i.test(type);
const has = (value) => value !== undefined;

export const textOf = (value) => (typeof value === 'string' ? value : print(value));

export function operationsOf(document, schemas) {
  const operations = [];
  for (const [path, item] of Object.entries(document.paths ?? {})) {
    for (const method of methods.filter((name) => item[name])) {
      const operation = item[method];
      const parameters = new Map();
      for (const each of [...(item.parameters ?? []), ...(operation.parameters ?? [])].map((p) => schemas.resolve(p)))
        parameters.set(`${each.in} ${each.name}`, parameterOf(each, schemas, `${method} ${path}`));
      operations.push({
        key: `${method.toUpperCase()} ${path}`,
        method: method.toUpperCase(),
        path,
        parameters: [...parameters.values()],
        body: bodyOf(schemas.resolve(operation.requestBody)),
        responses: Object.fromEntries(Object.entries(operation.responses ?? {}).map(([code, r]) => [code, schemas.resolve(r)])),
      });
    }
  }
  return operations;
}

function parameterOf(parameter, schemas, key) {
  const { name, schema } = parameter;
  const usual = { path: 'simple', header: 'simple', query: 'form', cookie: 'form' }[parameter.in];
  const isArray = [schemas.flat(schema).type].flat().includes('array');
  const style = parameter.style ?? usual;
  const explode = parameter.explode ?? style === 'form';
  if (schema === undefined || style !== usual || (isArray && (!explode || parameter.in === 'cookie')))
    throw new Error(`${key}: parameter ${name} is written in a way that this generator does not know`);
  return { name, in: parameter.in, schema, isArray, required: parameter.required === true };
}

function bodyOf(requestBody) {
  if (!requestBody) return undefined;
  const types = Object.entries(requestBody.content ?? {});
  const [type, media] = types.find(([name]) => isJson(name)) ?? types[0];
  return { type, schema: media.schema, isJson: isJson(type), required: requestBody.required === true };
}

/** Texts of a parameter: none, one, or of an array's elements one each. */
export function textsOf(parameter, value) {
  if (!has(value)) return [];
  return parameter.isArray && Array.isArray(value) ? value.map(textOf) : [textOf(value)];
}

/**
 * `texts`: by parameter. `body`: undefined, or bytes with their type. What comes is a request's path, headers and body.
 */
export function requestOf(operation, texts, body) {
  let path = operation.path;
  const query = [];
  const headers = [];
  const cookies = [];
  for (const parameter of operation.parameters) {
    for (const text of texts.get(parameter) ?? []) {
      const encoded = encodeURIComponent(text);
      if (parameter.in === 'path') path = path.replace(`{${parameter.name}}`, () => encoded);
      if (parameter.in === 'query') query.push(`${encodeURIComponent(parameter.name)}=${encoded}`);
      if (parameter.in === 'header') headers.push([parameter.name, text]);
      if (parameter.in === 'cookie') cookies.push(`${parameter.name}=${text}`);
    }
  }
  if (cookies.length) headers.push(['Cookie', cookies.join('; ')]);
  if (body?.type !== undefined) headers.push(['Content-Type', body.type]);
  return {
    method: operation.method,
    path: query.length ? `${path}?${query.join('&')}` : path,
    headers,
    body: body?.bytes,
  };
}

/** What the document says of an answer with that status: itself, its hundred, or the default. */
export function responseFor(operation, status) {
  const { responses } = operation;
  return responses[String(status)] ?? responses[`${Math.floor(status / 100)}XX`] ?? responses.default;
}

/** Codes that it names one by one. */
export const namesStatus = (operation, status) => operation.responses[String(status)] !== undefined;
