// A custom index: from a value to the objects found under it.
import type { IndexFunction } from "./cache.ts";

export class StoreIndex<T> {
  private readonly values: IndexFunction<T>;
  private readonly failed: (error: unknown) => void;
  private readonly byValue = new Map<string, Map<string, T>>();

  /** An object for which `values` throws is reported and found under no value. */
  constructor(values: IndexFunction<T>, failed: (error: unknown) => void) {
    this.values = values;
    this.failed = failed;
  }

  /** An empty one of the same kind. */
  fresh(): StoreIndex<T> {
    return new StoreIndex(this.values, this.failed);
  }

  isBy(values: IndexFunction<T>): boolean {
    return this.values === values;
  }

  put(key: string, old: T | undefined, object: T): void {
    if (old !== undefined) this.remove(key, old);
    for (const value of this.valuesOf(object)) {
      const group = this.byValue.get(value);
      if (group === undefined) this.byValue.set(value, new Map([[key, object]]));
      else group.set(key, object);
    }
  }

  remove(key: string, old: T): void {
    for (const value of this.valuesOf(old)) {
      const group = this.byValue.get(value);
      group?.delete(key);
      if (group?.size === 0) this.byValue.delete(value);
    }
  }

  find(value: string): readonly T[] {
    return [...(this.byValue.get(value)?.values() ?? [])];
  }

  private valuesOf(object: T): readonly string[] {
    try {
      return this.values(object);
    } catch (error) {
      this.failed(error);
      return [];
    }
  }
}
