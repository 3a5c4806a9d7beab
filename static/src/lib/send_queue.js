// Forms that wait on this device for a connection, and are sent in the order in which they were pressed.
//
//   {sheet: address of the page, url: where to send, fields: [[name, text]], name: what it is called, at: milliseconds,
//    refused: why the server did not take it, else ""}
//
// A sheet waits once: what is pressed later has all that was pressed before. Sending twice is harmless, since each form
// carries the key of its intention.
import { readJson, remove, writeJson } from "./storage.js";

const KEY = "opencall:waiting";

export function waiting() {
  const items = readJson(KEY);
  return Array.isArray(items) ? items : [];
}

function store(items) {
  if (items.length) writeJson(KEY, items);
  else remove(KEY);
}

/** Put a form at the end; false where this device keeps nothing. */
export function enqueue({ sheet, url, fields, name }) {
  store([...waiting().filter((item) => item.sheet !== sheet), { sheet, url, fields, name, at: Date.now(), refused: "" }]);
  return waiting().some((item) => item.sheet === sheet);
}

export function withdraw(sheet) {
  store(waiting().filter((item) => item.sheet !== sheet));
}

/**
 * Send what waits, oldest first. `sendOne` resolves to {state: "sent", …}, {state: "refused", reason} or
 * {state: "later"}, which ends the round: nothing overtakes what waits before it. Resolves to the answers of those sent.
 */
export async function flush(sendOne) {
  const sent = [];
  for (const item of waiting().filter(({ refused }) => !refused)) {
    const result = await sendOne(item);
    if (result.state === "later") break;
    if (result.state === "sent") {
      withdraw(item.sheet);
      sent.push({ ...result, sheet: item.sheet, name: item.name });
    } else store(waiting().map((one) => (one.sheet === item.sheet ? { ...one, refused: result.reason } : one)));
  }
  return sent;
}
