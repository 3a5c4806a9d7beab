import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { test } from "node:test";
import { FileDigests, partDigest } from "../../static/src/lib/digests.js";

const PART = 5 * 1024 * 1024;
const expected = (bytes, encoding) => createHash("sha256").update(bytes).digest(encoding);

for (const size of [0, 1, 55, 56, 63, 64, 65, 1024 * 1024 + 1, PART - 1, PART, PART + 1, 2 * PART + 7])
  test(`digests of ${size} bytes, in parts and as a whole`, async () => {
    const bytes = randomBytes(size);
    const digests = new FileDigests(new Blob([bytes]), PART);
    assert.equal(await digests.file, expected(bytes, "hex"));
    assert.equal(digests.parts.length, Math.max(1, Math.ceil(size / PART)));
    for (const [index] of digests.parts.entries()) {
      const part = bytes.subarray(index * PART, (index + 1) * PART);
      assert.equal(await digests.part(index + 1), expected(part, "base64"));
    }
  });

test("a page on plain http has no digest of the browser's own", async (context) => {
  context.mock.getter(globalThis.crypto, "subtle", () => undefined);
  assert.equal(crypto.subtle, undefined);
  assert.equal(await partDigest(new TextEncoder().encode("abc")), "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
});

test("a file that can't be read any more fails every part that was not read, and the whole", async () => {
  const good = new Blob(["ab"]);
  const blob = { size: 6, slice: (start) => (start < 2 ? good : { arrayBuffer: async () => { throw new Error("moved"); } }) };
  const digests = new FileDigests(blob, 2);
  assert.equal(await digests.part(1), expected("ab", "base64"));
  await assert.rejects(digests.part(2), /moved/);
  await assert.rejects(digests.part(3), /moved/);
  await assert.rejects(digests.file, /moved/);
});

test("a stopped pass reads no further part", async () => {
  const reads = [];
  const blob = { size: 6, slice: (start) => ({ arrayBuffer: async () => (reads.push(start), new ArrayBuffer(2)) }) };
  const digests = new FileDigests(blob, 2);
  digests.stop();
  assert.equal(await digests.file, "");
  assert.deepEqual(reads, [0]);
});
