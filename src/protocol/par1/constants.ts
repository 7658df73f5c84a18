/** Candidates a leaf commits, and buckets of its sketch. */
export const K = 32;
/** Steps of the grid per logit: committed values are multiples of 1/1024. */
export const GRID = 1024;
/** An id slot beyond a vocabulary smaller than K. */
export const UNUSED_ID = 0xffffffff;
/** The zq of such a slot, and the lowest zq there is. */
export const LOWEST_I16 = -32768;
export const HIGHEST_I16 = 32767;
/** topPBps that keeps every candidate: 100 % in basis points. */
export const TOP_P_ALL = 10000;
export const HIGHEST_U16 = 0xffff;
export const HIGHEST_U32 = 0xffffffff;

export const HASH_BYTES = 32;
export const LEAF_BYTES = 272;
export const RECEIPT_BYTES = 243;

/** Most leaves one answer may have: 2^24, above any context length and 4.3 GiB of leaves. */
export const MAX_LEAVES = 2 ** 24;
