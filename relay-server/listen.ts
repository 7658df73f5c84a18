import { createAdaptorServer, type ServerType } from '@hono/node-server';
import type { Hono } from 'hono';
import { createServer, type AddressInfo } from 'node:net';
import { FIRST_PORT, PORT_ATTEMPTS, type RelayConfig } from './config.ts';

export interface Listening {
  readonly url: string;
  readonly port: number;
  /** Stops accepting, ends idle connections, and resolves when all are closed. */
  close(): Promise<void>;
}

/** A connection on which nothing moves for this long is ended: whoever does not read holds a file open. */
const IDLE_MS = 120_000;
/** How often a closing server looks for connections that have become idle since. */
const SWEEP_MS = 50;

/** Listens on the configured port, or on the first free one from 8080. Throws an Error that says what to do. */
export async function listen(
  app: Hono,
  config: Pick<RelayConfig, 'host' | 'port'> & { readonly idleMs?: number },
): Promise<Listening> {
  const { idleMs = IDLE_MS } = config;
  if (config.port !== null) {
    const server = await tryPort(app, config.host, config.port, idleMs);
    if (server === null) {
      throw new Error(`Port ${config.port} is in use. Stop the program that holds it, or choose another with PORT=….`);
    }
    return toListening(server, config.host);
  }
  for (let port = FIRST_PORT; port < FIRST_PORT + PORT_ATTEMPTS; port++) {
    const server = await tryPort(app, config.host, port, idleMs);
    if (server !== null) return toListening(server, config.host);
  }
  throw new Error(
    `No free port from ${FIRST_PORT} to ${FIRST_PORT + PORT_ATTEMPTS - 1}. Choose another range's port with PORT=….`,
  );
}

/** The listening server, or null when the port is taken. */
async function tryPort(app: Hono, host: string, port: number, idleMs: number): Promise<ServerType | null> {
  // The address that is printed says localhost, which a browser may try as ::1 first: nobody else may answer there.
  if (host === '127.0.0.1' && (await isTaken('::1', port))) return null;
  return new Promise((resolve, reject) => {
    const server = createAdaptorServer({ fetch: app.fetch });
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

function toListening(server: ServerType, host: string): Listening {
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://${urlHost(host)}:${port}/`,
    close: () =>
      new Promise((resolve) => {
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
      }),
  };
}

/** A host a browser on this computer can open, and which is a secure origin there. */
function urlHost(host: string): string {
  if (host === '127.0.0.1' || host === '::1' || host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}
