import { createHash, randomBytes } from 'node:crypto';
import * as v from 'valibot';
import { encodeBase64Url } from '../../src/protocol/base64url.ts';
import { WeftError } from '../../src/protocol/errors.ts';
import type { Address } from '../../src/protocol/ids.ts';
import { addressField } from '../../src/protocol/mesh/fields.ts';
import { MAX_KEYS } from '../../src/protocol/mesh/relay-api.ts';
import type { NewKey, RelayKey } from '../../src/protocol/mesh/relay-api.ts';
import { wholeColumn } from '../database/database.ts';
import type { Database } from '../database/database.ts';
import { DAY_S } from './constants.ts';
import type { Members } from './members.ts';

/** A key that counts now. */
interface CheckedKey {
  readonly id: string;
  readonly member: Address;
  /** Tokens that are left of today's budget; null: no bound. */
  readonly tokensLeft: number | null;
}

/** Members' keys for tools. All throw auth/unavailable where the database is silent. */
export interface ApiKeys {
  /** Throws gateway/bad-key, also where its member is let in no more, and gateway/budget. */
  check(text: string): Promise<CheckedKey>;
  /** Counts tokens towards today's budget, also past its end: an answer that is under way is ended by nobody. */
  spend(id: string, tokens: number): Promise<void>;
  list(member: Address): Promise<readonly RelayKey[]>;
  /** The key's text, which is kept nowhere. Throws app/bad-request where there are too many. */
  create(member: Address, wanted: NewKey): Promise<string>;
  /** Throws app/bad-request where the member has no such key. */
  revoke(member: Address, id: string): Promise<void>;
}

export interface ApiKeysDeps {
  readonly database: Database;
  readonly members: Pick<Members, 'isMember'>;
  /** Seconds since 1970, a whole number. */
  readonly nowS: () => number;
}

const KEY_BYTES = 32;
const ID_BYTES = 8;
const KEY = /^weft_[\w-]{43}$/;

const budgetColumns = { daily_tokens: v.nullable(wholeColumn), used: wholeColumn };
const checkedSchema = v.object({ id: v.string(), member: addressField, ...budgetColumns });
const listedSchema = v.object({
  id: v.string(),
  name: v.string(),
  created_at: wholeColumn,
  used_at: v.nullable(wholeColumn),
  ...budgetColumns,
});
const countSchema = v.object({ count: wholeColumn });

export function createApiKeys({ database, members, nowS }: ApiKeysDeps): ApiKeys {
  const today = () => Math.floor(nowS() / DAY_S);
  const used = `left join weft.api_key_usage u on u.key_id = k.id and u.day = $2`;

  return {
    async check(text) {
      if (!KEY.test(text)) throw badKey();
      const [row] = await database.rows(
        checkedSchema,
        `select k.id, k.member, k.daily_tokens, coalesce(u.tokens, 0) as used from weft.api_keys k ${used}
          where k.hash = $1`,
        [hashOf(text), today()],
      );
      if (row === undefined || !(await members.isMember(row.member))) throw badKey();
      const tokensLeft = row.daily_tokens === null ? null : Math.max(0, row.daily_tokens - row.used);
      if (tokensLeft === 0) {
        throw new WeftError('gateway/budget', 'This key has used the tokens that it may use in a day.', {
          hints: ['It works again from midnight UTC on; or make a key with a larger budget on the Network page.'],
        });
      }
      return { id: row.id, member: row.member, tokensLeft };
    },

    async spend(id, tokens) {
      if (!Number.isSafeInteger(tokens) || tokens < 0) {
        throw new WeftError('app/bad-request', `Expected a whole number of tokens, got ${tokens}.`);
      }
      await database.transaction(async (sql) => {
        // A key that was revoked meanwhile has nothing to count.
        const known = await sql.run('update weft.api_keys set used_at = $2 where id = $1', [id, nowS()]);
        if (known === 0) return;
        await sql.run(
          `insert into weft.api_key_usage (key_id, day, tokens) values ($1, $2, $3)
            on conflict (key_id, day) do update set tokens = weft.api_key_usage.tokens + $3`,
          [id, today(), tokens],
        );
      });
    },

    async list(member) {
      const rows = await database.rows(
        listedSchema,
        `select k.id, k.name, k.created_at, k.used_at, k.daily_tokens, coalesce(u.tokens, 0) as used
          from weft.api_keys k ${used} where k.member = $1 order by k.created_at, k.id`,
        [member, today()],
      );
      return rows.map((row) => ({
        id: row.id,
        name: row.name,
        createdAtMs: row.created_at * 1_000,
        lastUsedAtMs: row.used_at === null ? null : row.used_at * 1_000,
        dailyTokens: row.daily_tokens,
        usedToday: row.used,
      }));
    },

    async create(member, { name, dailyTokens }) {
      const key = `weft_${encodeBase64Url(randomBytes(KEY_BYTES))}`;
      await database.transaction(async (sql) => {
        // Two requests at once wait for one another here, so that neither sees one key too few.
        await sql.rows(v.unknown(), 'select address from weft.members where address = $1 for update', [member]);
        const [own] = await sql.rows(countSchema, 'select count(*) as count from weft.api_keys where member = $1', [
          member,
        ]);
        if ((own?.count ?? 0) >= MAX_KEYS) {
          throw new WeftError(
            'app/bad-request',
            `There are ${MAX_KEYS} keys already, which is the most for a member.`,
            {
              hints: ['Revoke one that is not used any more.'],
            },
          );
        }
        await sql.run(
          `insert into weft.api_keys (id, member, name, hash, daily_tokens, created_at) values ($1, $2, $3, $4, $5, $6)`,
          [randomBytes(ID_BYTES).toString('hex'), member, name, hashOf(key), dailyTokens, nowS()],
        );
      });
      return key;
    },

    async revoke(member, id) {
      const gone = await database.run('delete from weft.api_keys where id = $1 and member = $2', [id, member]);
      if (gone === 0) throw new WeftError('app/bad-request', 'There is no such key.');
    },
  };
}

/** The key has 256 random bits: nobody finds it from its hash, and no salt is needed. */
function hashOf(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

function badKey(): WeftError {
  return new WeftError('gateway/bad-key', 'This key is not one of this relay, or it counts no more.', {
    hints: ['Make a key on the Network page of this relay and copy the whole of it.'],
  });
}
