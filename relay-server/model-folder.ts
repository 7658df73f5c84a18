import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { SiteModel } from '../src/protocol/site-config.ts';
import { isMissing } from './is-missing.ts';
import { pathWithin, readModel, UnusableModelError } from './read-model.ts';

const RESCAN_AFTER_MS = 10_000;
const MAX_MODELS = 256;
const ID = /^[A-Za-z0-9][\w.-]{0,99}$/;

/** The models that the operator put into a folder; what is added or removed shows within ten seconds. */
export interface ModelFolder {
  list(): Promise<readonly SiteModel[]>;
  /** The path of a listed model's listed file with links resolved, or null. */
  find(id: string, file: string): Promise<string | null>;
}

export interface ModelFolderDeps {
  /** Told once why a folder is left out, and again when the reason changes. */
  readonly warn: (line: string) => void;
  readonly nowMs: () => number;
}

/** Opens the folder and reads it once. Throws an Error that names WEFT_MODELS_DIR where it is no folder. */
export async function openModelFolder(init: { readonly folder: string }, deps: ModelFolderDeps): Promise<ModelFolder> {
  const info = await stat(init.folder).catch(() => null);
  if (info?.isDirectory() !== true) {
    throw new Error(`WEFT_MODELS_DIR is "${init.folder}", which is not a folder. Create it, or correct the path.`);
  }
  const root = await realpath(init.folder);
  let warned = new Map<string, string>();
  let scannedAtMs = deps.nowMs();
  let isScanning = false;
  let scan: Promise<readonly SiteModel[]> = scanNow();
  await scan;

  async function scanNow(): Promise<readonly SiteModel[]> {
    isScanning = true;
    try {
      return await readAll();
    } finally {
      isScanning = false;
    }
  }

  async function readAll(): Promise<readonly SiteModel[]> {
    const models: SiteModel[] = [];
    const reasons = new Map<string, string>();
    const ids = await subFolders(root).catch((error: unknown) => {
      reasons.set('', `The models folder cannot be read: ${reasonOf(error)}.`);
      return [];
    });
    for (const id of ids) {
      if (models.length === MAX_MODELS) {
        reasons.set('', `The models folder holds more than ${MAX_MODELS} models; the rest is left out.`);
        break;
      }
      try {
        if (!ID.test(id)) throw new UnusableModelError('its name may hold letters, digits, ".", "_" and "-" only');
        models.push(await readModel({ id, root }));
      } catch (error) {
        reasons.set(id, `The model folder ${JSON.stringify(id)} is left out: ${reasonOf(error)}.`);
      }
    }
    for (const [id, reason] of reasons) if (warned.get(id) !== reason) deps.warn(reason);
    warned = reasons;
    return models;
  }

  const list = () => {
    // A slow disk may take longer than that: one reading at a time.
    if (!isScanning && deps.nowMs() - scannedAtMs >= RESCAN_AFTER_MS) {
      scannedAtMs = deps.nowMs();
      scan = scanNow();
    }
    return scan;
  };

  return {
    list,
    async find(id, file) {
      const model = (await list()).find((one) => one.id === id);
      if (model?.files.some(({ name }) => name === file) !== true) return null;
      // Looked at again: a file may have become a link since the folder was read.
      return pathWithin(root, join(root, id, file)).catch((error: unknown) => {
        if (isMissing(error)) return null;
        throw error;
      });
    },
  };
}

/** Names of what may be a model, sorted; hidden ones and plain files are none. */
async function subFolders(root: string): Promise<readonly string[]> {
  const entries = await readdir(root, { withFileTypes: true });
  return entries
    .filter((entry) => !entry.name.startsWith('.') && (entry.isDirectory() || entry.isSymbolicLink()))
    .map((entry) => entry.name)
    .sort();
}

/** In one line; the system's own messages carry absolute paths, its codes do not. */
function reasonOf(error: unknown): string {
  if (error instanceof UnusableModelError) return error.message;
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
