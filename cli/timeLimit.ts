/** How long a model file may run, in seconds: files declare models, which takes milliseconds. */
export const defaultTimeLimit = 60;

/** Timers take no more than 2^31 milliseconds. */
export const isTimeLimit = (value: unknown): value is number => typeof value === "number" && value > 0 && value < 2e6;
