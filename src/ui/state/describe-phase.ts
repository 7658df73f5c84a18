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

const LOADING: Readonly<Record<LoadProgress['phase'], string>> = {
  download: 'Getting the model',
  verify: 'Checking the model’s files',
  compile: 'Preparing your GPU',
  tune: 'Finding the fastest way on your GPU',
  upload: 'Copying the model to your GPU',
  'self-test': 'Testing known answers',
};

export function describeLoad(load: LoadProgress): PhaseText {
  const hasBytes = load.totalBytes > 0 && (load.phase === 'download' || load.phase === 'upload');
  return {
    text: LOADING[load.phase],
    detail: hasBytes
      ? `${formatBytes(load.loadedBytes)} of ${formatBytes(load.totalBytes)}`
      : `${Math.round(load.ratio * 100)} %`,
    ratio: load.ratio,
  };
}

/** Null while the text itself shows that it is being written. */
export function describePhase(live: LiveAnswer): PhaseText | null {
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
        ? { text: 'Getting the model ready', detail: '', ratio: null }
        : describeLoad(live.load);
    case 'reading': {
      const fresh = live.prompt === null ? 0 : live.prompt.tokens - live.prompt.cached;
      const done = live.prompt === null ? 0 : Math.max(0, live.prompt.done - live.prompt.cached);
      return {
        text: 'Reading',
        detail: fresh > 0 ? `${done.toLocaleString('en')} of ${formatCount(fresh, 'token')}` : '',
        ratio: fresh > 0 ? Math.min(1, done / fresh) : null,
      };
    }
    case 'writing':
      return null;
    default:
      return live.phase satisfies never;
  }
}
