import * as v from 'valibot';
import { addressField } from '../../protocol/mesh/fields.ts';
import type { ContributeRules } from './mesh-view.ts';

/** Relays that are joined at a time. */
export const MAX_RELAYS = 4;

const MESH_NOTE = 'mesh';

const minute = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1_440));

/** What a person allows until they say otherwise. */
export const DEFAULT_RULES: ContributeRules = {
  pauseOnBattery: true,
  pauseWhenBusy: true,
  schedule: null,
  maxWaiting: 8,
  maxTokens: 2_048,
  keepAwake: true,
};

const rulesSchema = v.object({
  pauseOnBattery: v.boolean(),
  pauseWhenBusy: v.boolean(),
  schedule: v.nullable(v.object({ fromMinute: minute, toMinute: minute })),
  maxWaiting: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(64)),
  maxTokens: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(32_768)),
  keepAwake: v.boolean(),
});

const noteSchema = v.object({
  relays: v.pipe(
    v.array(
      v.object({
        url: v.pipe(v.string(), v.url(), v.maxLength(300)),
        /** It is not another one: see mesh/relay-changed. */
        address: addressField,
        name: v.pipe(v.string(), v.maxLength(80)),
        /** Where offers of its members count; null: it knows no chain. */
        chain: v.nullable(
          v.object({ chainId: v.pipe(v.number(), v.safeInteger(), v.minValue(1)), settlement: addressField }),
        ),
      }),
    ),
    v.maxLength(MAX_RELAYS),
  ),
  rules: v.fallback(rulesSchema, DEFAULT_RULES),
  isContributing: v.fallback(v.boolean(), false),
  mayAskOthers: v.fallback(v.boolean(), false),
});

/** What this profile remembers of the mesh. */
export type MeshNote = v.InferOutput<typeof noteSchema>;

const EMPTY: MeshNote = { relays: [], rules: DEFAULT_RULES, isContributing: false, mayAskOthers: false };

export interface MeshNotes {
  /** What was written last; nothing joined where nothing was, or where it cannot be read as what it was. */
  read(): Promise<MeshNote>;
  change(edit: (note: MeshNote) => MeshNote): Promise<MeshNote>;
}

export function createMeshNotes(deps: {
  readonly readNote: (name: string) => Promise<unknown>;
  readonly writeNote: (name: string, value: unknown) => Promise<void>;
}): MeshNotes {
  let turn: Promise<unknown> = Promise.resolve();
  const read = async (): Promise<MeshNote> => {
    const parsed = v.safeParse(noteSchema, await deps.readNote(MESH_NOTE));
    return parsed.success ? parsed.output : EMPTY;
  };
  return {
    read,
    change(edit) {
      const result = turn.then(async () => {
        const next = edit(await read());
        await deps.writeNote(MESH_NOTE, next);
        return next;
      });
      turn = result.catch(() => undefined);
      return result;
    },
  };
}
