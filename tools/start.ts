import { startRelay } from '../relay-server/main.ts';
import { buildPage } from './build-page.ts';

try {
  const startedAt = performance.now();
  console.log('Building the page …');
  if (await buildPage()) console.log(`Built in ${((performance.now() - startedAt) / 1000).toFixed(1)} s.`);
  else console.log('Nothing changed since the last build.');
  const listening = await startRelay(process.env);
  console.log(
    `\n  Weft is ready:  ${listening.url}\n\nOpen it in Chrome, Edge, Safari 26 or Firefox 141. Ctrl+C stops it.`,
  );
} catch (error) {
  console.error(`\nWeft could not start: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
