/** `optimc/train/worker`: a net that lives in a worker, and trains there while the page stays free. */

import type { CreateOptions, Instance, LoadOptions, LoadReport, Module, ModelState } from "../runtime/types.js";
import { batches, type BatchOptions } from "./batches.js";
import { earlyStopping, type EarlyStoppingOptions } from "./earlyStopping.js";
import { fit, type FitOptions, type Fitted } from "./fit.js";
import type { EvaluateOptions } from "./evaluate.js";
import type { Callback, Columns, EpochRecord, FunctionName, InputsOf, Net, OptionsOf, Progress } from "./types.js";

/** A worker, or what a worker has of the page: of browsers, Deno and Bun, or of Node's `worker_threads`. */
export interface Port {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- as the platforms declare them
  postMessage(message: any, transfer?: any): void;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  addEventListener?(type: "message", listener: (event: any) => void): void;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  on?(type: "message", listener: (message: any) => void): unknown;
  start?(): void;
}

/** What has happened since the last update. */
export interface Update {
  readonly epoch: number;
  /** How many batches of the epoch are done, and how many it has. */
  readonly batch: number;
  readonly batches: number | undefined;
  readonly step: number;
  /** The loss of each batch. */
  readonly losses: readonly number[];
  /** The epochs that have ended. */
  readonly records: readonly EpochRecord[];
}

/** What `fit` of a remote net takes: that of `fit`, with columns in the place of batches. */
export interface RemoteFitOptions<N, F extends FunctionName<N> = FunctionName<N>>
  extends BatchOptions, Pick<FitOptions<N, F>, "epochs" | "run" | "metric" | "signal"> {
  readonly data: { readonly [K in keyof InputsOf<N, F>]: Columns[string] };
  readonly options?: OptionsOf<N, F>;
  readonly measure?: Readonly<Record<string, EvaluateOptions<N>>>;
  readonly resume?: Progress | undefined;
  readonly earlyStopping?: EarlyStoppingOptions;
  /** Whether the arrays of `data` are handed over, without a copy; they are then empty here. Default false. */
  readonly transfer?: boolean;
  /** Is told of the run at most once in 16 ms. */
  readonly onUpdate?: (update: Update) => void;
}

/** A net in a worker. */
export interface Remote<N> {
  fit<F extends FunctionName<N> = Extract<"train", FunctionName<N>>>(options: RemoteFitOptions<N, F>): Promise<Fitted>;
  /** Calls a function of the net. */
  call<F extends FunctionName<N>>(
    name: F,
    inputs: InputsOf<N, F>,
    options?: object,
  ): Promise<N[F] extends (...all: never[]) => infer R ? R : never>;
  /** A copy of everything that training changes: a net of the page takes it by `load`. */
  state(): Promise<ModelState>;
  load(state: ModelState, options?: LoadOptions): Promise<LoadReport>;
}

interface Request {
  readonly id: number;
  readonly kind: "create" | "fit" | "call" | "state" | "load" | "abort";
  readonly given: readonly unknown[];
}

type Answer =
  | { readonly id: number; readonly update: Update }
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: { readonly name: string; readonly message: string } };

function listen<T>(port: Port, hear: (message: T) => void): void {
  if (port.on) port.on("message", hear);
  else port.addEventListener?.("message", ({ data }: { data: T }) => hear(data));
  port.start?.();
}

/** The buffers of arrays, which are not used here any more. */
const buffersOf = (values: object): ArrayBufferLike[] => [
  ...new Set(Object.values(values).flatMap((each) => (ArrayBuffer.isView(each) ? [each.buffer] : []))),
];

/**
 * Makes a net in a worker that runs `serve`. Requests are answered in their order, but for training, between whose slices others
 * come; an error of the worker rejects as it would here. The net is made with `options`, as by `create`.
 */
export function connect<N>(worker: Port, options: Omit<CreateOptions, "module"> = {}): Remote<N> {
  let last = 0;
  const waiting = new Map<
    number,
    { resolve(result: unknown): void; reject(error: unknown): void; onUpdate?: ((update: Update) => void) | undefined }
  >();
  listen<Answer>(worker, (answer) => {
    const request = waiting.get(answer.id);
    if (!request) return;
    if ("update" in answer) return request.onUpdate?.(answer.update);
    waiting.delete(answer.id);
    if ("result" in answer) return request.resolve(answer.result);
    const { name, message } = answer.error;
    const error = name === "TypeError" ? new TypeError(message) : new Error(message);
    if (error.name !== name) error.name = name;
    request.reject(error);
  });
  const ask = <T>(
    kind: Request["kind"],
    given: readonly unknown[],
    transfer: readonly ArrayBufferLike[] = [],
    onUpdate?: (update: Update) => void,
  ): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      const id = ++last;
      waiting.set(id, { resolve: resolve as (result: unknown) => void, reject, onUpdate });
      worker.postMessage({ id, kind, given } satisfies Request, transfer);
    });
  const made = ask("create", [options]);
  // Each request reports it.
  made.catch(() => {});
  return {
    async fit({ signal, onUpdate, transfer, ...rest }) {
      await made;
      const running = ask<Fitted>(
        "fit",
        [rest, signal?.aborted ? String(signal.reason) : undefined],
        transfer ? buffersOf(rest.data) : [],
        onUpdate,
      );
      const id = last;
      const abort = (): void =>
        worker.postMessage({ id, kind: "abort", given: [String(signal?.reason)] } satisfies Request);
      signal?.addEventListener("abort", abort);
      return running.finally(() => signal?.removeEventListener("abort", abort));
    },
    call: async (name, inputs, given = {}) => made.then(() => ask("call", [name, inputs, given])),
    state: async () => made.then(() => ask("state", [])),
    load: async (state, given) => made.then(() => ask("load", [state, given])),
  };
}

/**
 * Serves a net of a module in a worker. In Node give it `parentPort` of `worker_threads`; elsewhere it finds the page by itself.
 */
export function serve<N extends Instance>(module: Module<N>, port: Port = globalThis as Partial<Port> as Port): void {
  let net: N | undefined;
  const running = new Map<number, AbortController>();

  const train = async (id: number, options: RemoteFitOptions<Net>, aborted?: string): Promise<Fitted> => {
    const { data, epochs, run, measure, metric, resume, options: given, earlyStopping: stopping, ...cut } = options;
    const control = new AbortController();
    running.set(id, control);
    if (aborted !== undefined) control.abort(aborted);
    let update = { losses: [] as number[], records: [] as EpochRecord[] };
    let told = performance.now();
    const tell: Callback = {
      name: "update",
      step({ epoch, batch, batches, step, last }) {
        if (typeof last["loss"] === "number") update.losses.push(last["loss"]);
        if (performance.now() - told >= 16) tell.end!({ epoch, batch, batches, step } as never, "finished");
      },
      epoch(_, record) {
        update.records.push(record);
      },
      end({ epoch, batch, batches, step }) {
        told = performance.now();
        port.postMessage({ id, update: { epoch, batch, batches, step, ...update } } satisfies Answer);
        update = { losses: [], records: [] };
      },
    };
    return fit(
      net as Net,
      {
        ...(epochs !== undefined && { epochs }),
        ...(run !== undefined && { run }),
        ...(measure && { measure }),
        ...(metric !== undefined && { metric }),
        ...(given && { options: given }),
        data: batches(data as Columns, cut),
        callbacks: [...(stopping ? [earlyStopping(stopping)] : []), tell],
        signal: control.signal,
        resume,
      } as FitOptions<Net, never>,
    );
  };

  const answer = async ({ id, kind, given }: Request): Promise<unknown> => {
    const [first, second, third] = given as readonly [never, never, never];
    if (kind === "create") return void (net = await module.create(first));
    if (!net) throw new Error("the net could not be made");
    if (kind === "fit") return train(id, first, second);
    if (kind === "state") return net.state();
    if (kind === "load") return net.load(first, second);
    return (net as Record<string, unknown> as Record<string, (...all: unknown[]) => unknown>)[first]!(second, third);
  };

  listen<Request>(port, (request) => {
    const { id, kind, given } = request;
    if (kind === "abort") {
      running.get(id)?.abort(given[0]);
      return;
    }
    answer(request).then(
      (result) => {
        // Results of calls are arrays that nobody else has.
        const own = kind === "call" ? buffersOf(result as object) : [];
        port.postMessage({ id, result } satisfies Answer, own);
        running.delete(id);
      },
      (error: unknown) => {
        const { name, message } = error instanceof Error ? error : new Error(String(error));
        port.postMessage({ id, error: { name, message } } satisfies Answer);
        running.delete(id);
      },
    );
  });
}
