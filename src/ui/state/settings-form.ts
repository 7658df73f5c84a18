import { MAX_SCHEMA_CHARS } from '../../protocol/answer-format.ts';
import type { SamplingSettings } from '../../protocol/chat.ts';
import type { ChatSettings, ChatToolName } from '../../node/app.ts';
import { isChatTool } from './tool-text.ts';

/** The dialog's fields as typed; an empty field means "as the model recommends". */
export interface SettingsForm {
  readonly systemPrompt: string;
  readonly temperature: string;
  readonly topP: string;
  readonly topK: string;
  readonly maxTokens: string;
  readonly seed: string;
  /** One text per line. */
  readonly stop: string;
  /** A JSON schema; `{}` is any JSON. */
  readonly schema: string;
  /** What the model may use. */
  readonly tools: readonly ChatToolName[];
}

/** The fields that are typed. */
export type SettingsField = Exclude<keyof SettingsForm, 'tools'>;

export interface SettingsCheck {
  /** A sentence for each field that cannot be saved. */
  readonly problems: Readonly<Partial<Record<SettingsField, string>>>;
  /** Null while there is a problem. */
  readonly settings: ChatSettings | null;
}

const MAX_SYSTEM_PROMPT = 20_000;
const MAX_STOPS = 4;
const MAX_STOP_LENGTH = 64;
/** The sampler takes 32 candidates at most (PAR-1). */
const MAX_TOP_K = 32;
const MAX_SEED = Number.MAX_SAFE_INTEGER;
const MAX_TOKENS = 131_072;

interface NumberRule {
  readonly min: number;
  readonly max: number;
  readonly whole: boolean;
  readonly sentence: string;
}

const NUMBERS = {
  temperature: { min: 0, max: 2, whole: false, sentence: 'Enter a number from 0 to 2.' },
  topP: { min: 0.01, max: 1, whole: false, sentence: 'Enter a number from 0.01 to 1.' },
  topK: { min: 1, max: MAX_TOP_K, whole: true, sentence: `Enter a whole number from 1 to ${MAX_TOP_K}.` },
  maxTokens: { min: 1, max: MAX_TOKENS, whole: true, sentence: 'Enter a whole number from 1 to 131,072.' },
  seed: { min: 0, max: MAX_SEED, whole: true, sentence: 'Enter a whole number, 0 or more, of at most 15 digits.' },
} as const satisfies Partial<Record<SettingsField, NumberRule>>;

type NumberField = keyof typeof NUMBERS;
const NUMBER_FIELDS = Object.keys(NUMBERS) as NumberField[];

export function toForm(settings: ChatSettings): SettingsForm {
  const { sampling } = settings;
  const show = (value: number | null | undefined): string => (value === undefined || value === null ? '' : `${value}`);
  return {
    systemPrompt: settings.systemPrompt ?? '',
    temperature: show(sampling.temperature),
    topP: show(sampling.topP),
    topK: show(sampling.topK),
    maxTokens: show(sampling.maxTokens),
    seed: show(sampling.seed),
    stop: (sampling.stop ?? []).map(escapeStop).join('\n'),
    schema: settings.format === undefined ? '' : settings.format.type === 'json' ? '{}' : settings.format.schema,
    tools: (settings.tools ?? []).filter(isChatTool),
  };
}

/** Checks every field; a comma works as the decimal sign, too. */
export function checkForm(form: SettingsForm): SettingsCheck {
  const problems: Partial<Record<SettingsField, string>> = {};
  const sampling: { -readonly [Key in keyof SamplingSettings]?: SamplingSettings[Key] } = {};

  for (const field of NUMBER_FIELDS) {
    const typed = form[field].trim().replace(',', '.');
    if (typed === '') continue;
    const rule: NumberRule = NUMBERS[field];
    const value = Number(typed);
    const isPlain = /^\d{0,16}(\.\d{0,6})?$/.test(typed) && typed !== '.';
    if (!isPlain || value < rule.min || value > rule.max || (rule.whole && !Number.isSafeInteger(value))) {
      problems[field] = rule.sentence;
    } else {
      sampling[field] = value;
    }
  }

  const stop = form.stop
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map(unescapeStop);
  if (stop.length > MAX_STOPS)
    problems.stop = `Enter at most ${MAX_STOPS} texts, one per line; there are ${stop.length}.`;
  else if (stop.some((text) => text.length > MAX_STOP_LENGTH)) {
    problems.stop = `Each text may have at most ${MAX_STOP_LENGTH} characters.`;
  } else if (stop.length > 0) sampling.stop = stop;

  const systemPrompt = form.systemPrompt.trim();
  if (systemPrompt.length > MAX_SYSTEM_PROMPT) problems.systemPrompt = tooLong(MAX_SYSTEM_PROMPT);

  const schema = form.schema.trim();
  if (schema.length > MAX_SCHEMA_CHARS) problems.schema = tooLong(MAX_SCHEMA_CHARS);
  else if (schema !== '' && !isJsonObject(schema)) {
    problems.schema = 'Enter a JSON schema: an object in braces, such as {"type": "object"}.';
  }

  if (Object.keys(problems).length > 0) return { problems, settings: null };
  return {
    problems,
    settings: {
      systemPrompt: systemPrompt === '' ? null : systemPrompt,
      sampling,
      ...(schema === '' ? {} : { format: formatOf(schema) }),
      ...(form.tools.length === 0 ? {} : { tools: form.tools }),
    },
  };
}

function tooLong(most: number): string {
  return `Shorten this to ${most.toLocaleString('en')} characters or fewer.`;
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

/** A schema that asks for nothing is any JSON. */
function formatOf(schema: string): NonNullable<ChatSettings['format']> {
  return /^\{\s*\}$/.test(schema) ? { type: 'json' } : { type: 'json-schema', schema };
}

/** Line breaks inside a stop text are typed as \n. */
function escapeStop(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

function unescapeStop(line: string): string {
  return line.replace(/\\(\\|n)/g, (_whole, escaped: string) => (escaped === 'n' ? '\n' : '\\'));
}
