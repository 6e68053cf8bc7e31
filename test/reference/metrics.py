"""Records the metrics as scikit-learn computes them: metrics.json, beside this file.

    python3 -m venv .venv && .venv/bin/pip install scikit-learn==1.9.1
    .venv/bin/python test/reference/metrics.py

Names are optimc's. scikit-learn takes the last of equal scores; the top k of ties are taken by NumPy's stable sort.
"""

import json
import math
from pathlib import Path

import numpy
import sklearn
from sklearn import metrics

HERE = Path(__file__).parent


def wave(count, phase=0.0, scale=2.0):
    """Fixed numbers in [-scale, scale], three decimals each."""
    return numpy.array([round(math.sin(1.7 * k + 0.3 + phase) * scale, 3) for k in range(count)])


def labels(count, classes, factor=5):
    return numpy.array([(factor * n * n + 3 * n + 1) % classes for n in range(count)])


def top(truth, scores, k):
    best = numpy.argsort(-scores, axis=-1, kind="stable")[:, :k]
    return float((best == truth[:, None]).any(-1).mean())


def encode(array, element):
    return {"shape": list(array.shape), "data": array.reshape(-1).tolist(), "element": element}


def case(metric, value, arguments, *parameters, note=""):
    shapes = [str(list(array.shape)) for array, _ in arguments]
    return {
        "name": " ".join([metric, *shapes, *map(json.dumps, parameters)]) + (f", {note}" if note else ""),
        "metric": metric,
        "arguments": [encode(*argument) for argument in arguments],
        "parameters": parameters,
        "value": numpy.asarray(value).reshape(-1).tolist(),
        "shape": list(numpy.shape(value)),
    }


def score_cases():
    for rows, classes in [(1, 1), (1, 5), (5, 3), (17, 5), (3, 17)]:
        truth = labels(rows, classes)
        for note, scores in [("", wave(rows * classes)), ("ties", numpy.round(wave(rows * classes)))]:
            scores = scores.reshape(rows, classes)
            arguments = [(scores, "float"), (truth, "int32")]
            yield case("accuracy", metrics.accuracy_score(truth, scores.argmax(-1)), arguments, note=note)
            for k in {1, 2, 3, classes}:
                if k > classes:
                    continue
                value = top(truth, scores, k)
                if note == "" and classes > 2:
                    assert value == metrics.top_k_accuracy_score(truth, scores, k=k, labels=range(classes))
                yield case("topKAccuracy", value, arguments, k, note=note)


def class_cases():
    functions = {"precision": metrics.precision_score, "recall": metrics.recall_score, "f1": metrics.f1_score}
    for count, classes, occurring in [(1, 1, 1), (1, 3, 3), (5, 3, 3), (17, 5, 5), (17, 5, 3), (85, 17, 17)]:
        truth, found = labels(count, occurring), labels(count, occurring, 2)
        arguments = [(found, "int32"), (truth, "int32")]
        note = f"{occurring} of {classes} classes occur"
        matrix = metrics.confusion_matrix(truth, found, labels=range(classes))
        yield case("confusionMatrix", matrix, arguments, classes, note=note)
        for name, function in functions.items():
            for average in ["macro", "micro", "none"]:
                over = None if average == "none" else average
                value = function(truth, found, labels=range(classes), average=over, zero_division=0)
                yield case(name, value, arguments, {"average": average, "classes": classes}, note=note)
    for name, function in functions.items():
        for count in [1, 3, 5, 17]:
            truth, found = labels(count, 2), labels(count, 2, 2)
            arguments = [(found, "int32"), (truth, "int32")]
            yield case(name, function(truth, found, zero_division=0), arguments)
            bools = [(found, "bool"), (truth, "bool")]
            yield case(name, function(truth, found, zero_division=0), bools, {"average": "binary"}, note="truth values")
        for found, truth, note in [([0, 0], [1, 0], "none found"), ([1, 0], [0, 0], "none there"), ([0, 0], [0, 0], "nothing")]:
            found, truth = numpy.array(found), numpy.array(truth)
            value = function(truth, found, zero_division=0)
            yield case(name, value, [(found, "int32"), (truth, "int32")], note=note)


def r2_cases():
    for shape in [(3,), (17,), (5, 3), (17, 1), (3, 17)]:
        truth, found = wave(math.prod(shape)).reshape(shape), wave(math.prod(shape), 0.4).reshape(shape)
        arguments = [(found, "float"), (truth, "float")]
        yield case("r2", metrics.r2_score(truth, found), arguments)
    same = numpy.array([2.0, 2.0, 2.0])
    for found, note in [(same, "exact and constant"), (numpy.array([2.0, 1.0, 2.0]), "constant")]:
        yield case("r2", metrics.r2_score(same, found), [(found, "float"), (same, "float")], note=note)


if __name__ == "__main__":
    cases = [one for group in [score_cases, class_cases, r2_cases] for one in group()]
    assert len({one["name"] for one in cases}) == len(cases), "two cases have one name"
    lines = ",\n".join(json.dumps(one, separators=(",", ":")) for one in cases)
    text = f'{{\n"scikit-learn":"{sklearn.__version__}",\n"cases":[\n{lines}\n]\n}}\n'
    (HERE / "metrics.json").write_text(text)
    print(f"metrics.json: {len(cases)} cases, {len(text)} bytes")
