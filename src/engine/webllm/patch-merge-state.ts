/** MLC's kernel that merges the attention to what was cached with the attention to what is new. */
const ENTRY_POINT = /fn\s+merge_state_inplace\w*\s*\(/u;
const READ_OF_S = /=\s*S\s*\[/u;
const WRITE_OF_S = /^[ \t]*S\s*\[[^\n]*\]\s*=[^=]/gmu;

/**
 * Adds the barrier that the kernel lacks. Each of the 16 threads of a row reads `S[row]`, and each writes its new value
 * at the end: where they do not run in lockstep (a subgroup of fewer than 16), a late one reads what an early one wrote,
 * and texts appended to a cache give wrong logits. Every other shader, and one that looks different, is returned as it is.
 */
export function patchMergeState(code: string): string {
  if (!ENTRY_POINT.test(code) || code.includes('Barrier()')) return code;
  const writes = [...code.matchAll(WRITE_OF_S)];
  const [write] = writes;
  if (write === undefined || writes.length !== 1) return code;
  const before = code.slice(0, write.index);
  // A barrier is allowed only where all threads come by: directly in the function's body.
  if (!READ_OF_S.test(before) || depthOf(before) !== 1) return code;
  return `${before}  storageBarrier();\n${code.slice(write.index)}`;
}

function depthOf(code: string): number {
  let depth = 0;
  for (const character of code) {
    if (character === '{') depth++;
    else if (character === '}') depth--;
  }
  return depth;
}
