// SHA-256 of a file and of each of its parts, in one pass that holds one part in memory at a time.
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";

const STEP = 1024 * 1024; // bytes hashed between two pauses

const base64 = (bytes) => btoa(String.fromCharCode(...bytes));
const pause = () => new Promise((resolve) => setTimeout(resolve));

/** SHA-256 of some bytes in base64. The browser offers its own, faster digest on https and on localhost only. */
export async function partDigest(bytes) {
  return base64(crypto.subtle ? new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)) : sha256(bytes));
}

export class FileDigests {
  /** Begins at once. `blob` is read in parts of `partBytes`. */
  constructor(blob, partBytes) {
    this.blob = blob;
    this.partBytes = partBytes;
    this.parts = Array.from({ length: Math.max(1, Math.ceil(blob.size / partBytes)) }, () => {
      const part = {};
      part.promise = new Promise((resolve, reject) => Object.assign(part, { resolve, reject }));
      part.promise.catch(() => {}); // `file` reports the error, too
      return part;
    });
    /** The file's digest in hex; rejected when the file can't be read. */
    this.file = this.read();
    this.file.catch(() => {}); // an upload that failed before may never ask for it
  }

  /** The digest of part `number` (from 1) in base64, once the pass has reached it. */
  part(number) {
    return this.parts[number - 1].promise;
  }

  /** End the pass; what has not been reached never resolves. */
  stop() {
    this.stopped = true;
  }

  async read() {
    const hash = sha256.create();
    for (const [index, part] of this.parts.entries()) {
      try {
        const start = index * this.partBytes;
        const bytes = new Uint8Array(await this.blob.slice(start, start + this.partBytes).arrayBuffer());
        for (let offset = 0; offset < bytes.length; offset += STEP) {
          hash.update(bytes.subarray(offset, offset + STEP));
          await pause(); // the page stays responsive
        }
        part.resolve(await partDigest(bytes));
      } catch (error) {
        for (const unread of this.parts.slice(index)) unread.reject(error);
        throw error;
      }
      if (this.stopped) return "";
    }
    return bytesToHex(hash.digest());
  }
}
