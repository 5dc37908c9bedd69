"use strict";
// Keeps the page up to date without taking anything from under somebody's hand: what has ended stays in its place,
// switched off, and what is new comes after it.

const EVERY = 2000;
const HELD = 1000;
const GIVEN_UP = 30;
const waiting = () => document.getElementById("waiting");
const behind = Number(waiting().dataset.now) - Date.now() / 1000;
const title = document.title;
let version = waiting().dataset.version;
let open = true;
let failures = 0;

function say(text) {
  const gone = document.getElementById("gone");
  gone.textContent = text;
  gone.hidden = !text;
}

function left(seconds) {
  if (seconds <= 0) return "no time left";
  const two = (number) => String(Math.floor(number)).padStart(2, "0");
  if (seconds >= 3600) return `${Math.floor(seconds / 3600)}:${two((seconds % 3600) / 60)}:${two(seconds % 60)} left`;
  return `${Math.floor(seconds / 60)}:${two(seconds % 60)} left`;
}

function localTimes(root) {
  for (const time of root.querySelectorAll("time[datetime]")) {
    const when = new Date(time.dateTime);
    if (!Number.isNaN(when.getTime())) time.textContent = when.toLocaleString();
  }
}

function tick() {
  const now = Date.now() / 1000 + behind;
  for (const each of document.querySelectorAll(".card:not(.over) [data-expires]")) {
    each.textContent = left(Number(each.dataset.expires) - now);
  }
}

// A second click must not approve what has just come to lie under the pointer.
function hold(root) {
  const buttons = [...root.querySelectorAll("button.approve:not(:disabled)")];
  for (const button of buttons) button.disabled = true;
  setTimeout(() => {
    for (const button of buttons) button.disabled = button.closest(".over") !== null;
  }, HELD);
}

function switchOff(card) {
  card.classList.add("over");
  card.querySelector(".left").textContent = "decided or over";
  for (const control of card.querySelectorAll("button, input")) control.disabled = true;
}

function count() {
  const cards = document.querySelectorAll(".card:not(.over)").length;
  document.title = cards ? `(${cards}) ${title}` : title;
  document.getElementById("none").hidden = document.querySelectorAll(".card").length > 0;
}

function merge(html) {
  const fresh = new DOMParser().parseFromString(html, "text/html");
  for (const card of document.querySelectorAll(".card:not(.over)")) {
    if (!fresh.getElementById(card.id)) switchOff(card);
  }
  for (const card of fresh.querySelectorAll(".card")) {
    if (document.getElementById(card.id)) continue;
    hold(card);
    waiting().append(document.adoptNode(card));
  }
  for (const details of document.querySelectorAll("details[open]")) {
    const same = fresh.getElementById(details.id);
    if (same) same.open = true;
  }
  document.getElementById("ended").replaceWith(document.adoptNode(fresh.getElementById("ended")));
  version = fresh.getElementById("waiting").dataset.version;
  localTimes(document);
  count();
  tick();
}

async function look() {
  try {
    const answer = await fetch("listing", { headers: { "If-None-Match": `"${version}"` }, cache: "no-store" });
    if (answer.status === 403) {
      open = false;
      return say("This page is not open any more. Nothing is lost: the next request opens a new one.");
    }
    failures = 0;
    say(answer.ok || answer.status === 304 ? "" : "The server cannot say what waits right now.");
    if (answer.status === 200) merge(await answer.text());
  } catch {
    failures += 1;
    open = failures < GIVEN_UP;
    say("The server cannot be reached: it may have ended. What waits is kept, and shown on the next page.");
  }
}

async function goOn() {
  if (!open) return;
  await look();
  setTimeout(goOn, EVERY);
}

const said = document.getElementById("said");
if (said) {
  history.replaceState(null, "", location.pathname);
  said.focus();
}
localTimes(document);
count();
tick();
setInterval(tick, 1000);
setTimeout(goOn, EVERY);
hold(document);
addEventListener("pageshow", (event) => { if (event.persisted) hold(document); });
addEventListener("visibilitychange", () => { if (!document.hidden && open) look(); });
addEventListener("pagehide", () => navigator.sendBeacon("bye"));
