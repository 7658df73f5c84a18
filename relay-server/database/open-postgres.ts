import { checkRows, unanswered } from './database.ts';
import type { Database, Sql } from './database.ts';

/** Connections of one relay; a server takes 100 in all where nobody changed that. */
const MAX_CONNECTIONS = 8;
const CONNECT_MS = 5_000;
const STATEMENT_MS = 10_000;

interface Queries {
  query(text: string, values: unknown[]): Promise<{ rows: unknown[]; rowCount: number | null }>;
}

/** A PostgreSQL server. Throws an Error that says what to do where it is not there; its address is not repeated. */
export async function openPostgres(url: string): Promise<Database> {
  const { default: pg } = await import('pg');
  const pool = new pg.Pool({
    connectionString: url,
    max: MAX_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_MS,
    statement_timeout: STATEMENT_MS,
    query_timeout: STATEMENT_MS,
    application_name: 'weft-relay',
  });
  // A connection that breaks while nobody uses it is replaced; whoever asks next learns whether the server is there.
  pool.on('error', () => undefined);
  try {
    await pool.query('select 1');
  } catch (cause) {
    await pool.end();
    throw new Error(
      'The PostgreSQL server of DATABASE_URL does not let this relay in. Correct it, or start the server.',
      {
        cause,
      },
    );
  }
  return {
    kind: 'postgres',
    ...sqlOf(pool),
    async transaction(work) {
      const client = await pool.connect().catch((error: unknown) => {
        throw unanswered(error);
      });
      const sql = sqlOf(client);
      let isWhole = false;
      try {
        await sql.run('begin');
        const result = await work(sql);
        await sql.run('commit');
        isWhole = true;
        return result;
      } catch (error) {
        isWhole = await sql.run('rollback').then(
          () => true,
          () => false,
        );
        throw error;
      } finally {
        // A connection that could not even roll back is not used again.
        client.release(!isWhole);
      }
    },
    close: () => pool.end(),
  };
}

function sqlOf(client: Queries): Sql {
  const query = async (text: string, values: readonly unknown[]) => {
    try {
      return await client.query(text, [...values]);
    } catch (error) {
      throw unanswered(error);
    }
  };
  return {
    rows: async (schema, text, values = []) => checkRows(schema, (await query(text, values)).rows),
    run: async (text, values = []) => (await query(text, values)).rowCount ?? 0,
  };
}
