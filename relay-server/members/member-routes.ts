import { Hono } from 'hono';
import type { Context } from 'hono';
import * as v from 'valibot';
import { WeftError } from '../../src/protocol/errors.ts';
import { addressField } from '../../src/protocol/mesh/fields.ts';
import type { CapabilityCard } from '../../src/protocol/mesh/capability-card.ts';
import { RELAY_INFO_PATH, SESSION_PATH, STATUS_PATH } from '../../src/protocol/mesh/constants.ts';
import {
  INVITES_PATH,
  KEYS_PATH,
  memberChangeSchema,
  MEMBERS_PATH,
  newInviteSchema,
  newKeySchema,
} from '../../src/protocol/mesh/relay-api.ts';
import { sessionRequestSchema } from '../../src/protocol/mesh/relay-info.ts';
import type { IceServer, RelayInfo } from '../../src/protocol/mesh/relay-info.ts';
import { signJson } from '../../src/protocol/mesh/signed-json.ts';
import type { NodeSigner } from '../../src/protocol/mesh/signed.ts';
import type { Database } from '../database/database.ts';
import { allowPages } from '../http-auth/allow-pages.ts';
import type { AllowPagesInit } from '../http-auth/allow-pages.ts';
import { answerError } from '../http-auth/answer-error.ts';
import { REQUESTS_PER_KEY, REQUESTS_PER_NETWORK, SESSIONS_PER_NETWORK } from '../http-auth/constants.ts';
import { createLimit } from '../http-auth/limit.ts';
import type { LimitInit } from '../http-auth/limit.ts';
import { createNonces } from '../http-auth/nonces.ts';
import { createSignatureCheck } from '../http-auth/require-signature.ts';
import type { SignedEnv } from '../http-auth/require-signature.ts';
import { visitorAddress, type VisitorAddressInit } from '../visitor-address.ts';
import type { ApiKeys } from './api-keys.ts';
import type { Members } from './members.ts';
import { statusOf } from './status-of.ts';

/** What a relay says of itself, besides what follows from its key, its policy and the time. */
type RelayDescription = Omit<RelayInfo, 'version' | 'address' | 'admission' | 'issuedAt'>;

export interface MemberRoutesInit extends VisitorAddressInit, AllowPagesInit {
  /** What members' pages use for WebRTC; empty: none. */
  readonly iceServers: readonly IceServer[];
  /** Other limits than the usual ones (tests). */
  readonly limits?: { readonly network?: LimitInit; readonly key?: LimitInit; readonly session?: LimitInit };
}

export interface MemberRoutesDeps {
  readonly database: Database;
  readonly members: Members;
  readonly apiKeys: ApiKeys;
  /** The relay's key. */
  readonly relay: NodeSigner;
  /** Seconds since 1970, a whole number. */
  readonly nowS: () => number;
  /** Asked each time: addresses may change while it runs. */
  readonly describe: () => RelayDescription;
  /** Newest cards of members that are connected, and how many are. */
  readonly cards: () => readonly CapabilityCard[];
  readonly online: () => number;
}

/** How long others may keep what a relay says of itself. */
const INFO_CACHE = 'public, max-age=10';

/** Everything of a relay that is about who may use it: its description, sessions, invitations, members, keys for tools. */
export function createMemberRoutes(init: MemberRoutesInit, deps: MemberRoutesDeps): Hono<SignedEnv> {
  const { members, apiKeys, relay, nowS } = deps;
  const { network = REQUESTS_PER_NETWORK, key = REQUESTS_PER_KEY, session = SESSIONS_PER_NETWORK } = init.limits ?? {};
  const [limitNetwork, limitKey, limitSession] = [createLimit(network), createLimit(key), createLimit(session)];
  const signed = createSignatureCheck(
    { relay: relay.address },
    { sessionOf: (address) => members.sessionOf(address), nonces: createNonces(deps), limitKey, nowS },
  );
  const routes = new Hono<SignedEnv>();
  routes.onError((error, c) => answerError(c, error));

  const paths = [SESSION_PATH, STATUS_PATH, INVITES_PATH, MEMBERS_PATH, KEYS_PATH];
  // A path with an asterisk matches the path without it, too.
  for (const path of [RELAY_INFO_PATH, ...paths.map((each) => `${each}/*`)]) {
    routes.use(path, async (c, next) => {
      const visitor = visitorAddress(c, init);
      if (visitor !== null) await limitNetwork.take(visitor);
      await next();
    });
    if (path === RELAY_INFO_PATH) continue;
    routes.use(path, allowPages(init));
    routes.use(path, async (c, next) => {
      c.header('Cache-Control', 'no-store');
      await next();
    });
  }

  routes.get(RELAY_INFO_PATH, (c) => {
    const info: RelayInfo = {
      ...deps.describe(),
      version: 1,
      address: relay.address,
      admission: members.mode,
      issuedAt: nowS(),
    };
    // Anybody may know it, from whatever page.
    c.header('Access-Control-Allow-Origin', '*');
    c.header('Cache-Control', INFO_CACHE);
    return c.json(signJson('relay-info', info, relay));
  });

  routes.post(
    SESSION_PATH,
    async (c, next) => {
      const visitor = visitorAddress(c, init);
      if (visitor !== null) await limitSession.take(visitor);
      await next();
    },
    signed('signature'),
    async (c) => {
      const { invite } = read(c, sessionRequestSchema);
      return c.json({ ...(await members.admit(c.get('caller'), invite)), iceServers: init.iceServers });
    },
  );

  routes.get(STATUS_PATH, signed('member'), (c) => {
    const status = statusOf(deps.cards(), { relay: relay.address, online: deps.online(), nowS: nowS() });
    return c.json(signJson('relay-status', status, relay));
  });

  routes.post(INVITES_PATH, signed('admin'), async (c) =>
    c.json(await members.invite(c.get('caller'), read(c, newInviteSchema))),
  );

  routes.get(MEMBERS_PATH, signed('admin'), async (c) => c.json({ members: await members.list() }));
  routes.patch(`${MEMBERS_PATH}/:address`, signed('admin'), async (c) => {
    const parsed = v.safeParse(addressField, c.req.param('address'));
    if (!parsed.success) throw new WeftError('app/bad-request', 'Expected 0x and 40 hexadecimal digits.');
    await members.setBlocked(c.get('caller'), parsed.output, read(c, memberChangeSchema).isBlocked);
    return c.json({});
  });

  routes.get(KEYS_PATH, signed('member'), async (c) => c.json({ keys: await apiKeys.list(c.get('caller')) }));
  routes.post(KEYS_PATH, signed('member'), async (c) =>
    c.json({ key: await apiKeys.create(c.get('caller'), read(c, newKeySchema)) }),
  );
  routes.delete(`${KEYS_PATH}/:id`, signed('member'), async (c) => {
    await apiKeys.revoke(c.get('caller'), c.req.param('id'));
    return c.json({});
  });
  return routes;
}

/** The signed body. */
function read<Schema extends v.GenericSchema>(c: Context<SignedEnv>, schema: Schema): v.InferOutput<Schema> {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(c.get('body')));
  } catch (cause) {
    throw new WeftError('app/bad-request', 'The body is not JSON.', { cause });
  }
  const parsed = v.safeParse(schema, json);
  if (parsed.success) return parsed.output;
  throw new WeftError(
    'app/bad-request',
    `The body cannot be used at ${v.getDotPath(parsed.issues[0]) ?? 'its top'}: ${parsed.issues[0].expected ?? 'something else'} was expected.`,
  );
}
