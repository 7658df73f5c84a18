import { DEFAULT_RULES } from './mesh-notes.ts';
import type { ContributeState } from './mesh-view.ts';

/** A node that does nothing for others. */
export const IDLE_CONTRIBUTION: ContributeState = {
  status: 'off',
  paused: null,
  models: [],
  modelIds: [],
  running: 0,
  waiting: 0,
  consumers: 0,
  jobs: 0,
  tokens: 0,
  recentTokensPerSecond: [],
  earnedWei: 0n,
  rules: DEFAULT_RULES,
  test: null,
  error: null,
};
