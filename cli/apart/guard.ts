/** Tells which call of a file ends its process, before it does: afterwards nobody knows. */
import { trail, isInstalled, type Place } from "../../compiler/ir/place.js";

type Tell = (call: string, place: Place | undefined) => void;
type AnyFunction = (...parameters: unknown[]) => unknown;

export function guardProcess(tell: Tell): void {
  let told = false;
  const say = (call: string): void => {
    // One way to end calls another.
    if (told) return;
    told = true;
    const places = trail();
    tell(call, places.find((place) => !isInstalled(place)) ?? places[0]);
  };
  const wrap = (name: "exit" | "reallyExit" | "abort" | "kill", call: (own: AnyFunction) => AnyFunction): void => {
    const host = process as unknown as Record<string, AnyFunction>;
    const own = host[name] as AnyFunction;
    host[name] = call(own.bind(process));
  };
  for (const name of ["exit", "reallyExit", "abort"] as const) {
    wrap(name, (own) => (...parameters) => {
      say(`process.${name}(${typeof parameters[0] === "number" ? parameters[0] : ""})`);
      return own(...parameters);
    });
  }
  wrap("kill", (own) => (pid, signal = "SIGTERM") => {
    // 0 and negative numbers mean groups of processes: this one's holds the build.
    const isOwn = pid === process.pid || (typeof pid === "number" && pid <= 0);
    if (!isOwn || signal === 0) return own(pid, signal);
    say(`process.kill(process.pid)`);
    return own(process.pid, signal);
  });
}
