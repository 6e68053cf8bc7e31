/** Runs: what is trained on what, how runs end, and that they go on where they were. */
import { describe, expect, expectTypeOf, it, test, vi } from "vitest";
import { loadCheckpoint, saveCheckpoint } from "../../files/node.js";
import type { Store } from "../../files/store.js";
import {
  batches,
  type Callback,
  checkpoints,
  earlyStopping,
  evaluate,
  fit,
  type Progress,
  stream,
} from "../../train/default.js";
import { classifier, rows, type Classifier } from "./nets.js";

const data = rows(21);
const shuffledBatches = () => batches(data, { size: 8, shuffle: true, seed: 5 });

/** Files in memory. */
function store(): Store & { readonly files: Map<string, Uint8Array<ArrayBuffer>> } {
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  return {
    files,
    write: async (name, bytes) => void files.set(name, new Uint8Array(bytes)),
    read: async (name) => (files.has(name) ? new Blob([files.get(name)!]) : undefined),
    list: async () => [...files.keys()].sort(),
    remove: async (name) => void files.delete(name),
  };
}

/** What a loop written by hand does. */
function byHand(net: Classifier, epochs: number): { loss: number }[] {
  const history: { epoch: number; loss: number }[] = [];
  const bound = shuffledBatches().of!(net.shapes.functions["train"]!, net.dims);
  for (let epoch = 1; epoch <= epochs; epoch++) {
    let [sum, count] = [0, 0];
    for (const batch of bound.epoch(epoch) as Iterable<typeof data>) {
      sum += net.train(batch).loss * batch.labels.length;
      count += batch.labels.length;
    }
    history.push({ epoch, loss: sum / count });
  }
  return history;
}

describe("a run", () => {
  it("is the loop that one would write, bit for bit", async () => {
    const [net, other] = [classifier(), classifier()];
    const { history, ending, reason } = await fit(net, { data: shuffledBatches(), epochs: 4 });
    expect(history).toEqual(byHand(other, 4));
    expect(net.state()).toEqual(other.state());
    expect([ending, reason]).toEqual(["finished", undefined]);
  });

  it("learns", async () => {
    const net = classifier();
    const { history } = await fit(net, { data: shuffledBatches(), epochs: 60 });
    expect(history.at(-1)!["loss"]).toBeLessThan(0.5 * history[0]!["loss"]!);
  });

  it("measures after each epoch, over more rows than a call takes", async () => {
    const net = classifier();
    const seen: unknown[] = [];
    const { history } = await fit(net, {
      data: shuffledBatches(),
      epochs: 2,
      measure: { validation: { run: "evaluate", data, numbers: { right: "sum" } } },
      callbacks: [
        {
          name: "look",
          epoch: async ({ net }) =>
            void seen.push(
              await evaluate(net as Classifier, { run: "evaluate", data, size: 3, numbers: { right: "sum" } }),
            ),
        },
      ],
    });
    for (const [at, record] of history.entries()) {
      const { loss, right } = seen[at] as { loss: number; right: number };
      expect(record["validation.loss"]).toBeCloseTo(loss, 5);
      expect(record["validation.right"]).toBe(right);
    }
    expect(Object.keys(history[0]!)).toEqual(["epoch", "loss", "validation.loss", "validation.right"]);
  });

  it("gives options to every call, and a plateau its metric after each epoch", async () => {
    const net = classifier({ plateau: true, lr: 0.5 });
    const spy = vi.fn(net.train);
    const spied = Object.assign(Object.create(net) as Classifier, { train: spy });
    await fit(spied, { data: shuffledBatches(), epochs: 3, metric: "loss" });
    const given = spy.mock.calls.map(([, options]) => options?.metric);
    expect(given.map((each) => each !== undefined)).toEqual([0, 0, 0, 1, 0, 0, 1, 0, 0].map(Boolean));
    const other = classifier();
    const rates = vi.fn(other.train);
    const watched = Object.assign(Object.create(other) as Classifier, { train: rates });
    await fit(watched, { data: shuffledBatches(), options: ({ step }) => ({ lr: 1 / (step + 1) }) });
    expect(rates.mock.calls.map(([, options]) => options)).toEqual([{ lr: 1 }, { lr: 1 / 2 }, { lr: 1 / 3 }]);
    await fit(watched, { data: shuffledBatches(), options: { lr: 0.25 } });
    expect(rates.mock.lastCall![1]).toEqual({ lr: 0.25 });
  });

  it("takes batches from a stream, and weights its means by their rows", async () => {
    const net = classifier();
    const parts = [rows(8), rows(3), rows(5)];
    for (const make of [
      () => parts,
      async function* () {
        yield* parts;
      },
    ]) {
      const { history } = await fit(net, { data: stream(make), run: "train", options: { lr: 0 } });
      const losses = parts.map((each) => net.train(each, { lr: 0 }).loss);
      expect(losses).toHaveLength(3);
      expect(history[0]!["loss"]).toBeGreaterThan(0);
    }
    const exact = { rows: [2, 1], loss: [4, 1] };
    const counted = { ...net, train: () => ({ loss: exact.loss.shift()! }) } as unknown as Classifier;
    const of = stream(() => exact.rows.map((count) => rows(count)));
    expect((await fit(counted, { data: of })).history).toEqual([{ epoch: 1, loss: 3 }]);
  });

  it("closes a stream that it does not need to its end", async () => {
    let closed = 0;
    const data = stream(function* () {
      try {
        for (;;) yield rows(4);
      } finally {
        closed++;
      }
    });
    const stop: Callback = { name: "stop", step: (run) => (run.step === 5 ? run.stop("enough") : undefined) };
    const { ending, reason } = await fit(classifier(), { data, callbacks: [stop] });
    expect([ending, reason, closed]).toEqual(["stopped", "enough", 1]);
  });
});

describe("callbacks", () => {
  it("are told of everything, in order, and once of the end", async () => {
    const told: string[] = [];
    const tell = (name: string): Callback => ({
      name,
      start: () => void told.push(`${name} start`),
      step: (run) => void told.push(`${name} step ${run.epoch}.${run.batch} of ${run.batches}`),
      epoch: async (run, record) => void told.push(`${name} epoch ${record.epoch} ${run.epoch} ${run.history.length}`),
      after: async (_, record) => void (record && told.push(`${name} after`)),
      end: (_, ending) => void told.push(`${name} ${ending}`),
    });
    await fit(classifier(), { data: batches(rows(10), { size: 5 }), epochs: 1, callbacks: [tell("a"), tell("b")] });
    expect(told).toEqual([
      "a start", "b start",
      "a step 1.1 of 2", "b step 1.1 of 2", "a step 1.2 of 2", "b step 1.2 of 2",
      "a epoch 1 1 1", "b epoch 1 1 1", "a after", "b after",
      "a finished", "b finished",
    ]); // prettier-ignore
  });

  it.each(["start", "step", "epoch", "after", "end"] as const)(
    "that throw in %s end the run, and the others hear of it",
    async (where) => {
      const ends: string[] = [];
      const listener: Callback = { name: "listener", end: (_, ending) => void ends.push(ending) };
      const thrower = { name: "thrower", [where]: () => { throw new Error("no"); } } as Callback; // prettier-ignore
      const net = classifier();
      await expect(fit(net, { data: shuffledBatches(), callbacks: [thrower, listener] })).rejects.toThrow("no");
      expect(ends).toEqual([where === "end" ? "finished" : "failed"]);
      const rejecter = { name: "rejecter", [where]: () => Promise.reject(new Error("not")) } as Callback;
      await expect(fit(net, { data: shuffledBatches(), callbacks: [listener, rejecter] })).rejects.toThrow("not");
    },
  );

  it("that the net refuses end it too, after the last whole step", async () => {
    const net = classifier();
    const data = stream(() => [rows(4), { x: new Float32Array(3), labels: [9] }]);
    await expect(fit(net, { data: data as never })).rejects.toThrow(/input 'labels'/);
    expect(net.state().functions["train"]!.step).toBe(1);
  });
});

describe("a signal", () => {
  it("ends the run after the step that it comes in", async () => {
    const net = classifier();
    const control = new AbortController();
    const abort: Callback = { name: "abort", step: (run) => (run.step === 4 ? control.abort("by hand") : undefined) };
    const { ending, reason, progress } = await fit(net, {
      data: shuffledBatches(),
      epochs: 9,
      callbacks: [abort],
      signal: control.signal,
    });
    expect([ending, reason]).toEqual(["aborted", "by hand"]);
    expect([progress.epoch, progress.batch, progress.step]).toEqual([2, 1, 4]);
    expect(net.state().functions["train"]!.step).toBe(4);
    const none = await fit(net, { data: shuffledBatches(), signal: control.signal });
    expect([none.ending, none.history]).toEqual(["aborted", []]);
  });

  it("comes through while the run goes on, and so do timers", async () => {
    const control = new AbortController();
    setTimeout(() => control.abort(), 30);
    const { ending } = await fit(classifier(), { data: shuffledBatches(), epochs: 1e9, signal: control.signal });
    expect(ending).toBe("aborted");
  });
});

describe("going on", () => {
  const options = () => ({
    data: shuffledBatches(),
    epochs: 6,
    metric: "validation.loss",
    measure: { validation: { run: "evaluate", data: rows(9) } as const },
  });

  test.each([1, 2, 3, 4, 7, 11, 17])(
    "from step %i is the whole run, bit for bit, through a checkpoint",
    async (cut) => {
      const make = () => classifier({ plateau: true, lr: 0.3 });
      const whole = make();
      const uncut = await fit(whole, { ...options(), callbacks: [earlyStopping({ patience: 2 })] });
      const net = make();
      const stop: Callback = { name: "stop", step: (run) => (run.step === cut ? run.stop("cut") : undefined) };
      let bytes: Uint8Array | undefined;
      const save: Callback = { name: "write", after: (run) => { if (run.step === cut) bytes = saveCheckpoint(run.net, run.progress()); } }; // prettier-ignore
      await fit(net, { ...options(), callbacks: [earlyStopping({ patience: 2, restore: true }), stop, save] });
      const other = make();
      other.train(rows(3));
      const progress = (await loadCheckpoint(other, bytes!)) as Progress;
      const rest = await fit(other, { ...options(), callbacks: [earlyStopping({ patience: 2 })], resume: progress });
      expect(rest.history).toEqual(uncut.history);
      expect([rest.ending, rest.reason]).toEqual([uncut.ending, uncut.reason]);
      expect(other.state()).toEqual(whole.state());
    },
  );

  it("with more epochs goes on from the end", async () => {
    const [net, other] = [classifier(), classifier()];
    const { progress } = await fit(net, { data: shuffledBatches(), epochs: 2 });
    const { history } = await fit(net, { data: shuffledBatches(), epochs: 5, resume: progress });
    expect(history).toEqual((await fit(other, { data: shuffledBatches(), epochs: 5 })).history);
    expect(net.state()).toEqual(other.state());
    expect((await fit(net, { data: shuffledBatches(), epochs: 5, resume: { ...progress, epoch: 6 } })).ending).toBe(
      "finished",
    );
  });

  it("leaves out what a stream gave before", async () => {
    const make = () => stream(() => [rows(4), rows(5), rows(6), rows(7)]);
    const [net, other] = [classifier(), classifier()];
    const stop: Callback = { name: "stop", step: (run) => (run.step === 6 ? run.stop("cut") : undefined) };
    const { progress } = await fit(net, { data: make(), epochs: 3, callbacks: [stop] });
    const { history } = await fit(net, { data: make(), epochs: 3, resume: progress });
    expect(history).toEqual((await fit(other, { data: make(), epochs: 3 })).history);
    expect(net.state()).toEqual(other.state());
  });
});

describe("earlyStopping", () => {
  /** A net whose losses are given, and whose weight is the number of steps. */
  function scripted(losses: readonly number[]): Classifier {
    const net = classifier();
    const train = net.train.bind(net);
    let at = 0;
    return Object.assign(Object.create(net) as Classifier, {
      train: (...given: Parameters<typeof train>) => {
        train(...given);
        net.parameters["a.weight"].fill(++at);
        return { loss: losses[at - 1]! };
      },
    });
  }
  const one = () => batches(rows(8), { size: 8 });
  const weight = (net: Classifier): number => net.parameters["a.weight"][0]!;

  it("ends after epochs without improvement, and takes the net back to its best", async () => {
    const net = scripted([5, 3, 4, 3, 3.5, 1]);
    const { ending, reason, history } = await fit(net, {
      data: one(),
      epochs: 6,
      callbacks: [earlyStopping({ patience: 3 })],
    });
    expect([ending, reason, history.length]).toEqual([
      "stopped",
      "the loss has been no better than in epoch 2 for 3 epochs",
      5,
    ]);
    expect(weight(net)).toBe(2);
    expect(net.state().functions["train"]!.step).toBe(2);
  });

  it("does so however the run ends", async () => {
    const finished = scripted([5, 3, 4]);
    await fit(finished, { data: one(), epochs: 3, callbacks: [earlyStopping()] });
    expect(weight(finished)).toBe(2);
    const control = new AbortController();
    const aborted = scripted([5, 3, 4, 4]);
    const abort: Callback = { name: "abort", step: (run) => (run.step === 4 ? control.abort() : undefined) };
    await fit(aborted, { data: one(), epochs: 9, callbacks: [earlyStopping(), abort], signal: control.signal });
    expect(weight(aborted)).toBe(2);
    const failed = scripted([5, 3, 4, 4]);
    const fail: Callback = { name: "fail", step: (run) => { if (run.step === 4) throw new Error("no"); } }; // prettier-ignore
    await expect(fit(failed, { data: one(), epochs: 9, callbacks: [earlyStopping(), fail] })).rejects.toThrow("no");
    expect(weight(failed)).toBe(2);
  });

  it("ends where the loss is NaN, and can leave the net as it is", async () => {
    const net = scripted([5, 3, NaN, 1]);
    const { ending, reason } = await fit(net, { data: one(), epochs: 4, callbacks: [earlyStopping()] });
    expect([ending, reason, weight(net)]).toEqual(["stopped", "the loss is NaN", 2]);
    const left = scripted([5, 3, 4, 4, 4]);
    await fit(left, { data: one(), epochs: 5, callbacks: [earlyStopping({ restore: false })] });
    expect(weight(left)).toBe(5);
  });

  it("watches what it is told to: the most, a least difference, a measured number", async () => {
    const most = scripted([1, 3, 2, 2, 2]);
    await fit(most, { data: one(), epochs: 5, callbacks: [earlyStopping({ mode: "max" })] });
    expect(weight(most)).toBe(2);
    const little = scripted([5, 4.9, 4.8, 4.7, 1]);
    await fit(little, { data: one(), epochs: 5, callbacks: [earlyStopping({ minDelta: 0.5 })] });
    expect(weight(little)).toBe(1);
    const unknown = fit(scripted([1]), { data: one(), callbacks: [earlyStopping({ metric: "validation.los" })] });
    await expect(unknown).rejects.toThrow("metric: expected epoch, loss, found validation.los");
  });

  it("refuses options that it has not", () => {
    for (const [options, words] of [
      [{ patience: 0 }, "patience: expected a whole number from 1, found 0"],
      [{ mode: "least" }, "mode: expected 'min' or 'max', found least"],
      [{ minDelta: NaN }, "minDelta: expected a number from 0, found NaN"],
      [{ patients: 3 }, "earlyStopping: expected metric, mode, patience, minDelta, restore, found 'patients'"],
    ] as const)
      expect(() => earlyStopping(options as never)).toThrow(words);
  });
});

describe("checkpoints", () => {
  it("keep the last ones and the best, and a run goes on from them bit for bit", async () => {
    const files = store();
    const net = classifier();
    const options = {
      data: shuffledBatches(),
      epochs: 8,
      measure: { validation: { run: "evaluate", data: rows(9) } as const },
    };
    const runs = checkpoints(files, { keep: 2, best: "validation.loss" });
    expect(await runs.latest(net)).toBeUndefined();
    const stop: Callback = { name: "stop", step: (run) => (run.step === 16 ? run.stop("killed") : undefined) };
    const { history } = await fit(net, { ...options, callbacks: [runs, stop] });
    expect([...files.files.keys()].sort()).toEqual([
      "best.safetensors",
      "step-000000012.safetensors",
      "step-000000015.safetensors",
    ]);

    const best = classifier();
    const progress = await runs.best(best);
    const losses = history.map((each) => each["validation.loss"]!);
    expect(progress!.history).toHaveLength(losses.indexOf(Math.min(...losses)) + 1);
    expect((await evaluate(best, { run: "evaluate", data: rows(9) }))["loss"]).toBe(Math.min(...losses));

    const [other, whole] = [classifier(), classifier()];
    const again = checkpoints(files, { keep: 2, best: { metric: "validation.loss" } });
    await fit(other, { ...options, callbacks: [again], resume: await again.latest(other) });
    await fit(whole, options);
    expect(other.state()).toEqual(whole.state());
    expect([...files.files.keys()].sort()).toEqual([
      "best.safetensors",
      "step-000000021.safetensors",
      "step-000000024.safetensors",
    ]);
  });

  it("are written within an epoch too", async () => {
    const files = store();
    const runs = checkpoints(files, { every: 2, keep: 9 });
    const [net, other] = [classifier(), classifier()];
    await fit(net, { data: shuffledBatches(), epochs: 3, callbacks: [runs] });
    expect([...files.files.keys()].map((name) => Number(name.slice(5, 14)))).toEqual([2, 4, 6, 8]);
    await fit(other, { data: shuffledBatches(), epochs: 3, callbacks: [runs], resume: await runs.latest(other) });
    expect(other.state()).toEqual(net.state());
  });

  it("are refused by a net of another graph", async () => {
    const files = store();
    const runs = checkpoints(files);
    await fit(classifier(), { data: shuffledBatches(), callbacks: [runs] });
    await expect(runs.latest(classifier({ plateau: true }))).rejects.toThrow(/other graphs of train/);
    expect(() => checkpoints(files, { every: 0 })).toThrow("every: expected a whole number from 1, found 0");
    expect(() => checkpoints(files, { keep: 0 })).toThrow("keep: expected a whole number from 1, found 0");
  });
});

describe("what cannot be a run is refused before it begins", () => {
  const net = classifier();
  test.each([
    [{ data: shuffledBatches(), epoch: 3 }, /^fit: expected data, epochs, .*, found 'epoch'$/],
    [{ data: shuffledBatches(), epochs: 0 }, "epochs: expected a whole number from 1, found 0"],
    [{ data: shuffledBatches(), run: "trian" }, "run: expected train, evaluate, predict, found trian"],
    [{ data: shuffledBatches(), run: "evaluate" }, "run: expected a function that trains, found evaluate"],
    [{ data: batches(data, { size: 9 }) }, "size: expected at most 8, the capacity, found 9"],
    [{ data: batches({ ...data, y: [1] }, { size: 8 }) }, "data 'y': expected x, labels, found none"],
    [
      { data: batches({ x: new Float32Array(10), labels: [1] }, { size: 8 }) },
      "data 'x': expected rows of 3 numbers, found 10 numbers",
    ],
    [
      { data: batches({ x: new Float32Array(6), labels: [1] }, { size: 8 }) },
      "data 'labels': expected 2 rows, found 1",
    ],
    [
      { data: shuffledBatches(), callbacks: [earlyStopping(), earlyStopping()] },
      "callbacks: expected names of their own, found earlyStopping, earlyStopping",
    ],
    [{ data: shuffledBatches(), metric: "los" }, "metric: expected epoch, loss, found los"],
    [{ data: stream(() => []) }, "data: expected at least one batch in an epoch, found none in epoch 1"],
  ])("%#", async (options, words) => {
    const before = net.state().parameters;
    await expect(fit(net, options as never)).rejects.toThrow(words);
    if (!("metric" in options)) expect(net.state().parameters).toEqual(before);
  });
});

test("types", () => {
  const net = classifier();
  const check = async () => {
    const { history } = await fit(net, { data: batches(data, { size: 8 }), options: { lr: 1 } });
    expectTypeOf(history[0]!.epoch).toEqualTypeOf<number>();
    await fit(net, { run: "train", data: batches({ x: [[1, 2, 3]], labels: [1] }, { size: 8 }) });
    // @ts-expect-error -- an input is missing
    await fit(net, { data: batches({ x: data.x }, { size: 8 }) });
    // @ts-expect-error -- predict takes no labels as x
    await fit(net, { data: batches({ x: data.labels, labels: data.labels }, { size: 8 }) });
    // @ts-expect-error -- there is no such option
    await fit(net, { data: batches(data, { size: 8 }), options: { rate: 1 } });
    // @ts-expect-error -- there is no such function
    await fit(net, { run: "fit", data: batches(data, { size: 8 }) });
    // @ts-expect-error -- there is no such function to measure
    await fit(net, { data: batches(data, { size: 8 }), measure: { validation: { run: "validate", data } } });
  };
  expect(check).toBeTypeOf("function");
});
