/** Candidates, as many as PAR-1 has. */
const TOP = 32;

/**
 * What an engine without proofs does: the 32 largest logits, softmax, nucleus, one random number. The measure that
 * PAR-1's cost is taken against.
 */
export function createPlainSampler(settings: { temperature: number; topP: number }): (logits: Float32Array) => number {
  const ids = new Int32Array(TOP);
  const values = new Float32Array(TOP);
  const weights = new Float64Array(TOP);
  return (logits) => {
    let count = 0;
    let threshold = -Infinity;
    for (let id = 0; id < logits.length; id++) {
      const value = logits[id]!;
      if (value <= threshold) continue;
      let at = count < TOP ? count++ : TOP - 1;
      while (at > 0 && values[at - 1]! < value) {
        values[at] = values[at - 1]!;
        ids[at] = ids[at - 1]!;
        at--;
      }
      values[at] = value;
      ids[at] = id;
      if (count === TOP) threshold = values[TOP - 1]!;
    }
    let total = 0;
    for (let at = 0; at < count; at++) {
      weights[at] = Math.exp((values[at]! - values[0]!) / settings.temperature);
      total += weights[at]!;
    }
    let kept = 0;
    let sum = 0;
    while (kept < count && sum < settings.topP * total) sum += weights[kept++]!;
    let draw = Math.random() * sum;
    let chosen = 0;
    while (chosen < kept - 1 && draw >= weights[chosen]!) draw -= weights[chosen++]!;
    return ids[chosen]!;
  };
}
