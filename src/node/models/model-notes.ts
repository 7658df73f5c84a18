import * as v from 'valibot';
import type { CatalogueModel } from '../../engine/catalogue/catalogue-model.ts';
import { catalogueModelSchema } from '../../engine/catalogue/catalogue-schema.ts';
import { ERROR_CODES, WeftError } from '../../protocol/errors.ts';
import type { WireError } from '../../protocol/errors.ts';
import { siteConfigSchema } from '../../protocol/site-config.ts';
import type { SiteConfig } from '../../protocol/site-config.ts';
import { CUSTOM_NOTE, HOSTS_NOTE, MAX_CUSTOM, MAX_WISHES, NOTES_LOCK, SITE_NOTE, WISHES_NOTE } from './constants.ts';

/** A model that the person wants here. It stays after the download: it says whose the stored files are. */
export interface Wish {
  /** As it was offered: it may be offered no more, or from another place. */
  readonly model: CatalogueModel;
  readonly state: 'wanted' | 'paused' | 'failed' | 'stored';
  /** Set where it failed. */
  readonly error: WireError | null;
}

/** What is remembered of models, beside their files. */
export interface ModelNotes {
  /** In the order of asking. */
  readonly wishes: readonly Wish[];
  readonly custom: readonly CatalogueModel[];
  readonly areHostsAllowed: boolean;
  /** As the page's server said last. */
  readonly site: Omit<SiteConfig, 'version'>;
}

export interface NotesDeps {
  readonly readNote: (name: string) => Promise<unknown>;
  readonly writeNote: (name: string, value: unknown) => Promise<void>;
  /** Null where the browser has none: then this is the only tab that can store models. */
  readonly locks: LockManager | null;
}

const wishSchema = v.object({
  model: catalogueModelSchema,
  state: v.picklist(['wanted', 'paused', 'failed', 'stored']),
  error: v.nullable(
    v.object({
      code: v.picklist(ERROR_CODES),
      message: v.pipe(v.string(), v.maxLength(2000)),
      hints: v.pipe(v.array(v.pipe(v.string(), v.maxLength(2000))), v.maxLength(16)),
      retryable: v.boolean(),
    }),
  ),
});

const NO_SITE = { modelHosts: [], models: [], chain: null };

/** What is remembered. A note that another version wrote is left out record by record. */
export async function readModelNotes({ readNote }: NotesDeps): Promise<ModelNotes> {
  const [wishes, custom, allowed, site] = await Promise.all([
    readNote(WISHES_NOTE),
    readNote(CUSTOM_NOTE),
    readNote(HOSTS_NOTE),
    readNote(SITE_NOTE),
  ]);
  const lastSite = v.safeParse(siteConfigSchema, site);
  return {
    wishes: usable(wishSchema, wishes, MAX_WISHES),
    custom: usable(catalogueModelSchema, custom, MAX_CUSTOM),
    areHostsAllowed: allowed === true,
    site: lastSite.success ? lastSite.output : NO_SITE,
  };
}

/** Changes the wishes; no other tab changes them meanwhile. Throws app/busy where there are too many. */
export function changeWishes(
  change: (wishes: readonly Wish[]) => readonly Wish[] | Promise<readonly Wish[]>,
  deps: NotesDeps,
): Promise<void> {
  return exclusively(deps, async () => {
    const next = await change(usable(wishSchema, await deps.readNote(WISHES_NOTE), MAX_WISHES));
    if (next.length > MAX_WISHES) throw tooMany('stored', MAX_WISHES);
    await deps.writeNote(WISHES_NOTE, next);
  });
}

/** Changes the models added by URL, as {@link changeWishes}. */
export function changeCustom(
  change: (models: readonly CatalogueModel[]) => readonly CatalogueModel[],
  deps: NotesDeps,
): Promise<void> {
  return exclusively(deps, async () => {
    const next = change(usable(catalogueModelSchema, await deps.readNote(CUSTOM_NOTE), MAX_CUSTOM));
    if (next.length > MAX_CUSTOM) throw tooMany('added by address', MAX_CUSTOM);
    await deps.writeNote(CUSTOM_NOTE, next);
  });
}

async function exclusively(deps: NotesDeps, work: () => Promise<void>): Promise<void> {
  if (deps.locks === null) await work();
  else await deps.locks.request(NOTES_LOCK, work);
}

function usable<Schema extends v.GenericSchema>(
  schema: Schema,
  value: unknown,
  max: number,
): readonly v.InferOutput<Schema>[] {
  if (!Array.isArray(value)) return [];
  return value.slice(0, max).flatMap((one: unknown) => {
    const parsed = v.safeParse(schema, one);
    return parsed.success ? [parsed.output] : [];
  });
}

function tooMany(how: string, max: number): WeftError {
  return new WeftError('app/busy', `${max} models are ${how} already.`, { hints: ['Delete one you do not use.'] });
}
