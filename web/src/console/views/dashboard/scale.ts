/** The scale of a plot. */

/** How many lines an axis has above its zero. */
export const STEPS = 4;

/** The next number above that an axis is easily read with: four equal steps of a round number. */
export function niceTop(value: number): number {
  if (value <= 0) return STEPS;
  const wanted = value / STEPS;
  const size = 10 ** Math.floor(Math.log10(wanted));
  // Whole things are not counted in halves.
  const isWhole = Number.isInteger(value);
  const steps = isWhole && size < 10 ? [1, 2, 5, 10] : [1, 2, 2.5, 5, 10];
  const step = steps.find((one) => one * size >= wanted)! * size;
  return STEPS * (isWhole ? Math.max(1, step) : step);
}
