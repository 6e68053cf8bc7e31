"""Records what PyTorch's LBFGS computes, for the tests to compare with: lbfgs.json.

    python3 -m venv .venv && .venv/bin/pip install torch==2.13.0 numpy
    .venv/bin/python test/reference/lbfgs.py

Two problems: the small net of record.py, and Rosenbrock's function from two starts. After each call of `step`: the loss
that it returned, the parameters (of float32 only the last), how many iterations and evaluations there were, and the
length of the last step; at the end of runs with a short history also the rest of the state. Names of options are
optimc's.
"""

import torch
from record import DATA, PARAMETERS, VERSION, compact, flat, snake_case, squared_error, wave, write
from torch.optim.lbfgs import _strong_wolfe

SEARCH = {"lineSearch": "strongWolfe"}

# The method magnifies rounding: directions depend on differences of gradients, and comparisons decide how often it
# evaluates. Runs are repeated from starts that are off by a rounding error, and end where those part by more than this.
EPSILON = {torch.float64: 2**-52, torch.float32: 2**-23}
APART = {torch.float64: 1e-8, torch.float32: 1e-5}

NET = [
    ({**SEARCH}, 4),
    ({**SEARCH, "maxIter": 4}, 10),
    ({**SEARCH, "maxIter": 1}, 20),
    ({**SEARCH, "maxIter": 6, "maxEval": 4}, 10),
    ({**SEARCH, "maxIter": 5, "maxEval": 1}, 10),
    ({**SEARCH, "historySize": 3}, 4),
    ({**SEARCH, "historySize": 1, "maxIter": 7}, 8),
    ({**SEARCH, "lr": 0.01, "maxIter": 5}, 10),
    ({**SEARCH, "lr": 20, "maxIter": 5}, 10),
    ({**SEARCH, "toleranceChange": 0.3}, 8),
    ({**SEARCH, "toleranceGrad": 3.0}, 6),
    ({"lr": 0.1}, 5),
    ({"lr": 0.3, "maxIter": 5}, 10),
    ({"lr": 0.3, "maxIter": 1}, 20),
    ({"lr": 0.2, "historySize": 2}, 5),
    ({"lr": 0.5, "historySize": 5, "maxIter": 8, "maxEval": 3}, 12),
    ({"lr": 0.1, "toleranceGrad": 1.0}, 6),
    ({"lr": 0.1, "toleranceChange": 0.05}, 6),
]
ROSENBROCK = [
    ([-1.2, 1.0], {**SEARCH}, 2),
    ([-1.2, 1.0], {**SEARCH, "maxIter": 3}, 12),
    ([-1.2, 1.0], {**SEARCH, "historySize": 1, "maxIter": 10}, 4),
    ([-1.2, 1.0], {"lr": 0.01, "maxIter": 10}, 6),
    ([1.5, 1.5], {**SEARCH}, 1),
    ([1.5, 1.5], {**SEARCH, "maxIter": 2, "historySize": 4}, 8),
    ([1.5, 1.5], {"lr": 0.1}, 4),
]


def rosenbrock(x):
    return (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2


def number(value):
    return flat(torch.as_tensor(value, dtype=torch.float64))[0]


def run(parameters, loss_of, options, calls):
    names = {name: "line_search_fn" if name == "lineSearch" else snake_case(name) for name in options}
    values = {name: "strong_wolfe" if name == "lineSearch" else value for name, value in options.items()}
    optimizer = torch.optim.LBFGS(parameters.values(), **{names[name]: values[name] for name in options})

    def closure():
        optimizer.zero_grad()
        loss = loss_of(parameters)
        loss.backward()
        return loss

    records = []
    for _ in range(calls):
        loss = optimizer.step(closure)
        state = optimizer.state[next(iter(parameters.values()))]
        records.append(
            {
                "loss": number(loss.detach()),
                "iterations": state["n_iter"],
                "evaluations": state["func_evals"],
                "t": number(state["t"]),
                "parameters": {name: flat(parameter) for name, parameter in parameters.items()},
                "state": {
                    "d": flat(state["d"]),
                    "old_dirs": [flat(each) for each in state["old_dirs"]],
                    "old_stps": [flat(each) for each in state["old_stps"]],
                    "ro": [number(each) for each in state["ro"]],
                    "H_diag": [number(state["H_diag"])],
                    "prev_flat_grad": flat(state["prev_flat_grad"]),
                    "prev_loss": [number(state["prev_loss"])],
                },
            }
        )
    assert not any(word in compact(records) for word in ("inf", "nan")), f"{options} diverges"
    return records


def vectors(value):
    """All lists of numbers in a record; numbers count as lists of one."""
    if isinstance(value, dict):
        value = list(value.values())
    if not isinstance(value, list):
        return [[value]]
    if value and all(isinstance(each, (int, float)) for each in value):
        return [value]
    return [found for each in value for found in vectors(each)]


def apart(record, other):
    """The largest difference of two records, relative to the largest magnitude of each vector."""
    if any(record[count] != other[count] for count in ("iterations", "evaluations")):
        return float("inf")
    if len(record["state"]["ro"]) != len(other["state"]["ro"]):
        return float("inf")
    most = 0
    for one, two in zip(vectors(record), vectors(other), strict=True):
        magnitude = max(abs(each) for each in one) or 1
        most = max(most, *(abs(a - b) / magnitude for a, b in zip(one, two, strict=True)))
    return most


def stable(starts, loss_of, options, calls, precision):
    """The records of a run, as far as rounding does not decide them."""

    def begin(sign):
        """The start; in the others every element is off by a rounding error, up or down."""
        ups = {name: torch.cos(torch.arange(start.numel()) * 2.0).sign() for name, start in starts.items()}
        return {
            name: (start * (1 + EPSILON[precision] * sign * ups[name].to(precision).reshape(start.shape))).requires_grad_()
            for name, start in starts.items()
        }

    records, *others = [run(begin(sign), loss_of, options, calls) for sign in (0, 1, -1)]
    kept = []
    for record, *same in zip(records, *others, strict=True):
        if any(apart(record, each) > APART[precision] for each in same):
            break
        kept.append(record)
    # What the tests compare at each call would be long.
    for position, record in enumerate(kept):
        is_last = position == len(kept) - 1
        if not is_last or len(record["state"]["ro"]) > 5:
            del record["state"]
        if not is_last and precision == torch.float32:
            del record["parameters"]
    return kept


def tensor(source, precision):
    return torch.tensor(source["data"], dtype=precision).reshape(source["shape"])


def net(options, calls, precision):
    x, y = tensor(DATA["x"], precision), tensor(DATA["y"], precision)
    starts = {name: tensor(source, precision) for name, source in PARAMETERS.items()}
    return stable(starts, lambda own: squared_error(own, x, y), options, calls, precision)


def searches():
    """Line searches for c1 t + c2 t^2 + c3 t^3 + c4 t^4 from 0: where they look, and where they go."""
    for position in range(80):
        c = [round(each, 3) for each in wave([4], 1.3 * position, 3.0)]
        c[0] = -abs(c[0]) - 0.05
        c[3] = round(abs(c[3]) + 0.3, 3)
        first, most = [0.05, 0.4, 1.0, 3.0, 20.0][position % 5], [25, 25, 25, 4, 2, 1][position % 6]
        tolerance = [1e-9, 1e-9, 0.3][position % 3]
        looked = []

        def look(x, t, d, c=c, looked=looked):
            looked.append(number(t))
            slope = c[0] + 2 * c[1] * t + 3 * c[2] * t**2 + 4 * c[3] * t**3
            return c[0] * t + c[1] * t**2 + c[2] * t**3 + c[3] * t**4, torch.as_tensor([slope], dtype=torch.float64)

        d, g = torch.ones(1, dtype=torch.float64), torch.tensor([c[0]], dtype=torch.float64)
        _, _, t, _ = _strong_wolfe(look, None, first, d, 0.0, g, g.dot(d), tolerance_change=tolerance, max_ls=most)
        yield {"c": c, "first": first, "most": most, "tolerance": tolerance, "looked": looked, "t": number(t)}


def main():
    runs = [
        {"problem": "net", "options": options, "precision": precision, "calls": net(options, calls, kind)}
        for options, calls in NET
        for precision, kind in (("float64", torch.float64), ("float32", torch.float32))
    ]
    for start, options, calls in ROSENBROCK:
        starts = {"x": torch.tensor(start, dtype=torch.float64)}
        records = stable(starts, lambda own: rosenbrock(own["x"]), options, calls, torch.float64)
        runs.append(
            {"problem": "rosenbrock", "start": start, "options": options, "precision": "float64", "calls": records}
        )
    for each in runs:
        print(each["problem"], each.get("start", ""), each["options"], each["precision"], len(each["calls"]), "calls")
    runs = [each for each in runs if each["calls"]]
    head = {"pytorch": VERSION, "data": DATA, "parameters": PARAMETERS, "searches": list(searches())}
    write("lbfgs.json", head, "runs", runs)


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
