// Reads the files of a tar archive in memory (ustar, as `opa build` writes it).

const BLOCK = 512;

/** Regular files by name without a leading slash. Throws RangeError for an archive that is cut off or not one. */
export function readTar(archive: Uint8Array): ReadonlyMap<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  let at = 0;
  while (at + BLOCK <= archive.byteLength) {
    const header = archive.subarray(at, at + BLOCK);
    if (header.every((byte) => byte === 0)) return files;
    const size = Number.parseInt(text(header, 124, 12), 8);
    if (!Number.isSafeInteger(size) || size < 0) throw new RangeError("not a tar archive: a header has no size");
    const start = at + BLOCK;
    if (start + size > archive.byteLength) throw new RangeError("the tar archive is cut off");
    const type = header[156];
    if (type === 0 || type === 0x30) {
      const prefix = text(header, 345, 155);
      const name = `${prefix === "" ? "" : `${prefix}/`}${text(header, 0, 100)}`.replace(/^\/+/, "");
      files.set(name, archive.slice(start, start + size));
    }
    at = start + Math.ceil(size / BLOCK) * BLOCK;
  }
  return files;
}

function text(header: Uint8Array, from: number, length: number): string {
  const field = header.subarray(from, from + length);
  const end = field.indexOf(0);
  return Buffer.from(end === -1 ? field : field.subarray(0, end))
    .toString("utf8")
    .trim();
}
