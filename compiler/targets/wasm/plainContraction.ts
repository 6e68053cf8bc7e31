/**
 * Contractions as plain loops, for those too small to be worth a tile: each element is its chains of 256 products,
 * added up in order. Tiles compute the same bits.
 */
import { extentOf, type Axis, type Carried, type Contraction, type Statement } from "../../ir/kernel.js";
import { binary, constant, load, variable, type Scalar } from "../../ir/scalar.js";
import { add, floorDiv, indexSize, mul, size, sub, substitute, type Index, type Size } from "../../ir/size.js";
import { splitLinear } from "../../ir/linearIndex.js";

/** How many products are added up before the sum joins those before it. */
export const chainLength = 256;

/** The loops of a contraction, with its epilogue inside. */
export function plainContraction(contraction: Contraction): readonly Statement[] {
  const { rows, columns, a, b, type, value, epilogue } = contraction;
  const depths = extentOf(contraction.depths);
  const [{ id }] = contraction.depths as [Axis];
  const chains = floorDiv(depths, size(chainLength));
  const chain: Index = { id: `${id}:chain`, extent: chains };
  const product = (at: Size): Scalar => {
    const digits = splitLinear(
      at,
      contraction.depths.map(({ extent }) => extent),
    );
    const places = new Map(contraction.depths.map((axis, number) => [axis.id, digits[number] as Size]));
    const place = (index: Size): Size =>
      substitute(index, (factor) => (factor.kind === "index" ? places.get(factor.index.id) : undefined));
    return binary("mul", load(a.buffer, place(a.index), type), load(b.buffer, place(b.index), type));
  };
  const sum = (label: string, first: Size, extent: Size): { loop: Statement; total: Scalar } => {
    const inner: Index = { id: `${id}:${label}`, extent };
    const name = `${value}:${label}`;
    const carried: Carried = {
      name,
      result: `${name}'`,
      type,
      initial: constant(0, type),
      next: binary("add", variable(name, type), product(add(first, indexSize(inner)))),
    };
    const loop: Statement = { kind: "loop", index: inner, extent, carried: [carried], body: [] };
    return { loop, total: variable(`${name}'`, type) };
  };
  const full = sum("full", mul(size(chainLength), indexSize(chain)), size(chainLength));
  const last = sum("last", mul(size(chainLength), chains), sub(depths, mul(size(chainLength), chains)));
  const total = `${value}:total`;
  const body: Statement[] = [
    {
      kind: "loop",
      index: chain,
      extent: chains,
      carried: [
        {
          name: total,
          result: `${total}'`,
          type,
          initial: constant(0, type),
          next: binary("add", variable(total, type), full.total),
        },
      ],
      body: [full.loop],
    },
    last.loop,
    { kind: "let", name: value, value: binary("add", variable(`${total}'`, type), last.total) },
    ...epilogue,
  ];
  return [...rows, ...columns].reduceRight<readonly Statement[]>(
    (inside, axis) => [{ kind: "loop", index: axis, extent: axis.extent, carried: [], body: inside }],
    body,
  );
}
