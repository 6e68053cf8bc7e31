/** Orders of rows: functions of a seed and the number of an epoch, alike on every engine. */

/**
 * Whole numbers from 0 below `n`, from a counter that is mixed as in "lowbias32" of C. Wellons' hash prospector. In exact
 * integers, so that engines agree.
 */
export function generator(seed: number, stream: number): (n: number) => number {
  const mix = (value: number): number => {
    value = Math.imul(value ^ (value >>> 16), 0x21f0aaad);
    value = Math.imul(value ^ (value >>> 15), 0x735a2d97);
    return value ^ (value >>> 15);
  };
  let state = mix(mix(mix(seed | 0) ^ ((seed / 4294967296) | 0)) + stream);
  return (n) => {
    state = (state + 0x9e3779b9) | 0;
    return Math.floor(((mix(state) >>> 0) / 4294967296) * n);
  };
}

/** The numbers from 0 below `count` in a random order, by Fisher and Yates. */
export function shuffled(count: number, below: (n: number) => number): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, row) => row);
  for (let left = count; left > 1;) {
    const at = below(left--);
    const row = order[at]!;
    order[at] = order[left]!;
    order[left] = row;
  }
  return order;
}

/** The rows of each class. */
export function rowsByClass(classes: ArrayLike<number>): number[][] {
  const found = new Map<number, number[]>();
  for (let row = 0; row < classes.length; row++) {
    const rows = found.get(classes[row]!) ?? [];
    found.set(classes[row]!, rows);
    rows.push(row);
  }
  return [...found].sort(([a], [b]) => a - b).map(([, rows]) => rows);
}
