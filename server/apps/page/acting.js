// Changes: only through the server's tools, which ask as its guard demands, and only after a click that names them.

const UNKNOWN = "Not known whether this was done";

// What is asked for again is carried out once it is approved: the button that asks says so.
const ONCE_APPROVED = {
  start_task: "Start it if approved",
  stop_task: "Stop it if approved",
  delete_task: "Delete it if approved",
  undo_change: "Undo it if approved",
};

// The call that is under way, if any: there is one at a time.
let acting = null;

// Calls a tool that changes something, and shows what came of it. A confirmation is used here or nowhere.
async function perform(tool, given, taskId, confirmation) {
  if (acting || view.over) return;
  const call = { left: false };
  nowActing(call);
  const patience = setTimeout(() => showWaiting(call, taskId), 1000);
  try {
    const result = await host.tool(tool, confirmation ? { ...given, confirmation } : given);
    const asked = result.failed ? undefined : result.data?.confirmation_required;
    if (acting === call) nowActing(null);
    if (!asked) showOutcome(tool, given, taskId, result);
    else if (!call.left) askHere(tool, given, taskId, { ...asked, where: whereOf(result) });
  } catch (error) {
    if (acting === call) nowActing(null);
    showNoAnswer(taskId, error);
  } finally {
    clearTimeout(patience);
  }
}

function nowActing(call) {
  acting = call;
  byId("actions").classList.toggle("acting", call !== null);
}

function showWaiting(call, taskId) {
  if (acting !== call || view.over) return;
  const leave = () => {
    call.left = true;
    nowActing(null);
    showUnsure(UNKNOWN, "No answer has come so far. Somebody may still be asked, and agree.", taskId);
  };
  showSaid("waiting", "Waiting", "The call is under way. Somebody may be asked first: look at what your host shows.", button("Wait no longer", leave));
}

function showOutcome(tool, given, taskId, result) {
  const error = result.failed ? (result.data?.error ?? { changed: "unknown" }) : null;
  if (result.missing) showUnsure(UNKNOWN, "The host passed on no result.", taskId);
  else if (!error) showDone(tool, taskId, result);
  else if (error.kind === "approval_pending") showNotYet(tool, given, taskId, result.text);
  else if (error.changed === "no") showSaid("no", "Nothing was changed", withoutLine(result.text, "Nothing was changed."));
  else showUnsure(error.changed === "yes" ? "Done, with trouble" : UNKNOWN, result.text, taskId);
  if (error || result.missing) reread();
}

// Its button acts on a task that need not be the one below, so the box names it, and goes when another is opened.
function showNotYet(tool, given, taskId, text) {
  const title = element("span", {}, "Not yet: ", foreign(names.get(taskId) ?? "(no name)"));
  const again = button(ONCE_APPROVED[tool], () => perform(tool, given, taskId));
  showSaid("waiting", title, `${text}\nTask ${taskId}.`, again);
  byId("said").dataset.about = taskId;
}

function showDone(tool, taskId, result) {
  const change = result.data?.change_id;
  const text = result.text.split("\n").filter((line) => !line.startsWith(`Change ${change}.`)).join("\n");
  const undo = change && offers("undo_change") ? [button("Undo", () => perform("undo_change", { change_id: change }, taskId))] : [];
  if (change) tellAssistant(tool, taskId, change);
  if (view.open !== null && result.data?.deleted === view.open) closeTask();
  // Without its data an answer is only words: they say what was done, and no title of ours may say otherwise.
  showSaid("done", change ? "Done" : result.data ? "Nothing to do" : "The server's answer", text, ...undo);
  reread();
}

function showNoAnswer(taskId, error) {
  if (error.before) showSaid("no", "Nothing was changed", `The host refused the call: ${error.message}`);
  else showUnsure(UNKNOWN, `No result came back from the host: ${error.message}`, taskId);
  reread();
}

function showUnsure(title, text, taskId) {
  const look = button("Show the changes", () => showChanges(taskId));
  const hint = "list_changes shows what was made through this server, and get_task what the task is now. Look before you try again.";
  showSaid("unknown", title, `${text}\n${hint}`, ...(offers("list_changes") ? [look] : []));
}

async function showChanges(taskId) {
  try {
    const result = await host.tool("list_changes", { ...(taskId ? { task_id: taskId } : {}), hits: 5 }, READ_SECONDS);
    const changes = result.data?.changes;
    if (!changes) showSaid("plain", "Changes", result.text);
    else showSaid("plain", "The last changes", changes.length ? changeTable(changes) : "No change of this task is recorded so far.");
  } catch (error) {
    showSaid("plain", "Changes", `The changes could not be read: ${error.message}`);
  }
}

function changeTable(changes) {
  const heads = ["When", "What", "Outcome"].map((text) => element("th", { scope: "col" }, text));
  const row = (change) => element("tr", {}, element("td", {}, exact(change.when)),
    element("td", {}, change.operation.replace("_", " ")), element("td", {}, change.outcome.replace("_", " ")));
  return element("table", { class: "difference" }, element("thead", {}, element("tr", {}, ...heads)),
    element("tbody", {}, ...changes.map(row)));
}

function withoutLine(text, line) {
  return text.split("\n").filter((one) => one !== line).join("\n");
}

function button(label, click) {
  return settling(element("button", { type: "button", click }, label));
}

function showSaid(kind, title, text, ...buttons) {
  const said = byId("said");
  said.className = `said ${kind}`;
  said.dataset.about = "";
  said.hidden = false;
  say(byId("said-title"), title);
  say(byId("said-text"), text instanceof Node ? text : element("p", { class: "lines" }, text));
  const close = button("Close", () => { hideSaid(); focusHere(); });
  close.className = "quiet";
  say(byId("said-buttons"), ...buttons, ...(acting ? [] : [close]));
  announce(`${title instanceof Node ? title.textContent : title}. ${text instanceof Node ? "" : text}`);
  if (!acting) said.focus();
}

function hideSaid() {
  byId("said").hidden = true;
}

// What asks for nothing more goes when somebody goes elsewhere, and what acts on one task when another is opened.
function leaveSaid(opened) {
  const said = byId("said"), { about } = said.dataset;
  if (said.classList.contains("no") || (opened && about && about !== opened)) hideSaid();
}

function focusHere() {
  byId(view.open === null ? "refresh" : "one-name").focus({ preventScroll: true });
}

function reread() {
  byId("actions").dataset.shown = "";
  if (view.open !== null) loadTask(view.open, true);
  load(true);
}

// The assistant has not seen this: it is told in this server's words, by IDs alone.
const changes = [];

function tellAssistant(tool, taskId, change) {
  if (!ID.test(taskId ?? "") || !/^[0-9a-f]{10}$/.test(change)) return;
  changes.push(`The user carried out ${tool} on task ${taskId} in the task board; change_id ${change}.`);
  const text = changes.slice(-10).join("\n");
  host.request("ui/update-model-context", { content: [{ type: "text", text }] }, READ_SECONDS).catch(() => undefined);
}
