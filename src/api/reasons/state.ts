// Where the state is kept.
import { listed } from "./reason.ts";

export const stateReasons = listed({
  StateLocked: {
    meaning: "Another operation holds the stack.",
    action: "Nothing; it is tried again when the lease ends.",
    retry: "retry",
  },
  Fenced: {
    meaning: "Another worker took the stack over; this one may not write any more.",
    action: "Nothing; the other one goes on.",
    retry: "retry",
  },
  StateTooLarge: {
    meaning: "The state is larger than Secrets should hold.",
    action: "Move it to Postgres: name such a backend in spec.state.backendRef of a new Blueprint and import.",
    retry: "waitForInput",
  },
  StateUnavailable: {
    meaning: "The store of the state did not answer.",
    action: "Nothing; it is tried again.",
    retry: "retry",
  },
  StateCorrupt: {
    meaning: "The stored state cannot be read; nothing is concluded from it.",
    action: "Restore it with dharma export and import from an earlier version.",
    retry: "waitForInput",
  },
  StateKeyMissing: {
    meaning: "The key that the state is encrypted with is not there.",
    action: "Restore the operator's key.",
    retry: "waitForInput",
  },
});
