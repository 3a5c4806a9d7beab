// An Uppy uploader: one S3 multipart upload per file, every address signed by our own server.
//
//   create   {filename, type, size}        → {uploadId, key, partSize?}
//   list     {key, uploadId}               → {parts: [{PartNumber, ETag, Size}]}
//   sign     {key, uploadId, partNumber, size, checksum} → {url, headers?}
//   complete {key, uploadId, parts: [{PartNumber, ETag, ChecksumSHA256}], sha256}
//   abort    {key, uploadId}
// Addresses may hold {key} and {uploadId}; both are in the JSON body as well. `checksum` is the part's SHA-256 in
// base64, with the header to send for it in the answer, so that the storage refuses a part that changed on the way.
// `sha256` is the whole file's, in hex: what the receipt will show.
//
// What was begun is remembered on this device under the file's fingerprint, so that choosing the same file
// after a reload goes on where it stopped.
import { BasePlugin, EventManager } from "@uppy/core";
import { send } from "./http.js";
import { Sha256, base64, hex } from "./sha256.js";
import { t } from "./words.js";

const MB = 1024 * 1024;
const PART = 8 * MB;
const MAX_PARTS = 10_000;
const AT_ONCE = 3;
const TRIES = 5;
const FORGET_AFTER = 24 * 3600 * 1000; // the server clears unfinished uploads after a day
const STORE = "opencall:uploads";

const sleep = (milliseconds, signal) =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(new DOMException("aborted", "AbortError"));
    }, { once: true });
  });

const fingerprint = (file, scope) => [scope, file.name, file.size, file.data.lastModified || 0].join("|");

function remembered() {
  try {
    const entries = Object.entries(JSON.parse(localStorage.getItem(STORE) || "{}"));
    return Object.fromEntries(entries.filter(([, upload]) => Date.now() - upload.at < FORGET_AFTER));
  } catch {
    return {};
  }
}

function remember(print, upload) {
  const uploads = remembered();
  if (upload) uploads[print] = { ...upload, at: Date.now() };
  else delete uploads[print];
  try {
    localStorage.setItem(STORE, JSON.stringify(uploads));
  } catch {
    // no resume after a reload, then
  }
}

/** SHA-256 of a part in base64; the browser offers its own, faster one only on https and on this machine. */
async function digest(bytes) {
  const hash = crypto.subtle ? new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)) : new Sha256().update(bytes).digest();
  return base64(hash);
}

/** PUT with progress, which fetch does not give. */
function put(url, blob, headers, onProgress, signal) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const stop = () => request.abort();
    const fail = (message, status) => reject(Object.assign(new Error(message), { status }));
    request.open("PUT", url);
    for (const [name, value] of Object.entries(headers || {})) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => onProgress(event.loaded);
    request.onload = () => {
      signal.removeEventListener("abort", stop);
      const etag = request.getResponseHeader("ETag");
      if (request.status >= 200 && request.status < 300 && etag) resolve(etag);
      else fail(`HTTP ${request.status}`, request.status);
    };
    request.onerror = () => fail(t("The connection was lost."), 0);
    request.onabort = () => reject(new DOMException("aborted", "AbortError"));
    signal.addEventListener("abort", stop, { once: true });
    request.send(blob);
  });
}

class Upload {
  constructor(uppy, file, routes) {
    this.uppy = uppy;
    this.file = file;
    this.routes = routes;
    this.print = fingerprint(file, routes.create);
    this.started = Date.now();
    this.etags = new Map();
    this.checksums = new Map();
    this.hashed = null;
    this.loaded = new Map();
  }

  call(name, body = {}) {
    const { key = "", uploadId = "" } = this;
    const url = this.routes[name].replaceAll("{key}", encodeURIComponent(key)).replaceAll("{uploadId}", encodeURIComponent(uploadId));
    return send(url, { body: { ...(key ? { key, uploadId } : {}), ...body }, signal: this.signal });
  }

  async run(signal) {
    this.signal = signal;
    if (!this.key) await this.begin();
    const count = Math.max(1, Math.ceil(this.file.size / this.partSize));
    this.hashed ??= this.hash(count);
    const waiting = [];
    for (let number = 1; number <= count; number += 1) if (!this.etags.has(number)) waiting.push(number);
    this.report();
    const lane = async () => {
      for (let number = waiting.shift(); number; number = waiting.shift()) await this.part(number);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
    const sha256 = await this.hashed;
    const numbers = [...this.etags.keys()].sort((a, b) => a - b);
    const parts = await Promise.all(numbers.map(async (number) => (
      { PartNumber: number, ETag: this.etags.get(number), ChecksumSHA256: await this.checksum(number).promise }
    )));
    const answer = await this.call("complete", { parts, sha256 });
    remember(this.print, null);
    return answer;
  }

  async begin() {
    const known = remembered()[this.print];
    if (known && (await this.resume(known))) return;
    const { uploadId, key, partSize } = await this.call("create", {
      filename: this.file.name, type: this.file.type || "application/octet-stream", size: this.file.size,
    });
    this.use({ uploadId, key, partSize: partSize || Math.max(PART, Math.ceil(this.file.size / MAX_PARTS)) });
    remember(this.print, { uploadId, key, partSize: this.partSize });
  }

  use({ uploadId, key, partSize }) {
    this.uploadId = uploadId;
    this.key = key;
    this.partSize = partSize;
  }

  async resume(known) {
    this.use(known);
    try {
      const { parts = [] } = await this.call("list");
      for (const { PartNumber, ETag } of parts) {
        this.etags.set(PartNumber, ETag);
        this.loaded.set(PartNumber, this.slice(PartNumber).size);
      }
      return true;
    } catch (error) {
      if (error.name === "AbortError" || !(error.status >= 400 && error.status < 500)) throw error;
      this.key = this.uploadId = ""; // the server no longer knows it: begin anew
      remember(this.print, null);
      return false;
    }
  }

  slice(number) {
    return this.file.data.slice((number - 1) * this.partSize, Math.min(number * this.partSize, this.file.size));
  }

  /** What a part waits for until the pass over the file has reached it. */
  checksum(number) {
    if (!this.checksums.has(number)) {
      const waiting = {};
      waiting.promise = new Promise((resolve, reject) => Object.assign(waiting, { resolve, reject }));
      waiting.promise.catch(() => {}); // the pass itself reports what went wrong
      this.checksums.set(number, waiting);
    }
    return this.checksums.get(number);
  }

  /** One pass over the file, a part at a time: the digest of each part and of the whole. */
  async hash(count) {
    const whole = new Sha256();
    for (let number = 1; number <= count; number += 1) {
      try {
        const bytes = new Uint8Array(await this.slice(number).arrayBuffer());
        for (let at = 0; at < bytes.length; at += MB) {
          whole.update(bytes.subarray(at, at + MB));
          await new Promise((resolve) => setTimeout(resolve)); // typing goes on meanwhile
        }
        this.checksum(number).resolve(await digest(bytes));
      } catch (error) {
        for (let rest = number; rest <= count; rest += 1) this.checksum(rest).reject(error);
        throw error;
      }
      if (this.abandoned) return "";
    }
    return hex(whole.digest());
  }

  async part(number) {
    const blob = this.slice(number);
    const checksum = await this.checksum(number).promise;
    for (let attempt = 1; ; attempt += 1) {
      try {
        const { url, headers } = await this.call("sign", { partNumber: number, size: blob.size, checksum });
        const etag = await put(url, blob, headers, (loaded) => {
          this.loaded.set(number, loaded);
          this.report();
        }, this.signal);
        this.etags.set(number, etag);
        this.loaded.set(number, blob.size);
        this.report();
        return;
      } catch (error) {
        const final = error.name === "AbortError" || (error.status >= 400 && error.status < 500 && ![403, 408, 429].includes(error.status));
        if (final || attempt >= TRIES) throw error;
        this.loaded.set(number, 0);
        await sleep(Math.min(1000 * 2 ** attempt, 15_000), this.signal);
      }
    }
  }

  report() {
    let bytesUploaded = 0;
    for (const loaded of this.loaded.values()) bytesUploaded += loaded;
    this.uppy.emit("upload-progress", this.uppy.getFile(this.file.id) || this.file, {
      uploadStarted: this.started, bytesUploaded: Math.min(bytesUploaded, this.file.size), bytesTotal: this.file.size,
    });
  }

  async abandon() {
    this.abandoned = true;
    remember(this.print, null);
    this.signal = undefined;
    if (this.key) await this.call("abort").catch(() => {}); // the server clears it in a day if this does not arrive
  }
}

export class Multipart extends BasePlugin {
  constructor(uppy, options) {
    super(uppy, options);
    this.type = "uploader";
    this.id = "Multipart";
    this.handle = this.handle.bind(this);
  }

  install() {
    const { capabilities } = this.uppy.getState();
    this.uppy.setState({ capabilities: { ...capabilities, resumableUploads: true } });
    this.uppy.addUploader(this.handle);
  }

  uninstall() {
    this.uppy.removeUploader(this.handle);
  }

  async handle(ids) {
    const files = ids.map((id) => this.uppy.getFile(id)).filter((file) => file && !file.error);
    this.uppy.emit("upload-start", files);
    for (const file of files) if (this.uppy.getFile(file.id)) await this.one(file);
  }

  one(file) {
    const upload = new Upload(this.uppy, file, this.opts.routes);
    const events = new EventManager(this.uppy);
    return new Promise((resolve) => {
      let controller;
      const stop = () => controller?.abort();
      const end = () => {
        events.remove();
        resolve();
      };
      const cancel = () => {
        stop();
        upload.abandon();
        end();
      };
      const go = async () => {
        controller = new AbortController();
        const { signal } = controller;
        try {
          const body = await upload.run(signal);
          if (signal.aborted) return;
          this.uppy.emit("upload-success", this.uppy.getFile(file.id), { status: 200, body: body || {}, uploadURL: "" });
          end();
        } catch (error) {
          if (error.name === "AbortError" || signal.aborted) return; // paused, or cancelled by the person
          this.uppy.emit("upload-error", this.uppy.getFile(file.id), error);
          end();
        }
      };
      events.onFileRemove(file.id, cancel);
      events.onCancelAll(file.id, cancel);
      events.onFilePause(file.id, (paused) => (paused ? stop() : go()));
      events.onPauseAll(file.id, stop);
      events.onResumeAll(file.id, go);
      go();
    });
  }
}
