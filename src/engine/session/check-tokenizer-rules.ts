import { WeftError } from '../../protocol/errors.ts';
import { TOKENIZER_FILE } from './folder-parts.ts';
import { patternCost } from './pattern-cost.ts';

/** Rules of one tokenizer, and levels of them; published ones have a dozen. */
const MAX_RULES = 1_000;
/** Characters of a pattern, and what it may cost; published ones stay below 800, 100 and 3. */
const MAX_PATTERN_CHARS = 2_000;
const MAX_WAYS = 4_096;
const MAX_ENDLESS = 3;
/** How much longer the rules may make a text, all together. */
const MAX_GROWTH = 64;

/** Parts of `tokenizer.json` that say how a text is changed and cut. */
const RULES = ['normalizer', 'pre_tokenizer', 'decoder'] as const;

/**
 * Whether a stranger's tokenizer can be run on a text of any length: no pattern that takes for ever, nothing that makes a
 * text grow without measure. A file that is none passes: whoever reads it says so. Throws model/unsupported.
 */
export function checkTokenizerRules(json: unknown): void {
  if (!isRecord(json)) return;
  const open: unknown[] = RULES.map((name) => json[name]);
  let growth = 1;
  let count = 0;
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value !== 'object' || value === null) continue;
    if (++count > MAX_RULES) throw unusable(`has more than ${MAX_RULES} rules`);
    if (!isRecord(value)) {
      for (const item of value as readonly unknown[])
        if (open.push(item) > MAX_RULES) throw unusable('has lists of rules without end');
      continue;
    }
    const { Regex: pattern } = value;
    if (typeof pattern === 'string') checkPattern(pattern);
    for (const added of [value['content'], value['prepend']]) {
      if (typeof added !== 'string') continue;
      growth *= Math.max(1, added.length);
      if (growth > MAX_GROWTH || added.includes('$')) throw unusable('makes texts longer without measure');
    }
    open.push(...Object.values(value).slice(0, MAX_RULES));
  }
}

function checkPattern(pattern: string): void {
  if (pattern.length > MAX_PATTERN_CHARS) throw unusable(`has a pattern of ${pattern.length} characters`);
  const { ways, endless, isExplosive } = patternCost(pattern);
  if (isExplosive || ways > MAX_WAYS || endless > MAX_ENDLESS) throw unusable('has a pattern that could take for ever');
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unusable(what: string): WeftError {
  return new WeftError('model/unsupported', `${TOKENIZER_FILE} of the model ${what}; that of a stranger is not run.`, {
    hints: ['Choose another model.'],
  });
}
