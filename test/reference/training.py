"""Records what PyTorch's users do around an optimizer: training.json.

    .venv/bin/python test/reference/training.py        with what record.py says

The net and its data are those of record.py; in call k its input is multiplied by the k-th factor, so that calls differ. Clipping
is torch.nn.utils.clip_grad_value_ and clip_grad_norm_ (for each parameter by itself, or for all), accumulation divides the
loss by the number of calls of an update, averages are torch.optim.swa_utils.AveragedModel, and a call with a gradient that
is not finite leaves the update out.
"""

import math

import torch
from record import DATA, PARAMETERS, VERSION, squared_error, write
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

CALLS = 12
FACTORS = [round(1 + 0.5 * math.sin(1.3 * k), 3) for k in range(CALLS)]
RECORDED = {1, 5, 6, CALLS}

SGD = {"optimizer": "sgd", "options": {"lr": 0.02, "momentum": 0.9}}
ADAM = {"optimizer": "adam", "options": {"lr": 0.01}}

RUNS = [
    {**SGD, "clip": {"kind": "clipByValue", "limit": 0.4}},
    {**SGD, "clip": {"kind": "clipByNorm", "limit": 0.5, "type": 1}},
    {**SGD, "clip": {"kind": "clipByNorm", "limit": 0.5, "type": 2}},
    {**ADAM, "clip": {"kind": "clipByNorm", "limit": 0.5, "type": "inf"}},
    {**SGD, "clip": {"kind": "clipByGlobalNorm", "limit": 0.8, "type": 1}},
    {**SGD, "clip": {"kind": "clipByGlobalNorm", "limit": 0.8, "type": 2}},
    {**SGD, "clip": {"kind": "clipByGlobalNorm", "limit": 0.8, "type": "inf"}},
    {**SGD, "clip": {"kind": "clipByGlobalNorm", "limit": 1e6, "type": 2}},
    {**ADAM, "accumulate": 3},
    {**SGD, "accumulate": 2, "clip": {"kind": "clipByGlobalNorm", "limit": 0.8, "type": 2}},
    {**ADAM, "average": {"kind": "ema", "decay": 0.75}},
    {**SGD, "average": {"kind": "swa", "start": 3, "every": 2}},
    {**ADAM, "average": {"kind": "swa", "start": 1, "every": 1}, "accumulate": 2},
    {**ADAM, "skips": [3, 7]},
    {**SGD, "skips": [2], "accumulate": 2, "average": {"kind": "ema", "decay": 0.75}},
    {**ADAM, "biases": {"lr": 0.05, "weightDecay": 0.1}},
]


class Net(torch.nn.Module):
    def __init__(self, dtype):
        super().__init__()
        for name, values in PARAMETERS.items():
            layer, kind = name.split(".")
            if not hasattr(self, layer):
                setattr(self, layer, torch.nn.Module())
            tensor = torch.tensor(values["data"], dtype=dtype).reshape(values["shape"])
            getattr(self, layer).register_parameter(kind, torch.nn.Parameter(tensor))


def clip(parameters, kind, limit, type=2):
    norm = math.inf if type == "inf" else type
    if kind == "clipByValue":
        torch.nn.utils.clip_grad_value_(parameters, limit)
    elif kind == "clipByGlobalNorm":
        torch.nn.utils.clip_grad_norm_(parameters, limit, norm_type=norm)
    else:
        for each in parameters:
            torch.nn.utils.clip_grad_norm_([each], limit, norm_type=norm)


def record(run, dtype):
    net = Net(dtype)
    named = dict(net.named_parameters())
    parameters = list(named.values())
    options = dict(run["options"])
    groups = parameters
    if "biases" in run:
        own = {"lr": run["biases"]["lr"], "weight_decay": run["biases"]["weightDecay"]}
        split = lambda end: [each for name, each in named.items() if name.endswith(end)]
        groups = [{"params": split("weight")}, {"params": split("bias"), **own}]
    kind = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}[run["optimizer"]]
    optimizer = kind(groups, foreach=False, **options)
    every = run.get("accumulate", 1)
    average, averaged = run.get("average"), None
    if average:
        ema = {"multi_avg_fn": get_ema_multi_avg_fn(average["decay"])} if average["kind"] == "ema" else {}
        averaged = AveragedModel(net, **ema)
    x, y = (torch.tensor(DATA[k]["data"], dtype=dtype).reshape(DATA[k]["shape"]) for k in ("x", "y"))
    updates, steps = 0, []
    for call in range(1, CALLS + 1):
        factor = math.nan if call in run.get("skips", []) else FACTORS[call - 1]
        loss = squared_error(named, x * factor, y)
        (loss / every).backward()
        if call % every == 0:
            if all(bool(torch.isfinite(each.grad).all()) for each in parameters):
                if "clip" in run:
                    clip(parameters, **run["clip"])
                optimizer.step()
                updates += 1
                start, period = (average or {}).get("start", 1), (average or {}).get("every", 1)
                if average and updates >= start and (updates - start) % period == 0:
                    averaged.update_parameters(net)
            optimizer.zero_grad()
        if call in RECORDED:
            flat = lambda tensors: {name: each.detach().reshape(-1).tolist() for name, each in tensors.items()}
            step = {"call": call, "updates": updates, "parameters": flat(named)}
            if averaged and int(averaged.n_averaged) > 0:
                step["evaluated"] = flat(dict(averaged.module.named_parameters()))
            steps.append(step)
    return {**run, "steps": steps}


write(
    "training.json",
    {"torch": VERSION, "data": DATA, "parameters": PARAMETERS, "factors": FACTORS},
    "runs",
    [record(run, torch.float64) for run in RUNS],
)
