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

/** A comment, broken at the last space that fits. */
const inWords = (line: string, indent: string): string[] =>
  brokenAt(line, indent, (part) => {
    const space = part.lastIndexOf(" ");
    return space < indent.length ? null : space;
  });

const inCode = (line: string, indent: string): string[] => brokenAt(line, indent, placeToBreak);

/**
 * Breaks a line at the spaces that `placeIn` finds in its parts, each as long as a line may be. The rest is never copied:
 * a constant of a million numbers is one line.
 */
function brokenAt(line: string, indent: string, placeIn: (part: string) => number | null): string[] {
  const lines: string[] = [];
  let before = "";
  let start = 0;
  while (before.length + line.length - start > width) {
    const part = before + line.slice(start, start + width + 1 - before.length);
    const at = placeIn(part);
    if (at === null) break;
    lines.push(part.slice(0, at));
    start += at + 1 - before.length;
    before = indent;
  }
  return [...lines, before + line.slice(start)];
}

/** Operators and commas after which an expression may continue on the next line. */
const continues = new Set(",+-*/?:&|<>=([{");

/**
 * After the first third of the line, the last of the spaces with the fewest open brackets around them; null if there is
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
    const isPlace = letter === " " && at > width / 3 && continues.has(line[at - 1] as string);
    if (isPlace && (best === null || depth <= best.depth)) best = { at, depth };
  }
  return best?.at ?? null;
}
