import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ModelServer {
  readonly baseUrl: string;
  /** Requests per file name. */
  readonly requests: Map<string, number>;
  stop(): Promise<void>;
}

/** How a file is answered instead of with its bytes. */
export type Answer = (response: ServerResponse, bytes: Uint8Array | undefined, request: number) => void;

/** Serves a model folder over real HTTP; `answers` misbehave for single files. */
export async function startModelServer(
  files: ReadonlyMap<string, Uint8Array>,
  answers: Readonly<Record<string, Answer>> = {},
): Promise<ModelServer> {
  const requests = new Map<string, number>();
  const server = createServer((request, response) => {
    const name = (request.url ?? '').replace(/^\/m\//u, '');
    const count = (requests.get(name) ?? 0) + 1;
    requests.set(name, count);
    const bytes = files.get(name);
    const answer = answers[name];
    if (answer !== undefined) answer(response, bytes, count);
    else if (bytes === undefined) response.writeHead(404).end('not here');
    else
      response
        .writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': bytes.length })
        .end(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/m/`,
    requests,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
