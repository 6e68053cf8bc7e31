/** The optimizers of torch.optim, on a noisy quadratic with known steps: a vector, and a matrix. */
import { describe, test } from "vitest";
import { adadelta } from "../../library/optimizers/adadelta.js";
import { adafactor } from "../../library/optimizers/adafactor.js";
import { adagrad } from "../../library/optimizers/adagrad.js";
import { adamax } from "../../library/optimizers/adamax.js";
import { adam, adamw } from "../../library/optimizers/adam.js";
import { asgd } from "../../library/optimizers/asgd.js";
import { muon } from "../../library/optimizers/muon.js";
import { nadam } from "../../library/optimizers/nadam.js";
import { radam } from "../../library/optimizers/radam.js";
import { rmsprop } from "../../library/optimizers/rmsprop.js";
import { rprop } from "../../library/optimizers/rprop.js";
import { sgd } from "../../library/optimizers/sgd.js";
import { eachTargetAndPrecision } from "../targets.js";
import { follow, vector, type Problem, type Row } from "./quadratic.js";

const rows: Readonly<Record<string, Row>> = {
  "sgd({ lr: 0.05 })": {
    optimizer: () => sgd({ lr: 0.05 }),
    after: {
      1: [1.42229848847066, -0.997919265817264, 0.253699962483002],
      10: [0.904582493529767, 0.00099342619006626, 0.241057608544323],
      100: [0.00881210849740958, -0.0059265517198056, 0.148516988519435],
    },
  },
  "sgd({ lr: 0.05, momentum: 0.9 })": {
    optimizer: () => sgd({ lr: 0.05, momentum: 0.9 }),
    after: {
      1: [1.42229848847066, -0.997919265817264, 0.253699962483002],
      10: [-0.458401762040559, -0.15318581703363, 0.225336757417483],
      100: [-0.00240861588233941, -0.00740593035598091, -0.00597548038340614],
    },
  },
  "sgd({ lr: 0.05, momentum: 0.9, dampening: 0.3, weightDecay: 0.1 })": {
    optimizer: () => sgd({ lr: 0.05, momentum: 0.9, dampening: 0.3, weightDecay: 0.1 }),
    after: {
      1: [1.41479848847066, -0.987919265817264, 0.252449962483002],
      10: [-0.257537824883592, -1.22897071533516, 0.202888608283167],
      100: [0.010143616753168, -0.0101554152221966, -0.00167164721705735],
    },
  },
  "sgd({ lr: 0.05, momentum: 0.9, nesterov: true, weightDecay: 0.1 })": {
    optimizer: () => sgd({ lr: 0.05, momentum: 0.9, nesterov: true, weightDecay: 0.1 }),
    after: {
      1: [1.33811712809425, -0.077046605052802, 0.254654928717704],
      10: [-0.444082773706613, 0.0393757527636995, 0.167326277024811],
      100: [0.00415106193736881, -0.0162324204530711, -0.00936704829913495],
    },
  },
  "adam({ lr: 0.01 })": {
    optimizer: () => adam({ lr: 0.01 }),
    after: {
      1: [1.49000000006435, -1.99000000000499, 0.259999998648635],
      10: [1.40032331589899, -1.90018394359147, 0.251589062033566],
      100: [0.638248179935292, -1.09856553528591, 0.061127852387291],
    },
  },
  "adam({ lr: 0.01, weightDecay: 0.1, amsgrad: true })": {
    optimizer: () => adam({ lr: 0.01, weightDecay: 0.1, amsgrad: true }),
    after: {
      1: [1.49000000005868, -1.99000000000494, 0.259999997959153],
      10: [1.40030728420439, -1.90018377944873, 0.22826942728495],
      100: [0.63810430494856, -1.09856431483316, 0.00710092363761929],
    },
  },
  "adamw({ lr: 0.01, weightDecay: 0.1 })": {
    optimizer: () => adamw({ lr: 0.01, weightDecay: 0.1 }),
    after: {
      1: [1.48850000006435, -1.98800000000499, 0.259749998648635],
      10: [1.38587435315697, -1.88075680099883, 0.249069497118174],
      100: [0.55924536430058, -0.972396269692596, 0.0540788416159655],
    },
  },
  "nadam({ lr: 0.01, weightDecay: 0.1 })": {
    optimizer: () => nadam({ lr: 0.01, weightDecay: 0.1 }),
    after: {
      1: [1.48943548227844, -1.98943548222167, 0.260564515627497],
      10: [1.42037393813982, -1.91977672724194, 0.221018843778425],
      100: [0.686962121737797, -1.14550257165698, 0.00907766173352238],
    },
  },
  "nadam({ lr: 0.01, weightDecay: 0.1, decoupledWeightDecay: true })": {
    optimizer: () => nadam({ lr: 0.01, weightDecay: 0.1, decoupledWeightDecay: true }),
    after: {
      1: [1.48793548228443, -1.98743548222172, 0.260314516355902],
      10: [1.40599470707184, -1.90036804375347, 0.236952827252521],
      100: [0.606817261793751, -1.01869759573166, 0.0524911177890686],
    },
  },
  "radam({ lr: 0.01, weightDecay: 0.1 })": {
    optimizer: () => radam({ lr: 0.01, weightDecay: 0.1 }),
    after: {
      1: [1.48295969769413, -1.79758385316345, 0.2504899924966],
      10: [1.41705586557395, -1.09300652516555, 0.248606699359076],
      100: [1.28498341913063, -0.967822636709017, 0.178449186071895],
    },
  },
  "adamax({ lr: 0.01, weightDecay: 0.1 })": {
    optimizer: () => adamax({ lr: 0.01, weightDecay: 0.1 }),
    after: {
      1: [1.49000000005868, -1.99000000000494, 0.259999997959153],
      10: [1.40462584756565, -1.90090994098818, 0.242132672208843],
      100: [0.729831684910353, -1.15496023336344, 0.0546285401635675],
    },
  },
  "adagrad({ lr: 0.1, lrDecay: 0.01, weightDecay: 0.1, initialAccumulatorValue: 0.2 })": {
    optimizer: () => adagrad({ lr: 0.1, lrDecay: 0.01, weightDecay: 0.1, initialAccumulatorValue: 0.2 }),
    after: {
      1: [1.40327558854053, -1.90002439780421, 0.260891386786675],
      10: [1.05770959269127, -1.53881536695685, 0.177741124673794],
      100: [0.386976017129771, -0.785090177225174, 0.0246439921287447],
    },
  },
  "adadelta({ weightDecay: 0.1 })": {
    optimizer: () => adadelta({ weightDecay: 0.1 }),
    after: {
      1: [1.49683772778504, -1.99683772237842, 0.253155712624627],
      10: [1.46699682021198, -1.96645855170767, 0.235746600420686],
      100: [1.13533810635874, -1.62403359670809, 0.114406026267687],
    },
  },
  "rmsprop({ lr: 0.01 })": {
    optimizer: () => rmsprop({ lr: 0.01 }),
    after: {
      1: [1.40000000643488, -1.90000000049896, 0.349999864863677],
      10: [1.03403295267644, -1.52003124002754, 0.197331289236987],
      100: [0.153988573191052, -0.450629189358734, 0.00839013589928811],
    },
  },
  "rmsprop({ lr: 0.01, centered: true, momentum: 0.5, weightDecay: 0.1 })": {
    optimizer: () => rmsprop({ lr: 0.01, centered: true, momentum: 0.5, weightDecay: 0.1 }),
    after: {
      1: [1.3994962244018, -1.8994962189731, 0.350503575380124],
      10: [0.668427485435428, -1.12807199777802, 0.0542331105384439],
      100: [0.00289602313484558, -0.0119874498511072, -0.0214293904840231],
    },
  },
  "rprop({ lr: 0.01 })": {
    optimizer: () => rprop({ lr: 0.01 }),
    after: {
      1: [1.49, -1.99, 0.26],
      10: [1.24041317888, -1.74041317888, 0.25232],
      100: [-0.00868067136510605, -0.000965745672656905, 0.248427841460326],
    },
  },
  "asgd({ lr: 0.05, lambd: 0.01, t0: 20, weightDecay: 0.1 })": {
    optimizer: () => asgd({ lr: 0.05, lambd: 0.01, t0: 20, weightDecay: 0.1 }),
    after: {
      1: [1.41404848847066, -0.986919265817264, 0.252324962483002],
      10: [0.854690069280166, 0.00113491520197059, 0.228082963181604],
      100: [0.00543692812327381, -0.00571455111363439, 0.0851403901545569],
    },
    state: { ax: [0.0984119092652275, -3.05936079741865e-5, 0.137689534730045] },
  },
  "adafactor({ lr: 0.01, weightDecay: 0.1 })": {
    optimizer: () => adafactor({ lr: 0.01, weightDecay: 0.1 }),
    after: {
      1: [1.48399425401206, -1.98349425401206, 0.264255745987941],
      10: [1.3536652269682, -1.84730115172663, 0.225196272314332],
      100: [0.564691292006176, -0.982467293930435, 0.0669047946185542],
    },
  },
};

const matrix: Problem = { shape: [2, 3], start: [1, -2, 0.5, 0.25, 3, -1], factors: [1, 0.5, 0.2, 0.1, 0.3, 0.4] };

const matrices: Readonly<Record<string, Row>> = {
  "adafactor({ lr: 0.01, weightDecay: 0.1 })": {
    optimizer: () => adafactor({ lr: 0.01, weightDecay: 0.1 }),
    after: {
      1: [
        0.98128720142727, -1.98476728250516, 0.499441644802934, 0.250778103128326, 2.979124189312, -0.972133721037349,
      ],
      10: [
        0.819709546248316, -1.84980000227714, 0.453737484964511, 0.237870289593131, 2.80287123881336,
        -0.753962854661172,
      ],
    },
  },
  "muon({ lr: 0.02, weightDecay: 0.1 })": {
    optimizer: () => muon({ lr: 0.02, weightDecay: 0.1 }),
    after: {
      1: [
        0.982647223948194, -1.990394385024, 0.502258023931289, 0.239289414101933, 2.97903565337989, -0.989438592035658,
      ],
      10: [
        0.830062780822948, -1.89853968145386, 0.516147623293944, 0.138441689432221, 2.80580822542821,
        -0.891517723023693,
      ],
    },
  },
};

describe.each(eachTargetAndPrecision)("on %s in %s", (_, precision, target) => {
  test.each(Object.entries(rows))("%s", (_, row) => follow(vector, row, precision, target));
  test.each(Object.entries(matrices))("a matrix: %s", (_, row) => follow(matrix, row, precision, target));
});
