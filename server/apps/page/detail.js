// One task: its facts, and what can be done with it.

const ID = /^[0-9A-Za-z-]{1,64}$/;
const SHOWN = ["id", "type", "schedule", "template", "resources", "tags", "user", "created", "finished", "last_run", "runs", "health", "pending_nodes"];
const TIMES = ["created", "finished", "last_run"];

function offers(tool) {
  const tools = document.documentElement.dataset.tools.split(" ");
  return tools.includes("*") || tools.includes(tool);
}

// What the tasks that were opened are called: what comes of an act is said where another may be open by then.
const names = new Map();

function openTask(id) {
  const row = (view.page?.tasks ?? []).find((task) => task.id === id);
  view.open = id;
  leaveSaid(id);
  show("one");
  showTask({ id, ...row }, true);
  byId("one-name").focus({ preventScroll: true });
  loadTask(id);
}

function closeTask() {
  const id = view.open;
  view.open = null;
  leaveSaid();
  show("list");
  const row = [...byId("rows").rows].find((one) => one.dataset.id === id);
  (row ? opener(row) : byId("refresh")).focus({ preventScroll: true });
}

function show(which) {
  for (const id of ["list", "one"]) byId(id).hidden = id !== which;
}

let latestTask = 0;

// What is asked for last is what counts: an answer that was slower says what the task was before.
async function loadTask(id, quietly = false) {
  const mine = ++latestTask;
  const current = () => mine === latestTask && view.open === id && !view.over;
  try {
    const result = await host.tool("get_task", { task_id: id }, READ_SECONDS);
    if (current()) showAnswer(id, result, quietly);
  } catch (error) {
    if (current()) showUnread(id, error);
  }
  if (mine === latestTask) scheduleRefresh();
}

function showAnswer(id, result, quietly) {
  if (result.failed) return failedTask(id, result.text);
  if (result.data?.task) {
    showTask({ ...result.data.task, graph: result.data.graph }, false);
    showTime();
  } else say(byId("one-state"), element("pre", {}, result.text));
  if (!quietly) announce(`${byId("one-name").textContent}: ${byId("one-status").textContent}`);
}

function showUnread(id, error) {
  if (!error.before) failedTask(id, `The task could not be read: ${error.message}`);
  else say(byId("one-state"), element("p", { class: "soft" }, "This host cannot show more. Ask the assistant about this task."));
}

function noActions() {
  say(byId("actions"));
  say(byId("actions-note"));
  byId("actions").dataset.shown = "";
}

function failedTask(id, text) {
  noActions();
  say(byId("one-state"), element("div", { class: "trouble" }, element("p", { class: "lines" }, text),
    element("button", { type: "button", click: () => loadTask(id) }, "Try again")));
}

function showTask(task, incomplete) {
  if (task.name) names.set(task.id, task.name);
  say(byId("one-name"), foreign(task.name || "(no name)"));
  say(byId("one-status"), task.status ? badge(task.status) : "");
  say(byId("one-state"), incomplete ? element("p", { class: "soft" }, "Reading the task…") : "");
  const errors = Object.entries(task.errors ?? {});
  say(byId("one-errors"), errors.length ? errorList(errors) : "");
  const facts = SHOWN.filter((key) => hasValue(task[key])).map((key) => fact(key.replace("_", " "), valueOf(key, task)));
  say(byId("facts"), ...facts, ...(task.graph ? [fact("graph", task.graph)] : []));
  if (incomplete) noActions();
  else showActions(task);
}

function errorList(errors) {
  return element("div", { class: "trouble" }, element("h3", {}, "Errors"),
    element("ul", {}, ...errors.map(([node, text]) => element("li", {}, foreign(node, "strong"), " ", foreign(text)))));
}

function hasValue(value) {
  return value !== undefined && value !== null && value !== "" && Object.keys(Object(value)).length + (typeof value === "object" ? 0 : 1) > 0;
}

function fact(label, ...value) {
  const whole = label === "id" ? "whole" : undefined;
  return element("div", { class: whole }, element("dt", {}, label === "id" ? "ID" : label), element("dd", {}, ...value.map((one) => (one instanceof Node ? one : foreign(one)))));
}

function valueOf(key, task) {
  const value = task[key], more = task.left_out?.[key] ? ` +${task.left_out[key]} more` : "";
  if (TIMES.includes(key)) return element("time", { datetime: value }, `${exact(value)} (${ago(value)})`);
  if (key === "id") return element("code", {}, value);
  if (key === "tags") return items(Object.entries(value).map(([name, one]) => `${name}=${one}`), more);
  return Array.isArray(value) ? items(value, more) : foreign(typeof value === "number" ? number(value) : value);
}

function items(values, more) {
  return element("span", { class: "items" }, ...values.map((value) => element("span", { class: "item" }, foreign(value))), more);
}

// The buttons stay as they are while what they are about does: a refresh takes no focus.
function showActions(task) {
  const kind = JSON.stringify([task.id, task.status]);
  if (byId("actions").dataset.shown === kind) return;
  byId("actions").dataset.shown = kind;
  const active = task.status === "running" || task.status === "pending";
  const possible = [
    active || ["start_task", "Start"],
    active && ["stop_task", "Stop", "danger"],
    active || ["delete_task", "Delete", "danger"],
  ].filter((one) => Array.isArray(one) && offers(one[0]));
  const focused = byId("actions").contains(document.activeElement);
  say(byId("actions"), ...possible.map(([tool, label, look]) => actionButton(task, tool, label, look)), askButton(task));
  say(byId("actions-note"), active && offers("delete_task") ? "It can be deleted once it is stopped." : "");
  if (focused) byId("one-name").focus({ preventScroll: true });
}

function actionButton(task, tool, label, look) {
  const act = () => perform(tool, { task_id: task.id }, task.id);
  return settling(element("button", { type: "button", class: look, "data-tool": tool, click: act }, label));
}

// The message names the task by its ID alone: a name is a stranger's, and would speak with the user's voice.
function askButton(task) {
  if (!ID.test(task.id)) return "";
  const question = task.status === "failed" ? `Why has the Waylay task ${task.id} failed?` : `What does the Waylay task ${task.id} do, and how is it doing?`;
  const ask = async (event) => {
    const button = event.currentTarget;
    try {
      const taken = await host.request("ui/message", { role: "user", content: [{ type: "text", text: question }] }, READ_SECONDS);
      if (taken.isError) throw new Refused("The host did not take the message.", true);
      announce("The assistant was asked.");
    } catch {
      const note = element("span", { class: "soft" }, "The host did not take the message. Ask the assistant about this ID.");
      button.replaceWith(note);
    }
  };
  return element("button", { type: "button", class: "quiet", "data-tool": "ask", click: ask }, "Ask the assistant");
}
