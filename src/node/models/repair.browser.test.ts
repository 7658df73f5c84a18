import { afterEach, expect, test, vi } from 'vitest';
import { serveModel, shardsOf } from '../../engine/downloads/file-server.fixture.ts';
import type { ServedModel } from '../../engine/downloads/file-server.fixture.ts';
import { WeftError } from '../../protocol/errors.ts';
import { openTestApp, settledView } from '../app.fixture.ts';

const running: { stop(): Promise<void> }[] = [];

afterEach(async () => {
  vi.restoreAllMocks();
  for (const app of running.splice(0)) await app.stop();
  for (const name of await caches.keys())
    if (name.startsWith('webllm/') || name.startsWith('weft/')) await caches.delete(name);
});

/** The app with this model downloaded and chosen. */
async function openWith(served: ServedModel) {
  const { id } = served.model;
  const site = { version: 1, modelHosts: [served.origin], models: [] };
  const { app, scripted } = openTestApp(crypto.randomUUID(), 3, {
    origin: location.origin,
    caches,
    fetch: (url, init) => (url.endsWith('/weft.json') ? Promise.resolve(Response.json(site)) : fetch(url, init)),
    storageManager: navigator.storage,
    loadCatalogue: () => Promise.resolve([served.model]),
  });
  running.push(app);
  const reaches = (stored: string) =>
    vi.waitFor(
      () => expect(app.models.state.current.entries.find(({ model }) => model.id === id)?.stored).toBe(stored),
      { timeout: 15_000 },
    );
  await vi.waitFor(() => expect(app.models.state.current.hosts).toEqual([served.origin]));
  await app.models.setHostsAllowed(true);
  await app.models.download(id);
  await reaches('ready');
  await app.engine.selectModel(id);
  return { app, scripted, reaches };
}

const altered = () => new WeftError('model/altered', 'params_shard_0.bin is not the file that it was.');

test('a stored file that keeps a model from loading is fetched again, and then it loads', async () => {
  const served = await serveModel({ source: 'catalogue' });
  const { app, scripted, reaches } = await openWith(served);
  const [name] = shardsOf(served);
  const cache = await caches.open('webllm/model');
  await cache.put(served.model.baseUrl + name!, new Response('not what it was'));
  await app.engine.selectModel('guide');
  vi.spyOn(scripted.engine, 'load').mockRejectedValueOnce(altered());

  await expect(app.engine.selectModel(served.model.id)).rejects.toMatchObject({
    code: 'model/altered',
    shortMessage: `A stored file of ${served.model.title} was damaged. It is being downloaded again.`,
  });
  expect(app.engine.state.current).toMatchObject({ status: 'failed', error: { code: 'model/altered' } });
  await reaches('ready');
  const again = await cache.match(served.model.baseUrl + name!);
  expect(new Uint8Array(await again!.arrayBuffer())).toEqual(served.files.get(name!));
  expect((await served.requests())[shardsOf(served)[1]!]).toBe(1);
  expect((await app.engine.load()).id).toBe(served.model.id);
});

test('a stored file that keeps an answer from loading its model again is fetched again, too', async () => {
  const served = await serveModel({ source: 'catalogue' });
  const { app, scripted, reaches } = await openWith(served);
  const [name] = shardsOf(served);
  const cache = await caches.open('webllm/model');
  await cache.put(served.model.baseUrl + name!, new Response('not what it was'));
  // As when another tab had another model on the GPU meanwhile.
  vi.spyOn(scripted.engine, 'generate').mockImplementationOnce(async function* () {
    yield { type: 'loading', progress: { phase: 'download', ratio: 0.5, loadedBytes: 250, totalBytes: 500 } };
    await Promise.resolve();
    throw altered();
  });

  const { conversationId } = await app.ask.send(null, 'Is it whole?');
  const { branch } = await settledView(app, conversationId);
  const damaged = `A stored file of ${served.model.title} was damaged. It is being downloaded again.`;
  expect(branch.at(-1)?.message).toMatchObject({ state: 'failed', error: { message: damaged } });
  expect(app.engine.state.current).toMatchObject({ status: 'failed', progress: null, error: { message: damaged } });
  await reaches('ready');
  const again = await cache.match(served.model.baseUrl + name!);
  expect(new Uint8Array(await again!.arrayBuffer())).toEqual(served.files.get(name!));
  expect((await app.engine.load()).id).toBe(served.model.id);
});

test('a model whose files are as they were fails with what is wrong', async () => {
  const served = await serveModel({ source: 'catalogue' });
  const { app, scripted } = await openWith(served);
  await app.engine.selectModel('guide');
  const failure = altered();
  vi.spyOn(scripted.engine, 'load').mockRejectedValueOnce(failure);
  await expect(app.engine.selectModel(served.model.id)).rejects.toMatchObject({ shortMessage: failure.shortMessage });
  expect((await served.requests())[shardsOf(served)[0]!]).toBe(1);
});
