import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { openLab } from '../tools/lab/open-lab.ts';
import type { CompiledFigures, CompiledModel } from './compiled.page.ts';
import type { BenchModel, EngineFigures } from './engine.page.ts';

/**
 * `npm run bench`: measures and writes bench/results/<date>-<adapter>.json. `--gpu` uses the machine's own GPU. Where
 * WEFT_TEST_MLC_MODEL and WEFT_TEST_MLC_LIB name a model's folder and its compiled library, the built-in engine is measured
 * against WebLLM on them, with as many tokens in a round as WEFT_TEST_MLC_STEPS says (16).
 */
const software = !process.argv.includes('--gpu');
const startedAt = new Date();
const lab = await openLab({ software, onLine: (line) => console.log(`  ${line}`) });
const engine: EngineFigures[] = [];
const named = compiledModel();
let compiled: CompiledFigures | null = null;
try {
  for (const model of ['guide', 'random-32k'] as const satisfies readonly BenchModel[]) {
    const figures = await lab.call<EngineFigures>('bench/engine.page.ts', 'measureEngine', { model });
    engine.push(figures);
    print(figures);
  }
  if (named === null) {
    console.log('\nWebLLM: skipped. WEFT_TEST_MLC_MODEL and WEFT_TEST_MLC_LIB name no model to compare it on.');
  } else {
    compiled = await lab.call<CompiledFigures>('bench/compiled.page.ts', 'measureCompiled', named);
    printCompiled(compiled);
  }
} finally {
  await lab.close();
}

const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };
const result = {
  date: startedAt.toISOString(),
  command: software ? 'npm run bench' : 'npm run bench -- --gpu',
  version,
  machine: {
    processor: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryBytes: totalmem(),
    platform: `${process.platform} ${process.arch}`,
    browser: `Chromium ${lab.browserVersion}`,
  },
  engine,
  compiled,
};
await mkdir('bench/results', { recursive: true });
const file = `bench/results/${startedAt.toISOString().slice(0, 10)}-${software ? 'software' : 'gpu'}.json`;
await writeFile(file, `${JSON.stringify(result, null, 2)}\n`);
console.log(`\nWritten to ${file}`);

function compiledModel(): CompiledModel | null {
  const { WEFT_TEST_MLC_MODEL: modelUrl = '', WEFT_TEST_MLC_LIB: libraryUrl = '', WEFT_TEST_MLC_STEPS } = process.env;
  return modelUrl === '' || libraryUrl === ''
    ? null
    : { modelUrl, libraryUrl, steps: Math.max(1, Number(WEFT_TEST_MLC_STEPS ?? 16)) };
}

function printCompiled(figures: CompiledFigures): void {
  const { webllm, builtin, prefillTokens } = figures;
  console.log(
    `\n${figures.architecture} ${figures.quantization}, ${(figures.parameterCount / 1e6).toFixed(0)} M, compiled`,
  );
  for (const [name, one] of Object.entries({ webllm, builtin })) {
    if (one === null) continue;
    console.log(
      `  ${name.padEnd(20)}prefill of ${prefillTokens}: ${one.prefillTokensPerSecond.toFixed(2)} tokens/s, decode: ` +
        `${one.decodeTokensPerSecond.toFixed(2)} tokens/s, PAR-1 over plain: ${percent(one.par1Ratio.median)}`,
    );
  }
  if (builtin === null) {
    console.log(`  The built-in engine does not run it: ${figures.builtinRefusal ?? 'no reason given'}`);
    return;
  }
  const prefill = builtin.prefillTokensPerSecond / webllm.prefillTokensPerSecond;
  const decode = webllm.plainMsPerToken / builtin.plainMsPerToken;
  console.log(`  built-in over webllm  prefill ${prefill.toFixed(2)}x, decode ${decode.toFixed(2)}x`);
}

function print(figures: EngineFigures): void {
  const { prefill, par1Ratio } = figures;
  const rows = [
    ['adapter', figures.adapter],
    ['parameters', `${(figures.parameterCount / 1e6).toFixed(1)} M, ${(figures.weightBytes / 1e6).toFixed(1)} MB`],
    ...prefill.map(({ tokens, tokensPerSecond, ms }) => [
      `prefill of ${tokens}`,
      `${tokensPerSecond.toFixed(0)} tokens/s (${ms.toFixed(0)} ms)`,
    ]),
    ['decode', `${figures.decodeTokensPerSecond.toFixed(1)} tokens/s`],
    ['bytes per token', `${(figures.bytesPerToken / 1e6).toFixed(2)} MB`],
    [
      'of copy bandwidth',
      `${(100 * figures.bandwidthRatio).toFixed(1)} % of ${(figures.copyBytesPerSecond / 1e9).toFixed(1)} GB/s`,
    ],
    [
      'PAR-1 over plain',
      `${percent(par1Ratio.median)} per token (rounds: ${percent(par1Ratio.lowest)} to ${percent(par1Ratio.highest)})`,
    ],
  ];
  console.log(`\n${figures.model}`);
  for (const [name, value] of rows) console.log(`  ${name!.padEnd(20)}${value!}`);
}

function percent(ratio: number): string {
  return `${ratio >= 1 ? '+' : '−'}${Math.abs(100 * (ratio - 1)).toFixed(1)} %`;
}
