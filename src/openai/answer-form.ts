import type { AnswerPiece } from './read-answer.ts';

/** How the pieces of an answer are told: at once, or one by one. */
export interface AnswerForm {
  /** The whole answer. */
  whole(pieces: AsyncIterable<AnswerPiece>): Promise<object>;
  /** Its parts as events of a stream. */
  parts(pieces: AsyncIterable<AnswerPiece>): AsyncGenerator<object, void, undefined>;
}

export interface AnswerFormInit {
  readonly id: string;
  readonly model: string;
  /** Seconds since 1970. */
  readonly created: number;
  /** The stream ends with what was used. */
  readonly includeUsage: boolean;
}
