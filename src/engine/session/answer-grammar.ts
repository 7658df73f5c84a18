import type * as Xgrammar from '@mlc-ai/web-xgrammar';
import type { AnswerFormat } from '../../protocol/answer-format.ts';
import { WeftError } from '../../protocol/errors.ts';
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
  /** Imported when the first answer needs it. */
  readonly importXgrammar: () => Promise<typeof Xgrammar>;
}

/** Far below any logit, and finite: a masked token stays out of every nucleus below 1. */
const FORBIDDEN = -1e4;

export function createGrammarOpener(init: GrammarOpenerInit, deps: GrammarOpenerDeps): GrammarOpener {
  const { vocabSize } = init;
  const stopTokenIds = [...init.stopTokenIds];
  let compiler: Promise<{ readonly compiler: Xgrammar.GrammarCompiler; readonly info: Xgrammar.TokenizerInfo }> | null =
    null;

  const openCompiler = async () => {
    const { GrammarCompiler, TokenizerInfo } = await deps.importXgrammar();
    const vocabulary = Array.from({ length: vocabSize }, (_, id) => byteLevelText(init.tokenizer.bytesOf(id)));
    const info = await TokenizerInfo.createTokenizerInfo(vocabulary, 'byte_level', false, vocabSize, stopTokenIds);
    return { info, compiler: await GrammarCompiler.createGrammarCompiler(info) };
  };

  return {
    async open({ format, tools }, prefix) {
      const { Grammar, GrammarMatcher } = await deps.importXgrammar();
      compiler ??= openCompiler();
      const opened = await compiler;
      let compiled: Xgrammar.CompiledGrammar;
      try {
        const json = format === null ? null : await jsonGrammar(format, Grammar);
        compiled =
          tools === null
            ? await opened.compiler.compileGrammar(json!)
            : await opened.compiler.compileStructuralTag(await toolStructure(tools, json, Grammar));
        json?.dispose();
      } catch (cause) {
        const what = format === null ? 'The schema of a tool' : 'The JSON schema of this answer';
        throw new WeftError('engine/bad-input', `${what} is not usable: ${textOf(cause)}.`, {
          hints: ['Correct the schema.'],
          cause,
        });
      }
      const matcher = await GrammarMatcher.createGrammarMatcher(compiled, stopTokenIds, stopTokenIds.length === 0);
      if (prefix !== '' && !matcher._acceptString(prefix)) {
        matcher.dispose();
        throw new WeftError('engine/bad-input', 'The beginning of this answer does not have the wanted form.', {
          hints: ['Ask again instead of going on.'],
        });
      }
      const masked = new Float32Array(vocabSize);
      return {
        async mask(logits) {
          const allowed = await matcher.getNextTokenBitmask();
          for (let id = 0; id < vocabSize; id++) {
            masked[id] = (allowed[id >> 5]! >> (id & 31)) & 1 ? logits[id]! : FORBIDDEN;
          }
          return masked;
        },
        accept(id) {
          if (matcher.acceptToken(id)) return;
          throw new WeftError('engine/bad-input', `Token ${id} does not fit the wanted form of this answer.`, {
            hints: ['Ask again, or with a simpler form.'],
            retryable: true,
          });
        },
        dispose() {
          matcher.dispose();
          compiled.dispose();
        },
      };
    },

    dispose() {
      void compiler?.then(
        (opened) => {
          opened.compiler.dispose();
          opened.info.dispose();
        },
        () => undefined,
      );
      compiler = null;
    },
  };
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

function textOf(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  return text.slice(0, 300);
}
