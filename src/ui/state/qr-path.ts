import { encode } from 'uqr';

/** A QR code as one SVG path of dark squares, each 1 × 1, on a field of `size` × `size`, its quiet zone included. */
export interface QrPath {
  readonly size: number;
  readonly d: string;
}

/** Light squares around the code, as its standard asks. */
const QUIET = 4;

/** Up to about 2 900 bytes; longer texts throw. */
export function qrPath(text: string): QrPath {
  const { data, size } = encode(text, { ecc: 'L', border: QUIET });
  let d = '';
  data.forEach((row, y) => {
    for (let from = 0; from < row.length; from++) {
      if (row[from] !== true) continue;
      let to = from + 1;
      while (row[to] === true) to++;
      d += `M${from} ${y}h${to - from}v1h-${to - from}z`;
      from = to;
    }
  });
  return { size, d };
}
