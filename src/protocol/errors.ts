/** Every failure a person or a peer can meet. Branch on the code, never on the text. */
export const ERROR_CODES = [
  'app/internal',
  'app/bad-request',
  'app/worker-dead',
  'app/no-leader',
  'app/insecure-origin',
  'app/busy',
  'channel/bad-frame',
  'channel/too-many-calls',
  'channel/unknown-method',
  'channel/overflow',
  'engine/no-webgpu',
  'engine/no-adapter',
  'engine/no-f16',
  'engine/device-lost',
  'engine/out-of-memory',
  'engine/limits',
  'engine/shader',
  'engine/not-loaded',
  'engine/context-full',
  'engine/self-test',
  'engine/bad-input',
  'model/not-found',
  'model/fetch',
  'model/bad-manifest',
  'model/bad-config',
  'model/bad-tokenizer',
  'model/bad-template',
  'model/truncated',
  'model/altered',
  'model/unsupported',
  'model/bad-library',
  'model/no-vision',
  'download/host-not-allowed',
  'download/unreachable',
  'download/refused',
  'download/not-a-file',
  'download/truncated',
  'download/altered',
  'download/no-space',
  'storage/unavailable',
  'storage/full',
  'storage/blocked',
  'storage/newer-schema',
  'storage/bad-record',
  'storage/bad-import',
  'par1/bad-input',
  'par1/bad-logits',
  'par1/out-of-order',
  'par1/bad-leaf',
  'par1/bad-proof',
  'par1/bad-receipt',
  'eip712/bad-signature',
  'quorum/bad-receipt',
  'quorum/bad-proof',
  'chain/unreachable',
  'chain/wrong-chain',
  'chain/reverted',
  'chain/refused',
  'chain/no-gas',
  'chain/nonce',
  'chain/fee',
  'chain/not-confirmed',
  'chain/replaced',
  'chain/unstable',
  'chain/none',
  'chain/faucet',
  'identity/no-key',
  'identity/has-key',
  'identity/locked',
  'identity/wrong-passphrase',
  'identity/bad-passphrase',
  'identity/bad-phrase',
  'identity/bad-record',
  'identity/too-many-keys',
  'identity/bad-delegation',
  'identity/wallet-refused',
  'identity/wallet-failed',
  'auth/missing',
  'auth/malformed',
  'auth/bad-signature',
  'auth/clock',
  'auth/replayed',
  'auth/other-relay',
  'auth/not-a-member',
  'auth/not-admin',
  'auth/rate-limited',
  'auth/unavailable',
  'mesh/no-relay',
  'mesh/relay-unreachable',
  'mesh/relay-changed',
  'mesh/relay-full',
  'mesh/bad-invite',
  'mesh/invite-expired',
  'mesh/invite-used',
  'mesh/not-admitted',
  'mesh/bad-message',
  'mesh/too-large',
  'mesh/dial-failed',
  'mesh/peer-lost',
  'mesh/no-provider',
  'mesh/not-agreed',
  'mesh/ice-server',
  'mesh/no-webrtc',
  'infer/busy',
  'infer/model-not-here',
  'infer/price',
  'infer/not-a-member',
  'infer/too-long',
  'infer/bad-offer',
  'infer/other-prompt',
  'infer/draining',
  'infer/bad-receipt',
  'infer/refused',
  'infer/failed',
  'gateway/bad-key',
  'gateway/budget',
  'gateway/rate-limited',
  'gateway/bad-request',
  'gateway/unknown-model',
  'gateway/no-page',
  'gateway/timeout',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** A {@link WeftError} as it crosses a worker, a tab or a wire: plain data, no stack. */
export interface WireError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hints: readonly string[];
  readonly retryable: boolean;
}

export interface WeftErrorInit {
  /** What the person can do, most useful first. */
  readonly hints?: readonly string[];
  readonly cause?: unknown;
  /** True where the same call may succeed later without a change. Default false. */
  readonly retryable?: boolean;
}

/** The one base error: a code to branch on, one sentence of cause, and what to do about it. */
export class WeftError extends Error {
  override readonly name = 'WeftError';
  readonly code: ErrorCode;
  /** One sentence: what failed, the value received, what was expected. */
  readonly shortMessage: string;
  readonly hints: readonly string[];
  readonly retryable: boolean;

  constructor(code: ErrorCode, shortMessage: string, init: WeftErrorInit = {}) {
    super(shortMessage, init.cause === undefined ? undefined : { cause: init.cause });
    this.code = code;
    this.shortMessage = shortMessage;
    this.hints = init.hints ?? [];
    this.retryable = init.retryable ?? false;
  }

  toWire(): WireError {
    return { code: this.code, message: this.shortMessage, hints: this.hints, retryable: this.retryable };
  }

  static fromWire(wire: WireError): WeftError {
    return new WeftError(wire.code, wire.message, { hints: wire.hints, retryable: wire.retryable });
  }

  /** Wraps anything thrown; a WeftError passes through unchanged. */
  static from(error: unknown, fallback: ErrorCode = 'app/internal'): WeftError {
    if (error instanceof WeftError) return error;
    const text = error instanceof Error ? error.message : String(error);
    return new WeftError(fallback, text === '' ? 'An unexpected failure without a message.' : text, { cause: error });
  }
}
