"""Records what PyTorch computes along one axis: rows.json. How to run it, and what stands in it: see record.py.

Sorting is recorded with `stable=True`, and topK by it: PyTorch's own leaves the order of equal elements open.
"""

import platform

import torch

from record import INF, NAN, OPERATIONS, VERSION, booleans, case, exactly, floats, integers, value_case, write


def top(x, k, axis, largest):
    values, indices = torch.sort(x, dim=axis, descending=largest, stable=True)
    if not x.isnan().any():
        found = torch.topk(x, k, dim=axis, largest=largest, sorted=True).values
        assert torch.equal(found, values.narrow(axis, 0, k))
    return values.narrow(axis, 0, k), indices.narrow(axis, 0, k)


OPERATIONS |= {
    "cumsum": lambda x, axis: torch.cumsum(x, axis, dtype=x.dtype),
    "cummax": lambda x, axis: torch.cummax(x, axis).values,
    "sort": lambda x, axis, descending: torch.sort(x, dim=axis, descending=descending, stable=True).values,
    "argsort": lambda x, axis, descending: torch.argsort(x, dim=axis, descending=descending, stable=True).int(),
    "topK": lambda x, k, axis, largest: top(x, k, axis, largest)[0],
    "places of topK": lambda x, k, axis, largest: top(x, k, axis, largest)[1].int(),
    "takeAlongAxis": lambda x, indices, axis: torch.gather(x, axis, indices.long()),
}

SHAPES = [([1], 0), ([17], 0), ([3, 5], 0), ([3, 5], 1), ([1, 17], 1), ([17, 1], 0), ([5, 3, 17], 1), ([5, 3, 17], -3)]
TIED = [[1.0, 3.0, 3.0, 2.0, 3.0], [-1.0, -1.0, -2.0, 0.0, -0.0], [0.5, 0.5, 0.5, 0.5, 0.5]]
EDGES = [
    [1.0, NAN, -INF, 2.0, INF, NAN, 0.0],
    [NAN, NAN, 1.0, -0.0, 0.0, INF, INF],
    [-INF, -INF, 5e-324, -5e-324, 0.0, 1e308, 1e308],
]
WHOLE = [[3, -7, 3, 2147483647, -2147483648], [0, 0, -1, -1, 5]]


def accumulation_cases():
    for operation in ["cumsum", "cummax"]:
        for shape, axis in SHAPES:
            yield case(operation, floats(shape), axis=axis)
        for axis in [0, 1]:
            yield case(operation, exactly(TIED), axis=axis, note="ties")
            yield value_case(operation, exactly(EDGES), axis=axis, note="edges")
            yield value_case(operation, integers(WHOLE), axis=axis, note="integers")
    for axis in [0, 1]:
        yield case("cummax", exactly(EDGES), axis=axis, note="edges, with gradients")


def order_cases():
    for descending in [False, True]:
        for shape, axis in SHAPES:
            yield case("sort", floats(shape), axis=axis, descending=descending)
            yield value_case("argsort", floats(shape), axis=axis, descending=descending)
        for axis in [0, 1]:
            for numbers, note in [(TIED, "ties"), (EDGES, "edges")]:
                yield case("sort", exactly(numbers), axis=axis, descending=descending, note=note)
                yield value_case("argsort", exactly(numbers), axis=axis, descending=descending, note=note)
            yield value_case("sort", integers(WHOLE), axis=axis, descending=descending, note="integers")
            yield value_case("argsort", integers(WHOLE), axis=axis, descending=descending, note="integers")
    for largest in [True, False]:
        for k, shape, axis in [(1, [17], 0), (5, [17], 0), (17, [17], -1), (3, [5, 17], 1), (2, [5, 3, 17], 0)]:
            yield case("topK", floats(shape), k=k, axis=axis, largest=largest)
            yield value_case("places of topK", floats(shape), k=k, axis=axis, largest=largest)
        for k in [1, 3]:
            for numbers, note in [(TIED, "ties"), (EDGES, "edges")]:
                yield case("topK", exactly(numbers), k=k, axis=1, largest=largest, note=note)
                yield value_case("places of topK", exactly(numbers), k=k, axis=1, largest=largest, note=note)


def take_cases():
    along = [([5], [0, 4, 4, 2], 0), ([3, 5], [[0, 4], [4, 4], [2, 1]], 1), ([3, 5], [[2, 0, 1, 1, 2]], 0)]
    for shape, indices, axis in along:
        yield case("takeAlongAxis", floats(shape), integers(indices), axis=axis)
    yield value_case("takeAlongAxis", integers(WHOLE), integers([[4, 0, 3], [1, 1, 1]]), axis=1, note="integers")
    yield value_case("takeAlongAxis", booleans([2, 5]), integers([[4, 0, 3], [1, 1, 2]]), axis=1, note="bools")


def record_rows():
    cases = [one for group in [accumulation_cases, order_cases, take_cases] for one in group()]
    assert len({one["name"] for one in cases}) == len(cases), "two cases have one name"
    write("rows.json", {"pytorch": VERSION}, "cases", cases)


if __name__ == "__main__":
    torch.set_num_threads(1)
    print(f"PyTorch {VERSION} on {platform.machine()}")
    record_rows()
