import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestProject } from 'vitest/node';
import type { Misbehaviour } from './file-server.fixture.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Origin of the file server, another than the page's. */
    fileServer: string;
  }
}

interface Served {
  readonly bytes: Buffer;
  /** How the first answers go; after them the file is sent as it is. */
  readonly script: readonly Misbehaviour[];
  requests: number;
}

/** Serves what tests put there, over real HTTP from another origin, and fails the way they ask for. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const files = new Map<string, Served>();
  const server = createServer((request, response) => {
    answer(files, request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  project.provide('fileServer', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  return () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
}

async function answer(files: Map<string, Served>, request: IncomingMessage, response: ServerResponse): Promise<void> {
  response.setHeader('access-control-allow-origin', '*');
  response.setHeader('access-control-allow-headers', '*');
  response.setHeader('access-control-allow-methods', '*');
  response.setHeader('access-control-expose-headers', 'retry-after');
  // Like the large hosts: a header by which a cache may not find the answer again.
  response.setHeader('vary', 'Origin, Accept-Encoding');
  const path = request.url ?? '';
  if (request.method === 'OPTIONS') {
    response.writeHead(204).end();
    return;
  }
  if (request.method === 'PUT') {
    const script = JSON.parse(String(request.headers['x-script'])) as Misbehaviour[];
    files.set(path, { bytes: await readAll(request), script, requests: 0 });
    response.writeHead(204).end();
    return;
  }
  if (request.method === 'DELETE') {
    files.delete(path);
    response.writeHead(204).end();
    return;
  }
  if (path.endsWith('?requests')) {
    const prefix = path.slice(0, -'?requests'.length);
    const counts = [...files].filter(([name]) => name.startsWith(prefix));
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(
        JSON.stringify(Object.fromEntries(counts.map(([name, { requests }]) => [name.slice(prefix.length), requests]))),
      );
    return;
  }
  const file = files.get(path);
  if (file === undefined) {
    response.writeHead(404, { 'content-type': 'text/plain' }).end('Entry not found');
    return;
  }
  const step = file.script[file.requests];
  file.requests += 1;
  send(file.bytes, step ?? { kind: 'fine' }, response);
}

function send(bytes: Buffer, step: Misbehaviour, response: ServerResponse): void {
  switch (step.kind) {
    case 'fine':
      response.writeHead(200, { 'content-length': bytes.length }).end(bytes);
      return;
    case 'status':
      response.writeHead(step.status, { 'content-type': 'text/plain', ...step.headers }).end('no');
      return;
    case 'page':
      response.writeHead(200, { 'content-type': step.type }).end('<!doctype html><title>Log in</title>');
      return;
    case 'other':
      response.writeHead(200).end(Buffer.from(bytes).fill(step.byte, 0, 4));
      return;
    case 'short':
      response.writeHead(200, { 'content-length': step.bytes }).end(bytes.subarray(0, step.bytes));
      return;
    case 'hang':
      response.writeHead(200, { 'content-length': bytes.length }).write(bytes.subarray(0, step.bytes));
      return;
    case 'break':
      response.writeHead(200, { 'content-length': bytes.length });
      response.write(bytes.subarray(0, step.bytes), () => response.destroy());
      return;
  }
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
