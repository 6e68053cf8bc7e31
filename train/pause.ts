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
export function pause(): Promise<void> {
  const { document, requestAnimationFrame, setImmediate } = globalThis as Platform;
  return new Promise((resolve) => {
    if (setImmediate && !document) setImmediate(resolve);
    else if (document?.visibilityState === "visible" && requestAnimationFrame)
      requestAnimationFrame(() => post(resolve));
    else post(resolve);
  });
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
