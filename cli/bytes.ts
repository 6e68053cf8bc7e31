/** Numbers of bytes, as people write and read them. */
import { UsageError } from "./arguments.js";

const units: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
};

/** `2MB` is 2,000,000; `2MiB` is 2,097,152; a number alone is bytes. */
export function parseBytes(text: string): number {
  const [, number, unit = ""] = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim()) ?? [];
  const scale = units[unit.toLowerCase()];
  if (number === undefined || scale === undefined) {
    throw new UsageError(`${text} is not a size`, "write 2MB, 512KB, 1.5MiB, or a number of bytes");
  }
  return Math.floor(Number(number) * scale);
}

/** `512 bytes`, `12.3 kB`, `1.93 MB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1e3) return `${bytes} bytes`;
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(2)} MB`;
}
