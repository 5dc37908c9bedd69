// Elements and texts. Whatever comes from outside becomes a text node: nothing here reads markup.

const byId = (id) => document.getElementById(id);
const SVG = "http://www.w3.org/2000/svg";
const SHAPES = {
  running: "M3 1.5v9l7-4.5z",
  pending: "M6 1a5 5 0 1 0 0 10A5 5 0 0 0 6 1zm0 1.6a3.4 3.4 0 1 1 0 6.8 3.4 3.4 0 0 1 0-6.8zM5.3 3.6h1.4v2.2l1.5 1.5-1 1-1.9-1.9z",
  stopped: "M2 2h8v8H2z",
  failed: "M3.2 1.5 6 4.3l2.8-2.8 1.7 1.7L7.7 6l2.8 2.8-1.7 1.7L6 7.7l-2.8 2.8-1.7-1.7L4.3 6 1.5 3.2z",
  other: "M6 1l5 5-5 5-5-5z",
};
const STATUSES = ["running", "pending", "stopped", "failed"];

// The server takes out what cannot be seen or turns text around; a server of another version may not.
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e0fff}]/gu;

function clean(value) {
  return String(value ?? "").replace(UNSEEN, "");
}

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "click") made.addEventListener("click", value);
    else if (value !== undefined && value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.map((child) => (child instanceof Node ? child : clean(child))));
  return made;
}

function say(node, ...children) {
  node.replaceChildren(...children.map((child) => (child instanceof Node ? child : clean(child))));
}

// Text of strangers: its direction is its own, and does not reach beyond it.
function foreign(value, tag = "bdi") {
  return element(tag, { dir: "auto" }, value);
}

function kindOf(status) {
  return STATUSES.includes(status) ? status : "other";
}

function icon(status) {
  const drawing = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", SHAPES[kindOf(status)]);
  drawing.setAttribute("viewBox", "0 0 12 12");
  drawing.setAttribute("aria-hidden", "true");
  drawing.append(path);
  return drawing;
}

function badge(status) {
  return element("span", { class: `badge ${kindOf(status)}` }, icon(status), element("span", {}, status));
}

const UNITS = [["year", 31536000], ["month", 2592000], ["day", 86400], ["hour", 3600], ["minute", 60]];

function ago(iso) {
  const seconds = (Date.parse(iso) - Date.now()) / 1000;
  if (Number.isNaN(seconds)) return clean(iso);
  const [unit, size] = UNITS.find(([, many]) => Math.abs(seconds) >= many) ?? [null, 1];
  if (!unit) return "just now";
  return new Intl.RelativeTimeFormat("en", { style: "short" }).format(Math.trunc(seconds / size), unit);
}

function exact(iso) {
  const when = new Date(iso);
  if (Number.isNaN(when.valueOf())) return clean(iso);
  return formatted({ dateStyle: "medium", timeStyle: "medium", timeZone: host.context.timeZone }, when);
}

// A host may name a language or a time zone that this browser does not know.
function formatted(wanted, when) {
  try {
    return new Intl.DateTimeFormat(host.context.locale, wanted).format(when);
  } catch {
    return new Intl.DateTimeFormat("en", { ...wanted, timeZone: undefined }).format(when);
  }
}

function number(value) {
  try {
    return value.toLocaleString(host.context.locale);
  } catch {
    return value.toLocaleString("en");
  }
}

function moment(iso) {
  return iso ? element("time", { datetime: iso, title: exact(iso) }, ago(iso)) : element("span", { class: "soft" }, "never");
}

function announce(text) {
  say(byId("live"), text);
}

// A button that does nothing for a moment after it has appeared: a second click was meant for what was there before.
const SETTLE = 600;
const settlings = new WeakMap();

function settling(button) {
  clearTimeout(settlings.get(button));
  button.disabled = true;
  settlings.set(button, setTimeout(() => { button.disabled = false; }, SETTLE));
  return button;
}

function closeForGood(button) {
  clearTimeout(settlings.get(button));
  button.disabled = true;
}
