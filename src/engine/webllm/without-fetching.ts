import { WeftError } from '../../protocol/errors.ts';

/**
 * Runs `work` while nothing can be added to a cache from the network, which is how WebLLM fetches what it does not find. A
 * file that the browser evicted between our look and its own must not lead to a server that nobody agreed to any more.
 */
export async function withoutFetching<Result>(work: () => Promise<Result>): Promise<Result> {
  const prototype = Cache.prototype;
  // eslint-disable-next-line @typescript-eslint/unbound-method -- put back as they were, never called here
  const { add, addAll } = prototype;
  const refuse = () =>
    Promise.reject(
      new WeftError('model/not-found', 'A file of this model is not in this browser any more.', {
        hints: ['Download the model again on the models page: only what is missing is fetched.'],
        retryable: true,
      }),
    );
  Object.assign(prototype, { add: refuse, addAll: refuse });
  try {
    return await work();
  } finally {
    Object.assign(prototype, { add, addAll });
  }
}
