import "./browser.js";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { beforeEach, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { forbidStorage, allowStorage, resetStorage } from "./browser.js";
import { MultipartUpload } from "../../static/src/lib/multipart.js";

const PART = 4;
const CONTENT = "abcdefghij"; // three parts
const sha256 = (text, encoding) => createHash("sha256").update(text).digest(encoding);
const httpError = (status) => Object.assign(new Error(`HTTP ${status}`), { status });
const unlimited = () => new AbortController().signal;

function fileOf(content = CONTENT, name = "plan.pdf") {
  const data = Object.assign(new Blob([content]), { lastModified: 1000 });
  return { name, type: "application/pdf", size: data.size, data };
}

/** Our server and the storage: what was asked of them, and what they hold. */
class Store {
  constructor() {
    this.calls = [];
    this.stored = new Map();
    this.known = true;
    this.failures = []; // errors of the next PUTs
    this.brokenParts = new Set(); // numbers of parts that are refused
    this.server = Object.fromEntries(["create", "list", "sign", "complete", "abort"].map((step) => [
      step, async (body) => {
        this.calls.push([step, body]);
        return this[step](body);
      },
    ]));
  }

  create() {
    this.known = true;
    this.stored.clear();
    return { uploadId: "u1", key: "k1", partSize: PART };
  }

  list() {
    if (!this.known) throw httpError(404);
    return { parts: [...this.stored.keys()].map((PartNumber) => ({ PartNumber, ETag: `"e${PartNumber}"`, Size: PART })) };
  }

  sign({ partNumber, checksum }) {
    return { url: `https://storage/${partNumber}`, headers: { "x-amz-checksum-sha256": checksum } };
  }

  complete() {
    return { state: "uploaded" };
  }

  abort() {
    this.known = false;
    return {};
  }

  put = async (url, blob, headers, onProgress) => {
    const number = Number(url.at(-1));
    const failure = this.failures.shift();
    if (failure) throw failure;
    if (this.brokenParts.has(number)) throw httpError(400);
    const text = await blob.text();
    assert.equal(headers["x-amz-checksum-sha256"], sha256(text, "base64")); // as the storage checks it
    onProgress(blob.size);
    this.stored.set(number, text);
    return `"e${number}"`;
  };

  steps(name) {
    return this.calls.filter(([step]) => step === name).map(([, body]) => body);
  }
}

const pauses = [];
const uploadTo = (store, options = {}) => new MultipartUpload(options.file || fileOf(), {
  scope: "/en/my/entries/E1/files", server: store.server, put: store.put,
  pause: async (milliseconds) => pauses.push(milliseconds), ...options,
});

beforeEach(() => {
  resetStorage();
  pauses.length = 0;
});

test("every part is signed with its checksum, and the whole is completed with all digests", async () => {
  const store = new Store();
  assert.deepEqual(await uploadTo(store).run(unlimited()), { state: "uploaded" });
  assert.deepEqual(store.steps("create"), [{ filename: "plan.pdf", type: "application/pdf", size: 10 }]);
  assert.deepEqual([...store.stored.values()].join(""), CONTENT);
  assert.deepEqual(store.steps("sign").map(({ partNumber, size }) => [partNumber, size]), [[1, 4], [2, 4], [3, 2]]);
  const [{ key, uploadId, parts, sha256: digest }] = store.steps("complete");
  assert.deepEqual([key, uploadId, digest], ["k1", "u1", sha256(CONTENT, "hex")]);
  assert.deepEqual(parts, ["abcd", "efgh", "ij"].map((text, index) => (
    { PartNumber: index + 1, ETag: `"e${index + 1}"`, ChecksumSHA256: sha256(text, "base64") }
  )));
});

test("progress counts the bytes of all parts and ends at the file's size", async () => {
  const counts = [];
  await uploadTo(new Store(), { onProgress: (bytes) => counts.push(bytes) }).run(unlimited());
  assert.equal(counts[0], 0);
  assert.equal(counts.at(-1), 10);
  assert.deepEqual(counts, [...counts].sort((a, b) => a - b));
});

for (const error of [httpError(0), httpError(403), httpError(429), httpError(503)])
  test(`a part that failed with ${error.status} is signed anew and sent again`, async () => {
    const store = new Store();
    store.failures = [error];
    await uploadTo(store).run(unlimited());
    assert.equal(store.steps("sign").length, 4);
    assert.deepEqual(pauses, [2000]);
    assert.equal(store.steps("complete").length, 1);
  });

test("a refused part is not sent again, and the upload stays on record for another try", async () => {
  const store = new Store();
  store.failures = [httpError(400)];
  await assert.rejects(uploadTo(store).run(unlimited()), /HTTP 400/);
  assert.equal(store.steps("complete").length, 0);
  await uploadTo(store).run(unlimited());
  assert.equal(store.steps("create").length, 1);
  assert.equal(store.steps("complete").length, 1);
});

test("a line that stays broken ends the upload after five tries", async () => {
  const store = new Store();
  store.failures = Array.from({ length: 20 }, () => httpError(0));
  await assert.rejects(uploadTo(store).run(unlimited()), /HTTP 0/);
  assert.equal(Math.max(...pauses), 15_000);
});

test("the same file after a reload goes on with the parts that are missing", async () => {
  const store = new Store();
  store.brokenParts = new Set([2, 3]);
  await assert.rejects(uploadTo(store).run(unlimited()));
  await setTimeout(50); // the parts that were under way when one failed
  assert.deepEqual([...store.stored.keys()], [1]);
  store.brokenParts.clear();
  store.calls = [];
  const counts = [];
  await uploadTo(store, { onProgress: (bytes) => counts.push(bytes) }).run(unlimited());
  assert.equal(store.steps("create").length, 0);
  assert.equal(store.steps("list").length, 1);
  assert.deepEqual(store.steps("sign").map(({ partNumber }) => partNumber), [2, 3]);
  assert.equal(counts[0], PART); // what has arrived counts at once
  assert.equal(store.steps("complete")[0].parts.length, 3);
  assert.equal(store.steps("complete")[0].sha256, sha256(CONTENT, "hex"));
});

test("another file, or the same file for another entry, begins an upload of its own", async () => {
  const store = new Store();
  store.failures = [httpError(400)];
  await assert.rejects(uploadTo(store).run(unlimited()));
  await uploadTo(store, { file: fileOf(CONTENT, "other.pdf") }).run(unlimited());
  await uploadTo(store, { scope: "/en/my/entries/E2/files" }).run(unlimited());
  assert.equal(store.steps("create").length, 3);
});

test("an upload that the server no longer knows is begun anew", async () => {
  const store = new Store();
  store.failures = [httpError(400)];
  await assert.rejects(uploadTo(store).run(unlimited()));
  store.known = false;
  await uploadTo(store).run(unlimited());
  assert.equal(store.steps("create").length, 2);
  assert.equal(store.steps("complete").length, 1);
});

test("an upload is not forgotten because the server could not be reached when it was taken up", async () => {
  const store = new Store();
  store.failures = [httpError(400)];
  await assert.rejects(uploadTo(store).run(unlimited()));
  const list = store.list;
  store.list = () => {
    throw httpError(0);
  };
  await assert.rejects(uploadTo(store).run(unlimited()), /HTTP 0/);
  store.list = list;
  await uploadTo(store).run(unlimited());
  assert.equal(store.steps("create").length, 1);
});

test("a day later the upload is begun anew, as the server has cleared it", async (context) => {
  const store = new Store();
  store.failures = [httpError(400)];
  await assert.rejects(uploadTo(store).run(unlimited()));
  context.mock.method(Date, "now", () => new Date().getTime() + 25 * 3600 * 1000);
  await uploadTo(store).run(unlimited());
  assert.equal(store.steps("create").length, 2);
  assert.equal(store.steps("list").length, 0);
});

test("a pause stops at once; going on sends what is missing", async () => {
  const store = new Store();
  const controller = new AbortController();
  const put = store.put;
  let sent = 0;
  store.put = async (...rest) => {
    sent += 1;
    if (sent !== 2) return put(...rest);
    controller.abort();
    throw new DOMException("aborted", "AbortError");
  };
  const upload = uploadTo(store, { put: (...rest) => store.put(...rest) });
  await assert.rejects(upload.run(controller.signal), { name: "AbortError" });
  assert.deepEqual(pauses, []);
  await upload.run(unlimited());
  assert.equal(store.steps("create").length, 1);
  assert.equal(store.stored.size, 3);
});

test("an abandoned upload is given up at the server and not taken up again", async () => {
  const store = new Store();
  store.failures = [httpError(400)];
  const upload = uploadTo(store);
  await assert.rejects(upload.run(unlimited()));
  await upload.abandon();
  assert.deepEqual(store.steps("abort"), [{ key: "k1", uploadId: "u1" }]);
  await uploadTo(store).run(unlimited());
  assert.equal(store.steps("create").length, 2);
});

test("without storage on the device an upload arrives all the same", async () => {
  forbidStorage();
  try {
    const store = new Store();
    await uploadTo(store).run(unlimited());
    assert.equal(store.steps("complete").length, 1);
  } finally {
    allowStorage();
  }
});
