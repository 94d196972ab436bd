// Reads a Prometheus endpoint itself, for clusters without a Prometheus server.
import type { Clock } from "../kube/index.ts";
import { createPace } from "../runtime/index.ts";
import type { LabelBlock } from "./exposition-labels.ts";
import { createExpositionParser, type ExpositionParser } from "./exposition.ts";
import { ask, checkedUrl, type Fetch, type HttpOptions, piecesOf, problemOf, SignalError } from "./http.ts";
import type { Sample, SignalProblem, SignalSource } from "./sample.ts";

export interface ScrapeOptions {
  /** The endpoint, http or https. */
  readonly url: string;
  readonly clock: Clock;
  /** Default: `scrape URL`. */
  readonly name?: string;
  readonly fetch?: Fetch;
  readonly token?: () => Promise<string>;
  /** For the whole answer, in milliseconds. Default 10,000, as Prometheus' own. */
  readonly timeoutMs?: number;
  /** Longest answer, unpacked. Default 32 MiB. */
  readonly maxBytes?: number;
  /** A sample whose own timestamp is older is left out, in milliseconds. Default 5 minutes, as Prometheus' lookback. */
  readonly staleMs?: number;
  /** Only these metrics are kept. Default: all. */
  readonly keep?: (metric: string) => boolean;
}

/** Lines between two looks at the clock. */
const LINES_A_LOOK = 128;
/** A timestamp this far ahead is a clock that differs, not the future. */
const AHEAD_MS = 60_000;

/**
 * A source that GETs `url` and gives its finite samples: NaN says that there is no number, and nothing can be told from an infinite one. Each
 * series once; lines that can't be read are skipped and counted in one problem, and so is a last line without its end; an answer that breaks off
 * gives none of its samples.
 */
export function createScrape(options: ScrapeOptions): SignalSource {
  const { clock, token, timeoutMs = 10_000, maxBytes = 32 << 20 } = options;
  const url = checkedUrl(options.url);
  const http: HttpOptions = {
    clock,
    timeoutMs,
    maxBytes,
    ...(options.fetch === undefined ? {} : { fetch: options.fetch }),
    ...(token === undefined ? {} : { token }),
  };
  // Resources keep their labels from scrape to scrape; forgotten when most of what is kept has gone.
  let before = new Map<string, LabelBlock>();
  return {
    name: options.name ?? `scrape ${url}`,
    read: async (now, { signal }) => {
      const blocks = new Map(before);
      const intake = new Intake(now, options, createExpositionParser(blocks));
      try {
        await ask(url, { headers }, http, signal, (response) => readAnswer(response, maxBytes, clock, intake));
      } catch (error) {
        return { samples: [], problems: [problemOf(error)] };
      }
      before = blocks.size > 4 * intake.samples.length + 1000 ? new Map() : blocks;
      return { samples: intake.samples, problems: intake.problems() };
    },
  };
}

const headers = { accept: "text/plain;version=0.0.4,text/plain;q=0.5,*/*;q=0.1", "accept-encoding": "gzip" };

async function readAnswer(response: Response, maxBytes: number, clock: Clock, intake: Intake): Promise<void> {
  const kind = response.headers.get("content-type") ?? "text/plain";
  if (!response.ok || !/^text\/plain/i.test(kind)) {
    await response.body?.cancel();
    if (!response.ok) throw new SignalError("HttpError", `${response.url} answered ${response.status}: expected 200`);
    throw new SignalError("Malformed", `${response.url} answered ${kind}, not Prometheus' text format: check the path`);
  }
  const pace = createPace(clock);
  const decoder = new TextDecoder();
  let rest = "";
  const take = async (text: string) => {
    const lines = text.split("\n");
    rest = lines.pop() ?? "";
    for (const [index, line] of lines.entries()) {
      intake.line(line);
      if (index % LINES_A_LOOK === 0 && pace.due()) await pace.breathe();
    }
  };
  for await (const piece of piecesOf(response, maxBytes)) await take(rest + decoder.decode(piece, { stream: true }));
  rest += decoder.decode();
  if (rest !== "") intake.cut(rest);
}

/** What one scrape has given so far. */
class Intake {
  readonly samples: Sample[] = [];
  readonly #now: number;
  readonly #options: ScrapeOptions;
  readonly #parser: ExpositionParser;
  readonly #seen = new Set<string>();
  #line = 0;
  #bad = 0;
  #firstBad = "";
  #stale = 0;

  constructor(now: number, options: ScrapeOptions, parser: ExpositionParser) {
    this.#now = now;
    this.#options = options;
    this.#parser = parser;
  }

  line(text: string): void {
    this.#line += 1;
    const read = this.#parser.read(text);
    if (read.kind === "nothing") return;
    if (read.kind === "malformed") return this.#note(read.message);
    const { series, metric, labels, type, value, timestamp: time = this.#now } = read;
    if (!Number.isFinite(value) || this.#options.keep?.(metric) === false) return;
    if (this.#seen.has(series)) return this.#note(`${series.slice(0, 120)} stands twice`);
    this.#seen.add(series);
    if (time < this.#now - (this.#options.staleMs ?? 300_000) || time > this.#now + AHEAD_MS) this.#stale += 1;
    else this.samples.push({ series, metric, labels, value, time: Math.min(time, this.#now), type });
  }

  /** A line without its end may have been cut within its number: unpacking does not tell that a packed answer was torn. */
  cut(rest: string): void {
    this.#line += 1;
    this.#note(`it does not end with a line feed, so it may be cut: ${JSON.stringify(rest.slice(0, 120))}`);
  }

  problems(): readonly SignalProblem[] {
    const { url } = this.#options;
    const bad = { reason: "Malformed", message: `${this.#bad} lines of ${url} were skipped; ${this.#firstBad}` };
    const stale = {
      reason: "Stale",
      message: `${this.#stale} samples of ${url} carry times that are not now: compare the clocks`,
    };
    return [...(this.#bad > 0 ? [bad] : []), ...(this.#stale > 0 ? [stale] : [])];
  }

  #note(message: string): void {
    this.#bad += 1;
    if (this.#bad === 1) this.#firstBad = `line ${this.#line}: ${message}`;
  }
}
