/** What every environment runs: 200 steps, and a hash over everything that they changed. */

const steps = 200;
const noise = (length, salt) => Array.from({ length }, (_, i) => (((i + salt) * 7919) % 1009) / 504.5 - 1);

/** Trains an instance; its target, the loss at the ends, and the hash. */
export function train(instance) {
  const losses = Array.from({ length: steps }, (_, step) => {
    const rows = step % 3 ? 17 : 13;
    return instance.train({ x: noise(rows * 19, step % 7), labels: noise(rows, 0).map((value) => (value > 0 ? 3 : 1)) })
      .loss;
  });
  const predicted = instance.predict({ x: noise(11 * 19, 3) });
  const bytes = [...bytesOf(instance.state()), ...bytesOf(predicted), ...bytesOf(Float64Array.from(losses))];
  return {
    target: instance.target,
    first: losses[0],
    last: losses[steps - 1],
    bytes: bytes.length,
    hash: hashOf(bytes),
  };
}

/** All bytes of a tree of typed arrays and numbers, by name. */
function bytesOf(value) {
  if (ArrayBuffer.isView(value)) return [...new Uint8Array(value.buffer, value.byteOffset, value.byteLength)];
  if (typeof value === "number") return bytesOf(Float64Array.of(value));
  if (typeof value !== "object") return [];
  return Object.keys(value)
    .sort()
    .flatMap((name) => bytesOf(value[name]));
}

/** FNV-1a, of 64 bits. */
function hashOf(bytes) {
  let hash = 0xcbf29ce484222325n;
  for (const byte of bytes) hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn;
  return hash.toString(16).padStart(16, "0");
}
