/** A net in a worker: it answers as the net would, trains as `fit` does, tells of it, and hears while it trains. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { afterAll, describe, expect, it } from "vitest";
import { standalone } from "../../compiler/emit/standalone.js";
import { batches, earlyStopping, fit, type EpochRecord } from "../../train/default.js";
import { connect, serve, type Port, type Update } from "../../train/worker.js";
import { classifier, classifierModule, classifierParts, rows, type Classifier } from "./nets.js";

const open: { close(): void }[] = [];
afterAll(() => open.forEach((port) => port.close()));

/** A worker that is none: its port, as a page has it. */
function served(): Port {
  const { port1, port2 } = new MessageChannel();
  open.push(port1, port2);
  serve(classifierModule(), port1 as unknown as Port);
  return port2 as unknown as Port;
}

const data = () => rows(21);
const run = { size: 8, shuffle: true, seed: 5, epochs: 6 } as const;

describe("a remote net", () => {
  it("calls functions, gives its state, and takes one", async () => {
    const [remote, net] = [connect<Classifier>(served(), { seed: 3 }), classifier({ seed: 3 })];
    const { x, labels } = rows(4);
    expect(await remote.call("predict", { x })).toEqual(net.predict({ x }));
    expect(await remote.call("train", { x, labels }, { lr: 0.5 })).toEqual(net.train({ x, labels }, { lr: 0.5 }));
    expect(await remote.state()).toEqual(net.state());
    const other = classifier({ seed: 9 });
    expect(await remote.load(other.state())).toEqual(net.load(other.state()));
    expect(await remote.state()).toEqual(other.state());
  });

  it("trains as fit does, and tells of every loss and epoch once", async () => {
    const [remote, net] = [connect<Classifier>(served(), { seed: 1 }), classifier()];
    const updates: Update[] = [];
    const measure = { validation: { run: "evaluate", data: rows(9) } } as const;
    const stopping = { patience: 2, metric: "validation.loss" };
    const found = await remote.fit({
      data: data(), ...run, measure, earlyStopping: stopping, options: { lr: 0.3 },
      onUpdate: (update) => updates.push(update),
    }); // prettier-ignore
    const losses: number[] = [];
    const wanted = await fit(net, {
      data: batches(data(), { size: 8, shuffle: true, seed: 5 }),
      epochs: run.epochs,
      options: { lr: 0.3 },
      measure,
      callbacks: [
        earlyStopping(stopping),
        { name: "update", step: ({ last }) => void losses.push(last["loss"] as number) },
      ],
    });
    expect([found.history, found.ending, found.reason]).toEqual([wanted.history, wanted.ending, wanted.reason]);
    expect(updates.flatMap((each) => each.losses)).toEqual(losses);
    expect(updates.flatMap((each) => each.records)).toEqual(wanted.history as readonly EpochRecord[]);
    expect(await remote.state()).toEqual(net.state());
  });

  it("is aborted, answers meanwhile, and goes on where it was", async () => {
    const [remote, net] = [connect<Classifier>(served(), { seed: 1 }), classifier()];
    const control = new AbortController();
    const going = remote.fit({ data: data(), ...run, epochs: 1e6, signal: control.signal });
    const { x } = rows(2);
    expect((await remote.call("predict", { x })).label).toHaveLength(2);
    setTimeout(() => control.abort("enough"), 20);
    const { ending, reason, progress, history } = await going;
    expect([ending, reason]).toEqual(["aborted", "enough"]);
    const more = await remote.fit({ data: data(), ...run, epochs: history.length + 2, resume: progress });
    const whole = await fit(net, {
      data: batches(data(), { size: 8, shuffle: true, seed: 5 }),
      epochs: history.length + 2,
    });
    expect(more.history).toEqual(whole.history);
    const before = new AbortController();
    before.abort();
    expect((await remote.fit({ data: data(), ...run, signal: before.signal })).ending).toBe("aborted");
  });

  it("hands data over if it may", async () => {
    const remote = connect<Classifier>(served());
    const own = data();
    await remote.fit({ data: own, size: 8, transfer: true });
    expect([own.x.length, own.labels.length]).toEqual([0, 0]);
    const copied = data();
    await remote.fit({ data: copied, size: 8 });
    expect(copied.x.length).toBe(63);
  });

  it("rejects with the errors of the net and of its data", async () => {
    const remote = connect<Classifier>(served());
    await expect(remote.call("predict", { x: [1] as never })).rejects.toThrow(
      /^classifier.predict: input 'x': expected \[batch, 3\]/,
    );
    await expect(remote.fit({ data: { ...data(), labels: new Int32Array(2) }, ...run })).rejects.toThrow(
      new TypeError("data 'labels': expected 21 rows, found 2"),
    );
    await expect(remote.fit({ data: data(), ...run, sise: 3 } as never)).rejects.toThrow(/found 'sise'$/);
    const refused = connect<Classifier>(served(), { seed: -1 });
    await expect(refused.state()).rejects.toThrow(/seed/);
    await expect(refused.fit({ data: data(), ...run })).rejects.toThrow(/seed/);
  });
});

it("works in a thread of Node's", async () => {
  const folder = mkdtempSync(join(tmpdir(), "optimc-worker-"));
  try {
    const bundle = async (contents: string) =>
      (await build({ stdin: { contents, resolveDir: new URL("../..", import.meta.url).pathname }, bundle: true, write: false, format: "esm", external: ["node:*"], platform: "neutral" })).outputFiles[0]!.contents; // prettier-ignore
    writeFileSync(join(folder, "net.mjs"), await standalone(classifierParts()));
    writeFileSync(join(folder, "train.mjs"), await bundle(`export * from "./train/worker.ts";`));
    writeFileSync(
      join(folder, "worker.mjs"),
      `import { parentPort } from "node:worker_threads";
       import { serve } from "./train.mjs";
       import net from "./net.mjs";
       serve(net, parentPort);`,
    );
    const worker = new Worker(join(folder, "worker.mjs"));
    const [remote, net] = [connect<Classifier>(worker, { seed: 1 }), classifier()];
    const { history } = await remote.fit({ data: data(), ...run });
    await fit(net, { data: batches(data(), { size: 8, shuffle: true, seed: 5 }), epochs: run.epochs });
    expect(history).toHaveLength(run.epochs);
    expect(await remote.state()).toEqual(net.state());
    await worker.terminate();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

it.each([
  ["connect", 700],
  ["serve", 5000],
])("a page that uses %s loads little", async (what, limit) => {
  const { outputFiles } = await build({
    stdin: {
      contents: `export { ${what} } from "./train/worker.ts";`,
      resolveDir: new URL("../..", import.meta.url).pathname,
    },
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
  });
  const size = gzipSync(outputFiles[0]!.contents, { level: 9 }).length;
  if (process.env["SIZES"]) console.log(what, size);
  expect(size).toBeLessThanOrEqual(limit);
});
