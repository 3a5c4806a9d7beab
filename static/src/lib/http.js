import { all, one } from "./dom.js";

export class Expired extends Error {}
export class Offline extends Error {}
export class Refused extends Error {
  constructor(status, body) {
    super(body.error || `HTTP ${status}`);
    this.status = status;
    this.body = body;
  }
}

export const csrf = () =>
  one('meta[name="csrf-token"]')?.content || one('input[name="csrf_token"]')?.value || "";

/** After signing in again in another tab this page has the old session's token: take the new one from its address. */
async function renewToken() {
  const answer = await fetch(location.href, { credentials: "same-origin", redirect: "manual", headers: { Accept: "text/html" } });
  if (answer.type === "opaqueredirect") throw new Expired();
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const token = one('meta[name="csrf-token"]', page)?.content || one('input[name="csrf_token"]', page)?.value;
  if (!answer.ok || !token) return "";
  one('meta[name="csrf-token"]')?.setAttribute("content", token);
  for (const field of all('input[name="csrf_token"]')) field.value = token;
  return token;
}

/**
 * Send JSON (an object) or a form (URLSearchParams, FormData) and read JSON back.
 * Throws Offline when no answer came, Expired when the session is over, Refused for every other refusal.
 */
export async function send(url, { method = "POST", body, signal, headers = {}, renewed = false } = {}) {
  const asJson = body !== undefined && !(body instanceof URLSearchParams) && !(body instanceof FormData);
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
        ...(asJson ? { "Content-Type": "application/json" } : {}),
        ...headers,
      },
      body: asJson ? JSON.stringify(body) : body,
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
  if (answer.status === 400 && parsed.reason === "csrf" && !renewed) {
    const token = await renewToken().catch((error) => {
      throw error instanceof Expired ? error : new Offline(error.message);
    });
    if (token) {
      if (!asJson && body?.has("csrf_token")) body.set("csrf_token", token);
      return send(url, { method, body, signal, headers, renewed: true });
    }
  }
  if (!answer.ok) throw new Refused(answer.status, parsed);
  return parsed;
}
