import { expect, test } from "vitest";
import { hyper } from "../../compiler/ops/hyper.js";
import { hostScalarOf } from "../../compiler/plan/demand.js";
import { evaluateScalar } from "../../compiler/ir/evaluate.js";
import { isStateful } from "../../compiler/optimizers/schedule.js";
import { make, reference } from "./calls.js";
import type { Schedule, Scalar } from "../../src/index.js";
import * as optimc from "../../src/index.js";

const leaf = (n: string) => hyper(n) as unknown as Scalar;
function trace(s: Schedule, metrics?: number[], tOf = (x: Scalar) => x): number[] {
  const t = tOf(leaf("t"));
  const out: number[] = [];
  if (!isStateful(s)) {
    const e = hostScalarOf(s(t) as never);
    for (let i = 0; i < 200; i++) out.push(evaluateScalar(e, { variable: () => i }));
    return out;
  }
  const shared = Object.fromEntries(Object.keys(s.shared).map((n) => [n, leaf(n)]));
  const metric = leaf("metric");
  const next = s.advance({ t, shared, metric });
  const value = hostScalarOf(s.value({ t, shared, metric, next }) as never);
  const nexts = Object.entries(next).map(([n, e]) => [n, hostScalarOf(e as never)] as const);
  let state: Record<string, number> = { ...s.shared };
  for (let i = 0; i < 200; i++) {
    const env = { variable: (n: string) => (n === "t" ? i : n === "metric" ? (metrics?.[i] ?? NaN) : state[n]!) };
    out.push(evaluateScalar(value, env));
    state = Object.fromEntries(nexts.map(([n, e]) => [n, evaluateScalar(e, env)]));
  }
  return out;
}
function worst(found: number[], wanted: number[]): string {
  let w = 0, at = -1;
  found.forEach((x, i) => {
    const r = x === wanted[i] ? 0 : Math.abs(x - wanted[i]!) / Math.abs(wanted[i]!);
    if (!(r <= w)) { w = r; at = i; }
  });
  return `${w.toExponential(1)} at ${at}: ${found[at]} for ${wanted[at]}`;
}
test("all", () => {
  for (const { call, lr, momentum } of reference.schedules) {
    const s = make(call);
    console.log(JSON.stringify(call).slice(0, 150), isStateful(s) ? "STATE" : "", worst(trace(s), lr), momentum ? worst(trace((s as never as optimc.Cycle).momentum), momentum) : "");
  }
  for (const { options, perEpoch, lr } of reference.fractions)
    console.log(JSON.stringify(options), worst(trace(optimc.cosineAnnealingWarmRestarts(0.1, options as never), [], (t) => t.div(perEpoch)), lr));
  for (const { metrics, options, lr } of reference.plateaus)
    console.log(metrics, JSON.stringify(options), worst(trace(optimc.reduceLROnPlateau(0.1, options), reference.metrics[metrics]), lr));
}, 100000);
