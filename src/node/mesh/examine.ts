import type { Finding, MeshState, RelayLink } from './mesh-view.ts';

export interface ExamineDeps {
  readonly state: () => MeshState;
  /** True where this browser offers a GPU. */
  readonly hasGpu: () => Promise<boolean>;
  /** True where this browser can open connections to other browsers. */
  readonly hasWebRtc: () => boolean;
  /** Waits, so that what is being tried comes to an end. */
  readonly wait: (timeMs: number, signal: AbortSignal) => Promise<void>;
}

/** Milliseconds that a connection under way is given before it is judged, and between two looks at it. */
const SETTLE_MS = 5_000;
const LOOK_EVERY_MS = 250;

/** Looks at this device's own connection, from what is nearest to what is farthest. */
export async function* examine(deps: ExamineDeps, signal: AbortSignal): AsyncGenerator<Finding, void, undefined> {
  yield gpuFinding(await deps.hasGpu());
  yield rtcFinding(deps.hasWebRtc());
  for (let waitedMs = 0; waitedMs < SETTLE_MS && isSettling(deps.state()); waitedMs += LOOK_EVERY_MS) {
    await deps.wait(LOOK_EVERY_MS, signal);
  }
  signal.throwIfAborted();
  const state = deps.state();
  const best = bestRelay(state.relays);
  yield relayFinding(best);
  if (best === null) return;
  const isReached = best.phase !== 'waiting' && best.phase !== 'looking' && best.phase !== 'dialling';
  if (isReached || best.error?.code === 'auth/clock') yield clockFinding(best);
  if (isReached) yield admissionFinding(best);
  if (best.role !== null) yield reservationFinding(best);
  yield directFinding(state);
  yield providersFinding(state);
}

function isSettling({ relays }: MeshState): boolean {
  return (
    relays.length > 0 && relays.every(({ phase, error }) => phase !== 'ready' && phase !== 'refused' && error === null)
  );
}

const ORDER: readonly RelayLink['phase'][] = [
  'ready',
  'reserving',
  'joining',
  'refused',
  'dialling',
  'looking',
  'waiting',
];

/** The relay that got farthest; null: none is joined. */
function bestRelay(relays: readonly RelayLink[]): RelayLink | null {
  return relays.toSorted((a, b) => ORDER.indexOf(a.phase) - ORDER.indexOf(b.phase))[0] ?? null;
}

function gpuFinding(hasGpu: boolean): Finding {
  return hasGpu
    ? { name: 'webgpu', verdict: 'good', sentence: 'This browser can use the GPU.', action: null }
    : {
        name: 'webgpu',
        verdict: 'poor',
        sentence: 'This browser offers no GPU: it can ask others, but it cannot contribute.',
        action: 'Use a current Chrome, Edge, Safari or Firefox, and turn on hardware acceleration in its settings.',
      };
}

function rtcFinding(hasWebRtc: boolean): Finding {
  return hasWebRtc
    ? { name: 'webrtc', verdict: 'good', sentence: 'This browser can connect to others directly.', action: null }
    : {
        name: 'webrtc',
        verdict: 'bad',
        sentence: 'WebRTC is turned off in this browser: everything has to go through the relay.',
        action: 'Turn WebRTC on, or turn off the extension that blocks it.',
      };
}

function relayFinding(best: RelayLink | null): Finding {
  if (best === null) {
    return {
      name: 'relay',
      verdict: 'bad',
      sentence: 'No relay is joined, so there is no mesh here yet.',
      action: 'Join one by its link or address.',
    };
  }
  const host = new URL(best.url).host;
  switch (best.phase) {
    case 'ready':
    case 'reserving':
    case 'joining':
    case 'refused':
      return { name: 'relay', verdict: 'good', sentence: `The relay ${host} answers.`, action: null };
    case 'waiting':
    case 'looking':
    case 'dialling':
      return {
        name: 'relay',
        verdict: 'bad',
        sentence: best.error?.message ?? `The relay ${host} has not answered yet.`,
        action: best.error?.hints[0] ?? 'Check that this device is online; a firewall must let WebSockets through.',
      };
  }
}

function clockFinding({ error }: RelayLink): Finding {
  return error?.code === 'auth/clock'
    ? { name: 'clock', verdict: 'bad', sentence: error.message, action: error.hints[0] ?? null }
    : { name: 'clock', verdict: 'good', sentence: 'The clock of this device agrees with the relay’s.', action: null };
}

function admissionFinding({ phase, error, role }: RelayLink): Finding {
  if (phase === 'refused') {
    return {
      name: 'admission',
      verdict: 'bad',
      sentence: error?.message ?? 'The relay does not let this device in.',
      action: error?.hints[0] ?? 'Ask whoever runs it for an invitation.',
    };
  }
  return role === null
    ? { name: 'admission', verdict: 'unknown', sentence: 'The relay has not let this device in yet.', action: null }
    : { name: 'admission', verdict: 'good', sentence: `This device is let in as ${role}.`, action: null };
}

function reservationFinding({ phase, error }: RelayLink): Finding {
  return phase === 'ready'
    ? { name: 'reservation', verdict: 'good', sentence: 'Others can call this device through the relay.', action: null }
    : {
        name: 'reservation',
        verdict: 'poor',
        sentence: error?.message ?? 'The relay keeps no place for this device yet: others cannot call it.',
        action: error?.hints[0] ?? 'Wait a moment; it is tried again by itself.',
      };
}

function directFinding({ nodes }: MeshState): Finding {
  const connected = nodes.filter(({ path }) => path !== null);
  const direct = connected.filter(({ path }) => path === 'direct').length;
  if (connected.length === 0) {
    return {
      name: 'direct',
      verdict: 'unknown',
      sentence: 'No other node is connected right now, so the direct way could not be tried.',
      action: null,
    };
  }
  return direct > 0
    ? {
        name: 'direct',
        verdict: 'good',
        sentence: `${direct} of ${connected.length} connected nodes are reached directly.`,
        action: null,
      }
    : {
        name: 'direct',
        verdict: 'poor',
        sentence: 'Other nodes are reached through the relay only: slower, and it carries what they send, encrypted.',
        action:
          'Devices in one network reach each other directly; for others the relay’s operator can set up ICE servers.',
      };
}

function providersFinding({ nodes }: MeshState): Finding {
  const serving = nodes.filter(({ card }) => card.isAccepting && card.models.length > 0).length;
  return serving > 0
    ? {
        name: 'providers',
        verdict: 'good',
        sentence: serving === 1 ? 'One node answers questions now.' : `${serving} nodes answer questions now.`,
        action: null,
      }
    : {
        name: 'providers',
        verdict: 'poor',
        sentence: 'Nobody contributes right now.',
        action: 'Contribute from this or another device, or ask the model of this device.',
      };
}
