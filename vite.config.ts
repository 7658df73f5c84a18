import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';
import { VitePWA } from 'vite-plugin-pwa';
import { catalogue } from './tools/catalogue-plugin.ts';
import { addIntegrity } from './tools/add-integrity.ts';
import { patchWebRtc } from './tools/patch-webrtc.ts';

/** The guide's weights are precached so that the page answers offline; nothing larger may slip in. */
const PRECACHE_FILE_LIMIT_BYTES = 9_000_000;

export default defineConfig({
  plugins: [
    catalogue(),
    svelte(),
    patchWebRtc(),
    VitePWA({
      strategies: 'injectManifest',
      srcDir: 'src',
      filename: 'sw.ts',
      injectRegister: false,
      injectManifest: {
        globPatterns: ['**/*.{html,js,css,svg,png,woff2,webmanifest,json,bin}'],
        maximumFileSizeToCacheInBytes: PRECACHE_FILE_LIMIT_BYTES,
        manifestTransforms: [addIntegrity],
      },
      manifest: {
        name: 'Weft',
        short_name: 'Weft',
        description: 'Chat with language models on your own GPU.',
        id: '/',
        start_url: '/',
        scope: '/',
        display: 'standalone',
        background_color: '#f7f7f4',
        theme_color: '#f7f7f4',
        categories: ['productivity', 'utilities'],
        icons: [
          { src: '/icons/icon-192.png', sizes: '192x192', type: 'image/png' },
          { src: '/icons/icon-512.png', sizes: '512x512', type: 'image/png' },
          { src: '/icons/icon-maskable-512.png', sizes: '512x512', type: 'image/png', purpose: 'maskable' },
          { src: '/icons/icon.svg', sizes: 'any', type: 'image/svg+xml' },
        ],
      },
    }),
  ],
  worker: { format: 'es' },
  // Nothing is inlined as data: the page's policy lets fonts and scripts come from files only.
  build: { target: 'esnext', sourcemap: true, assetsInlineLimit: 0, chunkSizeWarningLimit: 900 },
});
