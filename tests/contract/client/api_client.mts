// Calls an API by the types that openapi-typescript has made of its document: a path, a parameter, a body or a member that
// the document does not have is a compile error.
import type { paths } from './api.mjs';

type Method = 'get' | 'put' | 'post' | 'delete' | 'patch';
type MethodsOf<P extends keyof paths> = { [M in Method]: paths[P][M] extends object ? M : never }[Method];

type Content<Response> = Response extends { content: infer C } ? (C extends object ? C[keyof C] : undefined) : undefined;
type ResponsesOf<O> = O extends { responses: infer R } ? R : never;
type IsSuccess<S> = `${S & (string | number)}` extends `2${string}` ? true : false;

export type Success<O> = {
  [S in keyof ResponsesOf<O>]: IsSuccess<S> extends true ? { ok: true; status: number; body: Content<ResponsesOf<O>[S]> } : never;
}[keyof ResponsesOf<O>];
// One that only a range such as "4XX" declares is told by no number: a comparison of the status leaves it out.
export type Failure<O> = {
  [S in keyof ResponsesOf<O>]: IsSuccess<S> extends true
    ? never
    : { ok: false; status: S extends number ? S : -1; problem: Content<ResponsesOf<O>[S]> };
}[keyof ResponsesOf<O>];

type Given<Name extends string, T> = [T] extends [undefined] ? unknown : undefined extends T ? { [N in Name]?: NonNullable<T> } : { [N in Name]: T };
type PartOf<O, Part extends 'path' | 'query' | 'header'> = O extends { parameters: infer P } ? (Part extends keyof P ? P[Part] : undefined) : undefined;
type BodyOf<O> = O extends { requestBody: { content: infer C } } ? C[keyof C] : undefined;
export type Input<O> = Given<'path', PartOf<O, 'path'>> & Given<'query', PartOf<O, 'query'>> & Given<'headers', PartOf<O, 'header'>> & Given<'body', BodyOf<O>>;

interface AnyInput {
  path?: Record<string, unknown>;
  query?: Record<string, unknown>;
  headers?: Record<string, unknown>;
  body?: unknown;
}

export class ApiClient {
  constructor(private readonly origin: string) {}

  async call<P extends keyof paths & string, M extends MethodsOf<P>>(
    method: M,
    path: P,
    input: Input<paths[P][M]>,
  ): Promise<Success<paths[P][M]> | Failure<paths[P][M]>> {
    const given = input as AnyInput;
    const headers = new Headers();
    for (const [name, value] of Object.entries(given.headers ?? {})) headers.set(name, String(value));
    if (given.body !== undefined) headers.set('Content-Type', 'application/json');
    const answer = await fetch(this.origin + urlOf(path, given), {
      method: method.toUpperCase(),
      headers,
      ...(given.body === undefined ? {} : { body: JSON.stringify(given.body) }),
    });
    const text = await answer.text();
    const content: unknown = text === '' ? undefined : JSON.parse(text);
    const result = answer.ok ? { ok: true, status: answer.status, body: content } : { ok: false, status: answer.status, problem: content };
    return result as Success<paths[P][M]> | Failure<paths[P][M]>;
  }
}

function urlOf(path: string, { path: names, query }: AnyInput): string {
  const filled = path.replace(/\{([^}]+)\}/g, (_, name: string) => encodeURIComponent(String(names?.[name])));
  const pairs = Object.entries(query ?? {}).flatMap(([name, value]) => [value].flat().map((each) => [name, String(each)]));
  return pairs.length ? `${filled}?${new URLSearchParams(pairs)}` : filled;
}
