// One file as an S3 multipart upload, every address signed by our own server; see competition/kernel/files/uploads.py.
//
// `server` has an async function per step, called with (body, signal):
//   create   {filename, type, size}                      → {uploadId, key, partSize}
//   list     {key, uploadId}                             → {parts: [{PartNumber, ETag, Size}]}
//   sign     {key, uploadId, partNumber, size, checksum} → {url, headers}
//   complete {key, uploadId, parts: [{PartNumber, ETag, ChecksumSHA256}], sha256} → the answer of run()
//   abort    {key, uploadId}
// `checksum` is the part's SHA-256 in base64; the answer has the header to send for it, so that the storage refuses a
// part that changed on the way. `sha256` is the whole file's, in hex: what the receipt will show.
//
// `put(url, blob, headers, onProgress, signal)` sends one part and resolves to its ETag.
import { FileDigests } from "./digests.js";
import { fingerprint, forgetUpload, rememberUpload, unfinishedUpload } from "./unfinished_uploads.js";

const PARALLEL_PARTS = 3;
const MAX_ATTEMPTS = 5;
const RETRIED = [403, 408, 429]; // an address that expired, and a busy server; other 4xx answers are final

function sleep(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    const stop = () => {
      clearTimeout(timer);
      reject(new DOMException("aborted", "AbortError"));
    };
    signal.addEventListener("abort", stop, { once: true });
  });
}

const refused = (error) => error.status >= 400 && error.status < 500;
const isFinal = (error) => error.name === "AbortError" || (refused(error) && !RETRIED.includes(error.status));

export class MultipartUpload {
  /** `file`: {name, type, size, data: Blob}; `scope` tells uploads of one file to two places apart. */
  constructor(file, { scope, server, put, onProgress = () => {}, pause = sleep }) {
    Object.assign(this, { file, server, put, onProgress, pause });
    this.fingerprint = fingerprint(file, scope);
    this.etags = new Map(); // of the parts that have arrived, by number
    this.sentBytes = new Map(); // by part number, of a part under way as well
  }

  /** Upload what has not arrived yet; may be called again after its `signal` stopped it. */
  async run(signal) {
    if (!this.key) await this.begin(signal);
    this.digests ??= new FileDigests(this.file.data, this.partSize);
    const waiting = this.partNumbers().filter((number) => !this.etags.has(number));
    this.report();
    const lane = async () => {
      for (let number = waiting.shift(); number; number = waiting.shift()) await this.sendPart(number, signal);
    };
    await Promise.all(Array.from({ length: PARALLEL_PARTS }, lane));
    const parts = await Promise.all(this.partNumbers().map(async (number) => (
      { PartNumber: number, ETag: this.etags.get(number), ChecksumSHA256: await this.digests.part(number) }
    )));
    const answer = await this.call("complete", { parts, sha256: await this.digests.file }, signal);
    forgetUpload(this.fingerprint);
    return answer;
  }

  /** Give the upload up; the server clears it in a day if it does not hear of that. */
  async abandon() {
    this.digests?.stop();
    forgetUpload(this.fingerprint);
    if (this.key) await this.call("abort").catch(() => {});
  }

  async begin(signal) {
    const upload = unfinishedUpload(this.fingerprint);
    if (upload && (await this.resume(upload, signal))) return;
    const { name, type, size } = this.file;
    const body = { filename: name, type: type || "application/octet-stream", size };
    this.use(await this.call("create", body, signal));
    rememberUpload(this.fingerprint, this);
  }

  use({ uploadId, key, partSize }) {
    Object.assign(this, { uploadId, key, partSize });
  }

  /** Take up an upload of an earlier visit: false when the server no longer knows it. */
  async resume(upload, signal) {
    this.use(upload);
    try {
      const { parts } = await this.call("list", {}, signal);
      for (const { PartNumber, ETag } of parts) {
        this.etags.set(PartNumber, ETag);
        this.sentBytes.set(PartNumber, this.slice(PartNumber).size);
      }
      return true;
    } catch (error) {
      this.use({});
      if (!refused(error)) throw error;
      forgetUpload(this.fingerprint);
      return false;
    }
  }

  async sendPart(number, signal) {
    const blob = this.slice(number);
    const checksum = await this.digests.part(number);
    for (let attempt = 1; ; attempt += 1) {
      try {
        const { url, headers } = await this.call("sign", { partNumber: number, size: blob.size, checksum }, signal);
        const etag = await this.put(url, blob, headers, (bytes) => this.progress(number, bytes), signal);
        this.etags.set(number, etag);
        this.progress(number, blob.size);
        return;
      } catch (error) {
        if (isFinal(error) || attempt >= MAX_ATTEMPTS) throw error;
        this.progress(number, 0);
        await this.pause(Math.min(1000 * 2 ** attempt, 15_000), signal);
      }
    }
  }

  call(step, body = {}, signal = undefined) {
    const { key, uploadId } = this;
    return this.server[step]({ ...(key ? { key, uploadId } : {}), ...body }, signal);
  }

  partNumbers() {
    const count = Math.max(1, Math.ceil(this.file.size / this.partSize));
    return Array.from({ length: count }, (_, index) => index + 1);
  }

  slice(number) {
    return this.file.data.slice((number - 1) * this.partSize, Math.min(number * this.partSize, this.file.size));
  }

  progress(number, bytes) {
    this.sentBytes.set(number, bytes);
    this.report();
  }

  report() {
    const bytes = [...this.sentBytes.values()].reduce((sum, part) => sum + part, 0);
    this.onProgress(Math.min(bytes, this.file.size));
  }
}
