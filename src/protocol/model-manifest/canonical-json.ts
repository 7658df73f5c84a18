import { WeftError } from '../errors.ts';

/** Deeper than any configuration; a hostile file must not exhaust the stack. */
const MAX_DEPTH = 64;

/**
 * The JSON Canonicalization Scheme (RFC 8785) of a parsed JSON value: keys by UTF-16 code units, numbers and strings as
 * ECMAScript writes them, no white space. Throws model/bad-config for what JSON cannot hold.
 */
export function canonicalJson(value: unknown, depth = 0): string {
  if (depth > MAX_DEPTH) throw notJson(`more than ${MAX_DEPTH} levels`);
  if (value === null || typeof value === 'boolean') return JSON.stringify(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw notJson(`the number ${value}`);
    return JSON.stringify(value);
  }
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw notJson('half a surrogate pair');
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item, depth + 1)).join(',')}]`;
  if (typeof value === 'object') {
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    const parts = entries.map(([key, item]) => `${canonicalJson(key)}:${canonicalJson(item, depth + 1)}`);
    return `{${parts.join(',')}}`;
  }
  throw notJson(`a ${typeof value}`);
}

function notJson(what: string): WeftError {
  return new WeftError('model/bad-config', `A model's configuration holds ${what}, which has no canonical form.`, {
    hints: ['Choose another model.'],
  });
}
