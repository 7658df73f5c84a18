import type { CatalogueModel } from '../../engine/catalogue/catalogue-model.ts';
import type { AdapterInfo } from '../../engine/engine.ts';
import type { WireError } from '../../protocol/errors.ts';
import type { Live } from '../live.ts';

/** Whether this device can run a model, with the reason in one sentence. */
export interface ModelFit {
  readonly verdict: 'fits' | 'tight' | 'too-big' | 'unsupported';
  readonly reason: string;
}

/** Where the files of a model are: not here, asked for, arriving, held, broken, or all here and checked. */
export type StoredState = 'absent' | 'waiting' | 'downloading' | 'paused' | 'failed' | 'ready';

export interface DownloadProgress {
  readonly loadedBytes: number;
  readonly totalBytes: number;
  /** Over the last seconds; null until it is known. */
  readonly bytesPerSecond: number | null;
  readonly secondsLeft: number | null;
  /** What happens now: `retrying` waits for another attempt (the connection broke), `checking` hashes. */
  readonly phase: 'downloading' | 'retrying' | 'checking';
}

export interface ModelEntry {
  readonly model: CatalogueModel;
  readonly fit: ModelFit;
  /** Belongs to the short list for this device. */
  readonly isRecommended: boolean;
  readonly stored: StoredState;
  /** Bytes of it in this browser. */
  readonly storedBytes: number;
  /** Set while waiting, downloading or paused. */
  readonly progress: DownloadProgress | null;
  /** Why it failed, with what to do. */
  readonly error: WireError | null;
}

export interface ModelsState {
  /** `loading` until the catalogue, what is stored and the adapter are known. */
  readonly status: 'loading' | 'ready';
  /** Best for this device first. At most 1000. */
  readonly entries: readonly ModelEntry[];
  /** The other servers that models come from, as the operator configured them; empty: none may be contacted. */
  readonly hosts: readonly string[];
  /** The person allowed contacting them. Nothing is asked of them before. */
  readonly areHostsAllowed: boolean;
  /** The GPU, once an engine has seen it. */
  readonly adapter: AdapterInfo | null;
}

/** A model by URL, as a person types it. */
export interface CustomModel {
  /** Folder of MLC files, or a Hugging Face repository. */
  readonly modelUrl: string;
  /** WebLLM's compiled library; empty: the built-in engine runs it. */
  readonly libraryUrl: string;
}

/**
 * Models: what there is, what fits this device, what is stored. Verbs resolve when they are recorded (a download then
 * shows its progress in `state`, in every tab) and reject with download/*, model/*, storage/* codes.
 */
export interface ModelsView {
  readonly state: Live<ModelsState>;
  /** The person's answer to the question whether other servers may be contacted. */
  setHostsAllowed(allowed: boolean): Promise<void>;
  /** Starts, or goes on with a paused or failed download. Throws download/host-not-allowed, download/no-space. */
  download(modelId: string): Promise<void>;
  pause(modelId: string): Promise<void>;
  /** Ends the download and deletes what came. */
  cancel(modelId: string): Promise<void>;
  /** Deletes the model's files that no other model uses. */
  remove(modelId: string): Promise<void>;
  /** Compares every stored file with what it was; resolves to what is wrong, one sentence each, after deleting it. */
  check(modelId: string): Promise<readonly string[]>;
  /** Reads the model's configuration and adds it. Resolves to its id. Throws model/*, download/*. */
  addCustom(custom: CustomModel): Promise<string>;
  /** Forgets a model that was added, with its files. */
  removeCustom(modelId: string): Promise<void>;
}
