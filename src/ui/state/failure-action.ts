import { remedyOf } from '../../node/remedy.ts';
import type { WireError } from '../../protocol/errors.ts';
import type { Ui } from './ui.svelte.ts';

export interface FailureAction {
  readonly label: string;
  readonly run: () => unknown;
}

export interface Failed {
  readonly error: Pick<WireError, 'code'>;
  /** The model that failed; null where it is not known. */
  readonly modelId: string | null;
  /** Does the same again, with the model that is chosen now. */
  readonly again: () => Promise<unknown>;
}

/** The one button beside a failure: what may really help against it. */
export function failureAction(ui: Ui, { error, modelId, again }: Failed): FailureAction {
  const { chat, device, models, router } = ui;
  const toModels = () => router.go({ screen: 'models' });
  const tryAgain: FailureAction = { label: 'Try again', run: again };
  // Since then another one was chosen, which has not failed.
  const isOther = modelId !== null && modelId !== models.currentId;
  const remedy = remedyOf(error.code);
  switch (remedy) {
    case 'choose-model':
      return isOther ? tryAgain : { label: 'Choose another model', run: toModels };
    case 'download-again': {
      const entry = isOther ? null : models.downloaded(models.currentId);
      return entry === null ? tryAgain : { label: 'Download it again', run: () => models.downloadAgain(entry) };
    }
    case 'free-space':
      return { label: 'Free up space', run: toModels };
    case 'new-chat':
      return { label: 'Go on in a new chat', run: () => chat.newChatWithRecap() };
    case 'answer-here': {
      const own = device.blocker === null ? models.ownForChat : null;
      // What is chosen now may be another node's, which has not failed; what went away was replaced by this device's.
      if (own === null || (isOther && models.isOnMesh)) return tryAgain;
      return {
        label: `Answer with ${own.model.title} on this device`,
        run: () => {
          void models.select(own.model.id);
          return again();
        },
      };
    }
    case 'see-network':
      return isOther ? tryAgain : { label: 'See what is wrong', run: () => router.go({ screen: 'network' }) };
    case 'try-again':
      return tryAgain;
    default:
      return remedy satisfies never;
  }
}
