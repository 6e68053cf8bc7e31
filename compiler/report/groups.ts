/** The groups of nodes as text: what will be a kernel each, whatever the target. */
import { targetsOf } from "../ir/effects.js";
import type { GroupedFunction, ModelGroups } from "../plan/kernels.js";
import { count } from "../emit/text.js";

/** For each function its groups in the order in which they run: name, kind, members as lines of the graph, what is stored. */
export const printGroups = ({ functions, initialize }: ModelGroups): string =>
  [...functions, initialize].map(groupsOf).join("\n\n");

function groupsOf({ facts, grouping }: GroupedFunction): string {
  const { context, naming, fusion } = grouping;
  const label = (id: Parameters<typeof context.bufferOf>[0]): string => context.bufferOf(id).label;
  const lines = fusion.groups.flatMap((group, position) => {
    const written = group.stored.flatMap((id) => targetsOf(context.graph, id)).map(label);
    const stored = group.stored.filter((id) => targetsOf(context.graph, id).length === 0).map(label);
    return [
      "",
      `  ${position + 1} ${naming.kernelName(group)}: ${group.kind}`,
      ...naming.kernelDoc(group).map((line) => `      ${line}`),
      ...(stored.length > 0 ? [`    stores ${stored.join(", ")}`] : []),
      ...(written.length > 0 ? [`    replaces ${written.join(", ")}`] : []),
    ];
  });
  return [`${facts.name}: ${count(fusion.groups.length, "group")}`, ...lines].join("\n");
}
