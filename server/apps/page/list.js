// The list: how many there are by status, the table, and its pages.

let latest = 0;

async function load(quietly = false, counting = true) {
  if (view.over) return;
  const mine = ++latest;
  if (!quietly) busyList();
  if (counting) countAll();
  try {
    const result = await host.tool("list_tasks", listArguments(), READ_SECONDS);
    if (mine !== latest) return;
    if (result.failed) failedList(result.text, quietly);
    else showPage(result, quietly);
  } catch (error) {
    if (mine === latest && error.before && view.page) standStill();
    else if (mine === latest) failedList(`The tasks could not be read: ${error.message}`, quietly);
  }
  scheduleRefresh();
}

// A host that passes no calls on: what the assistant was given is all there is to show.
function standStill() {
  document.documentElement.dataset.still = "";
  byId("table").removeAttribute("aria-busy");
  say(byId("state"), element("p", { class: "soft" }, "This host only shows what the assistant was given. Ask the assistant for more, or for changes."));
}

function busyList() {
  byId("table").setAttribute("aria-busy", "true");
  if (!view.page) say(byId("state"), element("p", { class: "soft" }, "Reading the tasks…"));
}

function failedList(text, quietly) {
  refreshing.failures += 1;
  byId("table").removeAttribute("aria-busy");
  const again = element("button", { type: "button", click: () => load() }, "Try again");
  const old = view.page ? element("p", { class: "soft" }, "What is above is what was read last.") : "";
  say(byId("state"), element("div", { class: "trouble" }, element("p", { class: "lines" }, text), old, again));
  if (!quietly) announce("The tasks could not be read.");
}

function showPage(result, quietly) {
  refreshing.failures = 0;
  byId("table").removeAttribute("aria-busy");
  byId("where").hidden = !result.sandbox;
  if (!Array.isArray(result.data?.tasks)) {
    say(byId("state"), element("pre", {}, result.text));
    return;
  }
  if (isPastTheEnd(result.data)) return;
  view.page = result.data;
  showRows(result.data.tasks);
  say(byId("notes"), ...(result.data.notes ?? []).map((note) => element("p", { class: "note" }, note)));
  say(byId("state"), ...nothingThere(result.data));
  showPages(result.data);
  showTime();
  if (!quietly) announce(byId("summary").textContent);
}

// What was on the page may be gone: the last one that there is takes its place.
function isPastTheEnd(page) {
  const last = Math.floor(((page.total ?? 0) - 1) / view.hits) * view.hits;
  if (page.tasks.length || !page.total || page.start_index <= last || !started.done) return false;
  view.start = last;
  view.trail = [];
  load(true, false);
  return true;
}

function showTime() {
  const wanted = { hour: "2-digit", minute: "2-digit", timeZone: host.context.timeZone };
  say(byId("updated"), `As of ${formatted(wanted, new Date())}`);
}

function nothingThere(page) {
  if (page.tasks.length) return [];
  if (!isFiltered()) return [element("p", { class: "empty" }, page.total ? "There is nothing on this page." : "There are no tasks.")];
  const clear = element("button", { type: "button", click: clearFilters }, "Clear the filters");
  return [element("p", { class: "empty" }, page.total ? "There is nothing on this page." : "No tasks match these filters."), clear];
}

function showPages(page) {
  const first = page.start_index + 1, last = page.start_index + page.tasks.length;
  const total = page.total === undefined ? "an unknown number" : page.total;
  const cut = page.left_out ? ` ${page.left_out} more did not fit and are on the next page.` : "";
  say(byId("summary"), page.tasks.length ? `${first} to ${last} of ${total}.${cut}` : `0 of ${total}.`);
  turnable(byId("previous"), page.start_index > 0);
  turnable(byId("next"), page.next_start_index !== undefined);
}

// A button that has the focus keeps it when there is nothing further that way.
function turnable(button, possible) {
  button.setAttribute("aria-disabled", String(!possible));
}

function turn(event, start) {
  if (event.currentTarget.getAttribute("aria-disabled") === "true" || start === undefined) return;
  view.start = start;
  load(false, false);
}

// Where the page after the next begins is known once that is read: a second click before then reads the same page.
function nextPage(event) {
  const following = view.page?.next_start_index;
  if (following !== undefined && following !== view.start) view.trail.push(view.start);
  turn(event, following);
}

function previousPage(event) {
  turn(event, view.trail.pop() ?? Math.max(0, view.start - view.hits));
}

// Rows are kept, so that a refresh takes the focus from nobody and moves nothing that stays.
function showRows(tasks) {
  const body = byId("rows");
  const focused = document.activeElement?.closest("#rows tr")?.dataset.id;
  const before = new Map([...body.rows].map((row) => [row.dataset.id, row]));
  const rows = tasks.map((task) => filled(before.get(task.id) ?? emptyRow(task.id), task));
  if (rows.some((row, at) => body.rows[at] !== row) || rows.length !== body.rows.length) body.replaceChildren(...rows);
  const row = focused && rows.find((one) => one.dataset.id === focused);
  if (row && document.activeElement !== opener(row)) opener(row).focus({ preventScroll: true });
}

function emptyRow(id) {
  const open = element("button", { type: "button", class: "open" });
  const head = element("th", { scope: "row" }, open, element("span", { class: "more soft" }));
  const row = element("tr", { "data-id": id }, head, element("td"), element("td", { class: "when" }));
  row.addEventListener("click", () => openTask(id));
  return row;
}

function opener(row) {
  return row.querySelector(".open");
}

function filled(row, task) {
  const shown = JSON.stringify([task, ago(task.last_run)]);
  if (row.dataset.shown === shown) return row;
  row.dataset.shown = shown;
  say(opener(row), foreign(task.name || "(no name)"));
  const known = [task.type, task.schedule, task.template].filter(Boolean);
  const ran = element("span", { class: "ran" }, known.length ? " · " : "", task.last_run ? `ran ${ago(task.last_run)}` : "never ran");
  say(row.querySelector(".more"), ...known.flatMap((part, at) => [at ? " · " : "", foreign(part)]), ran);
  say(row.cells[1], badge(task.status));
  say(row.cells[2], moment(task.last_run));
  return row;
}

// Up and down go through the rows, as in every list.
function walk(event) {
  const steps = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity };
  const row = event.target.closest("#rows tr");
  if (!row || !(event.key in steps)) return;
  const rows = [...byId("rows").rows];
  const at = Math.min(rows.length - 1, Math.max(0, rows.indexOf(row) + steps[event.key]));
  opener(rows[at]).focus();
  event.preventDefault();
}

function clearFilters() {
  view.filters = {};
  view.start = 0;
  view.trail = [];
  showFilters();
  byId("name").focus();
  load();
}
