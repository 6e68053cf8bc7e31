/** Images as tensors. */

import { refuse } from "./refuse.js";

/** An image: ImageData, or the bytes of one, row by row, with its channels side by side. */
export interface ImageLike {
  readonly data: ArrayLike<number>;
  readonly width: number;
  readonly height: number;
  /** How many numbers a pixel has. Default 4, as in ImageData. */
  readonly channels?: number;
}

/** How an image becomes numbers. */
export interface PixelOptions {
  /** How many channels the tensor has: 3, the default, or 1 for shades of grey, or 4. */
  readonly channels?: 1 | 3 | 4;
  /** What is taken from each channel, and what the difference is divided by, in units of 0 to 1. Default 0 and 1. */
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
  /** Whether channels come first, as in PyTorch, which is the default, or last. */
  readonly layout?: "NCHW" | "NHWC";
}

interface Canvas {
  getContext(kind: "2d"): {
    drawImage(image: unknown, x: number, y: number): void;
    getImageData(x: number, y: number, w: number, h: number): ImageLike;
  } | null;
}

/**
 * Writes an image into an array, a channel after another, in numbers from 0 to 1, less `mean` and divided by `std`. An ImageBitmap
 * is drawn first, which pages and workers can; resize it when it is made, by `createImageBitmap(file, { resizeWidth, resizeHeight })`:
 * the last bits of a resized image differ between browsers. Shades of grey are by Rec. 601: 0.299 R + 0.587 G + 0.114 B. `into` is
 * a part of an array for one image, such as `all.subarray(at * length, (at + 1) * length)`.
 */
export function pixels<T extends Float32Array | Float64Array>(
  image: ImageLike | { readonly width: number; readonly height: number; close(): void },
  into: T,
  options: PixelOptions = {},
): T {
  const { channels = 3, mean = [], std = [], layout = "NCHW" } = options;
  const { width, height } = image;
  const { data, channels: own = 4 } = "data" in image ? image : drawn(image);
  const size = width * height;
  if (data.length !== size * own) refuse("image", `${size * own} numbers`, data.length);
  if (into.length !== size * channels) refuse("into", `${size * channels} numbers`, into.length);
  if (own < channels && !(own === 1 && channels === 3)) refuse("channels", `at most the image's ${own}`, channels);
  for (const [name, each] of [
    ["mean", mean],
    ["std", std],
  ] as const)
    if (each.length > 0 && each.length !== channels) refuse(name, `${channels} numbers`, each.length);
  for (let pixel = 0; pixel < size; pixel++) {
    for (let channel = 0; channel < channels; channel++) {
      const at = pixel * own;
      const value =
        channels === 1 && own >= 3
          ? 0.299 * data[at]! + 0.587 * data[at + 1]! + 0.114 * data[at + 2]!
          : data[at + (own === 1 ? 0 : channel)]!;
      const place = layout === "NCHW" ? channel * size + pixel : pixel * channels + channel;
      into[place] = (value / 255 - (mean[channel] ?? 0)) / (std[channel] ?? 1);
    }
  }
  return into;
}

function drawn(image: { readonly width: number; readonly height: number }): ImageLike {
  const { OffscreenCanvas } = globalThis as {
    readonly OffscreenCanvas?: new (w: number, h: number) => Canvas;
  };
  if (!OffscreenCanvas) return refuse("image", "its data, outside of pages and workers", "an ImageBitmap");
  const context = new OffscreenCanvas(image.width, image.height).getContext("2d");
  context!.drawImage(image, 0, 0);
  return context!.getImageData(0, 0, image.width, image.height);
}
