// The seed of the property tests: fixed in the suite that decides whether a change lands, new at every run of the long one.
import fc from "fast-check";

if (process.env["DHARMA_LONG_TESTS"] !== "1") fc.configureGlobal({ seed: 20261101 });
