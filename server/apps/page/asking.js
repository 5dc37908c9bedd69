// The server's question, where the host cannot put it: nothing is sent on without a click on the button that names it.

// Which gateway it is on stands in the question's text too, on a line that no value of a task can begin.
function whereOf({ text, sandbox }) {
  return /^where: (.+)$/m.exec(text)?.[1] ?? (sandbox ? "sandbox" : "not told");
}

// The server's question, word for word, where the host cannot put it itself.
function askHere(tool, given, taskId, asked) {
  const dialog = byId("question"), yes = byId("yes");
  const { where = asked.where, ...facts } = asked.facts ?? {};
  const until = Date.now() + Number(asked.valid_seconds) * 1000;
  hideSaid();
  say(byId("question-title"), asked.question);
  say(byId("question-where"), "Where: ", foreign(where, "strong"));
  say(byId("question-facts"), ...Object.entries(facts).map(([label, value]) => fact(clean(label), value)));
  say(byId("question-changes"), ...changesAsked(asked));
  say(byId("question-consequence"), asked.consequence);
  say(yes, `Yes, ${lowered(clean(asked.question).replace(/\?$/, ""))}`);
  settling(yes);
  const expiry = setTimeout(() => expire(yes), until - Date.now());
  say(byId("question-time"), `The question is good for ${lasting(asked.valid_seconds)}. Without a yes, nothing is changed.`);
  const decide = (agreed) => {
    clearTimeout(expiry);
    yes.onclick = byId("no").onclick = dialog.onclose = null;
    dialog.close();
    document.body.style.minHeight = "";
    if (agreed && Date.now() < until) perform(tool, given, taskId, asked.confirmation);
    else showSaid("no", "Nothing was changed", agreed ? "The question had expired." : "You said no, and nothing was sent.");
  };
  yes.onclick = () => decide(true);
  byId("no").onclick = () => decide(false);
  dialog.onclose = () => decide(false);
  dialog.showModal();
  makeRoom(dialog);
  byId("no").focus();
}

// In a page as high as its content a dialog has no room of its own.
function makeRoom(dialog) {
  const hidden = [...dialog.querySelectorAll(".scroll")].reduce((sum, part) => sum + part.scrollHeight - part.clientHeight, 0);
  document.body.style.minHeight = `${dialog.offsetHeight + hidden + 32}px`;
}

function lasting(seconds) {
  return seconds < 90 ? `${Math.round(seconds)} seconds` : `${Math.round(seconds / 60)} minutes`;
}

function lowered(text) {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function expire(yes) {
  closeForGood(yes);
  say(byId("question-time"), "The question has expired, and nothing was changed. Close it and ask again.");
}

function changesAsked(asked) {
  if (!asked.difference?.length) return [];
  const row = ({ path, before, after }) => element("tr", {}, element("th", { scope: "row" }, foreign(path)),
    element("td", {}, foreign(before)), element("td", {}, foreign(after)));
  const heads = ["What", "Now", "Then"].map((text) => element("th", { scope: "col" }, text));
  const table = element("table", { class: "difference" }, element("caption", {}, "What changes"),
    element("thead", {}, element("tr", {}, ...heads)), element("tbody", {}, ...asked.difference.map(row)));
  return [table, ...(asked.not_shown ? [element("p", {}, asked.not_shown)] : [])];
}
