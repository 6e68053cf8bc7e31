"""Records what the packages of their authors compute for the optimizers that PyTorch does not have: authors.json.

    python3 -m venv .venv && .venv/bin/pip install torch==2.13.0 numpy adabound==0.0.5 lion-pytorch==0.2.5 \
        torch-optimizer==0.3.0 schedulefree==1.4.1
    .venv/bin/python test/reference/authors.py        with adan.py of github.com/sail-sg/Adan beside the packages

The net, its data and what is recorded are those of record.py. From the packages come AdaBound and AMSBound (adabound), Lion
(lion-pytorch), LAMB (torch-optimizer), Adan (the authors' file) and Schedule-Free (the reference classes of
schedulefree). AdaBoundW is in no release of its package: here it is AdaBound's step with the decay of the package's
later source around it. SWATS has no package by its authors, and the ports of others switch whole groups by one tensor
and multiply the momentum in place: it is written out below from the paper (arXiv 1712.07628), without PyTorch's help.

Where a hyper-parameter is an object, it is a schedule: {base, decay} is base / (1 + decay t), {base, warmup} is
base min(1, (t + 1) / warmup), with t from 0.
"""

import fnmatch
import math
import warnings

import torch
from adabound import AdaBound
from adan import Adan
from lion_pytorch import Lion
from record import DATA, PARAMETERS, STEPS, VERSION, compact, flat, snake_case, squared_error, write
from schedulefree import AdamWScheduleFreeReference, SGDScheduleFreeReference
from torch_optimizer import Lamb

FULL = {"float64": {2, 100}, "float32": {100}}  # parameters and state at these, the loss at STEPS

warnings.filterwarnings("ignore", message="This overload of add")


class AdaBoundW(AdaBound):
    """AdaBound, and p <- p_new - weight_decay p_old; or p <- p (1 - lr weight_decay) before the step."""

    def __init__(self, parameters, weight_decay=0, fixed_decay=True, **options):
        super().__init__(parameters, **options)
        self.weight_decay, self.fixed_decay = weight_decay, fixed_decay

    @torch.no_grad()
    def step(self):
        if not self.fixed_decay:
            for group in self.param_groups:
                for p in group["params"]:
                    p.mul_(1 - group["lr"] * self.weight_decay)
        before = [[p.clone() for p in group["params"]] for group in self.param_groups]
        super().step()
        if self.fixed_decay:
            for group, kept in zip(self.param_groups, before, strict=True):
                for p, old in zip(group["params"], kept, strict=True):
                    p.sub_(self.weight_decay * old)


class Swats(torch.optim.Optimizer):
    """Adam until the step of SGD that projects onto Adam's is known, then SGD with it."""

    def __init__(
        self,
        parameters,
        lr=1e-3,
        betas=(0.9, 0.999),
        eps=1e-9,
        weight_decay=0,
        switch_tolerance=1e-9,
        relative_tolerance=0,
        scope="global",
    ):
        defaults = dict(lr=lr, betas=betas, eps=eps, weight_decay=weight_decay)
        super().__init__(parameters, defaults)
        self.switch_tolerance, self.relative_tolerance, self.scope = switch_tolerance, relative_tolerance, scope
        self.steps = 0
        self.kept = {}
        for group in self.param_groups:
            group["base_lr"] = group["lr"]

    def scope_of(self, number, parameter):
        return {"global": 0, "group": number, "tensor": parameter}[self.scope]

    @torch.no_grad()
    def step(self):
        self.steps += 1
        t = self.steps
        sums = {}
        for number, group in enumerate(self.param_groups):
            b1, b2 = group["betas"]
            for p in group["params"]:
                where = self.scope_of(number, p)
                kept = self.kept.setdefault(where, {"phase": 0, "exp_avg2": 0.0, "lambda": 0.0})
                state = self.state[p]
                if not state:
                    state.update({name: torch.zeros_like(p) for name in ["exp_avg", "exp_avg_sq", "momentum_buffer"]})
                g = p.grad + group["weight_decay"] * p
                if kept["phase"] == 1:
                    state["momentum_buffer"] = b1 * state["momentum_buffer"] + g
                    rate = kept["lambda"] * group["lr"] / group["base_lr"] * (1 - b1)
                    p.copy_(p - rate * state["momentum_buffer"])
                    continue
                m = b1 * state["exp_avg"] + (1 - b1) * g
                v = b2 * state["exp_avg_sq"] + (1 - b2) * g * g
                state["exp_avg"], state["exp_avg_sq"] = m, v
                q = -group["lr"] * math.sqrt(1 - b2**t) / (1 - b1**t) * m / (torch.sqrt(v) + group["eps"])
                p.copy_(p + q)
                qq, qg = sums.get(where, (0.0, 0.0))
                sums[where] = (qq + (q * q).double().sum().item(), qg + (q * g).double().sum().item())
                sums[where, "b2"] = b2
        for where, kept in self.kept.items():
            if kept["phase"] == 1 or sums[where][1] == 0:
                continue
            (qq, qg), b2 = sums[where], sums[where, "b2"]
            gamma = qq / -qg
            kept["exp_avg2"] = b2 * kept["exp_avg2"] + (1 - b2) * gamma
            estimate = kept["exp_avg2"] / (1 - b2**t)
            tolerance = self.switch_tolerance + self.relative_tolerance * abs(gamma)
            if t > 1 and estimate > 0 and abs(estimate - gamma) < tolerance:
                kept["phase"], kept["lambda"] = 1, estimate


OPTIMIZERS = {
    "adabound": AdaBound,
    "amsbound": lambda parameters, **options: AdaBound(parameters, amsbound=True, **options),
    "adaboundw": AdaBoundW,
    "lion": Lion,
    "lamb": Lamb,
    "adan": lambda parameters, **options: Adan(parameters, foreach=False, **options),
    "swats": Swats,
    "scheduleFreeSGD": SGDScheduleFreeReference,
    "scheduleFreeAdamW": AdamWScheduleFreeReference,
}

DECAYING = {"base": 0.01, "decay": 0.05}
WARMING = {"base": 0.01, "warmup": 5}
GROUPS = {"biases": {"match": "*.bias", "lr": 0.003}}

OPTIONS = {
    "adabound": [
        {},
        {"lr": 0.01, "finalLr": 0.05, "gamma": 0.05, "weightDecay": 0.1},
        {"lr": 0.01, "betas": [0.8, 0.95], "eps": 1e-6, "gamma": 0.5, "finalLr": 0.02, "amsbound": True},
        {"lr": DECAYING, "gamma": 0.1, "finalLr": 0.05},
        {"lr": WARMING, "baseLr": 0.01, "gamma": 0.1, "finalLr": 0.05},
        {"lr": 0.01, "gamma": 0.1, "finalLr": 0.05, "groups": GROUPS},
    ],
    "amsbound": [{"lr": 0.01, "gamma": 0.05, "finalLr": 0.05, "weightDecay": 0.1}],
    "adaboundw": [
        {"lr": 0.01, "gamma": 0.05, "finalLr": 0.05, "weightDecay": 0.002},
        {"lr": 0.01, "gamma": 0.05, "finalLr": 0.05, "weightDecay": 0.5, "fixedDecay": False},
    ],
    "lion": [{}, {"lr": 0.01, "weightDecay": 0.1}, {"lr": DECAYING, "betas": [0.8, 0.95]}],
    "lamb": [
        {},
        {"lr": 0.01, "weightDecay": 0.1, "debias": True},
        {"lr": 0.01, "clampValue": 0.5, "betas": [0.8, 0.95], "eps": 1e-4},
        {"lr": 0.01, "adam": True, "debias": True, "weightDecay": 0.1},
    ],
    "adan": [
        {},
        {"lr": 0.01, "weightDecay": 0.1},
        {"lr": 0.01, "weightDecay": 0.1, "noProx": True},
        {"lr": DECAYING, "betas": [0.9, 0.8, 0.95], "eps": 1e-6},
    ],
    "swats": [
        {},
        {"lr": 0.01, "switchTolerance": 3e-4},
        {"lr": 0.03, "switchTolerance": 0, "relativeTolerance": 0.003},
        {"lr": 0.03, "betas": [0.8, 0.95], "relativeTolerance": 0.03, "scope": "tensor", "weightDecay": 0.01},
        {"lr": 0.03, "betas": [0.8, 0.95], "relativeTolerance": 0.02, "scope": "group", "groups": GROUPS},
        {"lr": DECAYING, "relativeTolerance": 0.05, "betas": [0.8, 0.95]},
    ],
    "scheduleFreeSGD": [
        {"lr": 0.02},
        {"lr": 0.02, "momentum": 0.8, "weightDecay": 0.1, "warmupSteps": 5},
        {"lr": DECAYING, "warmupSteps": 10, "r": 1, "weightLrPower": 1},
    ],
    "scheduleFreeAdamW": [
        {},
        {"lr": 0.01, "weightDecay": 0.1, "warmupSteps": 5},
        {"lr": DECAYING, "betas": [0.8, 0.95], "eps": 1e-6, "r": 0.5, "weightLrPower": 1},
    ],
}


def at(value, t):
    """A hyper-parameter at the step with t updates before it."""
    if not isinstance(value, dict):
        return value
    if "warmup" in value:
        return value["base"] * min(1, (t + 1) / value["warmup"])
    return value["base"] / (1 + value["decay"] * t)


def train(name, options, precision):
    """The recorded steps of one run. A step's loss is the one before its update, the rest stands after it."""

    def tensor(source, **settings):
        return torch.tensor(source["data"], dtype=getattr(torch, precision), **settings).reshape(source["shape"])

    x, y = tensor(DATA["x"]), tensor(DATA["y"])
    parameters = {parameter: tensor(source).requires_grad_() for parameter, source in PARAMETERS.items()}
    own = {key: value for key, value in options.items() if key not in ["groups", "baseLr"]}
    named = options.get("groups", {})
    rest = dict(parameters)
    groups = []
    for group in named.values():
        taken = [each for each in rest if fnmatch.fnmatch(each, group["match"])]
        changed = {snake_case(key): value for key, value in group.items() if key != "match"}
        groups.append({"params": [rest.pop(each) for each in taken], **changed})
    groups.append({"params": list(rest.values())})
    # As PyTorch's schedulers find it: an optimizer is made with the base, and its lr is changed before the first step.
    arguments = {snake_case(key): value["base"] if isinstance(value, dict) else value for key, value in own.items()}
    optimizer = OPTIMIZERS[name](groups, **arguments)
    if hasattr(optimizer, "train"):
        optimizer.train()

    steps = []
    for step in range(1, STEPS[-1] + 1):
        for group in optimizer.param_groups:
            if isinstance(own.get("lr"), dict):
                group["lr"] = at(own["lr"], step - 1)
        optimizer.zero_grad()
        loss = squared_error(parameters, x, y)
        loss.backward()
        optimizer.step()
        if step in STEPS:
            record = {"step": step, "loss": flat(loss)[0]}
            if step in FULL[precision]:
                record["parameters"] = {each: flat(value) for each, value in parameters.items()}
                record["state"] = {each: state_of(optimizer, value) for each, value in parameters.items()}
                averaged = {each: optimizer.state[value].get("x") for each, value in parameters.items()}
                if averaged["hidden.weight"] is not None:
                    record["evaluated"] = {each: flat(value) for each, value in averaged.items()}
                record["shared"] = shared_of(optimizer, parameters, list(named))
            steps.append(record)
    assert not any(word in compact(steps) for word in ("inf", "nan")), f"{name} {options} diverges"
    return steps


# What the packages keep beside the state: a step counter, norms for the log, and Schedule-Free's x and y.
UNKEPT = {"step", "weight_norm", "adam_norm", "trust_ratio", "x", "y"}


def state_of(optimizer, parameter):
    return {name: flat(value) for name, value in optimizer.state[parameter].items() if name not in UNKEPT}


def shared_of(optimizer, parameters, named):
    """The numbers that are kept for a group or for all, by optimc's names: `phase`, a group's `biases.phase`."""
    prefixes = [f"{each}." for each in named] + [""]
    groups = list(zip(prefixes, optimizer.param_groups, strict=True))
    if isinstance(optimizer, AdaBound):
        lrs = zip(prefixes, optimizer.base_lrs, strict=True)
        return {f"{prefix}base_lr": value for prefix, value in lrs}
    if isinstance(optimizer, Swats):
        if optimizer.scope == "tensor":
            keys = {f"{name}.": parameter for name, parameter in parameters.items()}
        else:
            keys = dict(zip(prefixes, range(len(prefixes)), strict=True)) if optimizer.scope == "group" else {"": 0}
        return {f"{prefix}{name}": value for prefix, key in keys.items() for name, value in optimizer.kept[key].items()}
    names = ["lr_max", "weight_sum"]
    return {f"{prefix}{name}": group[name] for prefix, group in groups for name in names if name in group}


if __name__ == "__main__":
    torch.set_num_threads(1)
    runs = [
        {"optimizer": name, "options": options, "precision": precision, "steps": train(name, options, precision)}
        for name, sets in OPTIONS.items()
        for options in sets
        for precision in ("float64", "float32")
    ]
    write("authors.json", {"pytorch": VERSION, "data": DATA, "parameters": PARAMETERS}, "runs", runs)
