/**
 * Numbers that stand for something have types of their own, so that one is not given where another is wanted. Types cost
 * nothing when the compiler runs. The doors through which numbers become ids are here: where a table grows, where it is
 * walked, where it is numbered anew.
 */
declare const kind: unique symbol;

/** A number of one kind. No other number passes for it, not even a plain one. */
export type Numbered<Kind extends string> = number & { readonly [kind]: Kind };

/** A number of one kind that is counted or written freely: a plain number passes for it, one of another kind does not. */
export type Counted<Kind extends string> = number & { readonly [kind]?: Kind };

/** The number of a node in its table, from 0. */
export type NodeId = Numbered<"node">;

/** Which argument of a node, from 0. */
export type ArgumentPosition = Counted<"argument">;

/** Where a node stands in a topological order, from 0. */
export type OrderPosition = Counted<"order">;

/** Appends an entry to a table that begins with the number `first`, default 0, and returns the entry's id. */
export const append = <Entry>(table: Entry[], entry: Entry, first = 0): NodeId =>
  (first + table.push(entry) - 1) as NodeId;

/** The ids of a table's entries, from `first` on, default 0. */
export const idsOf = (table: { readonly length: number }, first = 0): readonly NodeId[] =>
  Array.from({ length: table.length - first }, (_, position) => (first + position) as NodeId);

/** The entries of a table with their ids. */
export const entriesOf = <Entry>(table: readonly Entry[]): Iterable<readonly [id: NodeId, entry: Entry]> =>
  table.entries() as Iterable<[NodeId, Entry]>;

/** The new id of each entry where only these stay, in this order. */
export const renumbered = (kept: readonly NodeId[]): ReadonlyMap<NodeId, NodeId> =>
  new Map(kept.map((id, position) => [id, position as NodeId]));

/** The id at a position that the list has: of the arguments of a node, those that its operation takes. */
export const idAt = (ids: readonly NodeId[], position: ArgumentPosition): NodeId => ids[position] as NodeId;

/** The id under a key that the map has. */
export const idFor = <Key>(ids: ReadonlyMap<Key, NodeId>, key: Key): NodeId => ids.get(key) as NodeId;
