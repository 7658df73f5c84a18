import type {
  AuditRequest,
  EmbedRequest,
  EmbedResult,
  ForwardRequest,
  GenerateEvent,
  GenerateRequest,
  LoadProgress,
  ModelInfo,
  ModelRef,
  SelfTestReport,
} from './engine.ts';

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
  readonly selfTest: { readonly args: null; readonly result: SelfTestReport };
  readonly unload: { readonly args: null; readonly result: null };
}
