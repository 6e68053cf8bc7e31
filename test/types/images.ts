/** Images as users write them. Compiling this file is the test. */
import { batchNorm2d, conv1d, conv2d, conv3d, convTranspose2d, groupNorm, input, instanceNorm, param } from "./dsl.js";
import { sequential } from "./dsl.js";
import type { IntTensor, Tensor } from "./dsl.js";
import { is } from "./equal.js";

const image = input("image", ["batch", 3, 28, "width"]);
const weight = param("weight", [8, 3, 5, 5], 0);

// The build computes sizes, and "same" keeps them.
is<Tensor<readonly ["batch", 8, number, number]>>()(image.conv2d(weight, { stride: 2 }));
is<Tensor<readonly ["batch", 8, 28, "width"]>>()(image.conv2d(weight, { padding: "same" }));
is<Tensor<readonly ["batch", 8, number, number]>>()(conv2d("c", 3, 8, 5)(image));
is<Tensor<readonly ["batch", 8, 28, "width"]>>()(conv2d("c", 3, 8, 5, { padding: "same" })(image));
is<Tensor<readonly ["batch", 4, number]>>()(conv1d("c", 2, 4, 3)(input("s", ["batch", 2, 9])));
is<Tensor<readonly [1, 4, number, number, number]>>()(conv3d("c", 2, 4, 3)(input("v", [1, 2, 9, 9, 9])));
is<Tensor<readonly ["batch", 5, number, number]>>()(convTranspose2d("c", 3, 5, 2, { stride: 2 })(image));
is<Tensor<readonly ["batch", 3, number, number]>>()(image.maxPool2d(2));
is<IntTensor<readonly ["batch", 3, number, number]>>()(image.maxPool2d(2, { returnIndices: true }).indices);
is<Tensor<readonly ["batch", 3, number, number]>>()(image.upsample({ scaleFactor: 2 }));
is<Tensor<readonly ["batch", 3, 28, "width"]>>()(batchNorm2d("n", 3)(image));
is<Tensor<readonly ["batch", 3, 28, "width"]>>()(groupNorm("n", 3, 3)(image));
is<Tensor<readonly [8, number, number, number]>>()(conv2d("c", 3, 8, 5).weight);
is<Tensor<readonly [8]>>()(conv2d("c", 3, 8, 5).bias);
is<Tensor<[3]>>()(batchNorm2d("n", 3).runningMean);

// What an option leaves out is not there, and channels must fit.
{
  // @ts-expect-error there is no bias
  void conv2d("c", 3, 8, 5, { bias: false }).bias;
  // @ts-expect-error there are no running statistics
  void batchNorm2d("n", 3, { trackRunningStatistics: false }).runningMean;
  // @ts-expect-error there is no weight by default
  void instanceNorm("n", 3).weight;
  // @ts-expect-error the image has three channels
  void conv2d("c", 4, 8, 5)(image);
  // @ts-expect-error the image has two axes
  void conv1d("c", 3, 8, 5)(image);
  // @ts-expect-error there is no such mode
  void conv2d("c", 3, 8, 5, { paddingMode: "mirror" });
}

// Layers in sequence.
{
  const net = sequential(
    conv2d("first", 3, 8, 3, { padding: "same" }),
    batchNorm2d("norm", 8),
    (h) => h.relu(),
    conv2d("second", 8, 4, 3, { padding: "same" }),
  );
  is<Tensor<readonly ["batch", 4, 28, "width"]>>()(net(image));
}
