"""Records files as the packages write them that the formats are of: files.json, beside this file.

    .venv/bin/pip install torch==2.13.0 numpy==2.4.6 safetensors==0.8.0
    .venv/bin/python test/reference/files.py

`safetensors` has files of every type, and what is in them; `npy` the same by np.save, in both orders of bytes and of axes and
in the three versions of the format. Bytes are base64. Numbers are the bytes of what the file's numbers are as float64, float32,
int32 or uint8, by the name of the array. `halves` has SHA-256 of all 65,536 numbers of float16 and bfloat16 as float32, NaN
left out. `torch` is the state_dict of a small module.

    .venv/bin/python test/reference/files.py --load FILE

loads a file into that module, strictly, and prints the values.
"""

import base64
import hashlib
import io
import json
import sys
from pathlib import Path

import numpy as np
import safetensors
import safetensors.numpy
import safetensors.torch
import torch

HERE = Path(__file__).parent
ODD = [0.0, -0.0, 1.5, -2.25, np.inf, -np.inf, np.nan, 1e-40]


def text(data):
    return base64.b64encode(data).decode()


def widened(array):
    """The array that JavaScript has for it."""
    name = {"f8": "f8", "f4": "f4", "f2": "f4", "i8": "f8", "i4": "i4", "u1": "u1", "b1": "u1"}[array.dtype.str[1:]]
    return np.ascontiguousarray(array.astype("<" + name) if name != "u1" else array.view("u1"))


def expected(array):
    wide = widened(array)
    names = {"f8": "Float64Array", "f4": "Float32Array", "i4": "Int32Array", "u1": "Uint8Array"}
    return {"shape": list(array.shape), "kind": names[wide.dtype.str[1:]], "data": text(wide.tobytes())}


def arrays():
    with np.errstate(over="ignore"):
        for name in ["f8", "f4", "f2"]:
            yield name, np.array(ODD).astype(name)
    yield "i8", np.array([[0, -1], [2**53 - 1, -(2**53) + 1]], "i8")
    yield "i4", np.array([[[2**31 - 1], [-(2**31)], [-1]]], "i4")
    yield "u1", np.array([0, 1, 255], "u1")
    yield "b1", np.array([[True, False], [False, True]])
    yield "scalar", np.array(3.5, "f4")
    yield "empty", np.zeros((2, 0, 3), "f4")


def safetensors_files():
    several = {
        "b.weight": np.arange(6, dtype="f4").reshape(2, 3),
        "a.weight": np.arange(3, dtype="i4"),
        "c": np.array([1.5, -2.5]),
        "\U0001f600": np.array([1], "f4"),
        "\uff5e": np.array([2], "f4"),
        "é\n\"": np.array([True, False, True]),
        "bytes": np.array([7], "u1"),
        "10": np.array([4], "f4"),
        "2": np.array([3], "f4"),
        "__proto__": np.zeros((0, 4), "f8"),
    }
    files = [(dict(arrays()), None), (several, None), (several, {"format": "pt"}), ({}, None), ({}, {"a": "é\t"})]
    for tensors, metadata in files:
        yield {
            "file": text(safetensors.numpy.save(tensors, metadata)),
            "metadata": metadata,
            "tensors": {name: {**expected(each), "bool": each.dtype == bool} for name, each in tensors.items()},
            "ours": not any(each.dtype.str[1:] in ("f2", "i8") for each in tensors.values()),
        }


def npy(array, version, **options):
    file = io.BytesIO()
    np.lib.format.write_array(file, array, version=version, **options)
    return {"file": text(file.getvalue()), "dtype": array.dtype.str, **expected(array)}


def npy_files():
    for name, array in arrays():
        yield npy(array, (1, 0))
        if array.dtype.itemsize > 1:
            yield npy(array.astype(array.dtype.newbyteorder(">")), (1, 0))
    cube = np.arange(24, dtype="i4").reshape(2, 3, 4)
    for version in [(1, 0), (2, 0), (3, 0)]:
        yield npy(cube, version)
        yield npy(np.asfortranarray(cube), version)
    yield npy(np.asfortranarray(cube.astype(">f8")), (1, 0))
    yield npy(np.zeros((1,) * 20, "f4"), (1, 0))


def refused_npy():
    for array in [np.zeros(2, "c8"), np.zeros(2, "u2"), np.array(["a"]), np.zeros(2, [("a", "f4")]), np.array([2**53])]:
        file = io.BytesIO()
        np.save(file, array)
        yield {"file": text(file.getvalue()), "dtype": str(array.dtype)}


def halves():
    every = np.arange(65536, dtype="u2")
    for name, wide in [
        ("F16", every.view("f2").astype("f4")),
        ("BF16", (every.astype("u4") << 16).view("f4")),
    ]:
        assert name != "BF16" or torch.equal(
            torch.from_numpy(every.view("i2").copy()).view(torch.bfloat16).float().nan_to_num(1), torch.from_numpy(wide.copy()).nan_to_num(1)
        )
        yield name, hashlib.sha256(wide[~np.isnan(wide)].tobytes()).hexdigest()


class Module(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = torch.nn.Linear(4, 3)
        self.norm = torch.nn.BatchNorm1d(3)


def module():
    torch.manual_seed(1)
    made = Module()
    made.norm(made.hidden(torch.arange(8.0).reshape(2, 4)))
    return made


def torch_file():
    state = module().state_dict()
    return {
        "file": text(safetensors.torch.save(state)),
        "values": {name: each.double().flatten().tolist() for name, each in state.items()},
        "shapes": {name: list(each.shape) for name, each in state.items()},
    }


def main():
    if sys.argv[1:2] == ["--load"]:
        made = Module()
        print(made.load_state_dict(safetensors.torch.load_file(sys.argv[2]), strict=True))
        print({name: each.flatten().tolist() for name, each in made.state_dict().items()})
        return
    recorded = {
        "versions": {"torch": torch.__version__, "numpy": np.__version__, "safetensors": safetensors.__version__},
        "safetensors": list(safetensors_files()),
        "npy": list(npy_files()),
        "refusedNpy": list(refused_npy()),
        "halves": dict(halves()),
        "torch": torch_file(),
    }
    (HERE / "files.json").write_text(json.dumps(recorded, indent=1, ensure_ascii=True) + "\n")


main()
