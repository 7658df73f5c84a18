import type { AnswerCommitment } from '../../protocol/chat.ts';
import type { SamplingParams } from '../../protocol/par1/params.ts';
import type { Tap } from '../../protocol/par1/tap.ts';

/** What an answer's commitment commits to, for whoever keeps openings. */
export interface CommittedAnswer {
  readonly prompt: readonly number[];
  readonly output: readonly number[];
  readonly params: SamplingParams;
  readonly vocabSize: number;
  readonly commitment: AnswerCommitment;
  readonly opening: Tap['opening'];
}
