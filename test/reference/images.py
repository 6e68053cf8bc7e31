"""Records what PyTorch computes of convolutions and pooling: images.json beside this file.

    .venv/bin/python test/reference/images.py

A case holds the arguments, the options as optimc names them, the value, and the gradients of sum(cotangent * value), all in
float64; inputs are those of record.py.
"""

import itertools

import torch
from record import VERSION, flat, wave, write
from torch.nn import functional

torch.set_num_threads(1)
CONV = {1: functional.conv1d, 2: functional.conv2d, 3: functional.conv3d}
SPREAD = {1: functional.conv_transpose1d, 2: functional.conv_transpose2d, 3: functional.conv_transpose3d}
cases = []


def tensor(shape, phase):
    return torch.tensor(wave(shape, phase), dtype=torch.float64).reshape(shape)


def record(operation, arguments, attributes, compute, differentiable=True):
    leaves = [each.clone().requires_grad_(True) for each in arguments]
    value = compute(*leaves)
    case = {
        "name": f"{operation} {[list(each.shape) for each in arguments]} {attributes}".replace("'", ""),
        "operation": operation,
        "arguments": [
            {"shape": list(each.shape), "element": "float", "data": flat(each)} for each in arguments
        ],
        "attributes": attributes,
        "value": {
            "shape": list(value.shape),
            "element": "float" if value.is_floating_point() else "int32",
            "data": flat(value),
        },
    }
    if differentiable:
        # With a mean, so that the gradients of biases do not cancel.
        cotangent = tensor(list(value.shape), 0.7) + 0.5
        (value * cotangent).sum().backward()
        case["cotangent"] = flat(cotangent)
        case["gradients"] = [flat(leaf.grad) for leaf in leaves]
    cases.append(case)


# Convolutions: sizes, kernels, stride, padding, dilation, groups.
SHAPES = [
    ([1, 1, 5], [1, 1, 1], {}),
    ([3, 2, 17], [5, 2, 3], {"stride": 2, "padding": 1}),
    ([1, 3, 5], [3, 3, 5], {"padding": 2}),
    ([2, 4, 9], [6, 2, 3], {"groups": 2, "dilation": 2, "stride": 3, "padding": 3}),
    ([1, 5, 9], [5, 1, 3], {"groups": 5, "padding": "same"}),
    ([2, 3, 8], [6, 1, 2], {"groups": 3, "padding": "same", "dilation": 3}),
    ([1, 2, 6], [3, 2, 4], {"padding": "same"}),
    ([1, 2, 6], [3, 2, 4], {"padding": "valid"}),
    ([1, 1, 1, 1], [1, 1, 1, 1], {}),
    ([3, 1, 5, 17], [5, 1, 3, 5], {"padding": [1, 2]}),
    ([2, 3, 7, 6], [4, 3, 3, 2], {"stride": [2, 1], "dilation": [1, 2]}),
    ([1, 3, 5, 5], [2, 3, 5, 5], {}),
    ([2, 4, 6, 5], [4, 2, 3, 3], {"groups": 2, "padding": 1, "stride": 3}),
    ([2, 3, 5, 7], [3, 1, 3, 3], {"groups": 3, "padding": 1}),
    ([1, 3, 5, 7], [6, 1, 2, 3], {"groups": 3, "stride": 2}),
    ([1, 2, 5, 6], [3, 2, 2, 4], {"padding": "same", "dilation": [2, 1]}),
    ([2, 5, 3, 3], [3, 5, 1, 1], {"stride": 2}),
    ([1, 2, 3, 4, 5], [2, 2, 2, 1, 3], {"padding": [1, 0, 2], "stride": [1, 2, 3]}),
    ([2, 2, 3, 3, 3], [2, 1, 3, 3, 3], {"groups": 2, "padding": "same"}),
]
for image, weight, options in SHAPES:
    rank = len(image) - 2
    both = [tensor(image, 0.0), tensor(weight, 1.0)]
    record(f"conv{rank}d", both, options, lambda x, w: CONV[rank](x, w, **options))
    biased = [*both, tensor([weight[0]], 2.0)]
    record(f"conv{rank}d", biased, options, lambda x, w, b: CONV[rank](x, w, b, **options))

TRANSPOSED = [
    ([1, 1, 3], [1, 1, 1], {}),
    ([3, 2, 5], [2, 3, 3], {"stride": 2, "padding": 1, "outputPadding": 1}),
    ([1, 4, 5], [4, 1, 3], {"groups": 2, "dilation": 2, "outputPadding": 1}),
    ([2, 3, 4], [3, 2, 5], {"stride": 3, "padding": 2, "dilation": 2, "outputPadding": 2}),
    ([1, 1, 1, 1], [1, 1, 3, 3], {}),
    ([2, 3, 3, 5], [3, 2, 2, 3], {"stride": [2, 1], "padding": [0, 1]}),
    ([1, 4, 3, 3], [4, 3, 3, 3], {"stride": 2, "padding": 1, "outputPadding": 1, "groups": 2}),
    ([2, 3, 4, 3], [3, 1, 2, 2], {"stride": 2, "groups": 3}),
    ([1, 2, 2, 3, 3], [2, 3, 2, 1, 3], {"stride": [2, 1, 3], "outputPadding": [1, 0, 2]}),
]
for image, weight, options in TRANSPOSED:
    rank = len(image) - 2
    own = {("output_padding" if name == "outputPadding" else name): value for name, value in options.items()}
    groups = options.get("groups", 1)
    both = [tensor(image, 0.0), tensor(weight, 1.0)]
    record(f"convTranspose{rank}d", both, options, lambda x, w: SPREAD[rank](x, w, **own))
    biased = [*both, tensor([weight[1] * groups], 2.0)]
    record(f"convTranspose{rank}d", biased, options, lambda x, w, b: SPREAD[rank](x, w, b, **own))

# Pooling: with stride, padding, dilation, rounding up, and what counts.
MAX = [
    ([1, 1, 5], 1, {}),
    ([2, 3, 17], 3, {"stride": 2, "padding": 1, "ceilMode": True}),
    ([1, 2, 9], 5, {"stride": 1, "padding": 2, "dilation": 1}),
    ([1, 2, 8], 2, {"stride": 3, "ceilMode": True}),
    ([2, 3, 6, 5], 2, {}),
    ([1, 2, 7, 8], 3, {"stride": 2, "padding": 1}),
    ([1, 2, 7, 8], [3, 2], {"stride": [2, 3], "ceilMode": True}),
    ([1, 3, 9, 9], 3, {"dilation": 2, "stride": 1, "padding": 1}),
    ([2, 1, 10, 9], [5, 4], {"stride": [2, 2], "padding": [2, 1], "ceilMode": True}),
    ([1, 1, 1, 1], 1, {}),
]
for image, kernel, options in MAX:
    rank = len(image) - 2
    own = {("ceil_mode" if name == "ceilMode" else name): value for name, value in options.items()}
    pool = functional.max_pool1d if rank == 1 else functional.max_pool2d
    x = [tensor(image, 0.0)]
    record(f"maxPool{rank}d", x, {"kernelSize": kernel, **options}, lambda x: pool(x, kernel, **own))
    indices = lambda x: pool(x, kernel, **own, return_indices=True)[1]  # noqa: E731
    record(f"places of maxPool{rank}d", x, {"kernelSize": kernel, **options}, indices, False)
    # Equal elements, of which the first has the gradient.
    tied = [torch.round(tensor(image, 0.0))]
    record(f"maxPool{rank}d", tied, {"kernelSize": kernel, **options}, lambda x: pool(x, kernel, **own))

NAN = torch.tensor([[[[1.0, 2.0, float("nan"), 0.0], [3.0, float("nan"), 5.0, 1.0], [0.0, 1.0, 2.0, 3.0]]]], dtype=torch.float64)
for kernel, options in [(2, {"stride": 1}), ([3, 4], {}), ([2, 2], {"padding": 1})]:
    record("maxPool2d", [NAN], {"kernelSize": kernel, **options}, lambda x: functional.max_pool2d(x, kernel, **options))

AVERAGE = [([1, 1, 5], 1), ([2, 3, 8], 3), ([1, 2, 7, 8], [3, 2]), ([2, 1, 5, 9], 4)]
for image, kernel in AVERAGE:
    rank = len(image) - 2
    pool = functional.avg_pool1d if rank == 1 else functional.avg_pool2d
    steps = [{}] if kernel == 1 else [{}, {"stride": 2}, {"stride": 2, "padding": 1}, {"stride": 3, "padding": 1}]
    for options, up, counted in itertools.product(steps, [False, True], [True, False]):
        own = {**options, "ceil_mode": up, "count_include_pad": counted}
        named = {"kernelSize": kernel, **options, "ceilMode": up, "countIncludePad": counted}
        record(f"avgPool{rank}d", [tensor(image, 0.0)], named, lambda x: pool(x, kernel, **own))
record(
    "avgPool2d",
    [tensor([1, 2, 5, 6], 0.0)],
    {"kernelSize": 2, "padding": 1, "divisorOverride": 3},
    lambda x: functional.avg_pool2d(x, 2, padding=1, divisor_override=3),
)

for image, size in [([1, 2, 5, 7], [1, 1]), ([2, 1, 6, 8], [3, 2]), ([1, 2, 5, 7], [3, 2]), ([1, 1, 3, 4], [5, None]), ([1, 2, 17, 5], [4, 3])]:
    record("adaptiveAvgPool2d", [tensor(image, 0.0)], {"outputSize": size}, lambda x: functional.adaptive_avg_pool2d(x, size))
    record("adaptiveMaxPool2d", [tensor(image, 0.0)], {"outputSize": size}, lambda x: functional.adaptive_max_pool2d(x, size))
    record("adaptiveMaxPool2d", [torch.round(tensor(image, 0.0))], {"outputSize": size}, lambda x: functional.adaptive_max_pool2d(x, size))

WORDS = {1: "linear", 2: "bilinear", 3: "trilinear"}
RESIZED = [
    ([1, 2, 5], {"scaleFactor": 2}),
    ([2, 1, 5], {"size": 8}),
    ([1, 2, 3, 4], {"scaleFactor": [2, 3]}),
    ([1, 1, 4, 6], {"scaleFactor": 1.5}),
    ([1, 1, 4, 6], {"scaleFactor": 1.5, "recomputeScaleFactor": True}),
    ([2, 1, 5, 7], {"scaleFactor": [0.6, 2.3]}),
    ([1, 2, 5, 7], {"size": [3, 11]}),
    ([1, 1, 1, 3], {"size": [4, 1]}),
    ([1, 1, 2, 3, 4], {"size": [3, 2, 8]}),
]
for image, options in RESIZED:
    given = {
        "size": options.get("size"),
        "scale_factor": options.get("scaleFactor"),
        "recompute_scale_factor": options.get("recomputeScaleFactor"),
    }
    for mode in ["nearest", "nearest-exact", WORDS[len(image) - 2]]:
        for corners in [False, True] if mode in WORDS.values() else [None]:
            named = {**options, "mode": mode, **({} if corners is None else {"alignCorners": corners})}
            record("upsample", [tensor(image, 0.0)], named, lambda x: functional.interpolate(x, **given, mode=mode, align_corners=corners))
record("pixelShuffle", [tensor([2, 8, 2, 3], 0.0)], {"factor": 2}, lambda x: functional.pixel_shuffle(x, 2))
record("pixelShuffle", [tensor([1, 9, 1, 2], 0.0)], {"factor": 3}, lambda x: functional.pixel_shuffle(x, 3))
record("pixelUnshuffle", [tensor([2, 2, 4, 6], 0.0)], {"factor": 2}, lambda x: functional.pixel_unshuffle(x, 2))

write("images.json", {"torch": VERSION}, "cases", cases)
