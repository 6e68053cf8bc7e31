"""Records sparseAdam.json: a hundred steps of torch.optim.SparseAdam on an embedding, as PyTorch 2.13 takes them.

    python test/reference/sparseAdam.py

Batches list rows several times, and some rows rarely or never. Values are recorded at steps 1, 2, 10, 50 and 100.
"""

import json
import math
from pathlib import Path

import torch

ROWS, FEATURES, BATCH, STEPS = 12, 5, 7, 100
RECORDED = (1, 2, 10, 50, 100)
OPTIONS = (
    {},
    {"lr": 0.05, "betas": [0.8, 0.95], "eps": 1e-3},
    {"lr": 0.02, "maximize": True},
)

torch.set_num_threads(1)


def decimals(count, phase):
    return torch.tensor([round(2 * math.sin(3 * i + phase), 3) for i in range(count)], dtype=torch.float64)


table = decimals(ROWS * FEATURES, 1).reshape(ROWS, FEATURES)
target = decimals(BATCH * FEATURES, 2).reshape(BATCH, FEATURES)
# Row 11 is never listed, row 10 in the first step only; the last two of each batch repeat others.
batches = torch.tensor([[(step * step + (step + 3) * i) % 10 for i in range(BATCH)] for step in range(STEPS)])
batches[:, -2] = batches[:, 0]
batches[:, -1] = batches[:, 1]
batches[0, 2] = 10


def run(options, precision):
    dtype = getattr(torch, precision)
    embedding = torch.nn.Embedding(ROWS, FEATURES, sparse=True, dtype=dtype)
    with torch.no_grad():
        embedding.weight.copy_(table)
    settings = {**options, **({"betas": tuple(options["betas"])} if "betas" in options else {})}
    optimizer = torch.optim.SparseAdam(embedding.parameters(), **settings)
    steps = []
    for step in range(1, STEPS + 1):
        optimizer.zero_grad()
        loss = (embedding(batches[step - 1]) - target.to(dtype)).square().sum()
        loss.backward()
        assert embedding.weight.grad.is_sparse
        optimizer.step()
        if step in RECORDED:
            state = optimizer.state[embedding.weight]
            steps.append(
                {
                    "step": step,
                    "loss": loss.item(),
                    "table": embedding.weight.detach().flatten().tolist(),
                    "exp_avg": state["exp_avg"].flatten().tolist(),
                    "exp_avg_sq": state["exp_avg_sq"].flatten().tolist(),
                }
            )
    return {"options": options, "precision": precision, "steps": steps}


reference = {
    "torch": torch.__version__,
    "shape": [ROWS, FEATURES],
    "table": table.flatten().tolist(),
    "target": target.flatten().tolist(),
    "batches": batches.tolist(),
    "runs": [run(options, precision) for options in OPTIONS for precision in ("float64", "float32")],
}
Path(__file__).with_suffix(".json").write_text(json.dumps(reference) + "\n")
