import { describe, expect, it } from 'vitest';
import { patchMergeState } from './patch-merge-state.ts';

/** Has the flaw of the kernel in MLC's libraries, in as few lines as show it. */
const racy = `
@group(0) @binding(0) var<storage, read_write> S : array<f32>;
@group(0) @binding(1) var<storage, read> S_other : array<f32>;
@group(0) @binding(2) var<storage, read_write> V : array<f32>;
struct Sizes { heads: i32, rows: u32 }
@group(0) @binding(3) var<uniform> sizes : Sizes;

@compute @workgroup_size(16, 2, 1)
fn merge_state_inplace_kernel(
  @builtin(workgroup_id) block : vec3<u32>,
  @builtin(num_workgroups) grid : vec3<u32>,
  @builtin(local_invocation_id) thread : vec3<u32>
) {
  if (block.z * grid.x + block.x > sizes.rows) { return; }
  let row : i32 = i32(block.x) * sizes.heads + i32(thread.y);
  var mine : array<f32, 1>;
  mine[0i] = S[row];
  for (var i : i32 = 0; i < 4i; i++) {
    V[row * 64 + i32(thread.x) * 4 + i] *= mine[0i];
  }
  S[row] = log2(exp2(mine[0i]) + exp2(S_other[row]));
}
`;

describe('the missing barrier', () => {
  it('goes between the last read of a row and its write, and nowhere else', () => {
    const patched = patchMergeState(racy);
    expect(patched.split('storageBarrier();')).toHaveLength(2);
    expect(patched.replace('  storageBarrier();\n', '')).toBe(racy);
    expect(patched.indexOf('storageBarrier')).toBeGreaterThan(patched.indexOf('= S['));
    expect(patched.indexOf('storageBarrier')).toBeLessThan(patched.indexOf('S[row] = log2'));
  });

  it('leaves a shader that every thread of the GPU may run', async () => {
    const adapter = await navigator.gpu.requestAdapter();
    const device = await adapter!.requestDevice();
    device.pushErrorScope('validation');
    const module = device.createShaderModule({ code: patchMergeState(racy) });
    const { messages } = await module.getCompilationInfo();
    expect(messages.filter(({ type }) => type === 'error')).toEqual([]);
    expect(await device.popErrorScope()).toBeNull();
    device.destroy();
  });

  it.each([
    ['of another name', racy.replace('merge_state_inplace_kernel', 'other_kernel')],
    ['that has a barrier', racy.replace('  S[row] =', '  workgroupBarrier();\n  S[row] =')],
    ['that does not write the row', racy.replace('S[row] = log2', 'V[row] = log2')],
    ['that writes it twice', racy.replace('  S[row] =', '  S[row] = 0.0;\n  S[row] =')],
    ['that does not read it before', racy.replace('= S[row];', '= 1.0;')],
    ['that writes it under a condition', racy.replace(/(\s+S\[row\] = log2.*;)/u, '\n  if (thread.x == 0u) {$1\n  }')],
  ])('is not put into a shader %s', (_, code) => {
    expect(code).not.toBe(racy);
    expect(patchMergeState(code)).toBe(code);
  });
});
