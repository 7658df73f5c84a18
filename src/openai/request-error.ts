import { WeftError } from '../protocol/errors.ts';
import type { WeftErrorInit } from '../protocol/errors.ts';

interface RequestErrorInit extends WeftErrorInit {
  /** The field that is at fault, as OpenAI's errors name it: `messages[1].content`. */
  readonly param?: string;
  /** Of the answer. Default 400. */
  readonly status?: 400 | 403 | 404 | 405 | 408 | 413 | 415;
}

/** A request that cannot be answered as it is. */
export class RequestError extends WeftError {
  readonly param: string | null;
  readonly status: number;

  constructor(shortMessage: string, init: RequestErrorInit = {}) {
    super('gateway/bad-request', shortMessage, init);
    this.param = init.param ?? null;
    this.status = init.status ?? 400;
  }
}
