import type { IconName } from '../icons/paths.ts';
import { formatCount, formatRate } from './format.ts';
import type { Finding, KnownNode, MeshHealth, MeshModel, PauseReason, RelayLink, RelayOffer } from '../../node/app.ts';

/** How something is: it colours a mark beside words that say the same. */
export type Tone = 'calm' | 'good' | 'warn' | 'bad';

export const HEALTH: Readonly<
  Record<
    MeshHealth,
    { readonly label: string; readonly sentence: string; readonly tone: Tone; readonly icon: IconName }
  >
> = {
  off: {
    label: 'Not joined',
    sentence: 'This browser has joined no mesh. Everything runs on this device.',
    tone: 'calm',
    icon: 'network',
  },
  connecting: { label: 'Connecting', sentence: 'On the way to the relay…', tone: 'calm', icon: 'refresh' },
  good: { label: 'Connected', sentence: 'You are connected, and others are here.', tone: 'good', icon: 'check' },
  alone: {
    label: 'Nobody else here',
    sentence: 'You are connected, but nobody else is here right now.',
    tone: 'calm',
    icon: 'check',
  },
  'relay-lost': {
    label: 'Relay lost',
    sentence: 'The relay does not answer. Connections that are open go on; new ones wait until it is back.',
    tone: 'warn',
    icon: 'warning',
  },
  refused: {
    label: 'Not let in',
    sentence: 'The relay does not let this browser in. The reason stands beside it below.',
    tone: 'bad',
    icon: 'warning',
  },
};

/** What a person calls the relay. */
export function nameOf({ info, url }: Pick<RelayLink, 'info' | 'url'>): string {
  return info?.name ?? new URL(url).host;
}

/** Where the way to a relay stands, with the time of the next try. */
export function describeRelay({ phase, retryAtMs }: Pick<RelayLink, 'phase' | 'retryAtMs'>, nowMs: number): string {
  switch (phase) {
    case 'waiting': {
      if (retryAtMs === null) return 'Not connected yet';
      const seconds = Math.max(1, Math.ceil((retryAtMs - nowMs) / 1000));
      return `Not connected, tries again in ${seconds} s`;
    }
    case 'looking':
      return 'Asking who it is…';
    case 'dialling':
      return 'Connecting…';
    case 'joining':
      return 'Asking to be let in…';
    case 'reserving':
      return 'Asking for a place where others can call…';
    case 'ready':
      return 'Connected';
    case 'refused':
      return 'Does not let you in';
    default:
      return phase satisfies never;
  }
}

/** Who may join, as the card before joining says it. */
export function describeAdmission({ admission, invite }: Pick<RelayOffer, 'admission' | 'invite'>): string {
  switch (admission) {
    case 'open':
      return 'Anybody may join.';
    case 'invite':
      return invite === null
        ? 'You need an invitation: ask whoever runs it for a link.'
        : 'Your link holds an invitation.';
    case 'allow-list':
      return 'Whoever runs it keeps a list of who may join.';
    case 'bonded':
      return 'Who has put up a bond with your key’s account may join.';
    case 'token':
      return 'Whoever holds its tokens may join.';
    default:
      return admission satisfies never;
  }
}

export const PATHS: Readonly<Record<NonNullable<KnownNode['path']> | 'none', string>> = {
  direct: 'Direct',
  relayed: 'Through the relay',
  relay: 'It is the relay',
  none: 'Not connected',
};

/** What conduct so far amounts to; from here on it counts as good. */
const GOOD_SCORE = 3;

export function describeStanding(score: number): string {
  if (score < 0) return 'Poor';
  return score < GOOD_SCORE ? 'New' : 'Good';
}

/** "12 ms", "1.2 s"; a dash where nothing was measured. */
export function formatRoundTrip(roundTripMs: number | null): string {
  if (roundTripMs === null) return '–';
  return roundTripMs < 1000 ? `${Math.max(1, Math.round(roundTripMs))} ms` : `${(roundTripMs / 1000).toFixed(1)} s`;
}

/** What a node has to do, in few words. */
export function describeLoad({ load, isAccepting, models }: KnownNode['card']): string {
  if (models.length === 0) return 'Serves nobody';
  if (!isAccepting) return 'Takes nothing new';
  if (load.running === 0) return 'Free';
  return load.waiting === 0 ? 'Answering' : `Answering, ${load.waiting} waiting`;
}

/** Why nothing is served although the switch is on. */
export const PAUSES: Readonly<Record<PauseReason, string>> = {
  battery: 'Paused: this machine runs on its battery.',
  busy: 'Paused: this machine has little to spare right now.',
  schedule: 'Paused: it is outside the hours you set.',
  'no-model': 'Paused: there is no model here that can answer for others.',
  'no-relay': 'Paused: no relay is connected, so nobody can reach you.',
  'own-chat': 'Paused while your own chat is answered.',
};

export const FINDINGS: Readonly<Record<Finding['name'], string>> = {
  webgpu: 'Your GPU',
  webrtc: 'Direct connections',
  relay: 'The relay',
  admission: 'Being let in',
  reservation: 'Being reachable',
  clock: 'Your clock',
  direct: 'The way to other nodes',
  providers: 'Somebody who answers',
};

export const VERDICTS: Readonly<
  Record<Finding['verdict'], { readonly label: string; readonly tone: Tone; readonly icon: IconName }>
> = {
  good: { label: 'Good', tone: 'good', icon: 'check' },
  poor: { label: 'Could be better', tone: 'warn', icon: 'warning' },
  bad: { label: 'Does not work', tone: 'bad', icon: 'warning' },
  unknown: { label: 'Not known', tone: 'calm', icon: 'info' },
};

/** Who serves a model, and how fast: "2 nodes · 41 tokens/s". */
export function describeServing({ providers, decodeTokensPerSecond: rate }: MeshModel): string {
  return [formatCount(providers, 'node'), ...(rate > 0 ? [formatRate(rate)] : [])].join(' · ');
}
