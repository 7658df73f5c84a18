import type * as Xgrammar from '@mlc-ai/web-xgrammar';
import type { AnswerFormat } from '../../protocol/answer-format.ts';
import { WeftError } from '../../protocol/errors.ts';
import { answerSchemaOf } from './answer-schema.ts';
import { MAX_SPACES } from './constants.ts';
import { toolStructure } from './tool-grammar.ts';
import type { ToolUse } from './tool-use.ts';
import type { Tokenizer } from './tokenizer.ts';

/** What an answer looks like: free text, JSON, or a call. */
export interface AnswerForm {
  readonly format: AnswerFormat | null;
  readonly tools: ToolUse | null;
}

/** Which tokens may come next in one answer of a fixed form. */
interface AnswerGrammar {
  /**
   * The logits `[vocab]` with those of forbidden tokens far below all others. The array is reused; the raw logits stay as
   * they are, since they are what is sketched and committed to.
   */
  mask(logits: Float32Array): Promise<Float32Array>;
  /** The token that was sampled from the mask. Throws engine/bad-input for one that the form does not allow. */
  accept(id: number): void;
  dispose(): void;
}

/** Compiles forms for the vocabulary of one model; what is compiled is kept. */
export interface GrammarOpener {
  /** `prefix` is the text of the answer that is already there. Throws engine/bad-input for a schema or prefix that does not fit. */
  open(form: AnswerForm, prefix: string): Promise<AnswerGrammar>;
  dispose(): void;
}

export interface GrammarOpenerInit {
  readonly tokenizer: Pick<Tokenizer, 'bytesOf'>;
  readonly vocabSize: number;
  readonly stopTokenIds: readonly number[];
}

export interface GrammarOpenerDeps {
  /** A new instance at each call, asked for when an answer needs one: what failed in it once may fail ever after. */
  readonly importXgrammar: () => Promise<typeof Xgrammar>;
}

/** Far below any logit, and finite: a masked token stays out of every nucleus below 1. */
const FORBIDDEN = -1e4;
/** Forms that one instance of the compiler is given: it forgets none. */
const MAX_FORMS = 64;

/** One instance of the compiler, for one vocabulary. */
interface Instance {
  readonly xgrammar: typeof Xgrammar;
  readonly compiler: Xgrammar.GrammarCompiler;
  /** Forms it was given; it keeps what it compiled. */
  formCount: number;
  /** Something was thrown in it, which left its memory in any state: nothing of it is used again, nor ended. */
  isBroken: boolean;
}

export function createGrammarOpener(init: GrammarOpenerInit, deps: GrammarOpenerDeps): GrammarOpener {
  const { vocabSize } = init;
  const stopTokenIds = [...init.stopTokenIds];
  let kept: Instance | null = null;

  const openInstance = async (): Promise<Instance> => {
    const xgrammar = await deps.importXgrammar();
    const { GrammarCompiler, TokenizerInfo } = xgrammar;
    const vocabulary = Array.from({ length: vocabSize }, (_, id) => byteLevelText(init.tokenizer.bytesOf(id)));
    const info = await TokenizerInfo.createTokenizerInfo(vocabulary, 'byte_level', false, vocabSize, stopTokenIds);
    return { xgrammar, compiler: await GrammarCompiler.createGrammarCompiler(info), formCount: 0, isBroken: false };
  };

  /** What an earlier form left behind may be what fails: on a new instance it is the form. */
  const compile = async (form: AnswerForm, prefix: string): Promise<Compiled> => {
    for (;;) {
      if (kept === null || kept.isBroken || kept.formCount >= MAX_FORMS) kept = await openInstance();
      const instance = kept;
      instance.formCount += 1;
      try {
        return await compileIn(instance, form, prefix, stopTokenIds);
      } catch (cause) {
        instance.isBroken = true;
        if (instance.formCount > 1) continue;
        const what = form.tools === null ? 'The JSON schema of this answer' : 'The schema of a tool';
        throw new WeftError('engine/bad-input', `${what} is more than Weft can keep an answer to.`, {
          hints: ['Use a simpler schema: fewer levels, properties and bounds.'],
          cause,
        });
      }
    }
  };

  return {
    async open(form, prefix) {
      const { instance, compiled, matcher, isBegun } = await compile(withCheckedSchema(form), prefix);
      const dispose = () => {
        if (instance.isBroken) return;
        matcher.dispose();
        compiled.dispose();
      };
      if (!isBegun) {
        dispose();
        throw new WeftError('engine/bad-input', 'The beginning of this answer does not have the wanted form.', {
          hints: ['Ask again instead of going on.'],
        });
      }
      const fail = (sentence: string, cause?: unknown): never => {
        instance.isBroken ||= cause !== undefined;
        throw new WeftError('engine/bad-input', sentence, {
          hints: ['Ask again, or with a simpler form.'],
          retryable: true,
          cause,
        });
      };
      const masked = new Float32Array(vocabSize);
      return {
        async mask(logits) {
          const allowed = await matcher
            .getNextTokenBitmask()
            .catch((cause: unknown) => fail('What may follow in the wanted form of this answer is not known.', cause));
          for (let id = 0; id < vocabSize; id++) {
            masked[id] = (allowed[id >> 5]! >> (id & 31)) & 1 ? logits[id]! : FORBIDDEN;
          }
          return masked;
        },
        accept(id) {
          let isAccepted = false;
          let cause: unknown;
          try {
            isAccepted = matcher.acceptToken(id);
          } catch (error) {
            cause = error;
          }
          if (!isAccepted) fail(`Token ${id} does not fit the wanted form of this answer.`, cause);
        },
        dispose,
      };
    },

    dispose() {
      // Its memory goes with the last reference to it.
      kept = null;
    },
  };
}

interface Compiled {
  readonly instance: Instance;
  readonly compiled: Xgrammar.CompiledGrammar;
  readonly matcher: Xgrammar.GrammarMatcher;
  /** The text that is there already fits. */
  readonly isBegun: boolean;
}

async function compileIn(
  instance: Instance,
  { format, tools }: AnswerForm,
  prefix: string,
  stopTokenIds: number[],
): Promise<Compiled> {
  const { Grammar, GrammarMatcher } = instance.xgrammar;
  const json = format === null ? null : await jsonGrammar(format, Grammar);
  const compiled =
    tools === null
      ? await instance.compiler.compileGrammar(json!)
      : await instance.compiler.compileStructuralTag(await toolStructure(tools, json, Grammar));
  json?.dispose();
  const matcher = await GrammarMatcher.createGrammarMatcher(compiled, stopTokenIds, stopTokenIds.length === 0);
  return { instance, compiled, matcher, isBegun: prefix === '' || matcher._acceptString(prefix) };
}

function withCheckedSchema(form: AnswerForm): AnswerForm {
  if (form.format?.type !== 'json-schema') return form;
  return { ...form, format: { ...form.format, schema: answerSchemaOf(form.format.schema) } };
}

function jsonGrammar(format: AnswerFormat, grammar: typeof Xgrammar.Grammar): Promise<Xgrammar.Grammar> {
  if (format.type === 'json') return grammar.builtinJSONGrammar();
  return grammar.fromJSONSchema(format.schema, true, undefined, undefined, true, MAX_SPACES);
}

/** Bytes in the alphabet of byte-level tokenizers, in which every byte is a printable character. */
function byteLevelText(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += BYTE_CHARS[byte]!;
  return text;
}

/** As GPT-2's tokenizer maps them: printable Latin-1 stands for itself, the rest follows from U+0100 on. */
const BYTE_CHARS: readonly string[] = (() => {
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => {
    const isPrintable = (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad);
    return String.fromCodePoint(isPrintable ? byte : next++);
  });
})();
