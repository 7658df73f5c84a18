import { svelte } from '@sveltejs/vite-plugin-svelte';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { chromiumArguments, findChromium } from './tools/chromium.ts';
import { patchWebRtc } from './tools/patch-webrtc.ts';

/** Made anew for each project: vitest writes into the object it is given. */
const browser = () => ({
  enabled: true,
  headless: true,
  screenshotFailures: false,
  provider: playwright({
    launchOptions: { executablePath: findChromium().path, args: chromiumArguments() },
  }),
  instances: [{ browser: 'chromium' as const }],
});

/** CI's machine is shared and may stall for a second; what fails twice is broken. */
const retry = process.env['CI'] === undefined ? 0 : 1;

/** Names compiled models and their libraries for the tests of WebLLM's own engine, which are skipped without them. */
const REAL_ENGINE = [
  'WEFT_TEST_MLC_MODEL',
  'WEFT_TEST_MLC_LIB',
  'WEFT_TEST_MLC_STEPS',
  'WEFT_TEST_MLC_EMBED_MODEL',
  'WEFT_TEST_MLC_EMBED_LIB',
];
const realEngineEnv = () =>
  Object.fromEntries(
    REAL_ENGINE.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'node',
          retry,
          environment: 'node',
          include: ['{src,relay-server,tools,bench}/**/*.test.ts'],
          exclude: ['**/*.browser.test.ts', '**/*.svelte.test.ts'],
        },
      },
      {
        plugins: [svelte(), patchWebRtc()],
        // Named, so that a fresh checkout does not find them in the middle of a run and reload the page.
        optimizeDeps: {
          include: [
            '@libp2p/circuit-relay-v2',
            '@libp2p/crypto/keys',
            '@libp2p/gossipsub',
            '@libp2p/identify',
            '@libp2p/interface',
            '@libp2p/noise',
            '@libp2p/peer-id',
            '@libp2p/ping',
            '@libp2p/webrtc',
            '@libp2p/websockets',
            '@libp2p/yamux',
            '@mlc-ai/web-llm',
            '@mlc-ai/web-xgrammar',
            '@noble/curves/secp256k1.js',
            '@noble/hashes/sha3.js',
            '@scure/bip32',
            '@scure/bip39',
            '@scure/bip39/wordlists/english.js',
            '@multiformats/multiaddr',
            'bits-ui',
            'dompurify',
            'highlight.js/lib/common',
            'katex',
            'libp2p',
            'marked',
            'svelte/reactivity',
            'viem',
            'viem/accounts',
          ],
        },
        test: {
          name: 'browser',
          retry,
          env: realEngineEnv(),
          // A busy machine is slow, not wrong.
          expect: { poll: { timeout: 15_000 } },
          include: ['src/**/*.browser.test.ts', 'src/**/*.svelte.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          globalSetup: ['src/engine/downloads/file-server.node.fixture.ts', 'src/mesh/host/relay-door.node.fixture.ts'],
          fileParallelism: false,
          browser: browser(),
        },
      },
    ],
  },
});
