import { createAdaptorServer, type ServerType } from '@hono/node-server';
import type { Hono } from 'hono';
import type { IncomingMessage } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createServer, type AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { FIRST_PORT, PORT_ATTEMPTS, type RelayConfig } from './config.ts';

export interface Listening {
  readonly url: string;
  readonly port: number;
  /** Stops accepting and resolves when no answer is under way any more, or at the signal. */
  drain(signal: AbortSignal): Promise<void>;
  /** Stops accepting, ends idle connections, and resolves when all are closed. */
  close(): Promise<void>;
}

export interface ListenConfig extends Pick<RelayConfig, 'host' | 'port'> {
  readonly idleMs?: number;
  /** PEM; plain HTTP without it. */
  readonly tls?: { readonly cert: string; readonly key: string } | null;
  /** Takes over what wants to be a WebSocket; without it such requests are answered like any other. */
  readonly onUpgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
}

/** A connection on which nothing moves for this long is ended: whoever does not read holds a file open. */
const IDLE_MS = 120_000;
/** How often a closing server looks for connections that have become idle since. */
const SWEEP_MS = 50;

/** Listens on the configured port, or on the first free one from 8080. Throws an Error that says what to do. */
export async function listen(app: Hono, config: ListenConfig): Promise<Listening> {
  if (config.port !== null) {
    const server = await tryPort(app, config, config.port);
    if (server === null) {
      throw new Error(`Port ${config.port} is in use. Stop the program that holds it, or choose another with PORT=….`);
    }
    return toListening(server, config);
  }
  for (let port = FIRST_PORT; port < FIRST_PORT + PORT_ATTEMPTS; port++) {
    const server = await tryPort(app, config, port);
    if (server !== null) return toListening(server, config);
  }
  throw new Error(
    `No free port from ${FIRST_PORT} to ${FIRST_PORT + PORT_ATTEMPTS - 1}. Choose another range's port with PORT=….`,
  );
}

/** The listening server, or null when the port is taken. */
async function tryPort(app: Hono, config: ListenConfig, port: number): Promise<ServerType | null> {
  const { host, idleMs = IDLE_MS, tls = null, onUpgrade } = config;
  // The address that is printed says localhost, which a browser may try as ::1 first: nobody else may answer there.
  if (host === '127.0.0.1' && (await isTaken('::1', port))) return null;
  return new Promise((resolve, reject) => {
    const { fetch } = app;
    const server =
      tls === null
        ? createAdaptorServer({ fetch })
        : createAdaptorServer({
            fetch,
            createServer: createTlsServer,
            serverOptions: { cert: tls.cert, key: tls.key },
          });
    if (onUpgrade !== undefined) server.on('upgrade', onUpgrade);
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(null);
      else if (error.code === 'EACCES') {
        reject(
          new Error(`This user may not listen on port ${port}. Choose one above 1023 with PORT=….`, { cause: error }),
        );
      } else if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND') {
        reject(new Error(`HOST=${host} is not an address of this computer.`, { cause: error }));
      } else reject(error);
    });
    server.setTimeout(idleMs);
    server.listen(port, host, () => resolve(server));
  });
}

/** True where another program listens; false where nobody does, or where this computer has no such address. */
function isTaken(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'EADDRINUSE'));
    probe.listen(port, host, () => probe.close(() => resolve(false)));
  });
}

function toListening(server: ServerType, { host, tls }: ListenConfig): Listening {
  const { port } = server.address() as AddressInfo;
  const under = new Set<object>();
  server.on('request', (request: object, response: { once(event: 'close', listener: () => void): void }) => {
    under.add(request);
    response.once('close', () => under.delete(request));
  });
  let closed: Promise<void> | null = null;
  const close = () =>
    (closed ??= new Promise<void>((resolve) => {
      const closeIdle = () => {
        if ('closeIdleConnections' in server) server.closeIdleConnections();
      };
      // A connection whose answer ends only now would be kept open for the client's next question.
      const sweep = setInterval(closeIdle, SWEEP_MS);
      server.close(() => {
        clearInterval(sweep);
        resolve();
      });
      closeIdle();
    }));
  return {
    port,
    url: `${tls == null ? 'http' : 'https'}://${urlHost(host)}:${port}/`,
    async drain(signal) {
      void close();
      while (under.size > 0 && !signal.aborted) await sleep(SWEEP_MS);
    },
    close,
  };
}

/** A host a browser on this computer can open, and which is a secure origin there. */
function urlHost(host: string): string {
  if (host === '127.0.0.1' || host === '::1' || host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}
