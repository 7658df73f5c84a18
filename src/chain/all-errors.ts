import type { Abi } from 'viem';
import { inferenceQuorumAbi } from './generated/inference-quorum-abi.ts';
import { modelRegistryAbi } from './generated/model-registry-abi.ts';
import { nodeRegistryAbi } from './generated/node-registry-abi.ts';
import { scoreBoardAbi } from './generated/score-board-abi.ts';
import { settlementAbi } from './generated/settlement-abi.ts';
import { weftTokenAbi } from './generated/weft-token-abi.ts';

/** Every error that a contract of the network can answer with, its own or one that it passes on. */
export const ALL_ERRORS: Abi = [
  weftTokenAbi,
  nodeRegistryAbi,
  modelRegistryAbi,
  settlementAbi,
  inferenceQuorumAbi,
  scoreBoardAbi,
]
  .flat()
  .filter(({ type }) => type === 'error');
