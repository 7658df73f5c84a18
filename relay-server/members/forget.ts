import type { Database } from '../database/database.ts';
import { DAY_S, FORGET_AFTER_S, USAGE_DAYS } from './constants.ts';

/** Deletes what no longer counts. Times in seconds. */
export async function forget(database: Database, nowS: number): Promise<void> {
  await database.run('delete from weft.sessions where expires_at <= $1', [nowS]);
  await database.run('delete from weft.nonces where forget_at <= $1', [nowS]);
  await database.run('delete from weft.invites where expires_at <= $1', [nowS]);
  await database.run('delete from weft.api_key_usage where day < $1', [Math.floor(nowS / DAY_S) - USAGE_DAYS]);
  // Whoever is here by policy alone comes in again as before; a block, a role, an invitation and keys are kept.
  await database.run(
    `delete from weft.members where via = 'policy' and role = 'member' and not is_blocked and seen_at < $1
      and address not in (select member from weft.api_keys)`,
    [nowS - FORGET_AFTER_S],
  );
}
