// Tells a person how the tools come along: one line an event, and every 15 seconds what is under way and what is left.
import type { Tool } from "./manifest.ts";
import type { ToolProgress } from "./install.ts";

/** Turns progress into lines; call the returned `stop` when done. */
export function tellProgress(
  write: (line: string) => void,
  now: () => number,
): { tell: (progress: ToolProgress) => void; stop: () => void } {
  const running = new Map<string, { tool: Tool; since: number; what: string }>();
  const started = now();
  const timer = setInterval(() => {
    for (const { tool, since, what } of running.values())
      write(`  ${what} ${tool.name}: ${span(now() - since)}${left(tool, now() - since)}`);
  }, 15_000);
  timer.unref();
  return {
    stop: () => clearInterval(timer),
    tell: (progress) => {
      const { tool } = progress;
      switch (progress.kind) {
        case "found":
          return;
        case "downloading":
          if (!running.has(tool.name)) write(`  downloading ${tool.name} ${tool.version}`);
          running.set(tool.name, { tool, since: running.get(tool.name)?.since ?? now(), what: "downloading" });
          return;
        case "waiting":
          write(`  ${tool.name}: another process is getting it; waiting`);
          return;
        case "building":
          write(
            `  building ${tool.name} ${tool.version} from source, about ${span(tool.buildSeconds * 1_000)} on two idle cores`,
          );
          running.set(tool.name, { tool, since: now(), what: "building" });
          return;
        case "ready":
          running.delete(tool.name);
          write(`  ${tool.name} ${tool.version} is ready (${span(now() - started)})`);
      }
    },
  };
}

function left(tool: Tool, elapsed: number): string {
  const rest = tool.buildSeconds * 1_000 - elapsed;
  return rest > 0 ? `, about ${span(rest)} left` : ", longer than usual";
}

/** "45 s", "3 min 20 s". */
export function span(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
