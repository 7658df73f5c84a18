import type { LiveAnswer, LoadProgress } from '../../node/app.ts';
import { formatBytes, formatCount } from './format.ts';

/** What an answer that is not written yet is waiting for. */
export interface PhaseText {
  readonly text: string;
  /** Figures beside it; empty where there are none. */
  readonly detail: string;
  /** 0 to 1, or null where nothing can be measured. */
  readonly ratio: number | null;
}

/** What each step of loading is called, with the model's title. */
const LOADING: Readonly<Record<LoadProgress['phase'], (model: string) => string>> = {
  download: (model) => `Loading ${model}`,
  verify: (model) => `Checking the files of ${model}`,
  compile: (model) => `Preparing your GPU for ${model}`,
  tune: (model) => `Finding the fastest way to run ${model}`,
  upload: (model) => `Copying ${model} to your GPU`,
  'self-test': (model) => `Testing known answers of ${model}`,
};

export function describeLoad(load: LoadProgress, model: string): PhaseText {
  const hasBytes = load.totalBytes > 0 && (load.phase === 'download' || load.phase === 'upload');
  return {
    text: LOADING[load.phase](model),
    detail: hasBytes
      ? `${formatBytes(load.loadedBytes)} of ${formatBytes(load.totalBytes)}`
      : `${Math.round(load.ratio * 100)} %`,
    ratio: load.ratio,
  };
}

/**
 * Null while the text itself shows that it is being written. `model` is the title of the one that answers; `isRemote`:
 * another node runs it.
 */
export function describePhase(live: LiveAnswer, model: string, isRemote = false): PhaseText | null {
  return isRemote ? (describeRemote(live, model) ?? describeHere(live, model)) : describeHere(live, model);
}

/** What is different where another node answers; null where nothing is. */
function describeRemote({ phase, ahead, servedBy }: LiveAnswer, model: string): PhaseText | null {
  const plain = (text: string): PhaseText => ({ text, detail: '', ratio: null });
  if (phase === 'connecting' || (phase !== 'writing' && phase !== 'calling' && servedBy === null))
    return plain(servedBy === null ? 'Looking for a node that answers' : 'Connecting to a node');
  if (phase === 'queued' && ahead > 0)
    return plain(`Waiting at the node: ${formatCount(ahead, 'question')} before yours`);
  if (phase === 'queued') return plain('The node gets ready');
  return phase === 'loading' ? plain(`The node loads ${model}`) : null;
}

function describeHere(live: LiveAnswer, model: string): PhaseText | null {
  switch (live.phase) {
    case 'queued':
      return {
        text: live.ahead > 0 ? `Waiting for ${formatCount(live.ahead, 'other answer')}` : 'Getting ready',
        detail: '',
        ratio: null,
      };
    case 'connecting':
      return { text: 'Reaching the tab that computes answers', detail: '', ratio: null };
    case 'loading':
      return live.load === null
        ? { text: `Getting ${model} ready`, detail: '', ratio: null }
        : describeLoad(live.load, model);
    case 'reading': {
      const fresh = live.prompt === null ? 0 : live.prompt.tokens - live.prompt.cached;
      const done = live.prompt === null ? 0 : Math.max(0, live.prompt.done - live.prompt.cached);
      return {
        text: 'Reading',
        detail: fresh > 0 ? `${done.toLocaleString('en')} of ${formatCount(fresh, 'token')}` : '',
        ratio: fresh > 0 ? Math.min(1, done / fresh) : null,
      };
    }
    case 'calling':
      return { text: 'Using a tool', detail: '', ratio: null };
    case 'writing':
      return null;
    default:
      return live.phase satisfies never;
  }
}
