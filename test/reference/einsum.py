"""Records what torch.einsum and torch.index_add compute: einsum.json and scatterAdd.json beside this file.

    .venv/bin/python test/reference/einsum.py

A case holds the operands, the value, and the gradients of sum(cotangent * value), all in float64; inputs are those of
record.py.
"""

import torch
from record import VERSION, flat, floats, write

SIZES = {"i": 3, "j": 5, "k": 17, "l": 1, "m": 3, "b": 5, "h": 3, "Z": 3}

# An equation, or with it the shapes of operands in which a letter has another size.
EQUATIONS = [
    "ij->ij", "ij->ji", "ij", "ji", "ijk->kij", "ij->", "ij->i", "ij->j", "kij", "iZ", "Zi",
    "ii->i", "ii->", "ii", "iji->ij", "jii->ji", "iimm->im", "iii->i", "iim->",
    "i,i->", "i,i->i", "i,j->ij", "i,j->ji", "i,j", "ij,ij->", "ij,ij->ij", "ij,ij->i", "ij,ji",
    "ij,jk->ik", "ij,jk", "ij,jk->ki", "ij,kj->ik", "ji,jk->ik", "ji,kj->ki", "ij,jk->", "ij,jk->i", "ij,jk->j",
    "kl,lj->kj", "ij,j->i", "j,ij->i", "i,ij->j", "ij,k->ijk", "ij,k->ikj", "ij,kl->ijkl", "ij,kl->ikjl", "ik,jk->",
    "bij,bjk->bik", "bij,bjk->ibk", "bij,bjk->kib", "bij,bkj->bik", "bi,bi->b", "bi,bj->bij", "bij,bij->b",
    "bihj,bkhj->bhik", "bhik,bkhj->bihj", "bij,jk->bik", "bij,jk->bki", "ijk,kj->i", "ijk,jik->k",
    "ii,ij->j", "ii,ij->i", "ii,jj->", "ii,jj->ij", "iij,jk->ik",
    ",ij->ij", "ij,->ij", ",->", ",i->", "ij,jk,kl->il", "ij,jk,kb,bh->ih", "i,ij,j->", "i,j,k->ijk", "i,i,i->", "i,i,i->i",
    "bi,oi,bo->o", "ij,ik,il->jkl", "bhi,bhj,bkj->ik",
]
SHAPED = [
    ("...", [[3, 5]]),
    ("...->", [[3, 5]]),
    ("...ij->...ji", [[5, 3, 1]]),
    ("i...->...i", [[3, 5, 1]]),
    ("i...j->j...", [[3, 17, 5]]),
    ("i...i->...", [[3, 17, 3]]),
    ("...i,...i->...", [[3, 5], [3, 5]]),
    ("...i,...i", [[3, 5], [5]]),
    ("...ij,...jk->...ik", [[3, 1, 5, 3], [5, 3, 17]]),
    ("...ij,...jk", [[1, 3, 5], [3, 5, 1]]),
    ("...ij,jk->i...k", [[3, 5, 3], [3, 17]]),
    ("i...,j...->ij...", [[3, 5], [1, 3, 1]]),
    ("i...,j...->ij", [[3, 5], [1, 5]]),
    ("...,...", [[3, 1], [5]]),
    ("...,...,...->...", [[3, 1], [], [1, 5]]),
    ("i...->i", [[3, 5, 17]]),
    ("ij,jk->ik", [[3, 1], [5, 17]]),
    ("ij,jk->ik", [[1, 5], [5, 1]]),
    ("ij,ij->ij", [[3, 1], [1, 5]]),
    ("ij,ij->", [[3, 1], [1, 5]]),
    ("bij,bjk->bik", [[1, 3, 5], [17, 5, 3]]),
    ("ij,ij,ij->i", [[3, 1], [3, 5], [1, 1]]),
    ("ii,i->i", [[1, 1], [5]]),
    (" i j , j k -> i k ", [[3, 5], [5, 3]]),
]


def shapes_of(equation):
    return [[SIZES.get(letter, 5) for letter in term] for term in equation.split("->")[0].split(",")]


def with_gradients(made, operands):
    leaves = [operand.clone().requires_grad_(operand.is_floating_point()) for operand in operands]
    value = made(leaves)
    cotangent = floats(list(value.shape), 0.8, 1.0)
    value.backward(cotangent)
    return {
        "operands": [{"shape": list(operand.shape), "data": flat(operand)} for operand in operands],
        "value": {"shape": list(value.shape), "data": flat(value)},
        "cotangent": flat(cotangent),
        "gradients": [None if leaf.grad is None else flat(leaf.grad) for leaf in leaves],
    }


def einsum_case(equation, shapes):
    operands = [floats(shape, 1.3 * position) for position, shape in enumerate(shapes)]
    return {"equation": equation} | with_gradients(lambda leaves: torch.einsum(equation, *leaves), operands)


def scatter_add(x, indices, updates, axis):
    """index_add over the axes of indices as one."""
    shape = [*updates.shape[:axis], -1, *updates.shape[axis + indices.dim() :]]
    return x.index_add(axis, indices.reshape(-1), updates.reshape(shape))


def scatter_case(shape, indices, axis):
    indices = torch.tensor(indices, dtype=torch.int32)
    updates = floats([*shape[:axis], *indices.shape, *shape[axis + 1 :]], 2.1)
    operands = [floats(shape), indices, updates]
    return {"axis": axis} | with_gradients(lambda leaves: scatter_add(*leaves, axis), operands)


SCATTERS = [
    ([5, 3], [2, 0, 4], 0),
    ([5, 3], [2, 2, 2, 0, 2], 0),
    ([3, 5], [4, 0, 4], 1),
    ([17], [16, 0, 16, 3], 0),
    ([1, 3], [0, 0], 0),
    ([3, 17, 5], [1, 16, 1], 1),
    ([3, 5, 3], [2, 0, 2, 1], 2),
    ([5, 3], 3, 0),
    ([5, 3], [[1, 2, 1], [4, 1, 0]], 0),
    ([3, 5], [[1, 2, 1], [4, 1, 0]], 1),
    ([5], [0], 0),
]

if __name__ == "__main__":
    torch.set_num_threads(1)
    cases = [einsum_case(equation, shapes_of(equation)) for equation in EQUATIONS]
    cases += [einsum_case(equation, shapes) for equation, shapes in SHAPED]
    write("einsum.json", {"pytorch": VERSION}, "cases", cases)
    write("scatterAdd.json", {"pytorch": VERSION}, "cases", [scatter_case(*case) for case in SCATTERS])
