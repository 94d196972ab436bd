// Ends every process of a plane when its owner goes, even by SIGKILL: a shell in a session of its own that holds a pipe.
import { type ChildProcess, spawn } from "node:child_process";

/** Watches over processes by pid; forgets those that ended by themselves, so that a reused pid is never hit. */
export interface Guard {
  watch(pid: number): void;
  forget(pid: number): void;
  /** Ends the guard itself; every process still watched is ended with it. */
  close(): void;
}

// Reads "+PID" and "-PID" lines; at the end of its input it ends what is left, gently and then for good.
const SCRIPT = `
trap '' INT TERM HUP
pids=" "
while read -r line; do
  pid=\${line#?}
  case $line in
    +*) pids="$pids$pid " ;;
    -*) pids=$(printf '%s' "$pids" | sed "s/ $pid / /") ;;
  esac
done
for pid in $pids; do kill -TERM "$pid" 2>/dev/null; done
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
  left=""
  for pid in $pids; do kill -0 "$pid" 2>/dev/null && left=1; done
  [ -n "$left" ] || break
  sleep 0.25
done
for pid in $pids; do kill -KILL "$pid" 2>/dev/null; done
[ -n "$1" ] && rm -rf "$1"
exit 0
`;

/** Starts a guard; with `ephemeralFolder` the folder is removed after the last process has ended. */
export function startGuard(ephemeralFolder: string | undefined): Guard {
  const child: ChildProcess = spawn("sh", ["-c", SCRIPT, "sh", ephemeralFolder ?? ""], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  child.unref();
  const pipe = child.stdin;
  if (pipe === null) throw new Error("the guard of the control plane has no input");
  pipe.on("error", () => undefined); // the guard is gone: nothing left to tell
  return {
    watch: (pid) => void pipe.write(`+${pid}\n`),
    forget: (pid) => void pipe.write(`-${pid}\n`),
    close: () => void pipe.end(),
  };
}
