import { defineConfig } from 'playwright/test';
import { chromiumArguments, findChromium } from './tools/chromium.ts';

export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results',
  // Two cores carry the browser and its software GPU: one page computes at a time.
  workers: 1,
  // A shared machine may stall a whole second; what fails twice is broken. A second try is reported as flaky.
  retries: process.env['CI'] === undefined ? 0 : 1,
  timeout: 120_000,
  expect: { timeout: 30_000 },
  reporter: [['list'], ['json', { outputFile: '.cache/e2e.json' }]],
  use: {
    headless: true,
    launchOptions: { executablePath: findChromium().path, args: chromiumArguments() },
    trace: 'off',
  },
});
