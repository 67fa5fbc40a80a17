// The page that chooses what to rehearse: the parts of the script, the question about the camera, the start.
import { ask } from "/static/consent.js";
import { Refused, read, ready, send, tell } from "/static/api.js";
import { beginDrill, endDrill, passage, played } from "/static/drill.js";
import { tr } from "/static/messages.js";

const form = document.getElementById("choose");
const script = document.getElementById("script");
const role = document.getElementById("role");
const recorded = document.getElementById("recorded");
let wanted = null;

function showRoles() {
  const chosen = script.selectedOptions[0];
  const roles = JSON.parse(chosen?.dataset.roles || "[]");
  role.replaceChildren(...roles.map((name) => new Option(name, name, false, name === chosen.dataset.role)));
  document.getElementById("role-field").hidden = roles.length < 2;
  document.getElementById("partner-field").hidden = roles.length < 2;
}

function choice(source) {
  const fields = new FormData(form);
  const ticked = (name) => fields.has(name);
  const plain = Object.fromEntries(["script", "coach", "strictness", "advance", "announce", "show", "cues", "partner", "sound", "actor"].map((name) => [name, fields.get(name) || ""]));
  const several = !document.getElementById("role-field").hidden;
  const line = Number(fields.get("passage"));
  return { source, ...plain, lines: line ? [line, line] : null, role: several ? role.value : "", speed: Number(fields.get("speed")), lead_in_s: Number(fields.get("lead_in_s")), record: ticked("record"), measures: ticked("measures") };
}

async function start() {
  try {
    const { path } = await send("/api/takes", wanted);
    played(path);
    location.assign(path);
  } catch (error) {
    recorded.close();
    if (!(error instanceof Refused && error.answer.consent)) return tell(error);
    if (await ask(error.answer.consent)) await start();
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  endDrill();
  wanted = choice(event.submitter?.value || "camera");
  start();
});

// --- a drill ---

const drill = document.getElementById("drill");
const kind = document.getElementById("drill-kind");
let plan = null;

function showDrill(about, tasks, buttons) {
  document.getElementById("drill-about").textContent = about;
  document.getElementById("drill-tasks").replaceChildren(...tasks.map(({ line, text, reason }) => {
    const item = document.createElement("li");
    item.append(Object.assign(document.createElement("strong"), { textContent: `${tr("Line {number}:", { number: line })} ` }), reason, document.createElement("br"), text);
    return item;
  }));
  for (const button of drill.querySelectorAll("[data-drill]")) button.hidden = !buttons.includes(button.dataset.drill);
  document.getElementById("drill-kind-field").hidden = buttons.includes("next");
  if (!drill.open) drill.showModal();
}

async function planDrill() {
  const several = !document.getElementById("role-field").hidden;
  try {
    plan = await read(`/api/drill?${new URLSearchParams({ kind: kind.value, script: script.value, role: several ? role.value : "" })}`);
  } catch (error) { return tell(error); }
  showDrill(plan.about, plan.tasks, plan.passages.length ? ["camera", "none"] : []);
}

document.getElementById("drill-lines").addEventListener("click", planDrill);
kind.addEventListener("change", planDrill);

for (const button of drill.querySelectorAll("[data-drill]")) {
  button.addEventListener("click", () => {
    if (button.dataset.drill !== "next") beginDrill(choice(button.dataset.drill), plan.passages);
    wanted = passage().wanted;
    drill.close();
    start();
  });
}
document.getElementById("drill-end").addEventListener("click", () => drill.close());
drill.addEventListener("close", () => { if (!wanted) endDrill(); });

if (location.hash === "#drill" && passage()) {
  const { text, number, count } = passage();
  showDrill(tr("Passage {number} of {count}: {text}.", { number, count, text }), [], ["next"]);
}

// --- a recorded take ---

const receiving = document.getElementById("receiving");

function startRecording(recording) {
  endDrill();
  wanted = { ...choice("recording"), recording, fast: new FormData(form).has("fast") };
  return start();
}

document.getElementById("choose-recording").addEventListener("click", () => recorded.showModal());
document.getElementById("no-recording").addEventListener("click", () => recorded.close());
for (const button of document.querySelectorAll("[data-recording]")) {
  button.addEventListener("click", () => startRecording(button.dataset.recording));
}
document.getElementById("film").addEventListener("change", async (event) => {
  const film = event.target.files[0];
  if (!film) return;
  receiving.textContent = tr("Receiving the video …");
  try {
    await startRecording((await send(`/api/recordings?name=${encodeURIComponent(film.name)}`, film)).recording);
  } catch (error) { tell(error); }
  receiving.textContent = "";
  event.target.value = "";
});

script.addEventListener("change", () => {
  document.getElementById("passage").hidden = true;  // a line of another script
  document.querySelector("[name=passage]").checked = false;
  showRoles();
});
showRoles();
ready();
