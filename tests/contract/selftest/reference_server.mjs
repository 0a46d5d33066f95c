// A server that does what reference.openapi.json says, or all but one thing: `bug` names what it does wrong.
import http from 'node:http';

import { parse, print } from '../json.mjs';
import { operationsOf } from '../operations.mjs';
import { Schemas } from '../schemas.mjs';
import { faultsOf } from './validate.mjs';

class Refusal extends Error {
  constructor(status, errors) {
    super(`${status}`);
    this.status = status;
    this.errors = errors;
  }
}

function parsed(schemas, schema, text) {
  const type = [schemas.flat(schema).type].flat()[0];
  if (type === 'integer' && /^-?\d+$/.test(text)) return parse(print(BigInt(text)));
  if (type === 'number' && /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text)) return Number(text);
  if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  return text; // a string, or what is then of another type
}

export class ReferenceServer {
  #schemas;
  #operations;
  #things = new Map();
  #bug;
  #server;

  constructor(document, bug) {
    this.#schemas = new Schemas(document);
    this.#operations = operationsOf(document, this.#schemas);
    this.#bug = bug;
    this.#server = http.createServer((request, response) => this.#take(request, response));
  }

  async start() {
    await new Promise((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${this.#server.address().port}`;
  }
  async stop() {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #take(request, response) {
    const parts = [];
    for await (const part of request) parts.push(part);
    try {
      this.#answer(request, Buffer.concat(parts), response);
    } catch (error) {
      this.#refuse(response, error instanceof Refusal ? error : new Refusal(500));
    }
  }

  #refuse(response, { status, errors }) {
    const isBare = this.#bug === 'no errors';
    const type = this.#bug === 'problem type' ? 'application/json' : 'application/problem+json';
    response.writeHead(this.#bug === '400' && status === 422 ? 400 : status, { 'Content-Type': type });
    response.end(JSON.stringify({ type: 'about:blank', title: 'Refused', status, ...(errors && !isBare ? { errors } : {}) }));
  }

  #answer(request, body, response) {
    const url = new URL(request.url, 'http://localhost');
    const found = this.#find(request.method, url.pathname);
    if (!found) throw new Refusal(404);
    const { operation, inPath } = found;
    const errors = [];
    const values = this.#parameters(operation, request, url, inPath, errors);
    const value = operation.body ? this.#body(operation, request, body, errors) : undefined;
    if (errors.length) throw new Refusal(422, this.#bug === 'extra error' ? [...errors, { in: 'body', pointer: '/no', expected: '-' }] : errors);
    if (this.#bug === '500' && print(value ?? '').includes('😀')) {
      response.writeHead(500, { 'Content-Type': 'text/plain' }).end('oops');
      return;
    }
    this.#act(operation, values, value, response);
  }

  #find(method, path) {
    for (const operation of this.#operations.filter((each) => each.method === method)) {
      const names = [...operation.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
      const match = new RegExp(`^${operation.path.replace(/\{\w+\}/g, '([^/]+)')}$`).exec(path);
      if (match) return { operation, inPath: new Map(names.map((name, i) => [name, decodeURIComponent(match[i + 1])])) };
    }
    return undefined;
  }

  #textsOf(parameter, request, url, inPath) {
    const { name } = parameter;
    const cookies = (request.headers.cookie ?? '').split('; ').filter((pair) => pair.startsWith(`${name}=`));
    const header = request.headers[name.toLowerCase()];
    return {
      path: () => [inPath.get(name)],
      query: () => url.searchParams.getAll(name),
      header: () => (header === undefined ? [] : [header]),
      cookie: () => cookies.map((pair) => pair.slice(name.length + 1)),
    }[parameter.in]();
  }

  #parameters(operation, request, url, inPath, errors) {
    const values = new Map();
    for (const parameter of operation.parameters) {
      const { name, schema } = parameter;
      const texts = this.#textsOf(parameter, request, url, inPath);
      const refuse = () => errors.push({ in: parameter.in, name: this.#bug === 'name' ? 'x' : name, expected: 'another one' });
      if (!texts.length && parameter.required && this.#bug !== 'required') refuse();
      if (!texts.length) continue;
      if (!parameter.isArray && texts.length > 1 && this.#bug !== 'repeated') refuse();
      const items = texts.map((text) => parsed(this.#schemas, parameter.isArray ? this.#schemas.flat(schema).items : schema, text));
      const value = parameter.isArray ? items : items[0];
      values.set(name, value);
      if (faultsOf(this.#schemas, schema, value, this.#bug).length) refuse();
    }
    return values;
  }

  #body(operation, request, bytes, errors) {
    if (request.headers['content-type'] !== 'application/json' && this.#bug !== 'media type') throw new Refusal(415);
    let value;
    try {
      value = parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
    } catch {
      throw new Refusal(this.#bug === 'malformed' ? 422 : 400);
    }
    const pointers = faultsOf(this.#schemas, operation.body.schema, value, this.#bug);
    errors.push(...pointers.map((pointer) => ({ in: 'body', pointer, expected: 'another one' })));
    return value;
  }

  #act(operation, values, value, response) {
    const send = (status, body, headers = {}) => {
      response.writeHead(status, body === undefined ? headers : { 'Content-Type': 'application/json', ...headers });
      response.end(body === undefined ? undefined : print(body));
    };
    switch (operation.key) {
      case 'GET /things': {
        const list = [...this.#things.values()].slice(0, values.get('limit') ?? 20);
        return send(this.#bug === 'undeclared status' ? 302 : 200, list, this.#bug === 'header' ? {} : { 'X-Total': this.#things.size });
      }
      case 'POST /things': {
        const thing = { id: this.#things.size + 1, ...value };
        if (this.#bug === 'response') delete thing.name;
        this.#things.set(thing.id, thing);
        return send(201, thing, { Location: `/things/${thing.id}` });
      }
      case 'GET /things/{id}':
      case 'DELETE /things/{id}': {
        const thing = this.#things.get(values.get('id'));
        if (!thing || this.#bug === 'never there') throw new Refusal(404);
        if (operation.method === 'GET') return send(200, thing);
        return send(204);
      }
      case 'GET /pages': {
        const cursor = values.get('cursor');
        if (this.#bug === 'link' && cursor !== undefined) throw new Refusal(404);
        if (cursor !== undefined && !/^sealed-\d+$/.test(cursor) && this.#bug !== 'forged')
          throw new Refusal(422, [{ in: 'query', name: 'cursor', expected: 'one of an answer' }]);
        const begin = Number(cursor?.slice(7) ?? 0);
        return send(200, { items: [begin], next: begin > 3 ? null : `/pages?cursor=sealed-${begin + 1}` });
      }
      case 'PUT /periods/{name}':
        if (value.from > value.to) throw new Refusal(422, [{ in: 'body', pointer: '', expected: this.#bug === 'rule' ? 'better luck' : 'from is not after to' }]);
        return send(200, { anything: value });
      default:
        if (this.#bug === 'refuses') throw new Refusal(409);
        return send(201, value);
    }
  }
}
