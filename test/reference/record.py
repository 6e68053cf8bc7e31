"""Records what PyTorch computes, for the tests to compare with.

    python3 -m venv .venv && .venv/bin/pip install torch==2.13.0 numpy
    .venv/bin/python test/reference/record.py

writes two files beside this one:

optimizers.json   the loss, the parameters and the optimizer's state over 100 steps on one small net, for every
                  optimizer and set of options, in float64 and float32
operations.json   the values and gradients of the operations in float64, and their values at infinities, NaN, zeros
                  and subnormals

Inputs are short decimals made from sines, and stand in the files; nothing is drawn at random. Names of options,
operations and attributes are optimc's; names of parameters and state are PyTorch's. PyTorch runs on one thread and
updates with its plain loops (neither foreach nor fused). JSON has no infinities and no NaN: they are written "inf",
"-inf" and "nan".
"""

import json
import math
import platform
from pathlib import Path

import torch
from torch.nn import functional

HERE = Path(__file__).parent
VERSION = torch.__version__.split("+")[0]


def wave(shape, phase=0.0, scale=2.0):
    """Fixed numbers in [-scale, scale], three decimals each, row-major."""
    return [round(math.sin(1.7 * k + 0.3 + phase) * scale, 3) + 0.0 for k in range(math.prod(shape))]


def encode(number):
    """A number as JSON can hold it."""
    if isinstance(number, float) and not math.isfinite(number):
        return str(number)
    return int(number) if isinstance(number, bool) else number


def flat(tensor):
    """The elements, row-major: all digits of a float64, nine significant digits of a float32."""
    numbers = tensor.detach().reshape(-1).tolist()
    if tensor.dtype == torch.float32:
        numbers = [float(f"{number:.9g}") for number in numbers]
    return [encode(number) for number in numbers]


def compact(value):
    return json.dumps(value, separators=(",", ":"), allow_nan=False)


def write(name, head, key, rows):
    """Writes `{...head, key: [...rows]}`, one entry of the head and one row to a line."""
    opening = "".join(f'"{entry}":{compact(value)},\n' for entry, value in head.items())
    lines = ",\n".join(compact(row) for row in rows)
    (HERE / name).write_text(f'{{\n{opening}"{key}":[\n{lines}\n]\n}}\n')
    print(f"{name}: {len(rows)} {key}, {(HERE / name).stat().st_size} bytes")


# Optimizers -----------------------------------------------------------------------------------------------------------

STEPS = [1, 2, 3, 5, 10, 20, 50, 100]  # the loss is recorded at all of these,
FULL = {"float64": {1, 2, 3, 10, 100}, "float32": {1, 10, 100}}  # parameters and state at these

SHAPES = {"hidden.weight": [4, 5], "hidden.bias": [4], "output.weight": [3, 4], "output.bias": [3]}
PARAMETERS = {
    name: {"shape": shape, "data": wave(shape, phase, 0.5)} for phase, (name, shape) in enumerate(SHAPES.items())
}
# At these scales no run multiplies a rounding error by more than about 1e4 in 100 steps; RMSprop often does by more.
DATA = {
    "x": {"shape": [7, 5], "data": wave([7, 5], 4.0, 1.1)},
    "y": {"shape": [7, 3], "data": wave([7, 3], 5.5, 1.0)},
}

OPTIMIZERS = {
    "sgd": torch.optim.SGD,
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
    "rmsprop": torch.optim.RMSprop,
    "adagrad": torch.optim.Adagrad,
}

OPTIONS = {
    "sgd": [
        {"lr": 0.01},
        {"lr": 0.01, "momentum": 0.9},
        {"lr": 0.01, "momentum": 0.9, "dampening": 0.3},
        {"lr": 0.01, "momentum": 0.9, "nesterov": True},
        {"lr": 0.01, "weightDecay": 0.1},
        {"lr": 0.01, "momentum": 0.9, "weightDecay": 0.05, "nesterov": True},
        {"lr": 1e-4, "maximize": True},
        {"lr": 1e-4, "maximize": True, "weightDecay": 0.1, "momentum": 0.9},
    ],
    "adam": [
        {},
        {"lr": 0.01, "betas": [0.8, 0.95], "eps": 1e-6},
        {"weightDecay": 0.1},
        {"amsgrad": True},
        {"amsgrad": True, "weightDecay": 0.1},
        {"maximize": True, "weightDecay": 0.1},
    ],
    "adamw": [
        {},
        {"lr": 0.01, "weightDecay": 0.1},
        {"amsgrad": True},
        {"maximize": True},
        {"weightDecay": 0},
    ],
    "rmsprop": [
        {},
        {"alpha": 0.9},
        {"momentum": 0.9},
        {"centered": True},
        {"centered": True, "momentum": 0.9, "weightDecay": 0.1},
        {"weightDecay": 0.1},
        {"maximize": True},
    ],
    "adagrad": [
        {},
        {"lr": 0.1},
        {"lrDecay": 0.01},
        {"initialAccumulatorValue": 0.2},
        {"lr": 0.1, "lrDecay": 0.01, "initialAccumulatorValue": 0.2, "weightDecay": 0.1},
        {"maximize": True},
    ],
}


def snake_case(name):
    return "".join("_" + letter.lower() if letter.isupper() else letter for letter in name)


def squared_error(parameters, x, y):
    hidden = torch.tanh(functional.linear(x, parameters["hidden.weight"], parameters["hidden.bias"]))
    output = functional.linear(hidden, parameters["output.weight"], parameters["output.bias"])
    return (output - y).square().sum()


def train(optimizer_name, options, precision):
    """The recorded steps of one run. A step's loss is the one before its update, the rest stands after it."""

    def tensor(source, **settings):
        return torch.tensor(source["data"], dtype=getattr(torch, precision), **settings).reshape(source["shape"])

    x, y = tensor(DATA["x"]), tensor(DATA["y"])
    parameters = {name: tensor(source).requires_grad_() for name, source in PARAMETERS.items()}
    arguments = {snake_case(name): value for name, value in options.items()}
    optimizer = OPTIMIZERS[optimizer_name](parameters.values(), foreach=False, **arguments)

    steps = []
    for step in range(1, STEPS[-1] + 1):
        optimizer.zero_grad()
        loss = squared_error(parameters, x, y)
        loss.backward()
        optimizer.step()
        if step in STEPS:
            record = {"step": step, "loss": flat(loss)[0]}
            if step in FULL[precision]:
                record["parameters"] = {name: flat(parameter) for name, parameter in parameters.items()}
                record["state"] = {name: state_of(optimizer, parameter) for name, parameter in parameters.items()}
            steps.append(record)
    assert not any(word in compact(steps) for word in ("inf", "nan")), f"{optimizer_name} {options} diverges"
    return steps


def state_of(optimizer, parameter):
    """The state tensors shaped like the parameter; PyTorch's `step` is left out, it equals the record's."""
    state = optimizer.state[parameter]
    return {name: flat(value) for name, value in state.items() if name != "step" and value is not None}


def record_optimizers():
    runs = [
        {
            "optimizer": optimizer,
            "options": options,
            "precision": precision,
            "steps": train(optimizer, options, precision),
        }
        for optimizer, sets in OPTIONS.items()
        for options in sets
        for precision in ("float64", "float32")
    ]
    head = {"pytorch": VERSION, "data": DATA, "parameters": PARAMETERS}
    write("optimizers.json", head, "runs", runs)


# Operations -----------------------------------------------------------------------------------------------------------

ELEMENTS = {torch.float64: "float", torch.int32: "int32", torch.bool: "bool"}
INF, NAN = math.inf, math.nan


def floats(shape, phase=0.0, scale=2.0):
    return torch.tensor(wave(shape, phase, scale), dtype=torch.float64).reshape(shape)


def positive(shape, phase=0.0):
    """Numbers in [0.25, 4.25]."""
    return torch.tensor([round(number + 2.25, 3) for number in wave(shape, phase)], dtype=torch.float64).reshape(shape)


def exactly(numbers):
    return torch.tensor(numbers, dtype=torch.float64)


def integers(numbers):
    return torch.tensor(numbers, dtype=torch.int32)


def booleans(shape):
    return floats(shape, 0.5) > 0


def take(x, indices, axis):
    """The axis of x is replaced by the axes of indices."""
    shape = [*x.shape[:axis], *indices.shape, *x.shape[axis + 1 :]]
    return torch.index_select(x, axis, indices.reshape(-1)).reshape(shape)


def take_slice(x, starts, stops, steps):
    return x[tuple(slice(start, stop, step) for start, stop, step in zip(starts, stops, steps, strict=True))]


def prod(x, axes, keepDim):
    """Over several axes; torch.prod takes one."""
    for axis in sorted(axes, reverse=True):
        x = torch.prod(x, axis, keepdim=keepDim)
    return x


OPERATIONS = {
    "add": torch.add,
    "sub": torch.sub,
    "mul": torch.mul,
    "div": torch.div,
    "maximum": torch.maximum,
    "minimum": torch.minimum,
    "neg": torch.neg,
    "square": torch.square,
    "sqrt": torch.sqrt,
    "exp": torch.exp,
    "log": torch.log,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "relu": torch.relu,
    "abs": torch.abs,
    "where": torch.where,
    "sum": lambda x, axes, keepDim: torch.sum(x, axes, keepdim=keepDim),
    "mean": lambda x, axes, keepDim: torch.mean(x, axes, keepdim=keepDim),
    "max": lambda x, axes, keepDim: torch.amax(x, axes, keepdim=keepDim),
    "argmax": lambda x, axis, keepDim: torch.argmax(x, axis, keepdim=keepDim).int(),
    "reshape": lambda x, shape: x.reshape(shape),
    "transpose": lambda x, permutation: x.permute(permutation),
    "broadcast": lambda x, shape: x.expand(shape),
    "slice": take_slice,
    "unsqueeze": lambda x, axis: x.unsqueeze(axis),
    "squeeze": lambda x, **axis: x.squeeze(*axis.values()),
    "flatten": lambda x, **ends: x.flatten(*ends.values()),
    "expand": lambda x, shape: x.expand(shape),
    "flip": lambda x, axes: x.flip(axes),
    "concat": lambda *xs, axis: torch.cat(xs, axis),
    "stack": lambda *xs, axis: torch.stack(xs, axis),
    "split": lambda x, sizes, axis, part: torch.split(x, sizes, axis)[part],
    "tile": lambda x, repeats: x.tile(repeats),
    "oneHot": lambda indices, classes: functional.one_hot(indices.long(), classes).double(),
    "outer": torch.outer,
    "tril": lambda x, diagonal: x.tril(diagonal),
    "triu": lambda x, diagonal: x.triu(diagonal),
    "sign": torch.sign,
    "round": torch.round,
    "clamp": lambda x, low, high: torch.clamp(x, low, high),
    "leakyRelu": lambda x, slope: functional.leaky_relu(x, slope),
    "elu": lambda x, alpha: functional.elu(x, alpha),
    "softplus": lambda x, beta: functional.softplus(x, beta),
    "silu": functional.silu,
    # The gradient of functional.hardsigmoid multiplies by 1 / 6 in float32.
    "hardSigmoid": lambda x: functional.relu6(x + 3) / 6,
    "erf": torch.erf,
    "gelu": lambda x, approximate: functional.gelu(x, approximate=approximate),
    "not": torch.logical_not,
    "and": torch.logical_and,
    "or": torch.logical_or,
    "xor": torch.logical_xor,
    "min": lambda x, axes, keepDim: torch.amin(x, axes, keepdim=keepDim),
    "argmin": lambda x, axis, keepDim: torch.argmin(x, axis, keepdim=keepDim).int(),
    "prod": prod,
    "variance": lambda x, axes, correction, keepDim: torch.var(x, axes, correction=correction, keepdim=keepDim),
    "std": lambda x, axes, correction, keepDim: torch.std(x, axes, correction=correction, keepdim=keepDim),
    "norm": lambda x, p, axes, keepDim: torch.linalg.vector_norm(x, math.inf if p == "inf" else p, axes, keepdim=keepDim),
    "logSumExp": lambda x, axes, keepDim: torch.logsumexp(x, axes, keepdim=keepDim),
    "matmul": torch.matmul,
    "gather": take,
    "softmax": lambda x, axis: torch.softmax(x, axis),
    "logSoftmax": lambda x, axis: torch.log_softmax(x, axis),
    "crossEntropy": lambda logits, labels: functional.cross_entropy(logits, labels.long()),
}


def encode_tensor(tensor):
    return {"shape": list(tensor.shape), "data": flat(tensor), "element": ELEMENTS[tensor.dtype]}


def value_case(operation, *arguments, note="", **attributes):
    """A case without gradients."""
    shapes = [str(list(argument.shape)) for argument in arguments]
    settings = [f"{name}={json.dumps(value)}" for name, value in attributes.items()]
    return {
        "name": " ".join([operation, *shapes, *settings]) + (f", {note}" if note else ""),
        "operation": operation,
        "arguments": [encode_tensor(argument) for argument in arguments],
        "attributes": attributes,
        "value": encode_tensor(OPERATIONS[operation](*arguments, **attributes)),
    }


def case(operation, *arguments, note="", **attributes):
    """A case with the gradients of sum(cotangent * value), null for an argument that is not of floats."""
    leaves = [argument.clone().requires_grad_(argument.is_floating_point()) for argument in arguments]
    value = OPERATIONS[operation](*leaves, **attributes)
    cotangent = floats(list(value.shape), 0.8, 1.0)
    value.backward(cotangent)
    return value_case(operation, *arguments, note=note, **attributes) | {
        "cotangent": flat(cotangent),
        "gradients": [None if leaf.grad is None else flat(leaf.grad) for leaf in leaves],
    }


def elementwise_cases():
    shapes = [[1], [17], [3, 5]]
    for operation in ["neg", "square", "exp", "tanh", "sigmoid", "relu", "abs"]:
        yield from (case(operation, floats(shape)) for shape in shapes)
    for operation in ["sqrt", "log"]:
        yield from (case(operation, positive(shape)) for shape in shapes)
    for operation in ["relu", "abs", "square", "sigmoid", "tanh"]:
        yield case(operation, exactly([0.0, -0.0, 1.0, -1.0]), note="at zero")
    yield case("sqrt", exactly([0.0, 1.0, 4.0]), note="at zero")
    yield case("tanh", exactly([-1000.0, -20.0, -1e-9, 1e-9, 20.0, 1000.0]), note="saturated")
    yield case("sigmoid", exactly([-1000.0, -40.0, -1e-9, 1e-9, 40.0, 1000.0]), note="saturated")

    pairs = [([1], [1]), ([17], [17]), ([3, 5], []), ([5], [3, 1]), ([3, 1, 5], [4, 1])]
    for operation in ["add", "sub", "mul", "div", "maximum", "minimum"]:
        second = positive if operation == "div" else floats
        yield from (case(operation, floats(one), second(other, 2.0)) for one, other in pairs)
    for operation in ["maximum", "minimum"]:
        ones = exactly([1.0, 2.0, -3.0, 0.0, 0.0])
        yield case(operation, ones, exactly([1.0, 1.0, -3.0, 0.0, 5.0]), note="ties")
        yield case(operation, ones, exactly([[1.0], [0.0], [-3.0]]), note="ties")

    yield case("where", booleans([17]), floats([17]), floats([17], 2.0))
    yield case("where", booleans([3, 1, 5]), floats([4, 1]), floats([], 2.0))
    yield case("where", booleans([3, 1]), floats([3, 5]), floats([5], 2.0))


def reduction_cases():
    tied = exactly([[2.0, 5.0, 5.0, 1.0, 5.0], [3.0, 3.0, 3.0, 3.0, 3.0], [0.0, -0.0, -1.0, 5.0, 4.0]])
    for operation in ["sum", "mean", "max"]:
        for keep in [False, True]:
            for axes in [[0], [1], [2], [0, 2], [1, 2], [0, 1, 2]]:
                yield case(operation, floats([3, 1, 5]), axes=axes, keepDim=keep)
            yield case(operation, floats([17, 3]), axes=[0], keepDim=keep)
            yield case(operation, floats([3, 17]), axes=[1], keepDim=keep)
            yield case(operation, floats([1]), axes=[0], keepDim=keep)
    for axes in [[0], [1], [0, 1]]:
        yield case("max", tied, axes=axes, keepDim=False, note="ties")

    for keep in [False, True]:
        for axis in [0, 1, 2]:
            yield value_case("argmax", floats([3, 1, 5]), axis=axis, keepDim=keep)
        yield value_case("argmax", floats([3, 17]), axis=1, keepDim=keep)
    for axis in [0, 1]:
        yield value_case("argmax", tied, axis=axis, keepDim=False, note="ties")


def movement_cases():
    yield case("reshape", floats([3, 5]), shape=[5, 3])
    yield case("reshape", floats([3, 1, 5]), shape=[15])
    yield case("reshape", floats([17]), shape=[1, 17, 1])
    yield case("reshape", floats([1, 1]), shape=[])
    yield case("transpose", floats([3, 5]), permutation=[1, 0])
    yield case("transpose", floats([17, 1]), permutation=[1, 0])
    for permutation in [[0, 2, 1], [1, 0, 2], [2, 0, 1], [2, 1, 0]]:
        yield case("transpose", floats([3, 4, 5]), permutation=permutation)
    yield case("broadcast", floats([]), shape=[3])
    yield case("broadcast", floats([5]), shape=[3, 5])
    yield case("broadcast", floats([3, 1]), shape=[3, 17])
    yield case("broadcast", floats([3, 1, 5]), shape=[2, 3, 4, 5])
    yield case("slice", floats([5, 5]), starts=[1, 0], stops=[4, 5], steps=[1, 2])
    yield case("slice", floats([17]), starts=[2], stops=[16], steps=[3])
    yield case("slice", floats([17]), starts=[16], stops=[17], steps=[1])
    yield case("slice", floats([3, 4, 5]), starts=[0, 1, 0], stops=[3, 3, 4], steps=[2, 1, 3])

    rows, table = integers([2, 0, 2, 2, 1]), integers([[0, 2], [2, 2], [1, 0]])
    yield case("gather", floats([3, 5]), rows, axis=0)
    yield case("gather", floats([5, 3]), rows, axis=1)
    yield case("gather", floats([17, 3]), integers([16, 0, 16]), axis=0)
    yield case("gather", floats([3]), integers([1]), axis=0)
    yield case("gather", floats([3, 3, 5]), rows, axis=1)
    yield case("gather", floats([3, 5]), table, axis=0)
    yield case("gather", floats([5, 3]), table, axis=1)


def arrangement_cases():
    for axis in [0, 1, 2, -1, -3]:
        yield case("unsqueeze", floats([3, 5]), axis=axis)
    yield case("unsqueeze", floats([]), axis=0)
    yield case("squeeze", floats([1, 3, 1, 5]))
    yield case("squeeze", floats([1, 3, 1, 5]), axis=0)
    yield case("squeeze", floats([1, 3, 1, 5]), axis=-2)
    yield case("squeeze", floats([1, 1]))
    yield case("flatten", floats([3, 4, 5]))
    yield case("flatten", floats([]))
    for ends in [{"from": 1}, {"from": 0, "to": 1}, {"from": -2, "to": -1}, {"from": 1, "to": 1}]:
        yield case("flatten", floats([3, 4, 5]), **ends)
    yield case("expand", floats([3, 1]), shape=[2, -1, 5])
    yield case("expand", floats([1, 5]), shape=[3, -1])
    for axes in [[0], [-1], [0, 2], [0, 1, 2]]:
        yield case("flip", floats([3, 4, 5]), axes=axes)
    yield case("flip", floats([17]), axes=[0])
    yield value_case("flip", integers([[1, 2, 3], [4, 5, 6]]), axes=[1])

    yield case("concat", floats([3, 5]), floats([2, 5], 1.0), axis=0)
    yield case("concat", floats([3, 5]), floats([3, 1], 1.0), floats([3, 17], 2.0), axis=1)
    yield case("concat", floats([3, 2, 5]), floats([3, 4, 5], 1.0), axis=-2)
    yield case("concat", floats([17]), floats([1], 1.0), floats([5], 2.0), axis=0)
    yield case("concat", floats([3]), axis=0)
    yield value_case("concat", integers([1, -2]), integers([3]), axis=0)
    yield value_case("concat", booleans([5]), booleans([3]), axis=0)
    for axis in [0, 1, 2, -1]:
        yield case("stack", floats([3, 5]), floats([3, 5], 1.0), floats([3, 5], 2.0), axis=axis)
    yield case("stack", floats([]), floats([], 1.0), axis=0)
    for part in [0, 1, 2]:
        yield case("split", floats([3, 10]), sizes=[2, 7, 1], axis=1, part=part)
    yield case("split", floats([17, 3]), sizes=[16, 1], axis=0, part=1)

    yield case("tile", floats([3, 5]), repeats=[2, 1])
    yield case("tile", floats([3, 5]), repeats=[3, 2])
    yield case("tile", floats([3, 5]), repeats=[2])
    yield case("tile", floats([3, 1]), repeats=[2, 1, 4])
    yield case("tile", floats([]), repeats=[3])
    yield value_case("oneHot", integers([2, 0, 2, 1]), classes=3)
    yield value_case("oneHot", integers([[0, 4], [3, 3]]), classes=5)
    yield case("outer", floats([3]), floats([5], 1.0))
    yield case("outer", floats([17]), floats([1], 1.0))
    for operation in ["tril", "triu"]:
        for diagonal in [0, 1, -2, 9]:
            yield case(operation, floats([4, 5]), diagonal=diagonal)
        yield case(operation, floats([2, 5, 3]), diagonal=-1)


def matmul_cases():
    matrices = [([1, 1], [1, 1]), ([3, 5], [5, 17]), ([17, 3], [3, 1]), ([1, 17], [17, 3]), ([5, 1], [1, 3])]
    batches = [([3, 3, 5], [3, 5, 2]), ([3, 3, 5], [5, 2]), ([3, 5], [4, 5, 2]), ([2, 1, 3, 5], [4, 5, 2])]
    vectors = [([5], [5]), ([17], [17]), ([5], [5, 3]), ([3, 5], [5]), ([5], [2, 5, 3]), ([2, 3, 5], [5])]
    for left, right in matrices + batches + vectors:
        yield case("matmul", floats(left), floats(right, 2.0))


def probability_cases():
    large = exactly([[1000.0, 1001.0, 999.0, 1000.0, -1000.0], [-1000.0, -1000.0, -1002.0, -999.0, -1000.0]])
    for operation in ["softmax", "logSoftmax"]:
        for axis in [0, 1, 2]:
            yield case(operation, floats([3, 4, 5]), axis=axis)
        yield case(operation, floats([3, 17]), axis=1)
        yield case(operation, floats([3, 1]), axis=1)
        yield case(operation, floats([17]), axis=0)
        for axis in [0, 1]:
            yield case(operation, large, axis=axis, note="large")
    yield case("crossEntropy", floats([3, 5]), integers([4, 0, 0]))
    yield case("crossEntropy", floats([1, 3]), integers([1]))
    yield case("crossEntropy", floats([3, 1]), integers([0, 0, 0]))
    yield case("crossEntropy", floats([17, 5]), integers([3 * row % 5 for row in range(17)]))
    yield case("crossEntropy", floats([5, 17]), integers([16, 0, 8, 8, 3]))
    yield case("crossEntropy", large, integers([0, 2]), note="large")


def edge_cases():
    special = [0.0, -0.0, INF, -INF, NAN]
    tiny = [5e-324, -5e-324, 1e-300, -1e-300, 1e-17, -1e-17, 1e-8, -1e-8]
    large = [19.0, -19.0, 37.0, -37.0, 700.0, -700.0, 709.78, 709.79, -708.5, -745.0, -746.0, 1e300, -1e300]
    edges = exactly([*special, *tiny, 1.0, -1.0, *large])
    for operation in ["neg", "square", "sqrt", "exp", "log", "tanh", "sigmoid", "relu", "abs"]:
        yield value_case(operation, edges, note="edges")

    row = exactly([*special, 1.0, -1.0, 1e300])
    for operation in ["add", "sub", "mul", "div", "maximum", "minimum"]:
        yield value_case(operation, row.reshape(-1, 1), row, note="edges")
    yield value_case("where", torch.tensor([True, False]), exactly([1.0, NAN]), exactly([NAN, -0.0]), note="edges")

    yield value_case("concat", row, exactly([1.0, -2.0, 3.0]), row, axis=0, note="edges")
    yield value_case("stack", row, exactly([1.0] * 8), axis=1, note="edges")
    yield value_case("flip", row, axes=[0], note="edges")
    for operation in ["tril", "triu"]:
        yield value_case(operation, row[:4].reshape(-1, 1) * exactly([1.0, INF, NAN, -1.0]), diagonal=0, note="edges")

    rows = exactly([[1.0, INF, 2.0], [-INF, 1.0, 2.0], [INF, -INF, 0.0], [1.0, NAN, 3.0], [-INF, -INF, -INF]])
    for operation in ["sum", "mean", "max"]:
        yield value_case(operation, rows, axes=[1], keepDim=False, note="edges")
    yield value_case("argmax", rows, axis=1, keepDim=False, note="edges")
    for operation in ["softmax", "logSoftmax"]:
        yield value_case(operation, rows, axis=1, note="edges")
    yield value_case("crossEntropy", exactly([[0.0, -INF, 1.0]]), integers([1]), note="edges")
    yield value_case("matmul", exactly([[0.0, 1.0], [1.0, 1.0]]), exactly([[INF], [1.0]]), note="edges")


def activation_cases():
    shapes = [[1], [17], [3, 5]]
    plain = ["silu", "hardSigmoid", "erf"]
    options = [
        ("clamp", {"low": -0.75, "high": 0.5}),
        ("leakyRelu", {"slope": 0.01}),
        ("leakyRelu", {"slope": 0.3}),
        ("elu", {"alpha": 1.0}),
        ("elu", {"alpha": 0.7}),
        ("softplus", {"beta": 1.0}),
        ("softplus", {"beta": 2.5}),
        ("gelu", {"approximate": "none"}),
        ("gelu", {"approximate": "tanh"}),
    ]
    for operation in plain:
        yield from (case(operation, floats(shape, scale=4.0)) for shape in shapes)
    for operation, attributes in options:
        yield from (case(operation, floats(shape), **attributes) for shape in shapes)
    for operation in ["sign", "round"]:
        yield from (value_case(operation, floats(shape, scale=4.0)) for shape in shapes)

    kinks = exactly([0.0, -0.0, 1.0, -1.0, 3.0, -3.0])
    for operation in ["silu", "hardSigmoid", "erf"]:
        yield case(operation, kinks, note="at kinks")
    for operation, attributes in options:
        yield case(operation, kinks, note="at kinks", **attributes)
    yield case("clamp", kinks, note="at its bounds", low=-1.0, high=3.0)
    yield value_case("round", exactly([0.5, 1.5, 2.5, -0.5, -1.5, 4503599627370495.5, 9007199254740991.0]), note="halves")

    edges = exactly([0.0, -0.0, INF, -INF, NAN, 5e-324, -1e-300, 1e-17, -1e-17, 1e-8, -1e-8, 19.0, -19.0, 700.0, 1e300])
    for operation in ["sign", "round", "silu", "erf"]:
        yield value_case(operation, edges, note="edges")
    for operation, attributes in options[:-2]:
        yield value_case(operation, edges, note="edges", **attributes)


def logical_cases():
    yield value_case("not", booleans([3, 5]))
    for operation in ["and", "or", "xor"]:
        for one, other in [([17], [17]), ([3, 1, 5], [4, 1])]:
            yield value_case(operation, booleans(one), floats(other, 2.0) > 0)


def statistic_cases():
    tied = exactly([[2.0, 1.0, 1.0, 5.0, 1.0], [3.0, 3.0, 3.0, 3.0, 3.0], [0.0, -0.0, -1.0, 5.0, 4.0]])
    zeros = exactly([[2.0, 0.0, 3.0, 4.0], [0.0, 5.0, 0.0, 2.0], [2.0, 3.0, -1.0, 0.5], [0.0, 0.0, 0.0, 0.0]])
    flat_rows = exactly([[2.0, 2.0, 2.0], [1.0, 2.0, 4.0]])
    options = [
        ("min", {}),
        ("prod", {}),
        ("variance", {"correction": 1}),
        ("variance", {"correction": 0}),
        ("std", {"correction": 1}),
        ("std", {"correction": 0}),
        ("norm", {"p": 2}),
        ("norm", {"p": 1}),
        ("norm", {"p": 3}),
        ("norm", {"p": 1.5}),
        ("norm", {"p": "inf"}),
        ("logSumExp", {}),
    ]
    for operation, attributes in options:
        for axes, keep in [([0], False), ([2], True), ([0, 2], False), ([0, 1, 2], True)]:
            yield case(operation, floats([3, 2, 5]), axes=axes, keepDim=keep, **attributes)
        yield case(operation, floats([17, 3]), axes=[0], keepDim=False, **attributes)
    for axes in [[0], [1], [0, 1]]:
        yield case("min", tied, axes=axes, keepDim=False, note="ties")
    for axes in [[0], [1]]:
        yield case("prod", zeros, axes=axes, keepDim=False, note="zeros")
    for operation in ["variance", "std"]:
        yield case(operation, flat_rows, axes=[1], keepDim=False, correction=1, note="equal elements")
        yield value_case(operation, floats([1]), axes=[0], keepDim=False, correction=1, note="one element")
        yield case(operation, floats([1]), axes=[0], keepDim=False, correction=0, note="one element")
    for p in [2, 1, 3, 1.5, 0.5, "inf"]:
        yield case("norm", zeros, axes=[1], keepDim=False, p=p, note="zeros")
    for axis, keep in [(0, False), (1, True)]:
        yield value_case("argmin", floats([3, 17]), axis=axis, keepDim=keep)
        yield value_case("argmin", tied, axis=axis, keepDim=keep, note="ties")

    rows = exactly([[1.0, INF, 2.0], [-INF, 1.0, 2.0], [INF, -INF, 0.0], [1.0, NAN, 3.0], [-INF, -INF, -INF]])
    for operation in ["min", "prod", "logSumExp"]:
        yield value_case(operation, rows, axes=[1], keepDim=False, note="edges")
    for p in [2, 1, 3, "inf"]:
        yield value_case("norm", rows, axes=[1], keepDim=False, p=p, note="edges")
    yield value_case("argmin", rows, axis=1, keepDim=False, note="edges")
    yield case("logSumExp", exactly([[1000.0, 999.0], [-1000.0, -1000.0]]), axes=[1], keepDim=False, note="large")


def record_operations():
    groups = [elementwise_cases, reduction_cases, movement_cases, arrangement_cases, matmul_cases, probability_cases, edge_cases]
    groups += [activation_cases, logical_cases, statistic_cases]
    cases = [one for group in groups for one in group()]
    assert len({one["name"] for one in cases}) == len(cases), "two cases have one name"
    write("operations.json", {"pytorch": VERSION}, "cases", cases)


if __name__ == "__main__":
    torch.set_num_threads(1)
    print(f"PyTorch {VERSION} on {platform.machine()}")
    record_optimizers()
    record_operations()
