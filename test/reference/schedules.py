"""Records what PyTorch's schedulers make of a learning rate, for the tests to compare with.

    python3 -m venv .venv && .venv/bin/pip install torch==2.13.0 numpy
    .venv/bin/python test/reference/schedules.py

writes schedules.json beside this file: the values of 200 updates (the learning rate that `optimizer.step()` sees) for
every scheduler and set of options, and of the momentum where the scheduler drives it. A schedule is written as optimc's
call, `["stepLR", 0.1, {"stepSize": 30}]`; functions of t go by the names in FUNCTIONS.
"""

import json
import math
import warnings
from pathlib import Path

import torch
from torch.optim import lr_scheduler
from torch.optim.swa_utils import SWALR

from record import VERSION, compact

STEPS = 200
HERE = Path(__file__).parent

FUNCTIONS = {
    "decay": lambda t: math.exp(-0.05 * t),
    "inverse": lambda t: 1 / (1 + 0.1 * t),
    "constant": lambda t: 0.95,
    "half": lambda x: 1 / 2**x,
}

SCHEDULES = [
    ["lambdaLR", 0.1, "decay"],
    ["lambdaLR", 0.3, "constant"],
    ["multiplicativeLR", 0.1, "constant"],
    ["multiplicativeLR", 0.1, "inverse"],
    ["stepLR", 0.1, {"stepSize": 30}],
    ["stepLR", 0.05, {"stepSize": 1, "gamma": 0.97}],
    ["stepLR", 0.05, {"stepSize": 7, "gamma": 1.1}],
    ["multiStepLR", 0.1, {"milestones": [30, 80]}],
    ["multiStepLR", 0.1, {"milestones": [120, 0, 5, 120, 60], "gamma": 0.5}],
    ["constantLR", 0.05],
    ["constantLR", 0.05, {"factor": 0.5, "totalIters": 40}],
    ["constantLR", 0.05, {"factor": 1, "totalIters": 1}],
    ["linearLR", 0.05],
    ["linearLR", 0.05, {"startFactor": 0.05, "totalIters": 40}],
    ["linearLR", 0.05, {"startFactor": 1, "endFactor": 0, "totalIters": 150}],
    ["linearLR", 0.05, {"startFactor": 0.9, "endFactor": 0.1, "totalIters": 1}],
    ["exponentialLR", 0.1, {"gamma": 0.95}],
    ["exponentialLR", 0.001, {"gamma": 1.02}],
    ["polynomialLR", 0.05],
    ["polynomialLR", 0.05, {"totalIters": 50, "power": 0.9}],
    ["polynomialLR", 0.05, {"totalIters": 250, "power": 2}],
    ["cosineAnnealingLR", 0.1, {"tMax": 200}],
    ["cosineAnnealingLR", 0.1, {"tMax": 30}],
    ["cosineAnnealingLR", 0.1, {"tMax": 17, "etaMin": 0.003}],
    ["cosineAnnealingLR", 0.1, {"tMax": 1, "etaMin": 0.2}],
    ["cosineAnnealingWarmRestarts", 0.1, {"t0": 50}],
    ["cosineAnnealingWarmRestarts", 0.1, {"t0": 10, "tMult": 2}],
    ["cosineAnnealingWarmRestarts", 0.1, {"t0": 1, "tMult": 3, "etaMin": 0.01}],
    ["cosineAnnealingWarmRestarts", 0.1, {"t0": 7, "tMult": 5, "etaMin": 0.001}],
    ["oneCycleLR", 0.1, {"totalSteps": 200}],
    ["oneCycleLR", 0.1, {"totalSteps": 200, "annealStrategy": "linear"}],
    ["oneCycleLR", 0.1, {"totalSteps": 200, "threePhase": True}],
    ["oneCycleLR", 0.1, {"totalSteps": 200, "threePhase": True, "annealStrategy": "linear", "pctStart": 0.4}],
    ["oneCycleLR", 0.1, {"epochs": 23, "stepsPerEpoch": 9, "pctStart": 0.25, "divFactor": 10, "finalDivFactor": 100}],
    ["oneCycleLR", 0.1, {"totalSteps": 201, "baseMomentum": 0.7, "maxMomentum": 0.9, "pctStart": 0.0}],
    ["oneCycleLR", 0.1, {"totalSteps": 199}],
    ["cyclicLR", 0.01, {"maxLr": 0.1}],
    ["cyclicLR", 0.01, {"maxLr": 0.1, "stepSizeUp": 20}],
    ["cyclicLR", 0.01, {"maxLr": 0.1, "stepSizeUp": 7, "stepSizeDown": 13, "mode": "triangular2"}],
    ["cyclicLR", 0.01, {"maxLr": 0.1, "stepSizeUp": 13, "stepSizeDown": 4, "mode": "exp_range", "gamma": 0.99}],
    ["cyclicLR", 0.01, {"maxLr": 0.1, "stepSizeUp": 9, "scaleFn": "half", "baseMomentum": 0.85, "maxMomentum": 0.95}],
    ["cyclicLR", 0.01, {"maxLr": 0.1, "stepSizeUp": 9, "scaleFn": "decay", "scaleMode": "iterations"}],
    ["swaLR", 0.1, {"swaLr": 0.05}],
    ["swaLR", 0.1, {"swaLr": 0.05, "annealEpochs": 60, "annealStrategy": "linear"}],
    ["swaLR", 0.1, {"swaLr": 0.3, "annealEpochs": 0}],
    # Chained: factors,
    ["chainedScheduler", [["constantLR", 0.05, {"factor": 0.1, "totalIters": 20}], ["exponentialLR", 0.05, {"gamma": 0.9}]]],
    [
        "chainedScheduler",
        [
            ["linearLR", 0.1, {"startFactor": 0.1, "totalIters": 10}],
            ["multiStepLR", 0.1, {"milestones": [50, 100, 100], "gamma": 0.5}],
            ["stepLR", 0.1, {"stepSize": 40, "gamma": 0.8}],
            ["polynomialLR", 0.1, {"totalIters": 180, "power": 0.5}],
        ],
    ],
    ["chainedScheduler", [["multiplicativeLR", 0.1, "inverse"], ["exponentialLR", 0.1, {"gamma": 1.2}]]],
    ["chainedScheduler", [["exponentialLR", 0.1, {"gamma": 0.99}]]],
    # schedules that are more than a factor,
    ["chainedScheduler", [["cosineAnnealingLR", 0.1, {"tMax": 30}], ["exponentialLR", 0.1, {"gamma": 0.99}]]],
    ["chainedScheduler", [["exponentialLR", 0.1, {"gamma": 0.99}], ["cosineAnnealingLR", 0.1, {"tMax": 30, "etaMin": 0.01}]]],
    ["chainedScheduler", [["linearLR", 0.1, {"totalIters": 20}], ["swaLR", 0.1, {"swaLr": 0.02, "annealEpochs": 40}]]],
    ["chainedScheduler", [["swaLR", 0.1, {"swaLr": 0.02, "annealEpochs": 40, "annealStrategy": "linear"}], ["stepLR", 0.1, {"stepSize": 15}]]],
    # and what overwrites the value.
    ["chainedScheduler", [["stepLR", 0.1, {"stepSize": 15}], ["cosineAnnealingWarmRestarts", 0.1, {"t0": 12}]]],
    ["chainedScheduler", [["lambdaLR", 0.1, "decay"], ["exponentialLR", 0.1, {"gamma": 0.9}], ["constantLR", 0.1]]],
    # In sequence
    ["sequentialLR", [["constantLR", 0.05, {"factor": 0.1, "totalIters": 20}], ["exponentialLR", 0.05, {"gamma": 0.9}]], {"milestones": [20]}],
    ["sequentialLR", [["constantLR", 0.1, {"factor": 0.1, "totalIters": 20}], ["exponentialLR", 0.1, {"gamma": 0.9}]], {"milestones": [5]}],
    [
        "sequentialLR",
        [
            ["linearLR", 0.1, {"startFactor": 0.01, "totalIters": 10}],
            ["cosineAnnealingLR", 0.1, {"tMax": 60, "etaMin": 0.001}],
            ["cosineAnnealingWarmRestarts", 0.1, {"t0": 8, "tMult": 2}],
            ["polynomialLR", 0.1, {"totalIters": 30, "power": 3}],
        ],
        {"milestones": [10, 70, 150]},
    ],
    ["sequentialLR", [["stepLR", 0.1, {"stepSize": 3}], ["lambdaLR", 0.1, "inverse"], ["multiStepLR", 0.1, {"milestones": [2, 9]}]], {"milestones": [11, 40]}],
    ["sequentialLR", [["exponentialLR", 0.1, {"gamma": 0.97}], ["multiplicativeLR", 0.1, "inverse"], ["linearLR", 0.1]], {"milestones": [30, 50]}],
    ["sequentialLR", [["multiplicativeLR", 0.1, "constant"], ["swaLR", 0.1, {"swaLr": 0.01, "annealEpochs": 20}]], {"milestones": [60]}],
    ["sequentialLR", [["cosineAnnealingLR", 0.1, {"tMax": 90}], ["swaLR", 0.1, {"swaLr": 0.05, "annealEpochs": 0}], ["exponentialLR", 0.1, {"gamma": 0.99}]], {"milestones": [60, 120]}],
    # Warm-up
    ["warmup", 12, ["cosineAnnealingLR", 0.1, {"tMax": 150}]],
    ["warmup", 1, ["exponentialLR", 0.1, {"gamma": 0.95}], {"startFactor": 0.25}],
    ["warmup", 40, ["linearLR", 0.1, {"startFactor": 1, "endFactor": 0, "totalIters": 160}], {"startFactor": 1e-3}],
]

NAMES = {
    "lambdaLR": lr_scheduler.LambdaLR,
    "multiplicativeLR": lr_scheduler.MultiplicativeLR,
    "stepLR": lr_scheduler.StepLR,
    "multiStepLR": lr_scheduler.MultiStepLR,
    "constantLR": lr_scheduler.ConstantLR,
    "linearLR": lr_scheduler.LinearLR,
    "exponentialLR": lr_scheduler.ExponentialLR,
    "polynomialLR": lr_scheduler.PolynomialLR,
    "cosineAnnealingLR": lr_scheduler.CosineAnnealingLR,
    "cosineAnnealingWarmRestarts": lr_scheduler.CosineAnnealingWarmRestarts,
    "oneCycleLR": lr_scheduler.OneCycleLR,
    "cyclicLR": lr_scheduler.CyclicLR,
    "swaLR": SWALR,
}
OWN_NAMES = {"tMax": "T_max", "t0": "T_0", "tMult": "T_mult"}


def snake_case(name):
    return OWN_NAMES.get(name) or "".join("_" + letter.lower() if letter.isupper() else letter for letter in name)


def make(optimizer, call):
    name, *arguments = call
    if name == "chainedScheduler":
        return lr_scheduler.ChainedScheduler([make(optimizer, each) for each in arguments[0]])
    if name == "sequentialLR":
        parts = [make(optimizer, each) for each in arguments[0]]
        return lr_scheduler.SequentialLR(optimizer, parts, **arguments[1])
    if name == "warmup":
        steps, schedule, *rest = arguments
        factor = rest[0]["startFactor"] if rest else 1 / (steps + 1)
        up = lr_scheduler.LinearLR(optimizer, start_factor=factor, total_iters=steps)
        return lr_scheduler.SequentialLR(optimizer, [up, make(optimizer, schedule)], [steps])
    if name in ("lambdaLR", "multiplicativeLR"):
        return NAMES[name](optimizer, FUNCTIONS[arguments[1]])
    options = {snake_case(key): value for key, value in (arguments[1] if len(arguments) > 1 else {}).items()}
    if "scale_fn" in options:
        options["scale_fn"] = FUNCTIONS[options["scale_fn"]]
    if name in ("oneCycleLR", "cyclicLR"):
        return NAMES[name](optimizer, arguments[0], **options)
    return NAMES[name](optimizer, **options)


def initial(call):
    found = call[1]
    if call[0] == "warmup":
        found = call[2]
    while isinstance(found, list):
        found = found[0] if isinstance(found[0], list) else found[1]
    return found


def optimizer_for(call):
    return torch.optim.SGD([torch.zeros(1, dtype=torch.float64, requires_grad=True)], lr=initial(call), momentum=0.9)


def record(call):
    optimizer = optimizer_for(call)
    scheduler = make(optimizer, call)
    group = optimizer.param_groups[0]
    values, momenta = [], []
    for step in range(STEPS):
        values.append(group["lr"])
        momenta.append(group["momentum"])
        optimizer.step()
        if step < STEPS - 1:
            scheduler.step()
    return {"call": call, "lr": values, **({"momentum": momenta} if any(m != 0.9 for m in momenta) else {})}


def fractions(options):
    """Warm restarts, stepped to parts of epochs."""
    optimizer = optimizer_for(["", 0.1])
    scheduler = lr_scheduler.CosineAnnealingWarmRestarts(optimizer, **{snake_case(k): v for k, v in options.items()})
    values = []
    for step in range(STEPS):
        scheduler.step(step / 7)
        values.append(optimizer.param_groups[0]["lr"])
    return {"options": options, "perEpoch": 7, "lr": values}


METRICS = {
    "falling": [round(1 + 2 * math.exp(-0.05 * k) + 0.05 * math.sin(1.7 * k), 4) for k in range(STEPS)],
    "rising": [round(0.9 - math.exp(-0.04 * k) + 0.02 * math.cos(2.3 * k), 4) for k in range(STEPS)],
    "flat": [1.0] * 8 + [0.5] * (STEPS - 8),
    "waves": [round(math.sin(0.1 * k) * (1 - k / 250), 4) for k in range(STEPS)],
}
PLATEAUS = [
    ["flat", 0.1, {"factor": 0.5, "patience": 1, "cooldown": 2}],
    ["falling", 0.1, {}],
    ["falling", 0.1, {"factor": 0.7, "patience": 3, "threshold": 0.01, "minLr": 0.004}],
    ["falling", 0.1, {"factor": 0.5, "patience": 0, "thresholdMode": "abs", "threshold": 0.02, "cooldown": 5}],
    ["falling", 0.1, {"factor": 0.1, "patience": 2, "eps": 1e-4}],
    ["rising", 0.1, {"mode": "max", "factor": 0.8, "patience": 4}],
    ["rising", 0.1, {"mode": "max", "factor": 0.9, "patience": 2, "thresholdMode": "abs", "threshold": 0.05}],
    ["rising", 0.1, {"mode": "min", "factor": 0.95, "patience": 1, "eps": 0}],
    ["waves", 0.1, {"factor": 0, "patience": 6, "minLr": 1e-3, "cooldown": 1}],
    ["waves", 0.1, {"mode": "max", "factor": 0.6, "patience": 2, "threshold": 0}],
]


def plateau(metrics, start, options):
    optimizer = optimizer_for(["", start])
    scheduler = lr_scheduler.ReduceLROnPlateau(optimizer, **{snake_case(key): value for key, value in options.items()})
    values = []
    for metric in METRICS[metrics]:
        scheduler.step(metric)
        values.append(optimizer.param_groups[0]["lr"])
    return {"metrics": metrics, "initial": start, "options": options, "lr": values}


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    groups = {
        "schedules": [record(call) for call in SCHEDULES],
        "fractions": [fractions(options) for options in ({"t0": 3}, {"t0": 2, "tMult": 2, "etaMin": 0.01}, {"t0": 1, "tMult": 3})],
        "plateaus": [plateau(*each) for each in PLATEAUS],
    }
    lists = ['"' + name + '":[\n' + ",\n".join(map(compact, rows)) + "\n]" for name, rows in groups.items()]
    head = f'"pytorch":{compact(VERSION)},\n"metrics":{compact(METRICS)}'
    (HERE / "schedules.json").write_text("{\n" + ",\n".join([head, *lists]) + "\n}\n")
    print(f"schedules.json: {(HERE / 'schedules.json').stat().st_size} bytes")
