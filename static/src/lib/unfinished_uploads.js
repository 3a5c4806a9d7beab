// Uploads that were begun on this device and not finished, by the fingerprint of their file: choosing the same file
// after a reload goes on where it stopped.
import { readJson, writeJson } from "./storage.js";

const KEY = "opencall:uploads";
const LIFETIME = 24 * 3600 * 1000; // the server clears unfinished uploads after a day

/** Tells files apart without reading them. `scope` is the address at which an upload begins. */
export const fingerprint = (file, scope) => [scope, file.name, file.size, file.data.lastModified || 0].join("|");

function uploads() {
  const stored = Object.entries(readJson(KEY) || {});
  return Object.fromEntries(stored.filter(([, upload]) => Date.now() - upload.at < LIFETIME));
}

/** `{uploadId, key, partSize}` of the file's unfinished upload, or undefined. */
export const unfinishedUpload = (print) => uploads()[print];

export function rememberUpload(print, { uploadId, key, partSize }) {
  writeJson(KEY, { ...uploads(), [print]: { uploadId, key, partSize, at: Date.now() } });
}

export function forgetUpload(print) {
  const { [print]: _, ...others } = uploads();
  writeJson(KEY, others);
}
