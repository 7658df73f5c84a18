import type { AnswerCommitment } from '../../protocol/chat.ts';
import type { Tap } from '../../protocol/par1/tap.ts';

/** What an answer's commitment commits to, for whoever keeps openings. */
export interface CommittedAnswer {
  readonly prompt: readonly number[];
  readonly output: readonly number[];
  readonly vocabSize: number;
  readonly commitment: AnswerCommitment;
  readonly opening: Tap['opening'];
}
