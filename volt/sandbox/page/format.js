// How numbers, times and JSON are written for people.

/** A number in groups: `+1 555 555 0145`; others than +1 as they are. */
export function number(e164) {
  const parts = /^\+1(\d{3})(\d{3})(\d{4})$/.exec(e164);
  return parts ? `+1 ${parts[1]} ${parts[2]} ${parts[3]}` : e164;
}

/** A number as people write it, in E.164 form; ten digits are one of +1. What is none becomes "". */
export function e164(text) {
  const digits = text.replace(/\D/g, "");
  if (!digits) return "";
  return `+${digits.length === 10 && !text.trim().startsWith("+") ? 1 : ""}${digits}`;
}

/** Whether a number has as many digits as those of a country with its code. */
export const isNumber = (text) => /^\+[1-9]\d{7,14}$/.test(text);

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const clockSeconds = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const longDay = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const exact = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3, hourCycle: "h23",
});

export const time = (iso) => clock.format(new Date(iso));
export const exactTime = (iso) => exact.format(new Date(iso));

const isToday = (date) => date.toDateString() === new Date().toDateString();

/** For a list: the time if it is today, else the day. */
export function brief(iso) {
  const date = new Date(iso);
  return (isToday(date) ? clock : day).format(date);
}

/** For a list in which seconds count. */
export function briefExact(iso) {
  const date = new Date(iso);
  return `${isToday(date) ? "" : `${day.format(date)} `}${clockSeconds.format(date)}`;
}

/** For a line between two days. */
export function dayOf(iso) {
  const date = new Date(iso);
  return isToday(date) ? "Today" : longDay.format(date);
}

/** How long after another time: `412 ms`, `3.1 s`, `2 min`. */
export function later(from, to) {
  const ms = new Date(to) - new Date(from);
  if (ms < 1000) return `${ms} ms`;
  return ms < 60_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 60_000)} min`;
}

export const json = (value) => JSON.stringify(value, null, 2);

/** How many, with the word in its right form. */
export const count = (n, one, many = `${one}s`) => `${n.toLocaleString("en")}\u00a0${n === 1 ? one : many}`;

const SNIPPET = 80;

/** The beginning of a text, or the part around what was looked for, where that is further on. */
export function snippet(text, looked = "") {
  const found = text.toLowerCase().indexOf(looked.toLowerCase());
  const from = found > SNIPPET / 4 ? found - 10 : 0;
  const part = text.slice(from, from + SNIPPET).replace(/^[\udc00-\udfff]|[\ud800-\udbff]$/g, "");
  return `${from ? "…" : ""}${part}${text.length > from + SNIPPET ? "…" : ""}`;
}

/** Both numbers of a message as the page sorts them: the organization's, and the person's. */
export function pair(message) {
  const isOut = message.direction === "outbound";
  return isOut ? [message.fromNumber, message.toNumber] : [message.toNumber, message.fromNumber];
}

/** Where a conversation is on the page, and a message in it. */
export function place(own, person, id = "") {
  // A number that was refused may be any text, half of a split emoji too.
  const [from, to] = [own, person].map((one) => encodeURIComponent(one.toWellFormed()));
  return `#/c/${from}/${to}${id && `/${encodeURIComponent(id)}`}`;
}

export const placeOf = (message) => place(...pair(message), message.id);

/** What has become of a delivery: what the webhook answered, once it took it. */
export function outcome({ state, attempts }) {
  return state === "delivered" ? `HTTP ${attempts.at(-1).status}` : state;
}

/** What has become of a text, in a word or two. */
export function status(message) {
  if (message.direction === "inbound") return "Reply";
  const word = message.status[0].toUpperCase() + message.status.slice(1);
  return message.errorCode ? `${word} · ${message.errorCode}` : word;
}
