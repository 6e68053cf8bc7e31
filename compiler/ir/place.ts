/**
 * Where in the user's source an expression was made.
 *
 * Places come from V8's call sites, not from parsing: only they are right for helpers, loops and spread calls. The
 * model file runs as a bundle, so whoever runs it installs a function that maps bundle positions to the source.
 */

/** A position in the user's source. */
export interface Place {
  /** Absolute path. What is written to disk (headers, manifests) must make it relative first. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units, as editors and TypeScript count. */
  readonly column: number;
}

/** A stack frame as V8 reports it, before any mapping. Lines and columns count from 1. */
export interface Frame {
  readonly script: string;
  readonly line: number;
  readonly column: number;
}

/** Gives the place for a frame, or undefined for a frame that is not the user's. */
export type MapFrame = (frame: Frame) => Place | undefined;

const maps = new Set<MapFrame>();
let given: Place | undefined;

/**
 * The place in the user's source that called into optimc: the innermost frame outside the package that a map knows.
 * Undefined when no map is installed (the DSL is used without a model file) or no such frame is on the stack.
 */
export function here(): Place | undefined {
  if (given !== undefined) return given;
  if (maps.size === 0) return undefined;
  // Nearly always a few frames are enough; capturing many is what costs time.
  const sites = callSites(8);
  return placeOf(framesOf(sites)) ?? (sites.length < 8 ? undefined : placeOf(framesOf(callSites(200))));
}

/** While `run` executes, `here()` gives `place`: for nodes that the compiler makes on behalf of a user's line. */
export function withPlace<T>(place: Place | undefined, run: () => T): T {
  const before = given;
  given = place;
  try {
    return run();
  } finally {
    given = before;
  }
}

/** Installs a map from frames to places; the result removes it. */
export function capturePlaces(map: MapFrame): () => void {
  maps.add(map);
  return () => {
    maps.delete(map);
  };
}

/** The place of the first of these frames that is outside the package and known to a map. */
export function placeOf(frames: readonly Frame[]): Place | undefined {
  for (const frame of frames) {
    if (isOwn(frame.script)) continue;
    for (const map of maps) {
      const place = map(frame);
      if (place !== undefined) return place;
    }
  }
  return undefined;
}

function callSites(depth: number): readonly NodeJS.CallSite[] {
  const { prepareStackTrace, stackTraceLimit } = Error;
  const holder: { stack?: unknown } = {};
  try {
    Error.stackTraceLimit = depth;
    Error.prepareStackTrace = (_, sites) => sites;
    Error.captureStackTrace(holder, here);
    return holder.stack as readonly NodeJS.CallSite[];
  } finally {
    // Assigning undefined would leave a property behind where there was none; V8 treats both alike.
    Error.prepareStackTrace = prepareStackTrace;
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function framesOf(sites: readonly NodeJS.CallSite[]): Frame[] {
  const frames: Frame[] = [];
  for (const site of sites) {
    const script = site.getScriptNameOrSourceURL() as string | null | undefined;
    const line = site.getLineNumber();
    const column = site.getColumnNumber();
    if (script && line !== null && column !== null) frames.push({ script, line, column });
  }
  return frames;
}

/** The folders with the package's code: beside this file's own, under src (.ts) as under dist (.js). */
const ownPrefixes = ["src/", "compiler/", "runtime/"].flatMap((folder) => {
  const { href, pathname } = new URL(`../../${folder}`, import.meta.url);
  // Test runners report paths where Node reports URLs.
  return [href, decodeURIComponent(pathname)];
});

/** True for a script of the package itself. */
export function isOwn(script: string): boolean {
  return ownPrefixes.some((prefix) => script.startsWith(prefix));
}
