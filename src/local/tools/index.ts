// The tools of the local control plane.
export { cacheFolder, cachePath, findTool } from "./find.ts";
export { installTools, type ToolPaths, type ToolProgress } from "./install.ts";
export { startTools, testTools, type Tool, type ToolName, tools } from "./manifest.ts";
export { span, tellProgress } from "./progress.ts";
