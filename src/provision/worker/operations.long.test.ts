import { describeLife } from "./testing-life.ts";

describeLife("azure");
describeLife("gcp");
