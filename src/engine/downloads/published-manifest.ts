import { WeftError } from '../../protocol/errors.ts';
import { MAX_MANIFEST_BYTES } from '../session/constants.ts';
import { parseModelManifest } from '../session/model-manifest.ts';
import type { ModelManifest } from '../session/model-manifest.ts';
import { INDEX_NAME, MANIFEST_NAME } from './constants.ts';
import { parseJsonFile } from './content-checks.ts';
import type { ExpectedFile } from './content-checks.ts';
import { fetchFile } from './fetch-file.ts';
import type { FetchFileDeps } from './fetch-file.ts';

/**
 * The manifest beside the model on its server; null where its publisher wrote none. Throws as {@link fetchFile}, and
 * model/bad-manifest.
 */
export async function readPublished(
  baseUrl: string,
  signal: AbortSignal,
  deps: FetchFileDeps,
): Promise<ModelManifest | null> {
  let json: unknown;
  try {
    const bytes = await fetchFile(
      {
        url: baseUrl + MANIFEST_NAME,
        name: MANIFEST_NAME,
        sizeBytes: null,
        maxBytes: MAX_MANIFEST_BYTES,
        signal,
        check: (content) => void parseJsonFile(MANIFEST_NAME, content),
        onBytes: () => undefined,
      },
      deps,
    );
    json = parseJsonFile(MANIFEST_NAME, bytes);
  } catch (error) {
    // Most publishers have none: servers say so with 404, with another refusal, or with their own page.
    const code = error instanceof WeftError && !(error.code === 'download/refused' && error.retryable) && error.code;
    if (code === 'download/refused' || code === 'download/not-a-file') return null;
    throw error;
  }
  return parseModelManifest(json);
}

/** The file as its publisher's manifest says. Throws model/bad-manifest where there is a manifest without it. */
export function publishedFile(published: ModelManifest | null, name: string): ExpectedFile | null {
  if (published === null) return null;
  const file = published.files.get(name);
  if (file !== undefined || name === INDEX_NAME) return file ?? null;
  throw new WeftError('model/bad-manifest', `The model's manifest does not list ${name}, which the model needs.`, {
    hints: ['Whoever publishes the model has to write the manifest again; choose another model meanwhile.'],
  });
}
