import { page } from 'vitest/browser';
import { openTestApp } from '../node/app.fixture.ts';
import type { ModelsState } from '../node/app.ts';
import type { RunningApp } from '../node/create-app.ts';
import { SEEING_ID, shippedModel } from '../node/engine.fixture.ts';
import type { ScriptedEngine } from '../node/engine.fixture.ts';
import { createLive } from '../node/live.ts';
import { createFakeMesh, type FakeMesh } from './mesh.fixture.ts';
import { createFakeModels, type FakeModels } from './models.fixture.ts';

export interface TestProfile {
  readonly app: RunningApp;
  readonly scripted: ScriptedEngine;
  readonly models: FakeModels;
  readonly mesh: FakeMesh;
  readonly updates: { accepted: number };
  /** Says that a new version waits. */
  readonly offerUpdate: () => void;
}

let profiles = 0;

const opened: RunningApp[] = [];

/** Ends what a test left running, so that nothing of it reaches the next one. */
export async function closeProfiles(): Promise<void> {
  await Promise.allSettled(opened.splice(0).map((app) => app.stop()));
}

/** Begins a test at the start of the page: a new chat, in a window of this size. */
export async function atStart(widthPx = 1280, heightPx = 720): Promise<void> {
  history.replaceState(null, '', '#/');
  await page.viewport(widthPx, heightPx);
}

/** The message field. */
export function messageField() {
  return page.getByRole('textbox', { name: 'Message', exact: true });
}

/** The whole app over the browser's own storage, locks and channels; only the engine, the models and the mesh are scripted. */
export function openProfile(words?: number, catalogue?: Partial<ModelsState>, mesh = createFakeMesh()): TestProfile {
  const updates = { accepted: 0 };
  const models = createFakeModels(catalogue);
  const {
    app: created,
    scripted,
    update,
  } = openTestApp(`ui-test-${Date.now().toString(36)}-${profiles++}`, words, {
    shipped: [
      { ...shippedModel('guide'), title: 'Guide' },
      { ...shippedModel('qwen'), title: 'Qwen' },
      { ...shippedModel(SEEING_ID), title: 'Eyes' },
    ],
    origin: location.origin,
    storageManager: navigator.storage,
    offlineReady: createLive(true),
  });
  opened.push(created);
  // Downloads come from other servers, and the mesh is other browsers; everything else is the real app.
  const app: RunningApp = { ...created, models: models.view, mesh: mesh.view };
  return {
    app,
    scripted,
    models,
    mesh,
    updates,
    offerUpdate: () =>
      update.set({
        accept() {
          updates.accepted += 1;
          return Promise.resolve();
        },
      }),
  };
}
