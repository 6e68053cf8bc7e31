/** Memory as ranges of bytes that hold named values. */

interface Segment {
  readonly from: number;
  readonly to: number;
  readonly value: string;
  /** The place of the value's first byte: a part of a value is valid only at its own place in the value. */
  readonly base: number;
}

export class Memory {
  /** Sorted, without overlaps; bytes that no segment covers are undefined. */
  #segments: Segment[] = [];

  /** The first segment that ends after a byte. */
  #find(byte: number): number {
    let [low, high] = [0, this.#segments.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#segments[middle] as Segment).to <= byte) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  write(from: number, to: number, value: string): void {
    const first = this.#find(from);
    let last = first;
    while (last < this.#segments.length && (this.#segments[last] as Segment).from < to) last++;
    const covered = this.#segments.slice(first, last);
    const left = covered.filter((each) => each.from < from).map((each) => ({ ...each, to: from }));
    const right = covered.filter((each) => each.to > to).map((each) => ({ ...each, from: to }));
    this.#segments.splice(first, last - first, ...left, { from, to, value, base: from }, ...right);
  }

  /**
   * The contents of a range in words, if they are not the value; null if the range holds the whole value in its place.
   */
  instead(from: number, to: number, value: string): string | null {
    let at = from;
    for (let position = this.#find(from); at < to; position++) {
      const segment = this.#segments[position];
      if (!segment || segment.from > at)
        return at === from ? "nothing has been written there" : `byte ${at} is undefined`;
      if (segment.value !== value)
        return at === from ? `it holds ${segment.value}` : `from byte ${at} it holds ${segment.value}`;
      if (segment.base !== from) return `${value} lies there, moved by ${from - segment.base} bytes`;
      at = segment.to;
    }
    return null;
  }
}
