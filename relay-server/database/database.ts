import * as v from 'valibot';
import { WeftError } from '../../src/protocol/errors.ts';

type SqlValue = string | number | boolean | null;

/** Statements of PostgreSQL with `$1`, `$2` … for values. Both throw auth/unavailable where the database does not answer. */
export interface Sql {
  /** The rows of one statement, each checked. */
  rows<Schema extends v.GenericSchema>(
    schema: Schema,
    text: string,
    values?: readonly SqlValue[],
  ): Promise<readonly v.InferOutput<Schema>[]>;
  /** How many rows one statement wrote. */
  run(text: string, values?: readonly SqlValue[]): Promise<number>;
}

/** Where a relay keeps what it must not lose: PGlite in a folder, or a PostgreSQL server that relays share. */
export interface Database extends Sql {
  readonly kind: 'pglite' | 'postgres';
  /** All of it or nothing; what `work` throws comes out unchanged. Never within another. */
  transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** A `bigint` column, which drivers hand over as text, number or bigint. Amounts of money are never kept so. */
export const wholeColumn = v.pipe(
  v.union([v.string(), v.number(), v.bigint()]),
  v.transform(Number),
  v.number(),
  v.safeInteger(),
);

/** What a driver answered, checked. */
export function checkRows<Schema extends v.GenericSchema>(
  schema: Schema,
  rows: readonly unknown[],
): readonly v.InferOutput<Schema>[] {
  const parsed = v.safeParse(v.array(schema), rows);
  if (parsed.success) return parsed.output;
  const at = v.getDotPath(parsed.issues[0]) ?? 'its top';
  throw new WeftError('auth/unavailable', `The relay’s database holds a row that cannot be read, at ${at}.`, {
    hints: ['Whoever runs the relay should restore it from a backup.'],
  });
}

/** A driver's failure, without the values that it may repeat. */
export function unanswered(cause: unknown): WeftError {
  if (cause instanceof WeftError) return cause;
  return new WeftError('auth/unavailable', 'The relay’s database did not answer.', {
    hints: ['Try again in a moment; if it stays, tell whoever runs the relay.'],
    cause,
    retryable: true,
  });
}
