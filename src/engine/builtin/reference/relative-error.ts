/** Largest |got − wanted| over the largest |wanted|; infinite where lengths differ or a value is not a number. */
export function relativeError(got: ArrayLike<number>, wanted: ArrayLike<number>): number {
  if (got.length !== wanted.length) return Infinity;
  let difference = 0;
  let largest = 0;
  for (let i = 0; i < got.length; i += 1) {
    const gap = Math.abs(got[i]! - wanted[i]!);
    if (!(gap <= Number.MAX_VALUE)) return Infinity;
    difference = Math.max(difference, gap);
    largest = Math.max(largest, Math.abs(wanted[i]!));
  }
  return largest === 0 ? difference : difference / largest;
}
