/** What schedules take, give and stand for. Compiling this file is the test. */
import {
  adam,
  chainedScheduler,
  constantLR,
  cosineAnnealingLR,
  cyclicLR,
  exponentialLR,
  lambdaLR,
  multiplicativeLR,
  oneCycleLR,
  reduceLROnPlateau,
  schedule,
  sequentialLR,
  sgd,
  stepLR,
  warmup,
  where,
} from "./dsl.js";
import type { CyclicSchedule, StatelessSchedule, HostNumber, Schedule, StatefulSchedule } from "./dsl.js";
import { is } from "./equal.js";

declare const t: HostNumber;

// What keeps nothing can be called; what may keep numbers is a schedule.
is<StatelessSchedule>()(stepLR(0.1, { stepSize: 30 }));
is<HostNumber>()(cosineAnnealingLR(0.1, { tMax: 10 })(t.div(100)));
is<Schedule>()(multiplicativeLR(0.1, () => 0.95));
is<Schedule>()(chainedScheduler([constantLR(0.1), exponentialLR(0.1, { gamma: 0.9 })]));
is<Schedule>()(sequentialLR([0.1, (now) => now.mul(0.1), reduceLROnPlateau(0.1)], { milestones: [5, 9] }));
is<Schedule>()(warmup(5, 0.1));
is<Schedule>()(warmup(5, reduceLROnPlateau(0.1), { startFactor: 0.1 }));

// A cycle is its rate, and has a momentum.
const cycle = oneCycleLR(0.1, { epochs: 3, stepsPerEpoch: 10, annealStrategy: "linear" });
is<CyclicSchedule>()(cycle);
is<StatelessSchedule>()(cycle.momentum);
is<HostNumber>()(cyclicLR(0.01, { maxLr: 0.1, scaleFn: (count) => count.pow(-1) }).momentum(t));
sgd({ lr: cycle, momentum: cycle.momentum, weightDecay: lambdaLR(0.1, (now) => now.mul(-1).exp()) });
adam({ lr: warmup(5, cycle), betas: [cycle.momentum, 0.999] });

// Numbers that are kept are known by name.
is<StatefulSchedule>()(
  schedule({
    shared: { best: 0, count: 0 },
    advance: ({ shared, metric }) => ({
      best: where(metric.gt(shared.best), metric, shared.best),
      count: shared.count.add(1),
    }),
    value: ({ next, t: now }) => next.count.mul(now),
  }),
);

// @ts-expect-error stepSize is missing
stepLR(0.1, {});
// @ts-expect-error the initial value comes first
stepLR({ stepSize: 3 });
// @ts-expect-error there is no such option
constantLR(0.1, { totalIter: 5 });
// @ts-expect-error nothing of this name is kept
schedule({ shared: { a: 1 }, advance: ({ shared }) => ({ a: shared.a }), value: ({ next }) => next.b });
