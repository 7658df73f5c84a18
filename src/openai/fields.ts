import * as v from 'valibot';
import { MAX_STOP_CHARS, MAX_STOP_TEXTS, MAX_TURN_CHARS } from '../protocol/prompt-request.ts';

/** A field that clients send as null where they mean nothing. */
export const maybe = <Schema extends v.GenericSchema>(schema: Schema) => v.nullish(schema);

/**
 * A field of OpenAI's that this network has not. What asks for nothing is taken, everything else refused: an answer that
 * silently differs from what was ordered is worse than none.
 */
export const absent = (why: string, isNothing: (value: unknown) => boolean = () => false) =>
  v.optional(
    v.custom<unknown>(
      (value) => value === null || value === undefined || isNothing(value),
      `is not possible here: ${why}`,
    ),
  );

/** Taken and not looked at: notes for the provider's own books. */
export const ignored = v.optional(v.unknown());

const isOneOf =
  (...allowed: readonly unknown[]) =>
  (value: unknown) =>
    allowed.includes(value);
const isEmpty = (value: unknown) => typeof value === 'object' && value !== null && Object.keys(value).length === 0;

const stopText = v.pipe(
  v.string(),
  v.minLength(1, 'must not be empty'),
  v.maxLength(MAX_STOP_CHARS, `has at most ${MAX_STOP_CHARS} characters`),
);
const tokens = v.pipe(v.number(), v.integer('must be a whole number'), v.minValue(1, 'must be 1 or more'));

export const modelField = v.pipe(v.string(), v.minLength(1, 'must name a model'), v.maxLength(200));
export const textField = v.pipe(v.string(), v.maxLength(MAX_TURN_CHARS, `has at most ${MAX_TURN_CHARS} characters`));

/** What chat and text completions share. */
export const samplingEntries = {
  model: modelField,
  temperature: maybe(v.pipe(v.number(), v.minValue(0, 'must be 0 to 2'), v.maxValue(2, 'must be 0 to 2'))),
  top_p: maybe(v.pipe(v.number(), v.gtValue(0, 'must be above 0'), v.maxValue(1, 'must be at most 1'))),
  max_tokens: maybe(tokens),
  seed: maybe(v.pipe(v.number(), v.safeInteger('must be a whole number'))),
  stop: maybe(
    v.lazy((input) =>
      Array.isArray(input)
        ? v.pipe(v.array(stopText), v.maxLength(MAX_STOP_TEXTS, `lists at most ${MAX_STOP_TEXTS} texts`))
        : v.pipe(
            stopText,
            v.transform((text) => [text]),
          ),
    ),
  ),
  stream: maybe(v.boolean()),
  stream_options: maybe(
    v.strictObject({
      include_usage: maybe(v.boolean()),
      include_obfuscation: absent('no padding is sent', isOneOf(false)),
    }),
  ),
  n: absent('there is one answer to each request', isOneOf(1)),
  frequency_penalty: absent('the network’s sampler has no penalties', isOneOf(0)),
  presence_penalty: absent('the network’s sampler has no penalties', isOneOf(0)),
  logit_bias: absent('the network’s sampler has no biases', isEmpty),
  user: ignored,
};

/** See {@link samplingEntries}; of chat only. */
export const chatOnlyEntries = {
  max_completion_tokens: maybe(tokens),
  logprobs: absent('probabilities are not handed out', isOneOf(false)),
  top_logprobs: absent('probabilities are not handed out', isOneOf(0)),
  parallel_tool_calls: maybe(v.boolean()),
  store: absent('nothing is stored', isOneOf(false)),
  metadata: ignored,
  safety_identifier: ignored,
  prompt_cache_key: ignored,
  prompt_cache_retention: ignored,
  service_tier: absent('there is one tier', isOneOf('auto', 'default')),
  modalities: absent('answers are text', (value) => Array.isArray(value) && value.every((kind) => kind === 'text')),
  audio: absent('answers are text'),
  prediction: absent('answers are not predicted'),
  web_search_options: absent('nothing is searched for'),
  reasoning_effort: absent('the models of this network have no such setting'),
  verbosity: absent('the models of this network have no such setting'),
  functions: absent('use tools', (value) => Array.isArray(value) && value.length === 0),
  function_call: absent('use tool_choice'),
};

/** See {@link samplingEntries}; of text completions only. */
export const completionOnlyEntries = {
  echo: absent('the prompt is not repeated', isOneOf(false)),
  suffix: absent('models write after a text, not into it', isOneOf('')),
  best_of: absent('there is one answer to each request', isOneOf(1)),
  logprobs: absent('probabilities are not handed out', isOneOf(0, false)),
};
