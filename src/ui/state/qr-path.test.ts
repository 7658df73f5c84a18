import { describe, expect, it } from 'vitest';
import { qrPath } from './qr-path.ts';

describe('qrPath', () => {
  it('covers the three corners that a camera looks for, inside a quiet zone', () => {
    const { size, d } = qrPath('https://relay.example.org/#/join/abc');
    expect(d.startsWith('M4 4h7v1h-7z')).toBe(true);
    expect(d).toContain(`M${size - 11} 4h7v1h-7z`);
    expect(d).toContain(`M4 ${size - 11}h7v1h-7z`);
    const starts = [...d.matchAll(/M(\d+) (\d+)h(\d+)/g)].map(([, x, y, width]) => [+x!, +y!, +x! + +width!]);
    for (const [x, y, end] of starts) {
      expect(x).toBeGreaterThanOrEqual(4);
      expect(y).toBeGreaterThanOrEqual(4);
      expect(end).toBeLessThanOrEqual(size - 4);
    }
  });

  it('has room for the longest invitation', () => {
    expect(qrPath(`https://relay.example.org:8443/#/join/${'a'.repeat(700)}`).d).not.toBe('');
  });
});
