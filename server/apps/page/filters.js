// What the list shows: the filters, and where in it the page starts.

const OWN = ["name", "status", "type", "template", "tags"];
const OTHERS = [
  "resource", "resource_type", "tag_keys", "plugin", "filter", "ids", "id", "resource_metadata_expression",
  "created_after", "created_before", "finished_before",
];
const PAGE_SIZES = [10, 20, 50, 100];

const view = {
  filters: {},
  start: 0,
  hits: 20,
  trail: [],
  page: null,
  open: null,
  over: false,
};

// Takes over the arguments of the call that this page belongs to, in the spellings in which they are accepted there.
function takeArguments(sent) {
  const given = Object.fromEntries(Object.entries(sent).map(([key, value]) => [snake(key), parsed(key, value)]));
  const known = [...OWN, ...OTHERS].filter((key) => given[key] !== undefined && given[key] !== null);
  view.filters = Object.fromEntries(known.map((key) => [key, given[key]]));
  view.start = Math.max(0, Math.trunc(Number(given.start_index)) || 0);
  const asked = Number(given.hits) || 20;
  view.hits = PAGE_SIZES.find((size) => size >= asked) ?? 100;
}

function snake(key) {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function parsed(key, value) {
  if (key !== "tags" || typeof value !== "string") return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

function listArguments() {
  return { ...view.filters, fields: ["template", "schedule"], hits: view.hits, start_index: view.start };
}

function countArguments(status) {
  return { ...view.filters, status, hits: 0 };
}

function isFiltered() {
  return Object.keys(view.filters).length > 0;
}

function setFilter(key, value) {
  if (value === undefined || value === "") delete view.filters[key];
  else view.filters[key] = value;
  view.start = 0;
  view.trail = [];
}

// A part of a name is looked for anywhere in it; who writes a wildcard means it as it stands.
function pattern(text) {
  return text && !text.includes("*") ? `*${text}*` : text;
}

function withoutStars(text) {
  const inner = /^\*([^*]+)\*$/.exec(text);
  return inner ? inner[1] : text;
}

// site=ghent, level=high|low, critical  <->  {"site": "ghent", "level": ["high", "low"], "critical": null}
function tagsOf(text) {
  const pairs = text.split(",").map((part) => part.trim()).filter(Boolean).map((part) => {
    const at = part.indexOf("=");
    if (at < 0) return [part, null];
    const values = part.slice(at + 1).split("|").map((value) => value.trim());
    return [part.slice(0, at).trim(), values.length > 1 ? values : values[0]];
  });
  return pairs.length ? Object.fromEntries(pairs) : undefined;
}

function tagText(tags) {
  if (!tags || typeof tags !== "object") return clean(tags ?? "");
  const pairs = Object.entries(tags);
  return pairs.map(([key, value]) => (value === null ? key : `${key}=${[].concat(value).join("|")}`)).join(", ");
}

function showFilters() {
  byId("name").value = withoutStars(clean(view.filters.name ?? ""));
  byId("type").value = view.filters.type ?? "";
  byId("template").value = clean(view.filters.template ?? "");
  byId("tags").value = tagText(view.filters.tags);
  byId("hits").value = String(view.hits);
  showCarried();
}

function showCarried() {
  const others = OTHERS.filter((key) => view.filters[key] !== undefined);
  byId("carried").hidden = others.length === 0;
  say(byId("carried"), ...others.map((key) => {
    const value = [].concat(view.filters[key]).map(String);
    const shown = value.length > 2 ? `${value.length} values` : value.join(", ");
    const drop = () => { setFilter(key); showFilters(); byId("name").focus(); load(); };
    const label = key.replaceAll("_", " ");
    return element("li", {}, `${label}: `, foreign(shown),
      element("button", { type: "button", class: "quiet", "aria-label": `Remove the filter ${label}`, click: drop }, "Remove"));
  }));
}

function readFilters() {
  setFilter("name", pattern(byId("name").value.trim()));
  setFilter("type", byId("type").value);
  setFilter("template", byId("template").value.trim());
  setFilter("tags", tagsOf(byId("tags").value));
}
