import { expect, test } from 'vitest';
import { entry, openAllowed, served } from './models.fixture.ts';

test('a model with a library is listed only where the library begins as one', async () => {
  const open = await openAllowed({}, []);
  const add = (libraryUrl: string) => open.models.addCustom({ modelUrl: served.model.baseUrl, libraryUrl });
  const library = served.model.libraryUrl!;
  await served.serve('page.wasm', new TextEncoder().encode('<!doctype html><title>Not here</title>'));
  await served.serve('text.wasm', new TextEncoder().encode('a text of no use'));
  await expect(add(`${served.model.baseUrl}none.wasm`)).rejects.toMatchObject({
    code: 'model/bad-library',
    shortMessage: expect.stringContaining('there is no such file (404)') as string,
  });
  await expect(add(`${served.model.baseUrl}page.wasm`)).rejects.toMatchObject({
    code: 'model/bad-library',
    shortMessage: expect.stringContaining('it is a web page') as string,
  });
  await expect(add(`${served.model.baseUrl}text.wasm`)).rejects.toMatchObject({
    code: 'model/bad-library',
    shortMessage: 'The library is not a compiled library: it does not begin as WebAssembly does.',
  });
  expect(open.models.state.current.entries).toEqual([]);
  const id = await add(library);
  expect(entry(open, id)?.model).toMatchObject({ libraryUrl: library, runtimes: ['webllm', 'builtin'] });
});
