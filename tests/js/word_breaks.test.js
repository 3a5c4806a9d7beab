import "./browser.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { linePieces } from "../../static/src/lib/word_breaks.js";

const segmenter = new Intl.Segmenter("zh", { granularity: "word" });

for (const pieces of [
  ["全部", "征集"],
  ["提交", "参赛", "作品"],
  ["2026年", "征集"],
  ["（全部）", "征集"],
])
  test(pieces.join("|"), () => assert.deepEqual(linePieces(pieces.join(""), segmenter), pieces));

test("nothing is added, lost or left empty", () => {
  const text = "第1版：“城市治理”场景公开征集（2026年）, see the guide。";
  const pieces = linePieces(text, segmenter);
  assert.equal(pieces.join(""), text);
  assert.ok(pieces.every(Boolean));
  assert.ok(pieces.every((piece) => !/^[\p{P}\s]/u.test(piece) || piece === pieces[0]));
});
