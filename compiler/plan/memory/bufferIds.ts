/** The ids of the buffers that lie in memory before the first kernel. */

export const parameterKey = (name: string): string => `param:${name}`;

/** A state of the model. */
export const modelStateKey = (name: string): string => `state:${name}`;

export const inputKey = (owner: string, name: string): string => `input:${owner}:${name}`;

/** A tensor that an optimizer keeps for a parameter. */
export const stateKey = (owner: string, parameter: string, name: string): string =>
  `kept:${owner}:${parameter}:${name}`;

/** A number that an optimizer or a schedule keeps. */
export const cellKey = (owner: string, name: string): string => `cell:${owner}:${name}`;

/** A tensor that a driver keeps. */
export const driverKey = (owner: string, name: string): string => `kept:${owner}::${name}`;
