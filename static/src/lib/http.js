import { one } from "./dom.js";

export class Expired extends Error {}
export class Offline extends Error {}
export class Refused extends Error {
  constructor(status, body) {
    super(body?.message || body?.error || `HTTP ${status}`);
    this.status = status;
    this.body = body || {};
  }
}

export const csrf = () =>
  one('meta[name="csrf-token"]')?.content || one('input[name="csrf_token"]')?.value || "";

/**
 * Send JSON (an object) or a form (URLSearchParams, FormData) and read JSON back.
 * Throws Offline when no answer came, Expired when the session is over, Refused for every other refusal.
 */
export async function send(url, { method = "POST", body, signal, headers = {} } = {}) {
  const plain = body !== undefined && !(body instanceof URLSearchParams) && !(body instanceof FormData);
  let answer;
  try {
    answer = await fetch(url, {
      method,
      signal,
      credentials: "same-origin",
      redirect: "manual", // a redirect to the sign-in page must not look like success
      headers: {
        Accept: "application/json",
        "X-CSRFToken": csrf(),
        "X-Requested-With": "fetch",
        ...(plain ? { "Content-Type": "application/json" } : {}),
        ...headers,
      },
      body: plain ? JSON.stringify(body) : body,
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Offline(error.message);
  }
  if (answer.type === "opaqueredirect" || answer.status === 401) throw new Expired();
  const text = await answer.text();
  let parsed = {};
  try {
    parsed = text ? JSON.parse(text) : {};
  } catch {
    parsed = {};
  }
  if (!answer.ok) throw new Refused(answer.status, parsed);
  return parsed;
}
