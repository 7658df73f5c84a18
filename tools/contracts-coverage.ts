import { spawn } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';

/**
 * `npm run contracts:coverage`: runs the contracts' tests without the optimizer, prints which share of each file's lines they
 * reached, and exits 1 where one has too few. What follows `--` is passed on to forge.
 */
const REQUIRED_PERCENT = 95;
const REPORT = '.cache/contracts.lcov';
const SOURCES = 'contracts/src/';

interface Lines {
  found: number;
  reached: number;
  missed: number[];
}

await mkdir('.cache', { recursive: true });
const args = ['coverage', '--report', 'lcov', '--report-file', REPORT, ...process.argv.slice(2)];
const status = await new Promise<number>((resolve) => {
  const child = spawn('npx', ['forge', ...args], {
    stdio: 'inherit',
    shell: process.platform === 'win32',
    env: { ...process.env, FOUNDRY_PROFILE: 'coverage' },
  });
  child.once('error', () => resolve(1));
  child.once('exit', (code) => resolve(code ?? 1));
});
if (status !== 0) process.exit(status);

const files = parseLcov(await readFile(REPORT, 'utf8'));
const total: Lines = { found: 0, reached: 0, missed: [] };
const low: string[] = [];
console.log('\n| file | lines | reached | missed |\n| --- | ---: | ---: | --- |');
for (const [path, lines] of [...files].sort(([a], [b]) => a.localeCompare(b))) {
  total.found += lines.found;
  total.reached += lines.reached;
  if (percentOf(lines) < REQUIRED_PERCENT) low.push(path);
  console.log(`| ${path} | ${lines.found} | ${percentOf(lines).toFixed(1)} % | ${lines.missed.join(', ')} |`);
}
console.log(`| **all** | ${total.found} | ${percentOf(total).toFixed(1)} % | |`);
if (total.found === 0 || low.length > 0) {
  console.error(`\nBelow ${REQUIRED_PERCENT} %: ${low.join(', ') || 'no line was found at all'}`);
  process.exitCode = 1;
}

/** The lines of each file of ours, from what forge reports as `SF:path`, `DA:line,hits` and `end_of_record`. */
function parseLcov(report: string): Map<string, Lines> {
  const found = new Map<string, Lines>();
  let current: Lines | null = null;
  for (const entry of report.split('\n')) {
    const path = /^SF:(.*)$/.exec(entry)?.[1];
    if (path !== undefined) {
      current = null;
      if (!path.startsWith(SOURCES)) continue;
      current = { found: 0, reached: 0, missed: [] };
      found.set(path.slice(SOURCES.length), current);
    }
    const line = /^DA:(\d+),(\d+)/.exec(entry);
    if (line === null || current === null) continue;
    current.found += 1;
    if (line[2] === '0') current.missed.push(Number(line[1]));
    else current.reached += 1;
  }
  return found;
}

function percentOf({ found, reached }: Lines): number {
  return found === 0 ? 100 : (100 * reached) / found;
}
