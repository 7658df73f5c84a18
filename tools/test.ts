import { spawn } from 'node:child_process';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { buildPage } from './build-page.ts';
import { findChromium } from './chromium.ts';

/**
 * Everything CI runs. With arguments, only the named parts: check, contracts, node, browser, e2e. Prints the totals as
 * `N passed, M failed` and exits 1 when a part failed.
 */
interface Part {
  readonly name: string;
  readonly commands: readonly (readonly string[])[];
  /** Where the runner writes its totals; a part without one counts each command as a test. */
  readonly report?: string;
}

const VITEST = ['npx', 'vitest', 'run', '--reporter=default', '--reporter=json'];
const parts: readonly Part[] = [
  {
    name: 'check',
    commands: [
      ['npm', 'run', '-s', 'lint'],
      ['npm', 'run', '-s', 'types'],
      ['npm', 'run', '-s', 'knip'],
    ],
  },
  {
    name: 'contracts',
    commands: [
      ['npm', 'run', '-s', 'contracts:test'],
      // After the tests, which built everything.
      ['npm', 'run', '-s', 'contracts:abi', '--', '--check'],
      ['npm', 'run', '-s', 'contracts:harness', '--', '--check'],
      ['npm', 'run', '-s', 'contracts:coverage'],
    ],
  },
  {
    name: 'node',
    commands: [[...VITEST, '--project', 'node', '--outputFile.json=.cache/node.json']],
    report: '.cache/node.json',
  },
  {
    name: 'browser',
    commands: [[...VITEST, '--project', 'browser', '--outputFile.json=.cache/browser.json']],
    report: '.cache/browser.json',
  },
  { name: 'e2e', commands: [['npx', 'playwright', 'test']], report: '.cache/e2e.json' },
];

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !parts.some((part) => part.name === name));
if (unknown.length > 0) {
  console.error(`Unknown part ${unknown.join(', ')}; there are ${parts.map((part) => part.name).join(', ')}.`);
  process.exit(1);
}
const chosen = parts.filter((part) => wanted.length === 0 || wanted.includes(part.name));

let passed = 0;
let failed = 0;
await mkdir('.cache', { recursive: true });
if (chosen.some((part) => part.name !== 'check')) {
  const { path, source } = findChromium();
  process.env['CHROMIUM_PATH'] = path;
  console.log(`Chromium: ${path} (found by ${source})`);
}
for (const part of chosen) {
  const startedAt = performance.now();
  console.log(`\n── ${part.name} ${'─'.repeat(60 - part.name.length)}`);
  if (part.name === 'e2e') await buildPage();
  if (part.report !== undefined) await rm(part.report, { force: true });
  let ok = true;
  for (const command of part.commands) {
    const status = await runCommand(command);
    ok &&= status === 0;
    if (part.report !== undefined) continue;
    if (status === 0) passed++;
    else failed++;
  }
  if (part.report !== undefined) {
    const totals = await readTotals(part.report);
    passed += totals.passed;
    // A runner that died without a report, or failed outside any test, still counts as a failure.
    failed += ok ? totals.failed : Math.max(1, totals.failed);
  }
  console.log(`── ${part.name}: ${ok ? 'ok' : 'FAILED'} in ${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
}
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

function runCommand([program, ...args]: readonly string[]): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(program!, args, { stdio: 'inherit', shell: process.platform === 'win32' });
    child.once('error', () => resolve(1));
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

async function readTotals(report: string): Promise<{ passed: number; failed: number }> {
  const text = await readFile(report, 'utf8').catch(() => null);
  if (text === null) return { passed: 0, failed: 1 };
  const data = JSON.parse(text) as {
    numPassedTests?: number;
    numFailedTests?: number;
    stats?: { expected: number; unexpected: number; flaky: number };
  };
  if (data.stats !== undefined)
    return { passed: data.stats.expected + data.stats.flaky, failed: data.stats.unexpected };
  return { passed: data.numPassedTests ?? 0, failed: data.numFailedTests ?? 0 };
}
