// Models that remember: each sees only what it remembered itself, however they take turns.
import { expect, test } from "vitest";
import { Memories } from "./memory.ts";

interface Input {
  readonly value: number;
  readonly state?: Float32Array;
}
interface Result {
  readonly state: Float32Array;
}
const memoriesOf = () =>
  new Memories<Input, Result>({
    of: ({ state }: Input | Result) => state,
    with: ({ value }, state) => (state instanceof Float32Array ? { value, state } : { value }),
  });
const made = (of: number): Result => ({ state: Float32Array.of(of) });

test("a challenger gets its own memory of the same thing, and the one that takes over goes on with it", () => {
  const memories = memoriesOf();
  const answer = made(1);
  const beside = made(2);
  memories.used("a", [answer]);
  memories.beside("b", [beside], [answer]);
  const next: Input = { value: 1, state: answer.state };
  expect(memories.inputsFor("a", [next])[0]).toBe(next);
  expect(memories.inputsFor("b", [next])[0]?.state).toBe(beside.state);
  expect(memories.inputsFor("c", [next])[0]?.state).toBeUndefined();
  // b answers now, and a is the one beside.
  const taken = made(3);
  memories.used("b", [taken]);
  memories.beside("a", [made(4)], [taken]);
  expect(memories.inputsFor("a", [{ value: 2, state: taken.state }])[0]?.state).toEqual(Float32Array.of(4));
});

test("a memory from before is taken for the one that answers, and models without one get their inputs as they are", () => {
  const old: Input = { value: 1, state: Float32Array.of(9) };
  expect(memoriesOf().inputsFor("a", [old])[0]).toBe(old);
  const batch = [old];
  expect(new Memories<Input, Result>(undefined).inputsFor("a", batch)).toBe(batch);
});
