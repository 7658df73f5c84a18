import type { Address, Hex32 } from '../../protocol/ids.ts';
import { MAX_CONSUMERS, MAX_JOBS_PER_CONSUMER } from './constants.ts';

/** Jobs that were taken on, until their offers expire: none is done twice. */
export interface SeenJobs {
  /** `no-room`: this consumer has too many offers that have not expired. */
  claim(consumer: Address, jobId: Hex32, expiryS: number, nowS: number): 'new' | 'seen' | 'no-room';
}

export function createSeenJobs(): SeenJobs {
  /** By consumer, the one that came last at the end. */
  const consumers = new Map<Address, Map<Hex32, number>>();

  return {
    claim(consumer, jobId, expiryS, nowS) {
      const jobs = consumers.get(consumer) ?? new Map<Hex32, number>();
      if (jobs.has(jobId)) return 'seen';
      if (jobs.size >= MAX_JOBS_PER_CONSUMER) {
        for (const [id, expiry] of jobs) if (expiry < nowS) jobs.delete(id);
        if (jobs.size >= MAX_JOBS_PER_CONSUMER) return 'no-room';
      }
      jobs.set(jobId, expiryS);
      consumers.delete(consumer);
      consumers.set(consumer, jobs);
      for (const oldest of consumers.keys()) {
        if (consumers.size <= MAX_CONSUMERS) break;
        consumers.delete(oldest);
      }
      return 'new';
    },
  };
}
