// A client of the sample functions, as strict as TypeScript can be: what it does not know of them does not compile, and what
// it knows holds when it runs.
import type { components } from './api.mjs';
import { ApiClient } from './api_client.mjs';

declare const process: { argv: string[] };

type Note = components['schemas']['Note'];

function check(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(`does not hold: ${what}`);
}

const api = new ApiClient(process.argv[2] ?? '');

async function greets(): Promise<void> {
  const hello = await api.call('get', '/api/hello/{name}', { path: { name: 'Zoë & Co' } });
  check(hello.ok, 'hello answers');
}

async function makes(title: string): Promise<Note> {
  const made = await api.call('post', '/api/notes', { body: { title, text: 'two' } });
  check(made.ok && made.status === 201, 'a note is made');
  check(made.body.title === title && made.body.text === 'two', 'as it was asked for');
  return made.body;
}

async function lists(note: Note): Promise<void> {
  const list = await api.call('get', '/api/notes', { query: { limit: 5 } });
  check(list.ok, 'the notes are listed');
  const found: Note | undefined = list.body.items.find((each) => each.id === note.id);
  check(found?.title === note.title, 'with the new one');
}

async function changes({ id }: Note): Promise<void> {
  const changed = await api.call('patch', '/api/notes/{id}', { path: { id }, body: { text: 'three' } });
  check(changed.ok && changed.body.text === 'three', 'a note is changed');
  const replaced = await api.call('put', '/api/notes/{id}', { path: { id }, body: { title: 'bread', text: '' } });
  check(replaced.ok && replaced.body.title === 'bread' && replaced.body.text === '', 'and replaced');
}

async function deletes({ id }: Note): Promise<void> {
  const deleted = await api.call('delete', '/api/notes/{id}', { path: { id } });
  check(deleted.ok && deleted.status === 204, 'a note is deleted');
  const gone = await api.call('get', '/api/notes/{id}', { path: { id } });
  check(!gone.ok && gone.status === 404, 'and is not there any more');
  const title: string = gone.problem.title;
  check(title === 'Not Found', 'which a problem says');
}

async function isRefused(): Promise<void> {
  const refused = await api.call('post', '/api/notes', { body: { title: '' } });
  check(!refused.ok && refused.status === 422, 'a note without a title is refused');
  const [fault] = refused.problem.errors;
  check(fault?.in === 'body' && fault.pointer === '/title', 'with the place of the fault');
  const expected: string = fault.expected;
  check(expected !== '', 'and with what was expected');
}

// Never run: each of these has to be an error of the compiler's, or the next line is one.
export async function doesNotCompile(): Promise<void> {
  // @ts-expect-error a note has a title
  await api.call('post', '/api/notes', { body: { text: 'two' } });
  // @ts-expect-error which is a text
  await api.call('post', '/api/notes', { body: { title: 7 } });
  // @ts-expect-error there is no such path
  await api.call('get', '/api/note', {});
  // @ts-expect-error there is no such method
  await api.call('delete', '/api/notes', {});
  // @ts-expect-error there is no such parameter
  await api.call('get', '/api/notes', { query: { limt: 5 } });
  // @ts-expect-error a path has its parameters
  await api.call('get', '/api/notes/{id}', {});
  const note = await api.call('get', '/api/notes/{id}', { path: { id: 1 } });
  // @ts-expect-error it may have failed
  note.body.title;
  // @ts-expect-error a note has no such member
  if (note.ok) note.body.tilte;
}

await greets();
const note = await makes('milk');
await lists(note);
await changes(note);
await deletes(note);
await isRefused();
