// How many tasks there are of each status, under the other filters: a bar, and its numbers, which filter.

let latestCount = 0;

async function countAll() {
  const mine = ++latestCount;
  try {
    const results = await Promise.all(STATUSES.map((status) => host.tool("list_tasks", countArguments(status), READ_SECONDS)));
    const totals = results.map((result) => (result.failed ? undefined : result.data?.total));
    if (mine === latestCount) showCounts(totals);
  } catch {
    if (mine === latestCount) showCounts([]);
  }
}

function showCounts(totals) {
  const all = STATUSES.every((_, at) => Number.isInteger(totals[at])) ? totals.reduce((sum, one) => sum + one, 0) : undefined;
  showShare(totals, all);
  const list = byId("counts");
  if (!list.children.length) say(list, ...[undefined, ...STATUSES].map(countButton));
  [all, ...STATUSES.map((_, at) => totals[at])].forEach((total, at) => count(list.children[at].firstChild, total));
}

function showShare(totals, all) {
  const words = STATUSES.map((status, at) => `${totals[at]} ${status}`).join(", ");
  byId("share").setAttribute("aria-label", all === undefined ? "The tasks could not be counted" : words);
  say(byId("share"), ...STATUSES.map((status, at) => {
    const part = element("span", { class: `part ${status}` });
    part.style.flexGrow = all ? String(totals[at]) : "0";
    part.hidden = !totals[at];
    return part;
  }));
}

function countButton(status) {
  const choose = () => { setFilter("status", status); load(); };
  const label = status ?? "all";
  const mark = status ? [icon(status)] : [];
  return element("li", {}, element("button", { type: "button", class: `count ${status ?? "all"}`, "data-status": status ?? "", click: choose },
    ...mark, element("span", {}, label), element("strong", {}, "")));
}

function count(button, total) {
  button.setAttribute("aria-pressed", String((view.filters.status ?? "") === button.dataset.status));
  say(button.lastChild, total === undefined ? "?" : number(total));
}
