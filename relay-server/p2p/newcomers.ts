import type { Connection } from '@libp2p/interface';
import { MAX_NEWCOMERS, NEWCOMER_LOOK_MS, NEWCOMER_MS } from './constants.ts';

/** Connections of nodes that are not members yet: a node may dial before it has asked to be let in. */
export interface Newcomers {
  /** Watches a connection that was opened; where its node is no member in time, it is ended. */
  watch(connection: Connection): void;
  /** The connection is over. */
  forget(connection: Connection): void;
  /** Resolves when its node is a member: true; when it is over or has waited too long: false. */
  whenAdmitted(connection: Connection): Promise<boolean>;
  stop(): void;
}

interface Newcomer {
  readonly connection: Connection;
  readonly since: number;
  readonly waiting: ((isAdmitted: boolean) => void)[];
}

/** Streams of one newcomer that wait to be served. */
const MAX_WAITING = 8;

export interface NewcomersDeps {
  readonly isAdmitted: (connection: Connection) => boolean;
  readonly nowMs: () => number;
}

export function createNewcomers({ isAdmitted, nowMs }: NewcomersDeps): Newcomers {
  const newcomers = new Map<string, Newcomer>();
  let timer: NodeJS.Timeout | null = null;

  const settle = (newcomer: Newcomer, answer: boolean) => {
    newcomers.delete(newcomer.connection.id);
    for (const resolve of newcomer.waiting) resolve(answer);
    if (newcomers.size === 0 && timer !== null) {
      clearInterval(timer);
      timer = null;
    }
  };
  const sendAway = (newcomer: Newcomer) => {
    settle(newcomer, false);
    newcomer.connection.abort(new Error('This relay serves its members.'));
  };
  const look = () => {
    for (const newcomer of newcomers.values()) {
      if (isAdmitted(newcomer.connection)) settle(newcomer, true);
      else if (nowMs() - newcomer.since >= NEWCOMER_MS) sendAway(newcomer);
    }
  };
  const watch = (connection: Connection): Newcomer => {
    const known = newcomers.get(connection.id);
    if (known !== undefined) return known;
    const newcomer = { connection, since: nowMs(), waiting: [] };
    newcomers.set(connection.id, newcomer);
    timer ??= setInterval(look, NEWCOMER_LOOK_MS);
    if (newcomers.size > MAX_NEWCOMERS) {
      for (const oldest of newcomers.values()) {
        sendAway(oldest);
        break;
      }
    }
    return newcomer;
  };
  return {
    watch(connection) {
      if (!isAdmitted(connection)) watch(connection);
    },
    forget(connection) {
      const newcomer = newcomers.get(connection.id);
      if (newcomer !== undefined) settle(newcomer, false);
    },
    whenAdmitted(connection) {
      if (isAdmitted(connection)) return Promise.resolve(true);
      if (connection.status !== 'open') return Promise.resolve(false);
      const { waiting } = watch(connection);
      if (waiting.length >= MAX_WAITING) return Promise.resolve(false);
      return new Promise((resolve) => waiting.push(resolve));
    },
    stop() {
      for (const newcomer of newcomers.values()) settle(newcomer, false);
    },
  };
}
