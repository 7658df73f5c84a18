import type { ErrorCode } from '../protocol/errors.ts';

/**
 * What helps against a failure of an answer or of a load: the same again, another model, the files of this one anew, room,
 * a chat that is shorter, a model of this device instead of another node's, or a look at the way to others.
 */
export type Remedy =
  'try-again' | 'choose-model' | 'download-again' | 'free-space' | 'new-chat' | 'answer-here' | 'see-network';

/** The one thing to offer beside a failure. What only this device or this model's publisher could change is not tried again. */
export function remedyOf(code: ErrorCode): Remedy {
  switch (code) {
    case 'engine/no-f16':
    case 'engine/limits':
    case 'engine/shader':
    case 'engine/self-test':
    case 'model/bad-manifest':
    case 'model/bad-config':
    case 'model/bad-tokenizer':
    case 'model/bad-template':
    case 'model/bad-library':
    case 'model/unsupported':
    case 'model/no-vision':
      return 'choose-model';
    case 'model/not-found':
    case 'model/truncated':
    case 'model/altered':
      return 'download-again';
    case 'storage/full':
    case 'download/no-space':
      return 'free-space';
    case 'engine/context-full':
      return 'new-chat';
    case 'mesh/no-provider':
    case 'infer/model-not-here':
      return 'answer-here';
    case 'mesh/no-relay':
    case 'mesh/no-webrtc':
    case 'mesh/not-admitted':
    case 'infer/not-a-member':
    case 'auth/not-a-member':
      return 'see-network';
    default:
      return 'try-again';
  }
}
