/** Numbers that a test writes down, as what they stand for. */
import type { NodeId } from "../compiler/ir/ids.js";
import type { Slot } from "../compiler/plan/fuse/groupGraph.js";

export const nodeId = (id: number): NodeId => id as NodeId;

export const slotAt = (position: number): Slot => position as Slot;
