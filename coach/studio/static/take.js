// One take: its tabs, notes of one's own, approval, disagreement, erasing.
import { ready, send, tell, toast } from "/static/api.js";
import { tr } from "/static/messages.js";

const take = document.getElementById("take").dataset.take;
const tabs = [...document.querySelectorAll('[role="tab"]')];

function choose(tab) {
  for (const each of tabs) {
    const chosen = each === tab;
    each.setAttribute("aria-selected", String(chosen));
    each.tabIndex = chosen ? 0 : -1;
    const panel = document.getElementById(each.getAttribute("aria-controls"));
    panel.hidden = !chosen;
    const frame = chosen && panel.querySelector("iframe[data-src]");
    if (frame) {
      frame.src = frame.dataset.src;
      delete frame.dataset.src;
    }
  }
  history.replaceState(null, "", `#${tab.getAttribute("aria-controls")}`);
}

for (const tab of tabs) {
  tab.addEventListener("click", () => choose(tab));
  tab.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length];
    choose(next);
    next.focus();
  });
}
const wanted = tabs.find((tab) => `#${tab.getAttribute("aria-controls")}` === location.hash);
if (wanted) choose(wanted);

async function change(what, fields) {
  try {
    toast((await send(`/api/takes/${take}/${what}`, fields)).said);
    return true;
  } catch (error) {
    tell(error);
    return false;
  }
}

async function changeAndReload(what, fields) {
  if (await change(what, fields)) location.reload();
}

for (const card of document.querySelectorAll("[data-line]")) {
  const line = Number(card.dataset.line);
  card.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    changeAndReload("note", { line, text: card.querySelector("input").value });
  });
  card.querySelector("[data-approve]")?.addEventListener("click", () => change("approve", { line }));
  card.querySelector("[data-dispute]")?.addEventListener("click", () => changeAndReload("dispute", { line }));
  for (const button of card.querySelectorAll("[data-unnote]")) {
    button.addEventListener("click", () => changeAndReload("unnote", { number: Number(button.dataset.unnote) }));
  }
}

const forget = document.getElementById("forget");
forget.addEventListener("click", async () => {
  if (forget.dataset.sure !== "yes") {
    forget.dataset.sure = "yes";
    forget.textContent = tr("Yes, erase it for good");
    return;
  }
  if (await change("forget", {})) location.assign("/takes");
});
ready();
