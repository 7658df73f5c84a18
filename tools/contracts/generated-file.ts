import { readFile } from 'node:fs/promises';
import * as v from 'valibot';

/** What the page and the commands know of a contract: its ABI, and apart from that its code, which no page needs. */
export const CONTRACTS = [
  'WeftToken',
  'NodeRegistry',
  'ModelRegistry',
  'Settlement',
  'InferenceQuorum',
  'ScoreBoard',
] as const;

const FORGE_OUT = '.cache/forge/default/out';
const HEADER = '// Made by `npm run contracts:abi` from contracts/src. Not to be edited.\n';

const hexSchema = v.pipe(v.string(), v.regex(/^0x(?:[0-9a-f]{2})+$/, 'a library is not linked'));
const artifactSchema = v.object({
  abi: v.array(v.looseObject({ type: v.string() })),
  bytecode: v.object({ object: hexSchema }),
  deployedBytecode: v.object({
    object: hexSchema,
    immutableReferences: v.optional(
      v.record(v.string(), v.array(v.object({ start: v.number(), length: v.number() }))),
      {},
    ),
  }),
});

export interface GeneratedFile {
  readonly path: string;
  readonly text: string;
}

/** The TypeScript of one contract that forge has built; the same build gives the same text. */
export async function generatedFiles(contract: string): Promise<readonly GeneratedFile[]> {
  const json = await readFile(`${FORGE_OUT}/${contract}.sol/${contract}.json`, 'utf8');
  const { abi, bytecode, deployedBytecode } = v.parse(artifactSchema, JSON.parse(json));
  const name = contract.charAt(0).toLowerCase() + contract.slice(1);
  const file = name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const immutables = Object.values(deployedBytecode.immutableReferences)
    .flat()
    .sort((a, b) => a.start - b.start)
    .map(({ start, length }) => `[${start}, ${length}]`);
  return [
    {
      path: `src/chain/generated/${file}-abi.ts`,
      text: `${HEADER}export const ${name}Abi = [\n${abi.map((entry) => `  ${JSON.stringify(bare(entry))},\n`).join('')}] as const;\n`,
    },
    {
      path: `src/chain/generated/${file}-code.ts`,
      text: `${HEADER}import type { ContractCode } from '../contract-code.ts';

export const ${name}Code: ContractCode = {
  creation: '${bytecode.object}',
  runtime: '${deployedBytecode.object}',
  immutables: [${immutables.join(', ')}],
};
`,
    },
  ];
}

/** Without Solidity's own names of types, which nobody here reads. */
function bare(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(bare);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== 'internalType')
      .map(([key, inner]) => [key, bare(inner)]),
  );
}
