// Everything a fresh clone needs before a command can run: the pinned Node, dependencies, tools, side by side.
// Plain JavaScript with no imports beyond Node's own, because it runs before anything is installed, on Node 20 or newer.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [command = "", ...args] = process.argv.slice(2);

/** What each command runs once the set-up is done, and whether it fetches the control plane's tools meanwhile. */
const commands = {
  start: { run: ["src/local/start/main.ts"], tools: "start" },
  test: { run: ["scripts/test.ts"], tools: "all" },
  "test:long": { run: ["scripts/test.ts", "--long"], tools: "all" },
  tools: { run: ["src/local/tools/main.ts"], tools: "none" },
  bench: { run: ["bench/main.ts"], tools: "all" },
  "models:train": { run: ["scripts/models-train.ts"], tools: "none" },
  "models:bench": { run: ["bench/models/main.ts"], tools: "none" },
  generate: { run: ["scripts/generate.ts"], tools: "none" },
  check: { run: ["scripts/check.ts"], tools: "none" },
};

const say = (line) => process.stderr.write(`${line}\n`);
const children = new Set();
let interrupted = false;
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => {
    interrupted = true;
    for (const child of children) child.kill(signal);
  });
}

/** Runs a program to its end; output is shown, or kept for the error when `quiet`. */
function run(program, programArgs, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, programArgs, {
      cwd: options.cwd ?? root,
      stdio: options.quiet ? ["ignore", "pipe", "pipe"] : (options.stdio ?? "inherit"),
      env: { ...process.env, ...options.env },
    });
    children.add(child);
    let output = "";
    const keep = (chunk) => (output = (output + chunk).slice(-20_000));
    child.stdout?.on("data", keep);
    child.stderr?.on("data", keep);
    child.on("error", reject);
    child.on("close", (code, signal) => {
      children.delete(child);
      resolve({ code: signal === null ? (code ?? 1) : 130, output });
    });
  });
}

class SetupError extends Error {}

function explainNpm(output) {
  if (/ENOSPC/.test(output))
    return "The disk is full. The dependencies need 1.2 GB: free some space and run the command again.";
  if (/ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNREFUSED|ENETUNREACH|network/i.test(output))
    return "The npm registry can't be reached. Connect to the internet, or point npm at a mirror (npm config set registry URL), and run the command again.";
  if (/EACCES|EPERM/.test(output))
    return "npm may not write here. Check who owns this folder and npm's cache, and run the command again.";
  const told = output
    .split("\n")
    .filter((line) => line.startsWith("npm error") && !/A complete log|^npm error\s*$/.test(line));
  return `npm said:\n${told.slice(0, 12).join("\n")}`;
}

async function step(name, seconds, work) {
  const started = Date.now();
  say(`  ${name}, about ${seconds} s`);
  const timer = setInterval(() => {
    const passed = Math.round((Date.now() - started) / 1000);
    say(`  ${name}: ${passed} s, ${passed < seconds ? `about ${seconds - passed} s left` : "longer than usual"}`);
  }, 15_000);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}

const digest = () => {
  const hash = createHash("sha256");
  for (const file of ["package.json", "package-lock.json", ".npmrc"]) hash.update(readFileSync(join(root, file)));
  return hash.update(process.platform + process.arch).digest("hex");
};
const stamp = join(root, "node_modules", ".dharma-installed");
const installedNode = join(root, "node_modules", "node", "bin", "node");
const dependenciesReady = () =>
  existsSync(stamp) && existsSync(installedNode) && readFileSync(stamp, "utf8") === digest();

/** node_modules exactly as locked. npm itself checks every package against the lock file's integrity. */
async function installDependencies() {
  const { code, output } = await step("installing dependencies", 75, () =>
    run("npm", ["ci", "--no-audit", "--no-fund", "--no-progress"], {
      quiet: true,
      env: { npm_config_loglevel: "error" },
    }),
  );
  if (interrupted) process.exit(130);
  if (code !== 0) throw new SetupError(`The dependencies could not be installed. ${explainNpm(output)}`);
  if (!existsSync(installedNode))
    throw new SetupError(
      "The pinned Node was not unpacked: npm was told not to run install scripts. Allow them for the package `node` (npm config set ignore-scripts false) and run the command again.",
    );
  writeFileSync(stamp, digest());
}

/** The pinned Node from the user's cache, so that tools can be fetched while npm still unpacks. */
async function earlyNode() {
  if (Number(process.versions.node.split(".")[0]) >= 24) return process.execPath;
  const version = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).devDependencies.node;
  const cache = process.env.DHARMA_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "dharma");
  const folder = join(cache, "node", version);
  const node = join(folder, "node_modules", "node", "bin", "node");
  if (!existsSync(node)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "package.json"), '{"private":true}');
    const { code, output } = await step(`installing Node ${version}`, 10, () =>
      run("npm", ["install", "--no-audit", "--no-fund", "--no-progress", "--no-save", `node@${version}`], {
        quiet: true,
        cwd: folder,
      }),
    );
    if (interrupted) process.exit(130);
    if (code !== 0 || !existsSync(node))
      throw new SetupError(`Node ${version} could not be installed. ${explainNpm(output)}`);
  }
  return node;
}

async function main() {
  if (Number(process.versions.node.split(".")[0]) < 20)
    throw new SetupError(`Node ${process.versions.node} is too old to begin with: install Node 20 or newer.`);
  const chosen = commands[command];
  if (chosen === undefined)
    throw new SetupError(`There is no command ${command}. Known: ${Object.keys(commands).join(", ")}.`);
  const startTools = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok", "pulumi", "opa"];
  const wantsTools = chosen.tools !== "none" && !(command === "start" && args.includes("--help"));
  if (!dependenciesReady()) {
    say("Setting up (the first run only):");
    const tools = wantsTools
      ? earlyNode().then((node) =>
          run(node, [join(root, "src/local/tools/main.ts"), ...(chosen.tools === "start" ? startTools : [])], {
            stdio: ["ignore", "ignore", "inherit"],
          }),
        )
      : Promise.resolve({ code: 0 });
    const [dependencies, fetched] = await Promise.allSettled([installDependencies(), tools]);
    if (interrupted) process.exit(130);
    if (dependencies.status === "rejected") throw dependencies.reason;
    if (fetched.status === "rejected") throw fetched.reason;
    if (fetched.value.code !== 0) process.exit(fetched.value.code);
    say("Set-up is complete.");
  }
  const env = { PATH: `${dirname(installedNode)}:${join(root, "node_modules", ".bin")}:${process.env.PATH}` };
  const { code } = await run(
    installedNode,
    [...chosen.run.map((part, i) => (i === 0 ? join(root, part) : part)), ...args],
    { env },
  );
  process.exit(code);
}

main().catch((error) => {
  say(error instanceof SetupError ? error.message : String(error?.stack ?? error));
  process.exit(1);
});
