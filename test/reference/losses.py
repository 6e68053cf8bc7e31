"""Records the losses as PyTorch computes them in float64, with their gradients: losses.json, beside this file.

    .venv/bin/python test/reference/losses.py

with the environment of record.py. Names of losses and options are optimc's. Classes are the last axis, or the one that
`axis` names; a tensor among the options stands in `tensors`. Gradients are those of sum(cotangent * value), null where
PyTorch has none.
"""

import itertools
import json

import torch
from record import ELEMENTS, INF, NAN, VERSION, exactly, flat, floats, integers, write
from torch.nn import functional


def encode_tensor(tensor):
    return {"shape": list(tensor.shape), "data": flat(tensor), "element": ELEMENTS[tensor.dtype]}


def reduced(elements, reduction):
    return {"mean": elements.mean, "sum": elements.sum, "none": lambda: elements}[reduction]()


def classes_second(x, axis):
    """PyTorch's order: the classes are axis 1, or the only one."""
    return x if x.dim() == 1 else x.movedim(axis, 1).contiguous()


def cross_entropy(x, target, axis=-1, weight=None, ignoreIndex=-100, labelSmoothing=0.0, reduction="mean"):
    target = classes_second(target, axis) if target.is_floating_point() else target.long()
    return functional.cross_entropy(
        classes_second(x, axis), target, weight, ignore_index=ignoreIndex, label_smoothing=labelSmoothing, reduction=reduction
    )


def nll(x, target, axis=-1, weight=None, ignoreIndex=-100, reduction="mean"):
    x = classes_second(x, axis)
    return functional.nll_loss(x, target.long(), weight, ignore_index=ignoreIndex, reduction=reduction)


def with_logits(x, target, weight=None, posWeight=None, reduction="mean"):
    return functional.binary_cross_entropy_with_logits(x, target, weight, pos_weight=posWeight, reduction=reduction)


def kl(x, target, logTarget=False, reduction="mean"):
    reduction = "batchmean" if reduction == "batchMean" else reduction
    return functional.kl_div(x, target, log_target=logTarget, reduction=reduction)


def cosine(x, y, target, margin=0.0, reduction="mean"):
    width = x.shape[-1]
    if x.dim() > 1:
        x, y = x.reshape(-1, width), y.reshape(-1, width)
    value = functional.cosine_embedding_loss(x, y, target.reshape(x.shape[:-1]), margin=margin, reduction=reduction)
    return value.reshape(target.shape) if reduction == "none" else value


LOSSES = {
    "mse": functional.mse_loss,
    "l1": functional.l1_loss,
    "huber": lambda x, y, delta=1.0, reduction="mean": functional.huber_loss(x, y, reduction=reduction, delta=delta),
    "smoothL1": lambda x, y, beta=1.0, reduction="mean": functional.smooth_l1_loss(x, y, reduction=reduction, beta=beta),
    "crossEntropy": cross_entropy,
    "nll": nll,
    "binaryCrossEntropy": functional.binary_cross_entropy,
    "binaryCrossEntropyWithLogits": with_logits,
    "kl": kl,
    # PyTorch has no such loss; the gradient of its relu is that of the corner.
    "hinge": lambda x, y, margin=1.0, reduction="mean": reduced(torch.relu(margin - y * x), reduction),
    "hingeEmbedding": lambda x, y, margin=1.0, reduction="mean": functional.hinge_embedding_loss(
        x, y, margin=margin, reduction=reduction
    ),
    "cosineEmbedding": cosine,
    "triplet": lambda a, b, c, margin=1.0, p=2.0, eps=1e-6, swap=False, reduction="mean": functional.triplet_margin_loss(
        a, b, c, margin=margin, p=p, eps=eps, swap=swap, reduction=reduction
    ),
}


def case(loss, *arguments, note="", scale=0.0, **options):
    """One call and its gradients; `scale` is the size of what cancels in them, if it is larger than they are."""
    tensors = {name: value for name, value in options.items() if isinstance(value, torch.Tensor)}
    plain = {name: value for name, value in options.items() if name not in tensors}
    leaves = [argument.clone().requires_grad_(argument.is_floating_point()) for argument in arguments]
    value = LOSSES[loss](*leaves, **options)
    cotangent = floats(list(value.shape), 0.8, 1.0)
    value.backward(cotangent)
    shapes = [str(list(argument.shape)) for argument in arguments]
    settings = [f"{name}={json.dumps(each)}" for name, each in plain.items()]
    settings += [f"{name} {list(each.shape)}" for name, each in tensors.items()]
    return {
        "name": " ".join([loss, *shapes, *settings]) + (f", {note}" if note else ""),
        "loss": loss,
        "arguments": [encode_tensor(argument) for argument in arguments],
        "options": plain,
        "tensors": {name: encode_tensor(each) for name, each in tensors.items()},
        "scale": scale,
        "value": encode_tensor(value),
        "cotangent": flat(cotangent),
        "gradients": [None if leaf.grad is None else flat(leaf.grad) for leaf in leaves],
    }


SHAPES = [[], [1], [17], [3, 5], [5, 17], [17, 1], [3, 1, 5]]
REDUCTIONS = ["mean", "sum", "none"]


def probabilities(shape, phase=0.0):
    """Numbers in [0.02, 0.98]."""
    return exactly([round(0.5 + 0.24 * number, 3) for number in floats(shape, phase).reshape(-1).tolist()]).reshape(shape)


def distributions(shape, phase=0.0):
    return torch.softmax(floats(shape, phase), -1)


def signs(shape):
    return torch.where(floats(shape, 2.5) > 0, 1.0, -1.0).double()


def labels(shape, classes):
    count = len(floats(shape).reshape(-1))
    return integers([(5 * n * n + 3 * n + 1) % classes for n in range(count)]).reshape(shape)


def factors(shape, phase=0.0):
    """Numbers in [0.25, 4.25]."""
    return exactly([round(number + 2.25, 3) for number in floats(shape, phase).reshape(-1).tolist()]).reshape(shape)


def difference_cases():
    options = [("mse", {}), ("l1", {}), ("huber", {}), ("huber", {"delta": 0.375}), ("huber", {"delta": 2.5})]
    options += [("smoothL1", {}), ("smoothL1", {"beta": 0.375}), ("smoothL1", {"beta": 2.5}), ("smoothL1", {"beta": 0.0})]
    zeros = exactly([0.0, -0.0, 1.0, -1.0, 0.375, -0.375, 2.5, -2.5, 8.0, -8.0])
    edges = exactly([INF, -INF, NAN, 1.0, 1e30, -1e30, INF])
    others = exactly([1.0, 1.0, 1.0, NAN, 1.0, 1.0, INF])
    for loss, settings in options:
        for shape in SHAPES:
            yield case(loss, floats(shape), floats(shape, 2.0), **settings)
        for reduction in REDUCTIONS:
            yield case(loss, floats([3, 5]), floats([3, 5], 2.0), reduction=reduction, **settings)
        yield case(loss, zeros, torch.zeros_like(zeros), reduction="none", note="at the kinks", **settings)
        yield case(loss, edges, others, reduction="none", note="edges", **settings)


def class_shapes():
    return [([], 5), ([1], 1), ([1], 5), ([17], 3), ([5], 17), ([17], 1), ([3, 5], 3), ([1, 3, 1], 5)]


def with_ignored(target, ignored):
    """Every second label replaced."""
    numbers = target.reshape(-1).tolist()
    return integers([ignored if n % 2 else each for n, each in enumerate(numbers)]).reshape(target.shape)


def label_cases():
    for loss, smoothings in [("crossEntropy", [0.0, 0.125, 1.0]), ("nll", [0.0])]:
        for rows, classes in class_shapes():
            x = floats([*rows, classes], scale=4.0)
            x = x if loss == "crossEntropy" else torch.log_softmax(x, -1)
            target = labels(rows, classes)
            yield case(loss, x, target)
            yield case(loss, x, target, weight=factors([classes]))
        x = floats([5, 4], scale=4.0) if loss == "crossEntropy" else torch.log_softmax(floats([5, 4], scale=4.0), -1)
        target = labels([5], 4)
        for smoothing, reduction, weighted in itertools.product(smoothings, REDUCTIONS, [False, True]):
            settings = {"reduction": reduction}
            if loss == "crossEntropy":
                settings["labelSmoothing"] = smoothing
            weights = {"weight": factors([4], 1.0)} if weighted else {}
            yield case(loss, x, target, **settings, **weights)
            yield case(loss, x, with_ignored(target, -100), ignoreIndex=-100, **settings, **weights)
            yield case(loss, x, with_ignored(target, 2), ignoreIndex=2, **settings, **weights)
        for ignored in [-1, 4]:
            yield case(loss, x, with_ignored(target, ignored), ignoreIndex=ignored)
        for reduction in REDUCTIONS:
            yield case(loss, x, integers([-100] * 5), ignoreIndex=-100, reduction=reduction, note="all ignored")
        zero = exactly([0.0, 1.0, 0.5, 0.0])
        yield case(loss, x, target, weight=zero, note="weights of zero")
        image = floats([3, 5, 2, 3], scale=4.0)
        for reduction, ignored in itertools.product(REDUCTIONS, [None, -100]):
            settings = {} if ignored is None else {"ignoreIndex": ignored}
            target = labels([3, 2, 3], 5)
            target = target if ignored is None else with_ignored(target, ignored)
            yield case(loss, image, target, axis=1, reduction=reduction, weight=factors([5]), **settings)
        yield case(loss, floats([5, 3]), labels([5], 3), axis=1)
    large = exactly([[1000.0, -1000.0, 0.0], [0.0, 0.0, 0.0], [-INF, 1.0, 2.0], [-INF, 1.0, 2.0], [1e-9, 0.0, -1e-9]])
    for reduction in ["none", "sum"]:
        yield case("crossEntropy", large, integers([0, 1, 1, 2, 1]), reduction=reduction, note="large")
    yield case("crossEntropy", large, integers([1, 1, 0, 2, 1]), reduction="none", note="impossible")
    broken = exactly([[INF, 0.0], [NAN, 0.0], [-INF, -INF], [0.0, 1.0]])
    yield case("crossEntropy", broken, integers([0, 1, 0, 1]), reduction="none", note="edges")
    yield case("nll", exactly([[-INF, 0.0], [NAN, 0.0], [INF, 1.0]]), integers([0, 1, 0]), reduction="none", note="edges")


def distribution_cases():
    for rows, classes in class_shapes():
        shape = [*rows, classes]
        yield case("crossEntropy", floats(shape, scale=4.0), distributions(shape, 2.0), note="probabilities")
    x, target = floats([5, 4], scale=4.0), distributions([5, 4], 2.0)
    for smoothing, reduction, weighted in itertools.product([0.0, 0.125], REDUCTIONS, [False, True]):
        weights = {"weight": factors([4], 1.0)} if weighted else {}
        yield case("crossEntropy", x, target, note="probabilities", reduction=reduction, labelSmoothing=smoothing, **weights)
    yield case("crossEntropy", x, probabilities([5, 4]), note="that do not sum to 1")
    image = floats([3, 5, 2, 3], scale=4.0)
    for reduction in REDUCTIONS:
        yield case("crossEntropy", image, probabilities([3, 5, 2, 3], 1.0), axis=1, reduction=reduction, weight=factors([5]))

    for shape in SHAPES[1:]:
        logs = torch.log_softmax(floats(shape), -1)
        yield case("kl", logs, distributions(shape, 2.0))
        yield case("kl", logs, torch.log(distributions(shape, 2.0)), logTarget=True)
    logs = torch.log_softmax(floats([5, 3]), -1)
    for reduction in [*REDUCTIONS, "batchMean"]:
        yield case("kl", logs, distributions([5, 3], 2.0), reduction=reduction)
        yield case("kl", logs, torch.log(distributions([5, 3], 2.0)), reduction=reduction, logTarget=True)
    edges = exactly([0.0, -INF, -1.0, 2.0, INF])
    yield case("kl", edges, exactly([0.5, 0.25, 1.0, 2.0, 0.5]), reduction="none", note="edges")
    yield case("kl", exactly([-1.0, -2.0, NAN]), exactly([-INF, -1.0, 0.0]), reduction="none", logTarget=True, note="edges")


def binary_cases():
    for loss in ["binaryCrossEntropy", "binaryCrossEntropyWithLogits"]:
        x = probabilities if loss == "binaryCrossEntropy" else lambda shape: floats(shape, scale=5.0)
        for shape in SHAPES:
            yield case(loss, x(shape), probabilities(shape, 2.0))
        for reduction in REDUCTIONS:
            yield case(loss, x([3, 5]), probabilities([3, 5], 2.0), reduction=reduction)
            for weight in [[3, 5], [3, 1], [5], []]:
                yield case(loss, x([3, 5]), probabilities([3, 5], 2.0), reduction=reduction, weight=factors(weight))
    for reduction, shape in itertools.product(REDUCTIONS, [[5], [3, 1], []]):
        settings = {"reduction": reduction, "posWeight": factors(shape)}
        yield case("binaryCrossEntropyWithLogits", floats([3, 5]), probabilities([3, 5], 2.0), **settings)
        both = {**settings, "weight": factors([3, 5], 1.0)}
        yield case("binaryCrossEntropyWithLogits", floats([3, 5]), probabilities([3, 5], 2.0), **both)
    ends = exactly([0.0, 1.0, 0.0, 1.0, 0.5, 1e-13, 1e-13, 1e-30, 0.0, 1.0])
    yield case("binaryCrossEntropy", ends, exactly([0.0, 1.0, 1.0, 0.0, 0.5, 0.0, 1.0, 0.0, 0.25, 0.75]), reduction="none", note="ends")
    large = exactly([1000.0, -1000.0, 1000.0, -1000.0, 1e-9, -1e-9, 0.0, 30.0, -30.0])
    target = exactly([1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.5, 0.0, 1.0])
    yield case("binaryCrossEntropyWithLogits", large, target, reduction="none", note="large")
    yield case("binaryCrossEntropyWithLogits", large, target, reduction="none", posWeight=exactly([3.0]), note="large")
    yield case("binaryCrossEntropyWithLogits", exactly([INF, NAN, 1.0]), exactly([0.0, 1.0, NAN]), reduction="none", note="edges")


def margin_cases():
    for loss in ["hinge", "hingeEmbedding"]:
        for shape in SHAPES:
            yield case(loss, floats(shape), signs(shape))
        for reduction, margin in itertools.product(REDUCTIONS, [0.5, 2.0]):
            yield case(loss, floats([3, 5]), signs([3, 5]), reduction=reduction, margin=margin)
        corners = exactly([1.0, -1.0, 0.0, 1.0, -1.0, 0.0, 2.0, -2.0])
        sides = exactly([1.0, 1.0, 1.0, -1.0, -1.0, -1.0, -1.0, 1.0])
        yield case(loss, corners, sides, reduction="none", note="at the corner")
        yield case(loss, exactly([INF, -INF, NAN, INF]), exactly([1.0, 1.0, -1.0, -1.0]), reduction="none", note="edges")

    for shape in [[1], [5], [1, 1], [3, 5], [17, 3], [5, 17], [3, 2, 5]]:
        yield case("cosineEmbedding", floats(shape), floats(shape, 2.0), signs(shape[:-1]), scale=1.0 if shape[-1] == 1 else 0.0)
    x, y = floats([5, 3]), floats([5, 3], 2.0)
    for reduction, margin in itertools.product(REDUCTIONS, [0.25, -0.5]):
        yield case("cosineEmbedding", x, y, signs([5]), reduction=reduction, margin=margin)
    corner = exactly([[1.0, 0.0], [0.0, 0.0], [0.0, 0.0], [3.0, 4.0], [3.0, 4.0]])
    other = exactly([[0.0, 1.0], [1.0, 1.0], [0.0, 0.0], [3.0, 4.0], [-3.0, -4.0]])
    for side in [1.0, -1.0]:
        yield case("cosineEmbedding", corner, other, exactly([side] * 5), reduction="none", scale=1.0, note=f"at the corner {side}")

    for shape in [[1], [5], [3, 5], [17, 3], [5, 17], [3, 2, 5]]:
        yield case("triplet", floats(shape), floats(shape, 1.0), floats(shape, 4.0))
    three = [floats([5, 3], phase) for phase in [0.0, 1.0, 2.0]]
    for reduction, swap in itertools.product(REDUCTIONS, [False, True]):
        yield case("triplet", *three, reduction=reduction, swap=swap)
        yield case("triplet", *three, reduction=reduction, swap=swap, margin=0.25, p=1.0)
        yield case("triplet", *three, reduction=reduction, swap=swap, margin=3.0, p=3.0, eps=0.01)
    same = exactly([[0.0, 0.0], [1.0, 2.0], [0.0, 0.0]])
    far = exactly([[3.0, 4.0], [1.0, 2.0], [0.0, 1.0]])
    for swap in [False, True]:
        yield case("triplet", same, same, far, reduction="none", eps=0.0, swap=swap, note="equal")
        yield case("triplet", same, far, same, reduction="none", eps=0.0, swap=swap, note="equal")


def unique(cases):
    """Without cases that say the same in one name."""
    return list({each["name"]: each for each in cases}.values())


if __name__ == "__main__":
    torch.set_num_threads(1)
    groups = [difference_cases, label_cases, distribution_cases, binary_cases, margin_cases]
    write("losses.json", {"pytorch": VERSION}, "cases", unique(one for group in groups for one in group()))
