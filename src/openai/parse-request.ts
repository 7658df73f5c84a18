import * as v from 'valibot';
import { RequestError } from './request-error.ts';

/** A request's JSON as the schema says. Throws gateway/bad-request that names the field. */
export function parseRequest<Schema extends v.GenericSchema>(schema: Schema, json: unknown): v.InferOutput<Schema> {
  const parsed = v.safeParse(schema, json);
  if (parsed.success) return parsed.output;
  const issue = parsed.issues[0];
  const param = pathOf(issue);
  if (param === null) throw new RequestError('The request has to be a JSON object.');
  if (issue.expected === 'never') {
    throw new RequestError(`The field ${param} is not known here.`, {
      param,
      hints: ['Leave it out; docs/gateway.md lists what can be set.'],
    });
  }
  // Valibot's own sentences begin with what is invalid; ours go on from the field's name.
  const isOurs = /^[a-z]/.test(issue.message);
  if (isOurs) throw new RequestError(`${param} ${issue.message}.`, { param });
  if (issue.received === 'undefined') throw new RequestError(`${param} is missing.`, { param });
  throw new RequestError(`${param} should be ${issue.expected ?? 'something else'}, got ${clip(issue.received)}.`, {
    param,
  });
}

/** `messages[1].content`. */
function pathOf({ path }: v.BaseIssue<unknown>): string | null {
  if (path === undefined) return null;
  let text = '';
  for (const { key } of path) {
    if (typeof key === 'number') text += `[${key}]`;
    else text += `${text === '' ? '' : '.'}${clip(String(key))}`;
  }
  return text;
}

function clip(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
