// One request that saves a form by itself, and what became of it. The server's side is competition/kernel/web/autosave.py.
//
// Every answer is {version, saved_at, errors, missing, conflict_url, error}:
//   200  saved: `version` for the next request, `errors` {field: text} that submitting would refuse, `missing` how many
//        required answers are left, in words
//   409  saved elsewhere in between: the form sent to `conflict_url` answers with both texts
//   422  refused, with `errors` or one sentence, `error`
import { Expired, Offline, Refused, send } from "./http.js";

/**
 * Resolves to {state, …}, whatever happens:
 *   saved     version, savedAt, errors, missing
 *   offline   no answer came; worth another try
 *   expired   the session is over; worth another try, as the person may sign in again in another tab
 *   conflict  conflictUrl
 *   refused   errors, reason: the same text will be refused again
 *   failed    the server had a fault or is busy; worth another try
 */
export async function saveForm(url, body) {
  try {
    const answer = await send(url, { body, headers: { "X-Autosave": "1" } });
    return {
      state: "saved", version: answer.version, savedAt: new Date(answer.saved_at), errors: answer.errors,
      missing: answer.missing,
    };
  } catch (error) {
    if (error instanceof Offline) return { state: "offline" };
    if (error instanceof Expired) return { state: "expired" };
    if (!(error instanceof Refused)) throw error;
    const { errors = {}, conflict_url: conflictUrl } = error.body;
    if (conflictUrl) return { state: "conflict", conflictUrl };
    if (error.status >= 500 || error.status === 429) return { state: "failed" };
    return { state: "refused", errors, reason: Object.values(errors)[0] || error.message };
  }
}
