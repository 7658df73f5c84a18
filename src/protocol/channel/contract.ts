/** One method of a channel; with `item` it is a stream of items that ends with `result`. */
export interface Method {
  readonly args: unknown;
  readonly result: unknown;
  readonly item?: unknown;
}

/** The methods by name, e.g. `{ load: { args: ModelRef; item: LoadProgress; result: ModelInfo } }`. */
export type Contract<C> = { readonly [K in keyof C]: Method };

export type StreamName<C extends Contract<C>> = {
  [K in keyof C]: C[K] extends { readonly item: unknown } ? K : never;
}[keyof C] &
  string;

export type CallName<C extends Contract<C>> = Exclude<keyof C & string, StreamName<C>>;

export type ItemOf<M extends Method> = M extends { readonly item: infer Item } ? Item : never;
