import { buildPage } from './build-page.ts';
import { readTlsFlags } from './tls-flags.ts';

try {
  // What cannot be understood is said before the page is built.
  readTlsFlags(process.argv.slice(2));
  const startedAt = performance.now();
  console.log('Building the page …');
  if (await buildPage()) console.log(`Built in ${((performance.now() - startedAt) / 1000).toFixed(1)} s.`);
  else console.log('Nothing changed since the last build.');
  await import('./serve.ts');
} catch (error) {
  console.error(`\nWeft could not start: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
