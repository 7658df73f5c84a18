import type {
  AuditRequest,
  EmbedRequest,
  EmbedResult,
  EncodedPrompt,
  EncodePromptRequest,
  ForwardRequest,
  GenerateEvent,
  GenerateRequest,
  LoadProgress,
  ModelInfo,
  ModelRef,
  SelfTestReport,
} from './engine.ts';
import type { TokenizerKit } from '../protocol/model-manifest/tokenizer-kit.ts';

/** The engine as it is called over a typed channel: from the page to its worker, and from one tab to another. */
export interface EngineContract {
  readonly load: { readonly args: ModelRef; readonly item: LoadProgress; readonly result: ModelInfo };
  readonly generate: { readonly args: GenerateRequest; readonly item: GenerateEvent; readonly result: null };
  readonly audit: {
    readonly args: AuditRequest;
    readonly result: Float32Array[];
  };
  readonly forward: { readonly args: ForwardRequest; readonly result: Float32Array };
  readonly embed: { readonly args: EmbedRequest; readonly result: EmbedResult };
  readonly tokenizerKit: { readonly args: ModelRef; readonly result: TokenizerKit };
  readonly encodePrompt: { readonly args: EncodePromptRequest; readonly result: EncodedPrompt };
  readonly selfTest: { readonly args: null; readonly result: SelfTestReport };
  readonly unload: { readonly args: null; readonly result: null };
}
