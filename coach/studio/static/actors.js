// The actors: rename and delete them, and calibrate one with the camera.
import { openCamera, sendFrames } from "/static/camera.js";
import { ask } from "/static/consent.js";
import { Refused, ready, send, tell, toast } from "/static/api.js";
import { tr } from "/static/messages.js";
import { loudspeaker } from "/static/sound.js";

const me = crypto.randomUUID();
const at = (id) => document.getElementById(id);
const sound = loudspeaker("/api/calibrate", me);
let stopFrames = () => {};
let closeCamera = () => {};
let running = false;
let noticesShown = 0;

// --- the list ---

function answer(id) {
  const dialog = at(id);
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((done) => { dialog.addEventListener("close", () => done(dialog.returnValue === "yes"), { once: true }); });
}

async function change(what, fields) {
  try {
    await send(`/api/actors/${what}`, fields);
    location.reload();
  } catch (error) { tell(error); }
}

for (const row of document.querySelectorAll("[data-actor]")) {
  const name = row.dataset.actor;
  row.querySelector("[data-rename]").addEventListener("click", async () => {
    at("new").value = name;
    if (await answer("rename")) change("rename", { name, new: at("new").value.trim() });
  });
  row.querySelector("[data-delete]").addEventListener("click", async () => {
    if (await answer("delete")) change("delete", { name });
  });
}

// --- the calibration ---

function show(state) {
  if (!running) return;
  sound(state.sound);
  at("number").textContent = state.number ? tr("{number} of {total}", state) : "";
  at("problem").textContent = state.said.length > 1 ? state.said[0] : "";
  at("said").textContent = state.said.at(-1) ?? "";
  at("remark").textContent = state.remark;
  at("guide").classList.toggle("watching", state.watching);
  if (state.notices.length > noticesShown) {
    noticesShown = state.notices.length;
    toast(state.notices.at(-1), 8);
  }
  if (!state.over) return;
  end();
  if (state.result) return showResult(state.result);
  toast(state.error || tr("The calibration ended."), 15);
}

function showGuide(shown) {
  at("guide").hidden = !shown;
  at("calibrate").hidden = shown;
  document.querySelector(".before").hidden = shown;
}

function showResult({ name, rows, missing }) {
  at("kept").textContent = tr("Kept as {name}", { name });
  at("missing").textContent = missing;
  at("rows").replaceChildren(...rows.map((texts) => {
    const row = document.createElement("tr");
    row.append(...texts.map((text) => Object.assign(document.createElement("td"), { textContent: text })));
    return row;
  }));
  at("calibrate").hidden = true;
  at("result").hidden = false;
  at("result").focus();
}

function end() {
  running = false;
  sound(null);
  stopFrames();
  closeCamera();
  showGuide(false);
}

async function begin() {
  try {
    await send("/api/calibrate", { page: me, name: at("name").value.trim(), aloud: at("aloud").checked });
    closeCamera = await openCamera(at("video"), () => { end(); toast(tr("The camera was unplugged. Nothing is kept; begin again.")); });
  } catch (error) {
    if (!(error instanceof Refused)) send("/api/calibrate/leave", { page: me }).catch(() => {});
    if (error instanceof Refused && error.answer.consent) return (await ask(error.answer.consent)) ? begin() : undefined;
    return error instanceof Refused ? tell(error) : toast(error.message);
  }
  running = true;
  at("result").hidden = true;
  showGuide(true);
  stopFrames = sendFrames(at("video"), async (picture, age) => {
    try {
      show(await send(`/api/calibrate/frame?page=${me}`, picture, { "x-age-ms": age.toFixed(1) }));
    } catch (error) {
      end();
      tell(error);
    }
  });
}

at("calibrate").addEventListener("submit", (event) => { event.preventDefault(); begin(); });
at("stop-calibration").addEventListener("click", () => {
  end();
  send("/api/calibrate/leave", { page: me }).then(() => toast(tr("Nothing is kept.")), tell);
});
window.addEventListener("pagehide", () => {
  if (running) navigator.sendBeacon("/api/calibrate/leave", JSON.stringify({ page: me }));
});
ready();
