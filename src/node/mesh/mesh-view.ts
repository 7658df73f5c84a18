import type { AdmissionMode } from '../../protocol/mesh/relay-info.ts';
import type { KnownNode, MeshState, RelayLink } from '../../mesh/host/mesh-host.ts';
import type { WireError } from '../../protocol/errors.ts';
import type { Address, Hex32 } from '../../protocol/ids.ts';
import type { Live } from '../live.ts';

export type { KnownNode, MeshState, RelayLink };

/** A relay as a link or its page describes it, before joining. */
export interface RelayOffer {
  /** Origin. */
  readonly url: string;
  readonly name: string;
  readonly about: string | null;
  readonly admission: AdmissionMode;
  /** The text of an invitation that came with the link, or null. */
  readonly invite: string | null;
  readonly isJoined: boolean;
}

/** What members serve right now, one line for each model. */
export interface MeshModel {
  readonly manifest: Hex32;
  readonly id: string;
  readonly title: string;
  readonly parameterCount: number;
  readonly quantization: string;
  readonly contextLimit: number;
  readonly vision: boolean;
  readonly tools: boolean;
  readonly kind: 'chat' | 'embedding';
  /** Nodes that take questions now. */
  readonly providers: number;
  /** Of the fastest one; 0 where none was measured. */
  readonly decodeTokensPerSecond: number;
  /** Of the cheapest one, in wei. */
  readonly pricePerTokenWei: bigint;
}

/** What the person allows while contributing. Times are minutes after local midnight. */
export interface ContributeRules {
  readonly pauseOnBattery: boolean;
  /** Pause while the machine has little to spare. */
  readonly pauseWhenBusy: boolean;
  /** Serve only between these; the end may be before the begin: over midnight. Null: always. */
  readonly schedule: { readonly fromMinute: number; readonly toMinute: number } | null;
  /** Questions of others that may wait. */
  readonly maxWaiting: number;
  /** Longest answer to others, in tokens. */
  readonly maxTokens: number;
  /** Keep the screen on while serving. */
  readonly keepAwake: boolean;
}

/** Why nothing is served although the switch is on. */
export type PauseReason = 'battery' | 'busy' | 'schedule' | 'no-model' | 'no-relay' | 'own-chat';

export interface ContributeState {
  /** `testing`: before the first serving the GPU has to pass its test. `draining`: ends what it has. */
  readonly status: 'off' | 'testing' | 'on' | 'draining';
  readonly paused: PauseReason | null;
  /** Titles of what is served. */
  readonly models: readonly string[];
  /** What tools call it. */
  readonly modelIds: readonly string[];
  readonly running: number;
  readonly waiting: number;
  /** Different members served since the switch was turned on. */
  readonly consumers: number;
  readonly jobs: number;
  readonly tokens: number;
  /** Tokens per second for others in each of the last 60 intervals of 2 seconds, oldest first. */
  readonly recentTokensPerSecond: readonly number[];
  readonly earnedWei: bigint;
  readonly rules: ContributeRules;
  /** What the test said, one sentence each; null before it ran. */
  readonly test: readonly { readonly ok: boolean; readonly detail: string }[] | null;
  readonly error: WireError | null;
}

/** One finding about this device's own connection. */
export interface Finding {
  readonly name: 'webgpu' | 'webrtc' | 'relay' | 'admission' | 'reservation' | 'clock' | 'direct' | 'providers';
  readonly verdict: 'good' | 'poor' | 'bad' | 'unknown';
  /** What was found, one sentence. */
  readonly sentence: string;
  /** What to do, where something can be done. */
  readonly action: string | null;
}

/** One word for the whole: what the badge shows. */
export type MeshHealth = 'off' | 'connecting' | 'good' | 'alone' | 'relay-lost' | 'refused';

export interface NewInvite {
  readonly uses: number;
  readonly expiresInS: number;
  readonly role: 'member' | 'admin';
}

/** A member as the relay's admin sees it. */
export interface Member {
  readonly address: Address;
  readonly role: 'member' | 'admin';
  readonly joinedAtMs: number;
  readonly lastSeenAtMs: number | null;
  readonly isBlocked: boolean;
}

/** A key for tools that speak to the relay's OpenAI-compatible endpoint. */
export interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly createdAtMs: number;
  readonly lastUsedAtMs: number | null;
  /** Tokens it may use each day, and has used today; null: no bound. */
  readonly dailyTokens: number | null;
  readonly usedToday: number;
}

/**
 * The mesh as the page shows and steers it. The leading tab runs it; every tab sees the same. Verbs throw mesh/*, auth/*
 * and identity/* codes.
 */
export interface MeshView {
  readonly state: Live<MeshState>;
  readonly health: Live<MeshHealth>;
  readonly models: Live<readonly MeshModel[]>;
  readonly contribute: Live<ContributeState>;
  /** True once the person agreed that members may see what they ask; asked before the first question to another node. */
  readonly mayAskOthers: Live<boolean>;
  setMayAskOthers(allowed: boolean): Promise<void>;
  /** The relay that served this page, where it is one. Asked once; null where the server runs no mesh. */
  ownRelay(): Promise<RelayOffer | null>;
  /** What a link or an address of a relay leads to. Throws mesh/bad-invite, mesh/relay-unreachable. */
  look(linkOrAddress: string): Promise<RelayOffer>;
  /** Makes this node's key where there is none, joins, and joins again at every start. */
  join(offer: RelayOffer): Promise<void>;
  leave(url: string): Promise<void>;
  /** Tries a relay again at once that is `waiting` or `refused`. */
  retry(url: string): void;
  setContributing(on: boolean): Promise<void>;
  setRules(rules: ContributeRules): Promise<void>;
  /** Looks at this device's own connection, finding by finding. */
  examine(signal: AbortSignal): AsyncIterable<Finding>;
  /** For admins of a relay. */
  invite(url: string, init: NewInvite): Promise<{ readonly link: string; readonly expiresAtMs: number }>;
  members(url: string): Promise<readonly Member[]>;
  setBlocked(url: string, member: Address, isBlocked: boolean): Promise<void>;
  /** For members of a relay: keys for their tools. The key's text is told once. */
  apiKeys(url: string): Promise<readonly ApiKey[]>;
  createApiKey(url: string, init: { readonly name: string; readonly dailyTokens: number | null }): Promise<string>;
  revokeApiKey(url: string, id: string): Promise<void>;
}
