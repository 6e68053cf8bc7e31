/**
 * Files that were changed in random places, from a fixed seed: each is read or refused with our error, and a refused load
 * changes nothing. OPTIMC_RUNS=10 has a million. With OPTIMC_VERDICTS=FILE the first of them and what became of each are
 * written there, for test/reference/verdicts.py to compare with what Python's package makes of them.
 */
import { writeFileSync } from "node:fs";
import { expect, it } from "vitest";
import {
  FileError,
  loadWeights,
  openSafetensors,
  readNpy,
  saveWeights,
  writeNpy,
  writeSafetensors,
} from "../../files/node.js";
import { type AnyInstance, javascriptProgram } from "../../runtime/node.js";
import { runs } from "../runs.js";
import { linear } from "../runtime/linear.js";
import { mutated, randomly } from "./mutate.js";
import { bytesOf, recorded } from "./recorded.js";

const { numRuns: rounds, seed } = runs(100_000, 1);

const net = javascriptProgram<AnyInstance>(linear).createSync({ seed: 1 });
const files = [
  saveWeights(net),
  ...recorded.safetensors.map(({ file }) => bytesOf(file)),
  writeSafetensors(new Map([["a", { shape: [2], data: Float32Array.of(1, 2) }]]), { format: "pt" }),
];

/** Whether the file opens; whatever else it is refused for is our error. */
async function opens(bytes: Uint8Array): Promise<boolean> {
  try {
    const file = await openSafetensors(bytes);
    for (const name of file.tensors.keys())
      await file.read(name).catch((error: unknown) => expect(error).toBeInstanceOf(FileError));
    return true;
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    return false;
  }
}

it("a changed file of tensors is read, or refused", async () => {
  const random = randomly(seed);
  const verdicts: Buffer[] = [];
  const counts = { opened: 0, refused: 0, loaded: 0 };
  for (let round = 0; round < rounds; round++) {
    const bytes = mutated(random.pick(files), random);
    const opened = await opens(bytes);
    counts[opened ? "opened" : "refused"]++;
    if (process.env["OPTIMC_VERDICTS"]) {
      const length = Buffer.alloc(5);
      length.writeUInt32LE(bytes.length);
      verdicts.push(Buffer.from(length.with(4, Number(opened))), Buffer.from(bytes));
    }
    if (round % 10 > 0 && !opened) continue;
    const before = net.state();
    try {
      await loadWeights(net, bytes);
      counts.loaded++;
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      expect(net.state()).toEqual(before);
    }
  }
  if (process.env["OPTIMC_VERDICTS"]) writeFileSync(process.env["OPTIMC_VERDICTS"], Buffer.concat(verdicts));
  for (const each of Object.values(counts)) expect(each).toBeGreaterThan(rounds / 1000);
});

it("a changed file of NumPy's is read, or refused", () => {
  const random = randomly(seed);
  const arrays = [
    ...recorded.npy.map(({ file }) => bytesOf(file)),
    writeNpy({ shape: [2], data: new Float32Array(2) }),
  ];
  let read = 0;
  for (let round = 0; round < rounds; round++) {
    const bytes = random.pick(arrays).slice();
    for (let more = 1 + random.below(3); more > 0; more--) bytes[random.below(bytes.length)] = random.below(128);
    try {
      const { shape, data } = readNpy(random.below(4) ? bytes : bytes.subarray(0, random.below(bytes.length)));
      expect(data).toHaveLength(shape.reduce((product, size) => product * size, 1));
      read++;
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
    }
  }
  expect(read).toBeGreaterThan(rounds / 50);
});
