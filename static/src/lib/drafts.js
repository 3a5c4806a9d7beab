// Copies of a form's text on this device, by the address to which the form saves itself. A copy is written when the
// text may not reach the server, and dropped as soon as it has.
//
//   {at: milliseconds, version: of the form when copied, submitted: sent as a page, fields: [[name, text]]}
import { readJson, remove, writeJson } from "./storage.js";

const PER_PAGE = new Set(["csrf_token", "version", "key"]); // new on every page: not typed by the person

const keyOf = (url) => `opencall:draft:${url}`;

/** The fields that a person fills in, of all `[name, text]` pairs of a form. */
export const typedFields = (fields) => [...fields].filter(([name]) => !PER_PAGE.has(name));

/** The typed fields as one text: equal texts need no saving. */
export const textOf = (fields) => new URLSearchParams(typedFields(fields)).toString();

export function keepDraft(url, { fields, version, submitted = false }) {
  writeJson(keyOf(url), { at: Date.now(), version, submitted, fields: typedFields(fields) });
}

export function dropDraft(url) {
  remove(keyOf(url));
}

/**
 * The copy of an earlier visit whose text never reached the server, or null.
 *
 * `text` and `version` are those of the form as the server sent it. A copy that was sent as a page has arrived when
 * the version has risen since; one that reads like the form has arrived as well. Copies that arrived are dropped.
 */
export function lostDraft(url, { text, version }) {
  const copy = readJson(keyOf(url));
  if (!copy?.fields) return null;
  const arrived = (copy.submitted && version > copy.version) || textOf(copy.fields) === text;
  if (!arrived) return copy;
  dropDraft(url);
  return null;
}
