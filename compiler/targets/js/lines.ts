/** Breaks long lines of JavaScript where the fewest brackets are open. */

const width = 120;

/** Every line of a module, at most 120 characters long where it can be broken. Comments are broken between words. */
export const broken = (lines: readonly string[]): string[] => lines.flatMap(breakLine);

function breakLine(line: string): string[] {
  if (line.length <= width) return [line];
  const indent = line.slice(0, line.length - line.trimStart().length);
  const text = line.slice(indent.length);
  if (text.startsWith("* ")) return inWords(line, `${indent}*   `);
  return text.startsWith("/") ? [line] : inCode(line, `${indent}    `);
}

function inWords(line: string, indent: string): string[] {
  const lines: string[] = [];
  let rest = line;
  while (rest.length > width) {
    const space = rest.lastIndexOf(" ", width);
    if (space < indent.length) break;
    lines.push(rest.slice(0, space));
    rest = indent + rest.slice(space + 1);
  }
  return [...lines, rest];
}

/** Operators and commas after which an expression may continue on the next line. */
const before = /[,+\-*/?:&|<>=([{]$/;

function inCode(line: string, indent: string): string[] {
  const lines: string[] = [];
  let rest = line;
  while (rest.length > width) {
    const at = placeToBreak(rest);
    if (at === null) break;
    lines.push(rest.slice(0, at));
    rest = indent + rest.slice(at + 1);
  }
  return [...lines, rest];
}

/**
 * In the second half of the line, the last of the spaces with the fewest open brackets around them; null if there is
 * none.
 */
function placeToBreak(line: string): number | null {
  let depth = 0;
  let isText = false;
  let best: { readonly at: number; readonly depth: number } | null = null;
  for (let at = 0; at < width; at++) {
    const letter = line[at] as string;
    if (letter === "\\") at++;
    else if (letter === '"') isText = !isText;
    if (isText) continue;
    if ("([{".includes(letter)) depth++;
    if (")]}".includes(letter)) depth--;
    const isPlace = letter === " " && at > width / 3 && before.test(line.slice(0, at));
    if (isPlace && (best === null || depth <= best.depth)) best = { at, depth };
  }
  return best?.at ?? null;
}
