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
  #failure: Error | undefined;

  constructor(file: string, image: () => CloudImage) {
    this.#file = file;
    this.#image = image;
  }

  /** Notes a change. A failure to write is kept for `flush`; the next change tries again. */
  touch(): void {
    this.#isDirty = true;
    this.#running ??= this.#run();
  }

  /** Resolves when all that was noted is in the file; rejects when it could not be written. */
  async flush(): Promise<void> {
    await this.#running;
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Never rejects. The file holds passwords of simulated resources, so only its owner may read it. */
  async #run(): Promise<void> {
    while (this.#isDirty) {
      this.#isDirty = false;
      const temporary = `${this.#file}.new`;
      try {
        await writeFile(temporary, JSON.stringify(this.#image()), { mode: 0o600 });
        await rename(temporary, this.#file);
        this.#failure = undefined;
      } catch (error) {
        this.#failure = new Error(
          `cannot save the simulated cloud to ${this.#file}: free space there or name another file`,
          { cause: error },
        );
      }
    }
    this.#running = undefined;
  }
}
