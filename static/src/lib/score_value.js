// Scores as they are typed, in the numbers of one scale: {min, max, step}.

/** Whether a number lies on the scale: within its ends and on one of its steps. */
export function fits(value, { min, max, step }) {
  const ticks = (value - min) / step;
  return Number.isFinite(value) && value >= min && value <= max && Math.abs(ticks - Math.round(ticks)) < 1e-6;
}

/**
 * What a box reads once a digit is typed into it. The digit follows what is there if both together are no more than
 * the scale allows; else it begins anew, as somebody who changes their mind means it.
 */
export function typed(text, digit, scale) {
  if (!/^\d+$/.test(text)) return digit;
  const together = Number(text + digit);
  return Number(text) !== 0 && together <= scale.max ? String(together) : digit;
}

/** The value with half a point more, or null where the scale has no such value. */
export function withHalf(value, scale) {
  const more = value + 0.5;
  return value !== null && Number.isInteger(value) && fits(more, scale) ? more : null;
}
