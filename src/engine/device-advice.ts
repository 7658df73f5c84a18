import { WeftError } from '../protocol/errors.ts';

/** What decides whether this page may use a GPU at all. */
export interface BrowserFacts {
  readonly hasWebGpu: boolean;
  readonly isSecureContext: boolean;
  readonly userAgent: string;
}

/** Why there is no WebGPU here and what to do about it in this browser; null where there is. */
export function explainMissingWebGpu(facts: BrowserFacts): WeftError | null {
  if (facts.hasWebGpu) return null;
  if (!facts.isSecureContext) {
    return new WeftError(
      'app/insecure-origin',
      'Browsers give the GPU only to pages they can trust, and this page came over plain http.',
      {
        hints: [
          'On the computer that runs Weft, open it as http://localhost with the same port.',
          'From another device, whoever hosts this page must serve it over https.',
        ],
      },
    );
  }
  return new WeftError('engine/no-webgpu', `This browser does not offer WebGPU, which Weft needs to use your GPU.`, {
    hints: [...browserHints(facts.userAgent), 'Your chats are still here and can be read, searched and exported.'],
  });
}

/** No adapter: the browser has WebGPU but found no GPU it will use. */
export function noAdapter(userAgent: string): WeftError {
  const settings = userAgent.includes('Firefox/')
    ? 'about:support'
    : userAgent.includes('Edg/')
      ? 'edge://gpu'
      : 'chrome://gpu';
  return new WeftError('engine/no-adapter', 'This browser has WebGPU, but found no GPU that it can use.', {
    hints: [
      'Turn on hardware (graphics) acceleration in the browser’s settings and restart the browser.',
      'Update the graphics driver.',
      `Open ${settings} in a new tab to see what the browser says about your GPU.`,
    ],
    retryable: true,
  });
}

/** Browser versions: https://caniuse.com/webgpu and the browsers' release notes, November 2026. */
function browserHints(userAgent: string): readonly string[] {
  if (/iPhone|iPad/.test(userAgent))
    return ['Update to iOS or iPadOS 26: every browser there has WebGPU from then on.'];
  if (userAgent.includes('Android'))
    return ['Use Chrome 121 or newer on Android 12 or newer, and update it in the Play Store.'];
  if (userAgent.includes('Firefox/')) {
    return userAgent.includes('Windows')
      ? ['Update Firefox to 141 or newer.']
      : ['In about:config set dom.webgpu.enabled to true, or open this page in Chrome or Edge.'];
  }
  if (/Version\/[\d.]+ Safari/.test(userAgent)) return ['Update to macOS 26, whose Safari has WebGPU, or use Chrome.'];
  if (userAgent.includes('Linux') && userAgent.includes('Chrome/')) {
    return ['Open chrome://flags, turn on “Vulkan” and “Unsafe WebGPU Support”, and restart the browser.'];
  }
  if (/Edg\/|Chrome\//.test(userAgent))
    return ['Update the browser to version 113 or newer and turn on hardware acceleration.'];
  return ['Open this page in a current Chrome, Edge, Safari or Firefox.'];
}
