// The simulated cloud: three strict Pulumi providers over gRPC on one shared, deterministic cloud, with a control address.
export { startSimulatedCloud } from "./cloud.ts";
export { accountOfAccessKey } from "./identity.ts";
export type { CloudPackage, SimulatedCloud, SimulatedCloudOptions } from "./contract.ts";
