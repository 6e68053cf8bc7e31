/** Standard normal numbers from a seed, for synthetic data (mulberry32, and the method of Box and Muller). */
export function normals(length, seed) {
  let state = seed >>> 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let word = Math.imul(state ^ (state >>> 15), state | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    return ((word ^ (word >>> 14)) >>> 0) / 2 ** 32;
  };
  return Float32Array.from(
    { length },
    () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
  );
}

/** The numbers from 0 to length - 1 in random order. */
export function shuffled(length, seed) {
  const order = Int32Array.from({ length }, (_, i) => i);
  const keys = normals(length, seed);
  return order.sort((a, b) => keys[a] - keys[b]);
}
