import * as v from 'valibot';
import { WeftError } from '../../protocol/errors.ts';
import { parsePublished } from './parse-published.ts';

/** What every engine needs to know of a network; its details are the engine's own matter. */
export interface ModelSummary {
  /** MLC's `model_type`: llama, qwen2, phi3 … */
  readonly architecture: string;
  readonly quantization: string;
  readonly vocabSize: number;
}

const size = v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(1 << 21));
const name = v.pipe(v.string(), v.minLength(1), v.maxLength(100));
const schema = v.object({
  model_type: name,
  quantization: name,
  vocab_size: v.optional(size),
  // Models with several parts keep the language model's size one level deeper.
  model_config: v.optional(
    v.object({ vocab_size: v.optional(size), text_config: v.optional(v.object({ vocab_size: v.optional(size) })) }),
    {},
  ),
});

/** Reads the summary from `mlc-chat-config.json`. Throws model/bad-config. */
export function parseModelSummary(json: unknown): ModelSummary {
  const parsed = parsePublished(schema, json);
  if (!parsed.success) throw notMlc(`at ${parsed.issue}`);
  const { model_type: architecture, quantization, vocab_size: outer, model_config: network } = parsed.output;
  // The network's own size decides: the tokenizer's may be smaller than the logits are wide.
  const vocabSize = network.vocab_size ?? network.text_config?.vocab_size ?? outer;
  if (vocabSize === undefined) throw notMlc('without the size of its vocabulary');
  return { architecture, quantization, vocabSize };
}

function notMlc(detail: string): WeftError {
  return new WeftError('model/bad-config', `mlc-chat-config.json is not in MLC's form ${detail}.`, {
    hints: ['Check that the address leads to a model folder and not to a web page.'],
  });
}
