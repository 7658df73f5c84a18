import * as v from 'valibot';
import { WeftError } from '../../protocol/errors.ts';
import { parsePublished } from './parse-published.ts';

/** MLC's `Conversation`: how turns become one text. Texts in it are the model maker's and may name special tokens. */
export interface ConversationTemplate {
  /** Holds `{system_message}` once, or is the same for every chat. */
  readonly systemTemplate: string;
  readonly systemMessage: string;
  readonly systemPrefixTokenIds: readonly number[];
  readonly addRoleAfterSystemMessage: boolean;
  /** `tool`: who says what calls came to, where the model has a role for it. */
  readonly roles: { readonly user: string; readonly assistant: string; readonly tool?: string };
  readonly roleTemplates: { readonly user: string; readonly assistant: string };
  /** After a user's turn, after an assistant's turn. */
  readonly seps: readonly [user: string, assistant: string];
  readonly roleContentSep: string;
  readonly roleEmptySep: string;
  readonly stopTexts: readonly string[];
}

/** What `mlc-chat-config.json` says about talking with the model. */
export interface ChatConfig {
  readonly template: ConversationTemplate;
  /** Ids that end an answer. */
  readonly stopTokenIds: readonly number[];
  readonly temperature: number;
  readonly topP: number;
}

const text = v.pipe(v.string(), v.maxLength(100_000));
const id = v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(2 ** 31));
const ids = v.pipe(v.array(id), v.maxLength(256));
const roleTexts = v.object({ user: text, assistant: text, tool: v.exactOptional(text) });

const schema = v.object({
  temperature: v.optional(v.nullable(v.pipe(v.number(), v.minValue(0), v.maxValue(2))), 0.7),
  top_p: v.optional(v.nullable(v.pipe(v.number(), v.minValue(0), v.maxValue(1))), 0.95),
  eos_token_id: v.optional(v.nullable(v.union([id, ids]))),
  conv_template: v.object({
    system_template: v.optional(text, '{system_message}'),
    system_message: v.optional(text, ''),
    system_prefix_token_ids: v.optional(v.nullable(ids)),
    add_role_after_system_message: v.optional(v.boolean(), true),
    roles: roleTexts,
    role_templates: v.optional(v.partial(roleTexts), {}),
    seps: v.pipe(v.array(text), v.minLength(1), v.maxLength(2)),
    role_content_sep: v.optional(text, ''),
    role_empty_sep: v.optional(text, ''),
    stop_str: v.optional(v.union([v.pipe(v.array(text), v.maxLength(32)), text]), []),
    stop_token_ids: v.optional(ids, []),
  }),
});

/** Reads the chat part of `mlc-chat-config.json`. Throws model/bad-template. */
export function parseChatConfig(json: unknown): ChatConfig {
  const parsed = parsePublished(schema, json);
  if (!parsed.success) {
    throw new WeftError('model/bad-template', `The model's chat template is not in MLC's form at ${parsed.issue}.`, {
      hints: ['mlc-chat-config.json must hold a whole conv_template; choose another model meanwhile.'],
    });
  }
  const { conv_template: conv, eos_token_id: eos, temperature, top_p: topP } = parsed.output;
  const [userSep, assistantSep] = conv.seps;
  return {
    template: {
      systemTemplate: conv.system_template,
      systemMessage: conv.system_message,
      systemPrefixTokenIds: conv.system_prefix_token_ids ?? [],
      addRoleAfterSystemMessage: conv.add_role_after_system_message,
      roles: conv.roles,
      roleTemplates: {
        user: conv.role_templates.user ?? '{user_message}',
        assistant: conv.role_templates.assistant ?? '{assistant_message}',
      },
      seps: [userSep!, assistantSep ?? userSep!],
      roleContentSep: conv.role_content_sep,
      roleEmptySep: conv.role_empty_sep,
      stopTexts: [conv.stop_str].flat().filter((stop) => stop !== ''),
    },
    stopTokenIds: [...new Set([...conv.stop_token_ids, ...[eos ?? []].flat()])],
    temperature: temperature ?? 0.7,
    // A bound of 0 means "the likeliest only" to some; the smallest there is keeps exactly that.
    topP: Math.max(1e-4, topP ?? 0.95),
  };
}
