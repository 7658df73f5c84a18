import * as v from 'valibot';
import type { KernelVariants } from './kernel-variants.ts';

const row = v.picklist(['thread', 'workgroup']);

const schema = v.object({
  version: v.literal(1),
  matvec: v.variant('kind', [
    v.object({ kind: v.literal('thread'), rows: v.picklist([1, 2, 4]), workgroup: v.picklist([16, 32, 64]) }),
    v.object({ kind: v.literal('workgroup'), rows: v.picklist([1, 2, 4]), workgroup: v.picklist([32, 64, 128]) }),
  ]),
  matmul: v.variant('kind', [
    v.object({
      kind: v.literal('register'),
      tokens: v.picklist([2, 4, 8]),
      rows: v.picklist([2, 4, 8]),
      workgroup: v.picklist([16, 32, 64]),
    }),
    v.object({ kind: v.literal('staged'), tokens: v.picklist([4, 8]), rows: v.picklist([4, 8]) }),
  ]),
  attention: row,
  norm: row,
});

/** Variants that were remembered, or null where they are missing or of another form: then measure again. */
export function parseKernelVariants(value: unknown): KernelVariants | null {
  const parsed = v.safeParse(schema, value);
  return parsed.success ? parsed.output : null;
}
