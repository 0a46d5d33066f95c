// Whether an answer is what the document says of it, and what the request deserves. Each complaint is a sentence.
import { isObject } from './json.mjs';
import { namesStatus, responseFor } from './operations.mjs';

// Refusals whose reason is a state that no schema knows.
const beyondSchema = [401, 403, 404, 409, 410, 412, 428];
// How large a body may be is no schema's to say either; a smaller one than this is never too large.
const large = 30_000;
const mediaTypeOf = (header) => (header ?? '').split(';')[0].trim().toLowerCase();

export class Checker {
  constructor(schemas) {
    this.schemas = schemas;
    this.#messages = new Map();
  }
  #messages;

  /** Against what is declared for its status, whatever was asked. */
  declared(operation, answer) {
    const { status, headers, body } = answer;
    const complaints = [];
    if (status >= 500) complaints.push(`it is a ${status}`);
    const response = responseFor(operation, status);
    if (!response) return [...complaints, `status ${status} is not declared`];
    for (const [name, given] of Object.entries(response.headers ?? {})) {
      const header = this.schemas.resolve(given);
      const value = headers[name.toLowerCase()];
      if (value === undefined && header.required) complaints.push(`header ${name} is missing`);
      if (value !== undefined && header.schema) complaints.push(...this.#headerComplaints(name, header.schema, value));
    }
    return [...complaints, ...this.#contentComplaints(response, status, headers, body)];
  }

  #headerComplaints(name, schema, text) {
    const isText = [this.schemas.flat(schema).type].flat().includes('string');
    const why = this.schemas.complaints(schema, isText ? text : Number(text));
    return why ? [`header ${name} is "${text}": ${why}`] : [];
  }

  #contentComplaints(response, status, headers, body) {
    const content = Object.entries(response.content ?? {});
    if (!content.length) return body.length ? [`status ${status} is declared without content, and has some`] : [];
    if (!body.length && response.content['*/*']) return []; // anything, and be it nothing
    const type = mediaTypeOf(headers['content-type']);
    const declared = content.find(([name]) => mediaTypeOf(name) === type || name === '*/*');
    if (!declared) return [`media type "${type}" is not declared for status ${status}`];
    if (!/[/+]json$/.test(type)) return [];
    let value;
    try {
      value = JSON.parse(body.toString());
    } catch (error) {
      return [`its body is no JSON: ${error.message}`];
    }
    const why = this.schemas.complaints(declared[1].schema, value);
    return why ? [`its body is not as declared: ${why}`] : [];
  }

  /** Of a valid request. */
  accepted(operation, request, answer) {
    const { status } = answer;
    if (isTooLarge(operation, request, answer)) return [];
    if (status >= 200 && status < 300) return [];
    if (beyondSchema.includes(status) && namesStatus(operation, status)) return [];
    const errors = errorsOf(answer);
    if (status === 422 && errors.length && errors.every((error) => this.#isDeclaredRule(operation, error))) return [];
    return [`a valid request was answered by ${status}`];
  }

  // A rule over several members stands in the document as a text alone: the refusal says the same text.
  #isDeclaredRule(operation, { expected }) {
    if (!this.#messages.has(operation))
      this.#messages.set(operation, [...this.schemas.textsOf([operation.body?.schema, operation.parameters])]);
    return typeof expected === 'string' && expected !== '' && this.#messages.get(operation).some((each) => each.includes(expected));
  }

  /** Of a broken one. */
  refused(operation, request, answer, { status: expected, where }) {
    if (isTooLarge(operation, request, answer)) return [];
    if (!expected.includes(answer.status)) return [`it must be refused by ${expected.join(' or ')}, and was answered by ${answer.status}`];
    if (mediaTypeOf(answer.headers['content-type']) !== 'application/problem+json') return ['the refusal is no problem'];
    if (!where || answer.status === 400) return [];
    const errors = errorsOf(answer);
    const isThere = (error) =>
      where.in === 'body'
        ? error.in === 'body' && where.pointers.includes(error.pointer)
        : error.in === where.in && error.name?.toLowerCase() === where.name.toLowerCase();
    const place = where.in === 'body' ? `at ${where.pointers.map((p) => `"${p}"`).join(' or ')}` : `${where.in} ${where.name}`;
    if (!errors.some(isThere)) return [`the refusal does not name what was broken, ${place}`];
    if (!errors.every((error) => isThere(error) || this.#isDeclaredRule(operation, error))) return [`the refusal names more than what was broken, ${place}`];
    return [];
  }
}

const isTooLarge = (operation, request, { status }) =>
  status === 413 && namesStatus(operation, status) && request.body?.length > large;

function errorsOf(answer) {
  try {
    const { errors } = JSON.parse(answer.body.toString());
    return Array.isArray(errors) ? errors.filter(isObject) : [];
  } catch {
    return [];
  }
}
