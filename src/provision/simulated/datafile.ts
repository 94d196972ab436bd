// The cloud in a file, so that it outlives its process.
import { readFile, rename, writeFile } from "node:fs/promises";
import type { CloudImage } from "./store.ts";

/** The saved cloud, or undefined when there is no file yet. Throws with what to do when the file is not one of ours. */
export async function readImage(file: string, signal: AbortSignal): Promise<CloudImage | undefined> {
  let text: string;
  try {
    text = await readFile(file, { encoding: "utf8", signal });
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
  try {
    const image: CloudImage = JSON.parse(text);
    if (
      typeof image.id === "string" &&
      Array.isArray(image.resources) &&
      Array.isArray(image.ended) &&
      typeof image.serial === "number"
    )
      return image;
  } catch {
    // falls through to the same advice: the file is damaged
  }
  throw new Error(`${file} is not a saved simulated cloud: delete it to start with an empty one, or name another file`);
}

/** Saves after changes, one write at a time; changes during a write are saved by the next. */
export class Saver {
  readonly #file: string;
  readonly #image: () => CloudImage;
  #isDirty = false;
  #running: Promise<void> | undefined;

  constructor(file: string, image: () => CloudImage) {
    this.#file = file;
    this.#image = image;
  }

  /** Notes a change. Failures to write show up in `flush`. */
  touch(): void {
    this.#isDirty = true;
    this.#running ??= this.#run();
  }

  /** Resolves when all that was noted is in the file; rejects when it could not be written. */
  async flush(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#isDirty) {
      this.#isDirty = false;
      await Promise.resolve();
      const temporary = `${this.#file}.new`;
      await writeFile(temporary, JSON.stringify(this.#image()));
      await rename(temporary, this.#file);
    }
    this.#running = undefined;
  }
}
