/** Points of an SVG path through `values`, evenly spaced over the width, from 0 at the bottom to the greatest at the top. */
export function sparkLine(values: readonly number[], width: number, height: number): string {
  if (values.length < 2) return '';
  const most = Math.max(...values, 1e-9);
  const step = width / (values.length - 1);
  return values
    .map((value, index) => {
      const x = (index * step).toFixed(1);
      const y = (height - (Math.max(0, value) / most) * height).toFixed(1);
      return `${index === 0 ? 'M' : 'L'}${x} ${y}`;
    })
    .join('');
}
