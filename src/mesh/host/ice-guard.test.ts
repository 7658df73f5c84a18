import { expect, test } from 'vitest';
import { guardPageIce } from './ice-guard.ts';

test('where there is no WebRTC there is nothing to guard, and nothing fails', () => {
  expect('RTCPeerConnection' in globalThis).toBe(false);
  const leave = guardPageIce(() => false);
  expect(() => leave()).not.toThrow();
  expect('RTCPeerConnection' in globalThis).toBe(false);
});
