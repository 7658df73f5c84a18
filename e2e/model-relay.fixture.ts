import type { Hono } from 'hono';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createRelayApp } from '../relay-server/app.ts';
import { openModelFolder } from '../relay-server/model-folder.ts';
import { writeRandomModel } from './random-model.fixture.ts';

export const QWEN = 'tiny-qwen2-q4f32_1';
export const LLAMA = 'tiny-llama-q4f32_1';
/** As the page calls them. */
export const TITLES = { [QWEN]: 'tiny qwen2', [LLAMA]: 'tiny llama' };

/** A relay over the built page that offers two small models of its own. */
export async function createModelRelay(): Promise<{ readonly app: Hono; readonly remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'weft-models-'));
  await writeRandomModel(folder, { id: QWEN, family: 'qwen2', quantization: 'q4f32_1', seed: 5 });
  await writeRandomModel(folder, { id: LLAMA, family: 'llama', quantization: 'q4f32_1', seed: 6 });
  const app = createRelayApp(
    { pageFolder: fileURLToPath(new URL('../dist/', import.meta.url)), version: 'test' },
    { models: await openModelFolder({ folder }, { warn: () => undefined, nowMs: () => performance.now() }) },
  );
  return { app, remove: () => rm(folder, { recursive: true }) };
}
