import type { LoadProgress } from '../engine.ts';
import type { FolderSizes } from './folder-parts.ts';

/** Turns what happens during a load into one rising figure. */
export interface LoadTracker {
  readonly enter: (phase: LoadProgress['phase']) => void;
  /** Bytes of small files received so far. */
  readonly smallBytes: (receivedBytes: number) => void;
  /** Bytes of weights received so far, and the share of them that is on the GPU. */
  readonly weightBytes: (receivedBytes: number) => void;
  readonly uploaded: (share: number) => void;
  /** What there is to come. */
  readonly expect: (sizes: FolderSizes) => void;
}

/** Where each phase begins on the scale from 0 to 1; weights dominate everything but the smallest models. */
const START = { download: 0, tune: 0.04, compile: 0.08, upload: 0.1, 'self-test': 0.97 };
const WEIGHTS_FROM = START.upload;
const WEIGHTS_TO = START['self-test'];

export function createLoadTracker(onProgress: ((progress: LoadProgress) => void) | undefined): LoadTracker {
  let sizes = { smallBytes: 0, weightBytes: 0 };
  let phase: LoadProgress['phase'] = 'download';
  let ratio = 0;
  let small = 0;
  let weights = 0;
  const report = (now: number) => {
    ratio = Math.min(1, Math.max(ratio, now));
    onProgress?.({
      phase,
      ratio,
      loadedBytes: small + weights,
      totalBytes: Math.max(small + weights, sizes.smallBytes + sizes.weightBytes),
    });
  };
  return {
    expect(known) {
      sizes = known;
    },
    enter(next) {
      phase = next;
      report(next === 'verify' ? ratio : START[next]);
    },
    smallBytes(received) {
      small = received;
      report(START.tune * (received / Math.max(received, sizes.smallBytes, 1)));
    },
    weightBytes(received) {
      weights = received;
      phase = received === sizes.weightBytes ? 'verify' : 'download';
      report(WEIGHTS_FROM + (WEIGHTS_TO - WEIGHTS_FROM) * (received / Math.max(1, sizes.weightBytes)) * 0.9);
    },
    uploaded(share) {
      phase = 'upload';
      report(WEIGHTS_FROM + (WEIGHTS_TO - WEIGHTS_FROM) * share);
    },
  };
}
