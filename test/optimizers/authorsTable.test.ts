/** The optimizers that PyTorch does not have, on a noisy quadratic with known steps. */
import { describe, test } from "vitest";
import { adabound, amsbound } from "../../library/optimizers/adabound.js";
import { adan } from "../../library/optimizers/adan.js";
import { lamb } from "../../library/optimizers/lamb.js";
import { lion } from "../../library/optimizers/lion.js";
import { scheduleFreeAdamW, scheduleFreeSGD } from "../../library/optimizers/scheduleFree.js";
import { swats } from "../../library/optimizers/swats.js";
import { eachTargetAndPrecision } from "../targets.js";
import { follow, vector, type Row } from "./quadratic.js";

const rows: Readonly<Record<string, Row>> = {
  adabound: {
    optimizer: () => adabound({ lr: 0.01, finalLr: 0.1, gamma: 0.05, weightDecay: 0.1 }),
    after: {
      1: [1.49000000185576, -1.99000000015623, 0.259999935463149],
      10: [1.31765909841239, -0.297794358751564, 0.226329274804453],
      100: [0.0148589703373522, -0.0167944968002227, 0.00815166455790774],
    },
  },
  amsbound: {
    optimizer: () => amsbound({ lr: 0.01, finalLr: 0.1, gamma: 0.05 }),
    after: {
      1: [1.49000000203489, -1.99000000015779, 0.259999957266267],
      10: [1.33049989374513, -0.311506533325234, 0.251589015326936],
      100: [0.0145836388666072, -0.0172689836532225, 0.0652203518895797],
    },
  },
  lion: {
    optimizer: () => lion({ lr: 0.01, weightDecay: 0.1 }),
    after: {
      1: [1.4885, -1.988, 0.25975],
      10: [1.3855161224121, -1.88053856251698, 0.227521379333835],
      100: [0.405109691807652, -0.857505765364508, -0.0971961783489167],
    },
  },
  lamb: {
    optimizer: () => lamb({ lr: 0.01, weightDecay: 0.1, debias: true, clampValue: 10 }),
    after: {
      1: [1.49535590537492, -1.99528571653955, 0.254396921260135],
      10: [1.46881489515505, -1.9684812399648, 0.252913965309366],
      100: [1.15274506316641, -1.64423445177428, 0.1596377154828],
    },
  },
  adan: {
    optimizer: () => adan({ lr: 0.01, weightDecay: 0.1 }),
    after: {
      1: [1.48851148857577, -1.98801198801697, 0.259740258390245],
      10: [1.38585709048947, -1.88070062544038, 0.241968374311227],
      100: [0.450763703369357, -0.885682127176816, 0.0809356871422291],
    },
  },
  scheduleFreeSGD: {
    optimizer: () => scheduleFreeSGD({ lr: 0.05, weightDecay: 0.1, warmupSteps: 5 }),
    after: {
      1: [1.48295969769413, -1.79758385316345, 0.2504899924966],
      10: [1.11855876794083, 0.0642095500987441, 0.236393165728192],
      100: [-0.121083474352877, -0.00236116279057093, 0.136757731659635],
    },
    evaluated: [-0.0964296335712197, -0.000464139886313631, 0.145413810512142],
  },
  scheduleFreeAdamW: {
    optimizer: () => scheduleFreeAdamW({ lr: 0.01, weightDecay: 0.1, warmupSteps: 5 }),
    after: {
      1: [1.49770000001287, -1.997600000001, 0.251949999729727],
      10: [1.44118586209826, -1.93870273513885, 0.230432960071307],
      100: [0.928327118179343, -1.39151728360172, 0.100445987143158],
    },
    evaluated: [0.974319541372925, -1.44156168907168, 0.111702134556261],
  },
  swats: {
    optimizer: () => swats({ lr: 0.01, switchTolerance: 1e-3 }),
    after: {
      1: [1.49000000020349, -1.99000000001578, 0.25999999572661],
      10: [1.47428859580972, -1.90306393894463, 0.26923740553127],
      100: [1.30929818685152, -0.49529997868237, 0.266009317934391],
    },
  },
};

describe.each(eachTargetAndPrecision)("on %s in %s", (_, precision, target) => {
  test.each(Object.entries(rows))("%s", (_, row) => follow(vector, row, precision, target));
});
