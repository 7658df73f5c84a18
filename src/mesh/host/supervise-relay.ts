import type { Connection } from '@libp2p/interface';
import { WeftError } from '../../protocol/errors.ts';
import type { Address } from '../../protocol/ids.ts';
import type { IceServer, RelayInfo, RelaySession } from '../../protocol/mesh/relay-info.ts';
import type { RelayLink } from './mesh-host.ts';
import {
  BUSY_RETRY_MS,
  QUICK_RETRIES,
  QUICK_RETRY_MS,
  RENEW_RETRY_MS,
  SLOWEST_RETRY_MS,
  STEADY_AFTER_MS,
} from './constants.ts';
import { relayAddressOf } from './relay-address.ts';
import type { RelayAddress } from './relay-address.ts';

/** A relay that the person joined. */
export interface RelayToJoin {
  /** Origin. */
  readonly url: string;
  /** Null until it was asked once: then any relay may answer there, and no other afterwards. */
  readonly known: Address | null;
  /** Text of an invitation, for the first time. */
  readonly invite: string | null;
}

/** What a relay is asked over HTTP. */
export interface RelayDoor {
  look(options: { readonly signal: AbortSignal }): Promise<RelayInfo>;
  session(invite: string | null, options: { readonly signal: AbortSignal }): Promise<RelaySession>;
}

export interface RelaySupervisorDeps {
  readonly door: RelayDoor;
  readonly connect: (address: RelayAddress, signal: AbortSignal) => Promise<Connection>;
  /** Takes a place, so that others can call. */
  readonly reserve: (connection: Connection) => Promise<void>;
  /** Whether the connection still answers. */
  readonly answers: (connection: Connection) => Promise<boolean>;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  /** Between 0 and 1. */
  readonly random: () => number;
  readonly onChange: () => void;
  readonly onReady: (connection: Connection) => void;
}

/** The way to one relay, found again whenever it is lost. */
export interface RelaySupervisor {
  readonly link: RelayLink;
  /** Null until it was asked once. */
  readonly address: RelayAddress | null;
  readonly iceServers: readonly IceServer[];
  /** Its connection, while it is `ready`. */
  readonly connection: Connection | null;
  /** Tries again at once where it waits or was refused. */
  retry(): void;
  /** After sleep, or when the network is back: what is not up is tried, and what looks up has to answer. */
  wake(): void;
  /** The place is gone, by what the transport says. */
  lost(): void;
  stop(): void;
}

export function superviseRelay(init: RelayToJoin, deps: RelaySupervisorDeps): RelaySupervisor {
  const { nowMs, random } = deps;
  const stopped = new AbortController();
  const { signal } = stopped;
  const isStopped = () => signal.aborted;
  let link: RelayLink = { url: init.url, phase: 'waiting', info: null, role: null, error: null, retryAtMs: null };
  let address: RelayAddress | null = null;
  let session: RelaySession | null = null;
  let invite = init.invite;
  let ready: Connection | null = null;
  let onLost: (() => void) | null = null;
  let onRetry: (() => void) | null = null;
  let failures = 0;

  const set = (change: Partial<RelayLink>) => {
    if (signal.aborted) return;
    link = { ...link, ...change };
    deps.onChange();
  };

  const enter = async () => {
    session = await deps.door.session(invite, { signal });
    // It has let this node in: a used invitation is not asked about again.
    invite = null;
    set({ role: session.role });
  };

  /** What is opened belongs to the caller, also where the rest fails. */
  const open = async (own: (connection: Connection) => unknown): Promise<Connection> => {
    set({ phase: 'looking', retryAtMs: null });
    const info = await deps.door.look({ signal });
    address = relayAddressOf(init.url, info);
    set({ phase: 'joining', info });
    await enter();
    set({ phase: 'dialling' });
    const connection = await deps.connect(address, signal).catch((error: unknown) => {
      throw signal.aborted ? error : unreachable(error);
    });
    own(connection);
    set({ phase: 'reserving' });
    await deps.reserve(connection).catch((error: unknown) => {
      throw signal.aborted ? error : noPlace(error);
    });
    return connection;
  };

  /** Until the connection or the place is lost, or the relay lets this node in no longer. */
  const hold = async (connection: Connection): Promise<WeftError> => {
    let renewal: ReturnType<typeof setTimeout> | undefined;
    const over = new AbortController();
    try {
      return await new Promise<WeftError>((resolve) => {
        const gone = () => resolve(unreachable());
        onLost = gone;
        connection.addEventListener('close', gone);
        signal.addEventListener('abort', gone, { signal: over.signal });
        if (connection.status !== 'open') gone();
        const renewIn = (delayMs: number) => {
          renewal = setTimeout(() => {
            enter().then(
              () => renewIn(halfOf(session, nowMs())),
              (error: unknown) => {
                const failure = WeftError.from(error, 'mesh/relay-unreachable');
                if (isRefusal(failure)) resolve(failure);
                else renewIn(RENEW_RETRY_MS);
              },
            );
          }, delayMs);
        };
        renewIn(halfOf(session, nowMs()));
      });
    } finally {
      over.abort();
      clearTimeout(renewal);
      onLost = null;
    }
  };

  const pause = async (ms: number | null) => {
    const over = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    await new Promise<void>((resolve) => {
      if (ms !== null) timer = setTimeout(resolve, ms);
      onRetry = resolve;
      signal.addEventListener('abort', () => resolve(), { signal: over.signal });
    });
    over.abort();
    clearTimeout(timer);
    onRetry = null;
  };

  const run = async () => {
    while (!isStopped()) {
      let error: WeftError;
      const opened: Connection[] = [];
      try {
        const connection = await open((made) => opened.push(made));
        const sinceMs = nowMs();
        ready = connection;
        set({ phase: 'ready', error: null });
        deps.onReady(connection);
        error = await hold(connection);
        failures = nowMs() - sinceMs >= STEADY_AFTER_MS ? 0 : failures + 1;
      } catch (caught) {
        error = WeftError.from(caught, 'mesh/relay-unreachable');
        failures++;
      }
      ready = null;
      for (const connection of opened) connection.abort(error);
      if (isStopped()) return;
      if (isRefusal(error)) {
        set({ phase: 'refused', error: error.toWire(), retryAtMs: null });
        await pause(null);
        failures = 0;
      } else {
        const ms = retryDelayMs(failures, error, random());
        set({ phase: 'waiting', error: error.toWire(), retryAtMs: nowMs() + ms });
        await pause(ms);
      }
    }
  };
  void run();

  return {
    get link() {
      return link;
    },
    get address() {
      return address;
    },
    get iceServers() {
      return session?.iceServers ?? [];
    },
    get connection() {
      return ready;
    },
    retry: () => onRetry?.(),
    wake() {
      if (link.phase === 'waiting') onRetry?.();
      const connection = ready;
      if (connection === null) return;
      void deps.answers(connection).then((isAlive) => {
        if (!isAlive && connection === ready) onLost?.();
      });
    },
    lost: () => onLost?.(),
    stop: () => stopped.abort(),
  };
}

/** What will not change by itself. */
function isRefusal({ code, retryable }: WeftError): boolean {
  return !retryable && code !== 'mesh/relay-unreachable' && code !== 'app/internal';
}

function retryDelayMs(failures: number, { code }: WeftError, random: number): number {
  if (failures === 0) return 0;
  const steps = Math.max(0, failures - QUICK_RETRIES);
  const delayMs = Math.min(SLOWEST_RETRY_MS, QUICK_RETRY_MS * 2 ** Math.min(steps, 10));
  const isBusy = code === 'mesh/relay-full' || code === 'auth/rate-limited';
  // Spread, so that a relay that comes back does not meet all of its members in one moment.
  return Math.max(delayMs, isBusy ? BUSY_RETRY_MS : 0) * (0.8 + 0.4 * random);
}

/** Half of what is left of a session, by a clock that may be a minute off; at least some seconds, at most a day. */
function halfOf(session: RelaySession | null, nowMs: number): number {
  const leftMs = (session?.expiresAt ?? 0) * 1_000 - nowMs;
  return Math.min(86_400_000, Math.max(RENEW_RETRY_MS, leftMs / 2));
}

function unreachable(cause?: unknown): WeftError {
  return new WeftError('mesh/relay-unreachable', 'The connection to the relay is not there.', {
    hints: ['It is tried again by itself; if it stays, check the network or ask whoever runs the relay.'],
    cause,
    retryable: true,
  });
}

function noPlace(cause: unknown): WeftError {
  const text = cause instanceof Error ? cause.message : '';
  if (text.includes('PERMISSION_DENIED')) {
    return new WeftError('mesh/not-admitted', 'The relay gives this node no place right now.', {
      hints: ['It is tried again by itself; if it stays, ask whoever runs the relay.'],
      cause,
      retryable: true,
    });
  }
  if (text.includes('RESERVATION_REFUSED')) {
    return new WeftError('mesh/relay-full', 'All places at this relay are taken.', {
      hints: ['It is tried again by itself. Ask whoever runs the relay for another one.'],
      cause,
      retryable: true,
    });
  }
  return unreachable(cause);
}
