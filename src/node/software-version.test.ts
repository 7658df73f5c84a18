import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { SOFTWARE_VERSION } from './software-version.ts';

it('is the version of the package', async () => {
  const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  expect(SOFTWARE_VERSION).toBe(version);
});
