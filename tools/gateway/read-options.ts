import { parseArgs } from 'node:util';
import { readJoinLink } from '../../src/node/mesh/join-link.ts';
import type { JoinTarget } from '../../src/node/mesh/join-link.ts';
import { WeftError } from '../../src/protocol/errors.ts';

/** What `npm run gateway` is told. */
export interface GatewayOptions {
  readonly relay: JoinTarget;
  readonly port: number;
  /** Null: every program on this computer may ask. */
  readonly key: string | null;
  readonly dataFolder: string;
}

const USAGE = `npm run gateway -- --relay LINK_OR_URL [--port 11435] [--data .weft/gateway]

  --relay  the relay's address, or the whole link of an invitation (needed once)
  --port   where programs on this computer find it
  --data   folder with this gateway's own key
  WEFT_GATEWAY_KEY  what programs have to send as their API key; without it none is asked for`;

const DEFAULT_PORT = '11435';

/** Throws an Error whose message a person can act on. */
export function readOptions(
  args: readonly string[],
  init: { readonly env: Readonly<Record<string, string | undefined>>; readonly defaultDataFolder: string },
): GatewayOptions {
  const { values } = parse(args);
  if (values.relay === undefined) throw new Error(USAGE);
  const port = values.port ?? DEFAULT_PORT;
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535) {
    throw new Error(`--port ${port} must be a number from 1 to 65535.`);
  }
  const key = init.env['WEFT_GATEWAY_KEY'] ?? '';
  return {
    relay: readRelay(values.relay, values.invite),
    port: Number(port),
    key: key === '' ? null : key,
    dataFolder: values.data ?? init.defaultDataFolder,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        relay: { type: 'string' },
        invite: { type: 'string' },
        port: { type: 'string' },
        data: { type: 'string' },
      },
    });
  } catch (cause) {
    throw new Error(`${cause instanceof Error ? cause.message : String(cause)}\n\n${USAGE}`, { cause });
  }
}

function readRelay(relay: string, invite: string | undefined): JoinTarget {
  try {
    const target = readJoinLink(relay);
    if (invite === undefined) return target;
    const invited = readJoinLink(invite);
    if (invited.url === target.url) return invited;
  } catch (error) {
    const { shortMessage, hints } = WeftError.from(error);
    throw new Error([shortMessage, ...hints].join(' '), { cause: error });
  }
  throw new Error('The invitation is for another relay than --relay names.');
}
