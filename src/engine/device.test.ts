import { describe, expect, it } from 'vitest';
import { acquireDevice } from './device.ts';

const AGENTS = {
  'Chrome on Windows':
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/110.0.0.0 Safari/537.36',
  'Chrome on Linux':
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36',
  'Chrome on Android':
    'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/119.0.0.0 Mobile Safari/537.36',
  Edge: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/112.0.0.0 Safari/537.36 Edg/112.0.0.0',
  'Firefox on Windows': 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:130.0) Gecko/20100101 Firefox/130.0',
  'Firefox on Linux': 'Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0',
  'Safari on macOS':
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15',
  iPhone:
    'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1',
  'something else': 'Lynx/2.9',
} as const;
type Agent = keyof typeof AGENTS;

/** Why a browser gives no device. */
async function refusal(agent: Agent, facts: { readonly gpu?: GPU; readonly isSecureContext?: boolean } = {}) {
  const deps = { gpu: facts.gpu, isSecureContext: facts.isSecureContext ?? true, userAgent: AGENTS[agent] };
  return acquireDevice(deps).then(
    () => {
      throw new Error('There was a device.');
    },
    (error: unknown) => error,
  );
}

const hint = (text: string) => expect.arrayContaining([expect.stringContaining(text)]) as string[];
/** A browser's WebGPU without a GPU behind it. */
const noGpu = { requestAdapter: () => Promise.resolve(null) } as unknown as GPU;

describe('a browser without a GPU for this page', () => {
  it.each<[Agent, string]>([
    ['Chrome on Windows', 'version 113'],
    ['Chrome on Linux', 'chrome://flags'],
    ['Chrome on Android', 'Android 12'],
    ['Edge', 'version 113'],
    ['Firefox on Windows', 'Firefox to 141'],
    ['Firefox on Linux', 'about:config'],
    ['Safari on macOS', 'macOS 26'],
    ['iPhone', 'iOS or iPadOS 26'],
    ['something else', 'current Chrome'],
  ])('%s is told what to do', async (agent, text) => {
    expect(await refusal(agent)).toMatchObject({ code: 'engine/no-webgpu', hints: hint(text) });
  });

  it('is told first of all that its page is not trusted', async () => {
    const error = await refusal('Chrome on Windows', { isSecureContext: false });
    expect(error).toMatchObject({ code: 'app/insecure-origin', hints: hint('http://localhost') });
    expect(error).toMatchObject({ hints: hint('https') });
  });

  it.each<[Agent, string]>([
    ['Chrome on Windows', 'chrome://gpu'],
    ['Edge', 'edge://gpu'],
    ['Firefox on Windows', 'about:support'],
    ['Chrome on Linux', 'driver'],
    ['Chrome on Linux', 'acceleration'],
  ])('%s without an adapter is told where to look: %s', async (agent, text) => {
    expect(await refusal(agent, { gpu: noGpu })).toMatchObject({
      code: 'engine/no-adapter',
      retryable: true,
      hints: hint(text),
    });
  });

  it('is told when the GPU is there and will not open', async () => {
    const adapter = {
      limits: { maxBufferSize: 1 },
      features: new Set(),
      info: {},
      requestDevice: () => Promise.reject(new DOMException('The adapter was consumed.', 'OperationError')),
    };
    const gpu = { requestAdapter: () => Promise.resolve(adapter) } as unknown as GPU;
    expect(await refusal('Chrome on Windows', { gpu })).toMatchObject({ code: 'engine/device-lost', retryable: true });
  });
});
