import { Hono } from 'hono';
import { listen } from '../relay-server/listen.ts';
import { createModelRelay } from './model-relay.fixture.ts';

/** A relay with two models of its own, which can be made to stall. */
export interface ModelServer {
  readonly url: string;
  /** How often each file of a model was asked for, by `model/name`. */
  readonly requests: ReadonlyMap<string, number>;
  /** Files whose name matches are held back until it is called again with null. */
  stall(names: RegExp | null): void;
  /** Ends the server; its models stay until {@link remove}. */
  stop(): Promise<void>;
  remove(): Promise<void>;
}

export async function startModelServer(): Promise<ModelServer> {
  const { app: relay, remove } = await createModelRelay();
  const requests = new Map<string, number>();
  let held: { readonly names: RegExp; readonly over: PromiseWithResolvers<undefined> } | null = null;
  const app = new Hono();
  app.use('/models-of-relay/*', async (c, next) => {
    const name = c.req.path.slice('/models-of-relay/'.length);
    requests.set(name, (requests.get(name) ?? 0) + 1);
    if (held?.names.test(name) === true) await held.over.promise;
    await next();
  });
  app.route('/', relay);
  const server = await listen(app, { host: '127.0.0.1', port: null });
  const release = () => {
    held?.over.resolve(undefined);
    held = null;
  };
  let isStopped = false;
  const stop = async () => {
    if (isStopped) return;
    isStopped = true;
    release();
    await server.close();
  };
  return {
    url: server.url,
    requests,
    stall(names) {
      release();
      if (names !== null) held = { names, over: Promise.withResolvers() };
    },
    stop,
    async remove() {
      await stop();
      await remove();
    },
  };
}
