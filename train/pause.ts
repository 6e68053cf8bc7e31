/** Lets the page, or whatever else waits, have its turn. */

interface Platform {
  readonly document?: { readonly visibilityState: string };
  readonly requestAnimationFrame?: (next: () => void) => unknown;
  readonly setImmediate?: (next: () => void) => unknown;
}

/**
 * Comes back after what waits. On a page after the next frame, since a browser that is only given a new task may paint late; in
 * a worker, or in a hidden page, which has no frames, after a message. `scheduler.yield` would come back before all of that.
 */
function pause(): Promise<void> {
  const { document, requestAnimationFrame, setImmediate } = globalThis as Platform;
  return new Promise((resolve) => {
    if (setImmediate && !document) setImmediate(resolve);
    else if (document?.visibilityState === "visible" && requestAnimationFrame)
      requestAnimationFrame(() => post(resolve));
    else post(resolve);
  });
}

/** How long, in milliseconds, training may hold up what else waits: half of a frame. */
const slice = 8;

/** A function that pauses if the last pause is longer ago than a slice, and gives nothing to wait for if it is not. */
export function slices(): () => Promise<void> | undefined {
  let since = performance.now();
  return () =>
    performance.now() - since > slice
      ? pause().then(() => {
          since = performance.now();
        })
      : undefined;
}

function post(next: () => void): void {
  const { port1, port2 } = new MessageChannel();
  const close = (): void => {
    port1.close();
    next();
  };
  (port1 as { onmessage?: () => void }).onmessage = close;
  port2.postMessage(0);
}
