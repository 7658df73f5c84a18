/** WGSL start value of a running maximum: WGSL has no infinity, and exp of the difference to it is zero. */
export const LOWEST = '-3.0e38';
