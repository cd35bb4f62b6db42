/** The middle one of the values. */
export function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? NaN;
}

export function shown(ms: number | undefined): string {
  return `${Math.round(ms ?? NaN)} ms`;
}
