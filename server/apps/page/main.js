// The start, what the host says, and the refresh that goes on while somebody can see it.

const REFRESH_SECONDS = 30;
const LONGEST_PAUSE = 300;
const refreshing = { timer: 0, failures: 0, inSight: true };

function scheduleRefresh() {
  clearTimeout(refreshing.timer);
  if (!mayRefresh()) return;
  const pause = Math.min(LONGEST_PAUSE, REFRESH_SECONDS * 2 ** refreshing.failures);
  refreshing.timer = setTimeout(refresh, pause * 1000);
}

function mayRefresh() {
  return byId("auto").checked && !view.over && refreshing.inSight && document.visibilityState === "visible";
}

function refresh() {
  if (!mayRefresh()) return;
  if (acting || byId("question").open) scheduleRefresh();
  else if (view.open !== null) loadTask(view.open, true);
  else load(true);
}

function seenAgain(visible) {
  const before = refreshing.inSight;
  refreshing.inSight = visible;
  if (visible && !before && started.done) refresh();
  if (!visible) clearTimeout(refreshing.timer);
}

// Colours of the host are taken all together or not at all: some of them on some of ours could not be read.
const PALETTE = ["--color-background-primary", "--color-background-secondary", "--color-text-primary", "--color-text-secondary", "--color-border-primary"];
const FONTS = ["--font-sans", "--font-mono"];

function applyContext(changed) {
  Object.assign(host.context, changed);
  const { theme, styles, displayMode, availableDisplayModes, safeAreaInsets } = host.context;
  const root = document.documentElement;
  if (theme === "light" || theme === "dark") root.style.colorScheme = theme;
  const given = styles?.variables ?? {};
  const whole = PALETTE.every((name) => given[name]);
  for (const name of [...(whole ? PALETTE : []), ...FONTS]) if (given[name]) root.style.setProperty(name, given[name]);
  byId("fullscreen").hidden = displayMode === "fullscreen" || !(availableDisplayModes ?? []).includes("fullscreen");
  const inset = safeAreaInsets ?? {};
  for (const side of ["top", "right", "bottom", "left"]) root.style.setProperty(`--inset-${side}`, `${Number(inset[side]) || 0}px`);
}

const started = { done: false, given: false, timer: 0 };

function takeInput(given) {
  started.given = true;
  takeArguments(given);
  if (!started.done) return;
  showFilters();
  load(true);
}


// The call that this page belongs to came back: its page of tasks is the first to be shown.
function takeResult(raw) {
  const result = told(raw);
  started.done = true;
  clearTimeout(started.timer);
  if (!started.given && result.data?.filters) takeArguments({ ...result.data.filters, start_index: result.data.start_index });
  showFilters();
  if (result.failed) return failedList(result.text, false);
  if (result.data?.task) { openTask(result.data.task.id); return load(true); }
  showPage(result, false);
  return load(true);
}

function startAlone() {
  if (started.done) return;
  started.done = true;
  showFilters();
  load();
}

function cancelled() {
  clearTimeout(started.timer);
  if (!started.done) failedList("The assistant's call was cancelled.", false);
}

function end() {
  view.over = true;
  clearTimeout(refreshing.timer);
  clearTimeout(started.timer);
  if (byId("question").open) byId("no").click();
}

function reportSize() {
  let before = "";
  new ResizeObserver(() => {
    const { width, height } = document.documentElement.getBoundingClientRect();
    const size = { width: Math.ceil(width), height: Math.ceil(height) };
    if (view.over || before === `${size.width} ${size.height}`) return;
    before = `${size.width} ${size.height}`;
    host.notify("ui/notifications/size-changed", size);
  }).observe(document.documentElement);
}

function listen() {
  byId("refresh").addEventListener("click", () => { load(); if (view.open !== null) loadTask(view.open); });
  byId("auto").addEventListener("change", scheduleRefresh);
  // No form: a host's frame need not allow any.
  const apply = () => { readFilters(); load(); };
  byId("apply").addEventListener("click", apply);
  byId("filters").addEventListener("keydown", (event) => { if (event.key === "Enter" && event.target.matches("input")) apply(); });
  byId("type").addEventListener("change", apply);
  byId("clear").addEventListener("click", clearFilters);
  byId("hits").addEventListener("change", () => { view.hits = Number(byId("hits").value); view.start = 0; view.trail = []; load(); });
  byId("previous").addEventListener("click", previousPage);
  byId("next").addEventListener("click", nextPage);
  byId("table").addEventListener("keydown", walk);
  byId("back").addEventListener("click", closeTask);
  byId("one").addEventListener("keydown", (event) => { if (event.key === "Escape") closeTask(); });
  byId("fullscreen").addEventListener("click", () => host.request("ui/request-display-mode", { mode: "fullscreen" }, READ_SECONDS)
    .then(({ mode }) => applyContext({ displayMode: mode })).catch(() => { byId("fullscreen").hidden = true; }));
  document.addEventListener("visibilitychange", () => (document.visibilityState === "visible" ? started.done && refresh() : clearTimeout(refreshing.timer)));
  new IntersectionObserver((entries) => seenAgain(entries.at(-1).isIntersecting)).observe(document.documentElement);
}

async function start() {
  listen();
  host.on("ping", () => undefined);
  host.on("ui/notifications/tool-input", ({ arguments: given }) => takeInput(given ?? {}));
  host.on("ui/notifications/tool-result", takeResult);
  host.on("ui/notifications/tool-cancelled", cancelled);
  host.on("ui/notifications/host-context-changed", applyContext);
  host.on("ui/resource-teardown", end);
  say(byId("state"), element("p", { class: "soft" }, "Reading the tasks…"));
  const answer = await host.request("ui/initialize", {
    protocolVersion: "2026-01-26",
    appInfo: { name: "waylay-tasks-board", title: "Waylay tasks", version: "{version}" },
    appCapabilities: { availableDisplayModes: ["inline", "fullscreen"] },
  }, READ_SECONDS);
  host.capabilities = answer.hostCapabilities ?? {};
  applyContext(answer.hostContext ?? {});
  host.notify("ui/notifications/initialized");
  reportSize();
  // A host that shows this page outside of a call sends no result.
  started.timer = setTimeout(startAlone, 5000);
}

start().catch((error) => say(byId("state"), element("p", { class: "trouble" }, `This page needs a host that speaks MCP Apps: ${error.message}`)));
