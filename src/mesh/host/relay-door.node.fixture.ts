import type { TestProject } from 'vitest/node';
import { address } from '../../protocol/ids.ts';
import { createTestRelay } from './relay.node.fixture.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** A relay that lets everybody in: what its door would say, as JSON. */
    relay: string;
  }
}

/** A relay for hosts in a page. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const relay = await createTestRelay({ isOpen: true });
  const anybody = address('0x'.padEnd(42, '0'));
  const info = await relay.door(anybody).look({ signal: new AbortController().signal });
  project.provide('relay', JSON.stringify({ url: relay.url, info }));
  return () => relay.kill();
}
