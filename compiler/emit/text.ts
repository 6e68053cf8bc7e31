/** Reports as text: numbers as people write them, columns that line up, lines that fit a terminal. */

/** The width that reports keep to. */
export const width = 100;

/** `1,234,567`. */
export const grouped = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, ",");

/** `512 bytes`, `12.3 kB`, `1.93 MB`; a MB is 10^6 bytes. */
export function bytesText(bytes: number): string {
  if (bytes < 1e3) return bytes === 1 ? "1 byte" : `${bytes} bytes`;
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(2)} MB`;
}

/** `640 flops`, `12.8 kflops`, `25.60 Mflops`, `1.20 Gflops`: floating-point operations. */
export function flopsText(flops: number): string {
  if (flops < 1e3) return flops === 1 ? "1 flop" : `${flops} flops`;
  if (flops < 1e6) return `${(flops / 1e3).toFixed(1)} kflops`;
  return flops < 1e9 ? `${(flops / 1e6).toFixed(2)} Mflops` : `${(flops / 1e9).toFixed(2)} Gflops`;
}

/** `1 kernel`, `2 kernels`. */
export const count = (many: number, what: string): string => `${grouped(many)} ${what}${many === 1 ? "" : "s"}`;

/** `a`, `a and b`, `a, b and c`. */
export function list(words: readonly string[]): string {
  const last = words[words.length - 1] ?? "";
  return words.length < 2 ? last : `${words.slice(0, -1).join(", ")} and ${last}`;
}

export const indented = (lines: readonly string[]): string[] => lines.map((line) => (line === "" ? "" : `  ${line}`));

/** The text in lines of at most `room` characters, broken at spaces; all but the first are indented by two. */
export function wrapped(text: string, room: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line.trim() === "" ? line + word : `${line} ${word}`;
    if (longer.length > room && line.trim() !== "") {
      lines.push(line);
      line = `  ${word}`;
    } else line = longer;
  }
  return [...lines, line];
}

/**
 * Rows in columns that line up, two spaces apart. `align` has a letter for each column: l, r. The last column may be of
 * any length: it continues on the next line, under itself.
 */
export function table(rows: readonly (readonly string[])[], align: string, room = width): string[] {
  const columns = [...align];
  const widths = columns.map((_, column) => Math.max(0, ...rows.map((row) => (row[column] ?? "").length)));
  const last = columns.length - 1;
  const before = widths.slice(0, last).reduce((sum, each) => sum + each + 2, 0);
  return rows.flatMap((row) => {
    const cells = columns.slice(0, last).map((side, column) => {
      const [cell, wide] = [row[column] ?? "", widths[column] as number];
      return `${side === "r" ? cell.padStart(wide) : cell.padEnd(wide)}  `;
    });
    const end = row[last] ?? "";
    const [first, ...rest] =
      columns[last] === "r" ? [end.padStart(widths[last] as number)] : wrapped(end, Math.max(20, room - before));
    return [cells.join("") + (first ?? ""), ...rest.map((line) => " ".repeat(before) + line)].map((line) =>
      line.trimEnd(),
    );
  });
}
