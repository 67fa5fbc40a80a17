// The page that chooses what to rehearse: the parts of the script, the question about the camera, the start.
import { ask } from "/static/consent.js";
import { Refused, ready, send, tell } from "/static/api.js";

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
}

function choice(source) {
  const fields = new FormData(form);
  const ticked = (name) => fields.has(name);
  const plain = Object.fromEntries(["script", "coach", "strictness", "advance", "announce", "show", "cues", "partner"].map((name) => [name, fields.get(name) || ""]));
  const several = !document.getElementById("role-field").hidden;
  const line = Number(fields.get("passage"));
  return { source, ...plain, lines: line ? [line, line] : null, role: several ? role.value : "", speed: Number(fields.get("speed")), lead_in_s: Number(fields.get("lead_in_s")), voice: ticked("voice"), record: ticked("record"), measures: ticked("measures") };
}

async function start() {
  try {
    location.assign((await send("/api/takes", wanted)).path);
  } catch (error) {
    recorded.close();
    if (!(error instanceof Refused && error.answer.consent)) return tell(error);
    if (await ask(error.answer.consent)) await start();
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  wanted = choice(event.submitter?.value || "camera");
  start();
});
// --- a recorded take ---

const receiving = document.getElementById("receiving");

function startRecording(recording) {
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
  receiving.textContent = "Receiving the video …";
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
