// The sandbox's routes, which are documented in volt/sandbox/_app.py, and its events.

const EVENTS = [
  "hello", "missed", "message", "status", "refusal", "read", "opt-out", "wave", "request", "chaos",
  "delivery", "reset",
];
const RETRY_MS = 2000;

async function ask(method, path, { query = {}, body } = {}) {
  const given = Object.entries(query).filter(([, value]) => value);
  const search = given.length ? `?${new URLSearchParams(given)}` : "";
  const options = { method, cache: "no-store" };
  if (body !== undefined) {
    options.body = JSON.stringify(body);
    options.headers = { "Content-Type": "application/json" };
  }
  let response;
  try {
    response = await fetch(`_sandbox/${path}${search}`, options);
  } catch {
    throw new Error("The sandbox does not answer. Is it still running?");
  }
  const text = await response.text();
  const answer = text && response.headers.get("Content-Type")?.startsWith("application/json") ? JSON.parse(text) : null;
  if (!response.ok) throw new Error(answer?.error ?? `The sandbox answered HTTP ${response.status}.`);
  return answer;
}

export const get = (path, query) => ask("GET", path, { query });
export const post = (path, body) => ask("POST", path, { body });
export const put = (path) => ask("PUT", path);
export const remove = (path) => ask("DELETE", path);

/** Numbers as part of a path. */
export const at = (...parts) => parts.map(encodeURIComponent).join("/");

/**
 * Listen to what happens. A stream that broke is opened again, and begins with `hello`: whoever
 * hears it reads everything anew, so that nothing that happened meanwhile is missed.
 */
export function listen(onEvent, onState) {
  const source = new EventSource("_sandbox/events");
  for (const kind of EVENTS) {
    source.addEventListener(kind, (event) => {
      if (kind === "hello") onState("live");
      onEvent(kind, JSON.parse(event.data));
    });
  }
  source.addEventListener("error", () => {
    onState("away");
    // The browser tries again by itself, unless it got an answer that is no stream.
    if (source.readyState === EventSource.CLOSED) setTimeout(() => listen(onEvent, onState), RETRY_MS);
  });
}
