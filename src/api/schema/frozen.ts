// The readonly view of a schema's static type: objects of the API are never changed in place.

/** T with every property and every list readonly, all the way down. */
export type Frozen<T> = T extends readonly (infer Item)[]
  ? readonly Frozen<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Frozen<T[Key]> }
    : T;
