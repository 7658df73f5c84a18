import * as v from 'valibot';

/** An error that the chain answered with; `data` holds what a contract reverted with. */
export class RpcError extends Error {
  override readonly name = 'RpcError';
  readonly code: number;
  readonly data: unknown;

  constructor(code: number, message: string, data: unknown) {
    super(message);
    this.code = code;
    this.data = data;
  }
}

const answerSchema = v.union([
  v.object({ error: v.object({ code: v.number(), message: v.string(), data: v.optional(v.unknown()) }) }),
  v.object({ result: v.unknown() }),
]);

/** One JSON-RPC call. Throws {@link RpcError} for an error of the chain's, another Error where it does not answer. */
export type RpcCall = (method: string, params?: readonly unknown[]) => Promise<unknown>;

export function createRpcCall({ url, timeoutMs }: { readonly url: string; readonly timeoutMs: number }): RpcCall {
  return async (method, params = []) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
      signal: AbortSignal.timeout(timeoutMs),
    });
    const answer = v.parse(answerSchema, await response.json());
    if ('error' in answer) throw new RpcError(answer.error.code, answer.error.message, answer.error.data);
    return answer.result;
  };
}

/** A number that the chain wrote as `0x…`. */
export const quantitySchema = v.pipe(v.string(), v.regex(/^0x[0-9a-f]{1,13}$/), v.transform(Number));
