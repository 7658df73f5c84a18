import { WeftError } from '../../protocol/errors.ts';
import { SPACE_MARGIN_BYTES } from './constants.ts';

export interface SpaceDeps {
  /** `navigator.storage.estimate`; rejects or leaves out what the browser does not say. */
  readonly estimate: () => Promise<StorageEstimate>;
}

/** Throws download/no-space where the browser says that so much does not fit. */
export async function checkSpace(
  init: { readonly title: string; readonly neededBytes: number },
  deps: SpaceDeps,
): Promise<void> {
  // Some browsers refuse the question in private windows: then writing itself will tell.
  const { quota, usage } = await deps.estimate().catch((): StorageEstimate => ({}));
  if (quota === undefined) return;
  const freeBytes = Math.max(0, quota - (usage ?? 0));
  if (init.neededBytes + SPACE_MARGIN_BYTES <= freeBytes || init.neededBytes === 0) return;
  throw new WeftError(
    'download/no-space',
    `${init.title} needs ${megabytes(init.neededBytes)} more; this browser gives ${megabytes(freeBytes)}.`,
    { hints: ['Delete a model you do not use, or free space on the disk, then go on.', 'Choose a smaller model.'] },
  );
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}
