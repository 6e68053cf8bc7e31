/** The ids of the buffers that a function keeps from call to call. */

/** A tensor that an optimizer keeps for a parameter. */
export const stateKey = (owner: string, parameter: string, name: string): string =>
  `kept:${owner}:${parameter}:${name}`;

/** A number that an optimizer or a schedule keeps. */
export const cellKey = (owner: string, name: string): string => `cell:${owner}:${name}`;

/** A tensor that a driver keeps. */
export const driverKey = (owner: string, name: string): string => `kept:${owner}::${name}`;
