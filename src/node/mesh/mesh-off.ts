import { WeftError } from '../../protocol/errors.ts';
import { createLive } from '../live.ts';
import type { ContributeState, MeshHealth, MeshModel, MeshState, MeshView } from './mesh-view.ts';

/** The mesh of a page that can run none: nothing is contacted, and every verb says why. */
export function createMeshOff(): MeshView {
  const refuse = () =>
    Promise.reject(
      new WeftError('mesh/no-webrtc', 'This page cannot reach other machines.', {
        hints: ['Open Weft in a current Chrome, Edge, Firefox or Safari, at an address that begins with https.'],
      }),
    );
  return {
    state: createLive<MeshState>({ relays: [], nodes: [] }),
    health: createLive<MeshHealth>('off'),
    models: createLive<readonly MeshModel[]>([]),
    contribute: createLive<ContributeState>({
      status: 'off',
      paused: null,
      models: [],
      running: 0,
      waiting: 0,
      consumers: 0,
      jobs: 0,
      tokens: 0,
      recentTokensPerSecond: [],
      earnedWei: 0n,
      rules: {
        pauseOnBattery: true,
        pauseWhenBusy: true,
        schedule: null,
        maxWaiting: 8,
        maxTokens: 2_048,
        keepAwake: true,
      },
      test: null,
      error: null,
    }),
    mayAskOthers: createLive(false),
    setMayAskOthers: refuse,
    ownRelay: () => Promise.resolve(null),
    look: refuse,
    join: refuse,
    leave: refuse,
    retry: () => undefined,
    setContributing: refuse,
    setRules: refuse,
    async *examine() {
      await Promise.resolve();
      yield {
        name: 'webrtc',
        verdict: 'bad',
        sentence: 'This page cannot reach other machines.',
        action: 'Open Weft in a current browser, at an address that begins with https.',
      };
    },
    invite: refuse,
    members: refuse,
    setBlocked: refuse,
    apiKeys: refuse,
    createApiKey: refuse,
    revokeApiKey: refuse,
  };
}
