import { nestingOf } from '../protocol/json-nesting.ts';
import { BODY_TIMEOUT_MS, MAX_BODY_BYTES, MAX_BODY_NESTING } from './constants.ts';
import { RequestError } from './request-error.ts';

/** The JSON of a request, unchecked. Throws gateway/bad-request where it is too long, too slow, too deep or no JSON. */
export async function readJson(request: Request): Promise<unknown> {
  // Any other type a foreign page could send without being asked for permission first.
  if (!/^application\/json\s*(?:;|$)/i.test(request.headers.get('content-type') ?? '')) {
    throw new RequestError('Send the request as JSON, with the header Content-Type: application/json.', {
      status: 415,
    });
  }
  if (Number(request.headers.get('content-length') ?? 0) > MAX_BODY_BYTES) throw tooLong();
  const text = await readText(request);
  if (nestingOf(text) > MAX_BODY_NESTING) {
    throw new RequestError(`The request nests brackets more than ${MAX_BODY_NESTING} deep.`);
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new RequestError('The request is not JSON.', { cause });
  }
}

async function readText(request: Request): Promise<string> {
  if (request.body === null) return '';
  const reader = request.body.getReader();
  const decoder = new TextDecoder();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new RequestError('The request did not arrive in time.', { status: 408 })),
      BODY_TIMEOUT_MS,
    );
  });
  let text = '';
  let sizeBytes = 0;
  try {
    for (;;) {
      const { done, value } = await Promise.race([reader.read(), late]);
      if (done) return text + decoder.decode();
      sizeBytes += value.length;
      if (sizeBytes > MAX_BODY_BYTES) throw tooLong();
      text += decoder.decode(value, { stream: true });
    }
  } catch (error) {
    // Whoever sends on is not listened to; how that ends changes nothing.
    reader.cancel().catch(() => undefined);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function tooLong(): RequestError {
  return new RequestError(`A request has at most ${MAX_BODY_BYTES} bytes.`, { status: 413 });
}
