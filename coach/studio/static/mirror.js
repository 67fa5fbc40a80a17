// The mirror: sends frames, and shows what was read in every face; bars and graph are of the chosen person.
import { openCamera, sendFrames } from "/static/camera.js";
import { ask } from "/static/consent.js";
import { Refused, ready, send, tell, toast } from "/static/api.js";
import { tr } from "/static/messages.js";

const me = crypto.randomUUID();
const at = (id) => document.getElementById(id);
const glass = at("glass");
const video = at("video");
const SPAN_S = 20;
let running = false;
let stop = () => {};
let chosen = 0;
let view = null;
let flipped = true;
const past = [];

// --- showing ---

function show(next) {
  if (next.over) return end(next.error || tr("The mirror ended."));
  view = next;
  if (!next.faces.some((face) => face.track === chosen) && next.faces.length) chosen = next.faces[0].track;
  at("people").textContent = next.none || next.faces.map((face) => `${face.track}: ${face.text}`).join(", ");
  showBoxes(next);
  const face = next.faces.find((each) => each.track === chosen);
  document.querySelectorAll("#bars .bar").forEach((bar, index) => {
    bar.querySelector("meter").value = face?.shares ? face.shares[index] : 0;
    bar.querySelector(".share").textContent = face?.shares ? `${Math.round(face.shares[index] * 100)} %` : "";
  });
  past.push({ t: next.t, shares: face?.shares ?? null });
  while (past.length && past[0].t < next.t - SPAN_S) past.shift();
  drawGraph(next.t);
}

function showBoxes({ faces, size: [width, height] }) {
  const boxes = at("boxes");
  while (boxes.children.length > faces.length) boxes.lastChild.remove();
  while (boxes.children.length < faces.length) boxes.append(Object.assign(document.createElement("div"), { className: "face" }));
  faces.forEach((face, index) => {
    const box = boxes.children[index];
    const [x, y, w, h] = face.box;
    box.style.left = `${((flipped ? width - x - w : x) / width) * 100}%`;
    box.style.top = `${(y / height) * 100}%`;
    box.style.width = `${(w / width) * 100}%`;
    box.style.height = `${(h / height) * 100}%`;
    box.style.borderColor = colourOf(face.label) || "#fff";
    box.classList.toggle("chosen", face.track === chosen);
    const word = box.firstChild ?? box.appendChild(document.createElement("span"));
    word.textContent = `${face.track} ${face.text}`;
  });
}

function colourOf(emotion) {
  return emotion && getComputedStyle(document.documentElement).getPropertyValue(`--${emotion}`).trim();
}

function drawGraph(now) {
  const canvas = at("graph");
  const ratio = window.devicePixelRatio || 1;
  const width = canvas.clientWidth * ratio;
  const height = canvas.clientHeight * ratio;
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const paper = canvas.getContext("2d");
  paper.clearRect(0, 0, width, height);
  paper.lineWidth = 2 * ratio;
  document.querySelectorAll("#bars .bar").forEach((bar, index) => {
    paper.strokeStyle = colourOf(bar.dataset.emotion);
    paper.beginPath();
    let pen = false;
    for (const { t, shares } of past) {
      if (!shares) { pen = false; continue; }
      const x = (1 - (now - t) / SPAN_S) * width;
      const y = (1 - shares[index]) * (height - 4 * ratio) + 2 * ratio;
      if (pen) paper.lineTo(x, y); else paper.moveTo(x, y);
      pen = true;
    }
    paper.stroke();
  });
}

// --- the course ---

async function start() {
  at("begin").disabled = true;
  try {
    await send("/api/mirror", { page: me });
    const close = await openCamera(video, () => end(tr("The camera was unplugged.")));
    running = true;
    const halt = sendFrames(video, frame);
    stop = () => { halt(); close(); };
    at("hint").hidden = true;
    glass.classList.toggle("flipped", flipped);
    for (const id of ["person", "snapshot", "flip", "end"]) at(id).hidden = false;
    at("begin").hidden = true;
  } catch (error) {
    if (error instanceof Refused && error.answer.consent) {
      if (await ask(error.answer.consent)) return start();
    } else if (error instanceof Refused) tell(error);
    else toast(error.message, 10);
  }
  at("begin").disabled = false;
}

async function frame(picture, age) {
  try {
    show(await send(`/api/mirror/frame?page=${me}`, picture, { "x-age-ms": age.toFixed(1) }));
  } catch (error) {
    if (error instanceof Refused && error.status === 409) return end(error.message);
    at("people").textContent = tr("The connection to the studio is lost.");
    await new Promise((done) => { setTimeout(done, 500); });
  }
}

function leave() {
  if (running) navigator.sendBeacon("/api/mirror/leave", JSON.stringify({ page: me }));
}

function end(message) {
  stop();
  leave();
  running = false;
  for (const id of ["person", "snapshot", "flip", "end"]) at(id).hidden = true;
  at("boxes").replaceChildren();
  at("begin").hidden = false;
  at("begin").disabled = false;
  if (message) toast(message);
}

function snapshot() {
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  const paper = canvas.getContext("2d");
  if (flipped) { paper.translate(canvas.width, 0); paper.scale(-1, 1); }
  paper.drawImage(video, 0, 0);
  paper.setTransform(1, 0, 0, 1, 0, 0);
  const scale = canvas.width / view.size[0];
  paper.font = `${Math.round(canvas.height / 26)}px system-ui, sans-serif`;
  for (const face of view.faces) {
    const [x, y, w, h] = face.box.map((side) => side * scale);
    const left = flipped ? canvas.width - x - w : x;
    paper.strokeStyle = paper.fillStyle = colourOf(face.label) || "#fff";
    paper.lineWidth = 3;
    paper.strokeRect(left, y, w, h);
    paper.fillText(`${face.track} ${face.text}`, left, Math.max(y - 6, canvas.height / 24));
  }
  canvas.toBlob((blob) => {
    const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: "mirror.png" });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 5000);
  });
}

at("begin").addEventListener("click", start);
at("end").addEventListener("click", () => end(""));
at("snapshot").addEventListener("click", () => view && snapshot());
at("person").addEventListener("click", () => {
  const tracks = (view?.faces ?? []).map((face) => face.track).sort((a, b) => a - b);
  chosen = tracks.find((track) => track > chosen) ?? tracks[0] ?? chosen;
  past.length = 0;
});
at("flip").addEventListener("click", () => {
  flipped = !flipped;
  at("flip").setAttribute("aria-pressed", String(flipped));
  glass.classList.toggle("flipped", flipped);
});
window.addEventListener("pagehide", leave);
ready();
