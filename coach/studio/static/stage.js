// Plays a take: shows the state that the server sends, gives the actor's commands, sends the camera's frames.
import { openCamera, sendFrames } from "/static/camera.js";
import { Refused, read, send, toast } from "/static/api.js";
import { afterTake } from "/static/drill.js";
import { openEar } from "/static/ear.js";
import { tr } from "/static/messages.js";
import { loudspeaker } from "/static/sound.js";

const stage = document.getElementById("stage");
const source = stage.dataset.source;
const base = `/api/stage/${stage.dataset.take}`;
const me = crypto.randomUUID();
const at = (id) => document.getElementById(id);
const begin = at("begin");
const SIGNS = { yes: "✓", near: "~", no: "✗", none: "–" };
const video = at("video");
const sound = loudspeaker(base, me);

let version = -1;
let state = null;
let answeredAt = 0;
let over = false;
let begun = false;
let unplugged = false;
let stopCheck = () => {};
let stopFrames = () => {};
let closeCamera = () => {};
let ear = null;
let noticesShown = 0;

// --- what is shown ---

function put(id, text) {
  const place = at(id);
  if (place.textContent !== text) place.textContent = text;
}

function show(next) {
  if (next.version < version) return;
  version = next.version;
  state = next;
  answeredAt = performance.now();
  sound(next.over ? null : next.sound);
  if (next.over) return finish(next);
  if (next.phase === "opening") return;
  put("number", next.line?.number ?? "");
  put("wanted", next.listening ? tr("while you listen: {wanted}", { wanted: next.listening }) : next.line ? [next.line.target, next.line.direction].filter(Boolean).join(" · ") : "");
  const other = "readsIn" in stage.dataset ? next.partner : null;  // the line that somebody beside the actor reads
  stage.classList.toggle("reading-in", Boolean(other));
  put("line", (other ?? next.line)?.text ?? "");
  put("next", other ? next.line?.text ?? "" : next.next);
  put("cue", other ? tr("{role}, for who reads in:", other) : next.cue || (next.announced ? tr("next: {announced}", next) : ""));
  put("countdown", next.countdown === null ? "" : String(next.countdown));
  put("prompt", next.prompt);
  put("note", next.prompt ? "" : next.note);
  put("waits", other && next.waits ? tr("Tap when you have read it, or press space.") : next.waits);
  if (ear) put("hearing", next.hearing);
  put("reading", at("look-reading").value === "off" ? "" : `${SIGNS[next.reading.kind]} ${next.reading.text}`);
  stage.dataset.kind = at("look-reading").value === "off" || next.phase !== "line" ? "none" : next.reading.kind;
  stage.dataset.phase = next.phase;
  at("left").style.transform = `scaleX(${next.left_share})`;
  showBars(next.bars);
  showHeld(next);
  for (const button of document.querySelectorAll('[data-command="pause"]')) button.setAttribute("aria-pressed", String(next.paused));
  if (next.notices.count > noticesShown) {
    toast(next.notices.last.slice(noticesShown - next.notices.count).join("\n"), 8);
    noticesShown = next.notices.count;
  }
}

function showBars(shares) {
  at("bars").hidden = at("look-reading").value !== "bars";
  document.querySelectorAll("#bars .bar").forEach((bar, index) => {
    bar.querySelector("meter").value = shares ? shares[index] : 0;
    bar.querySelector(".share").textContent = shares ? `${Math.round(shares[index] * 100)} %` : "";
  });
}

function showHeld(next) {
  if (unplugged) return;
  const text = next.paused && !next.held ? tr("Paused. Press p or Pause to go on.") : next.held ? tr("No picture comes from the camera. The clock stands still until one does.") : "";
  at("held").hidden = !text;
  put("held", text);
}

function lost(error) {
  at("held").hidden = false;
  put("held", error instanceof Refused ? error.message : tr("The connection to the studio is lost. The take waits for it."));
}

function finish(last) {
  if (over) return;
  over = true;
  ear?.close();
  stopFrames();
  closeCamera();
  if (last.error) {
    put("line", last.error);
    put("next", "");
    stage.dataset.phase = "ended";
    return;
  }
  location.replace(afterTake(location.pathname) || last.report || "/takes");
}

// --- requests ---

const pause = (ms) => new Promise((done) => { setTimeout(done, ms); });

async function watch() {
  while (!over) {
    try {
      const fresh = performance.now() - answeredAt < 700 && source === "camera";
      if (!fresh) show(await read(`${base}/state?page=${me}&seen=${version}`));
      await pause(fresh ? 350 : 50);
    } catch (error) {
      if (gone(error)) return;
      lost(error);
      await pause(600);
    }
  }
}

function gone(error) {
  if (!(error instanceof Refused) || ![403, 404, 409].includes(error.status)) return false;
  over = true;
  sound(null);
  ear?.close();
  stopFrames();
  closeCamera();
  lost(error);
  if (error.status === 409) offerTakeOver();
  return true;
}

function offerTakeOver() {
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: tr("Go on here") });
  button.addEventListener("click", () => { sessionStorage.setItem("take over", stage.dataset.take); location.reload(); });
  at("held").append(" ", button);
}

async function command(name) {
  try { await send(`${base}/command`, { page: me, name }); } catch (error) { if (!gone(error)) lost(error); }
}

async function sendFrame(picture, age) {
  try {
    show(await send(`${base}/frame?page=${me}`, picture, { "x-age-ms": age.toFixed(1) }));
  } catch (error) {
    if (gone(error)) return;
    lost(error);
    await pause(400);
  }
}

// --- the course of a take ---

async function claim() {
  const takeOver = sessionStorage.getItem("take over") === stage.dataset.take;
  sessionStorage.removeItem("take over");
  return send(`${base}/claim`, { page: me, take_over: takeOver });
}

async function camera() {
  closeCamera = await openCamera(video, () => {
    unplugged = true;
    stopFrames();
    at("held").hidden = false;
    put("held", tr("The camera was unplugged. The take waits; plug it in again."));
    navigator.mediaDevices.addEventListener("devicechange", plugged);
  });
}

// Unplugging causes this event too, and a camera with a microphone causes it twice: each time, one after the other, it
// is tried whether the camera is there.
let trying = Promise.resolve();

function plugged() {
  trying = trying.then(async () => {
    if (!unplugged || over) return;
    try { await camera(); } catch { return; }
    navigator.mediaDevices.removeEventListener("devicechange", plugged);
    unplugged = false;
    at("held").hidden = true;
    if (begun) frames();
  });
}

function frames() {
  stopFrames = sendFrames(video, sendFrame);
}

async function start() {
  begun = true;
  stopCheck();
  begin.hidden = true;
  put("line", tr("One moment …"));
  try {
    show(await claim());
  } catch (error) {
    if (!gone(error)) lost(error);
    return;
  }
  if (over) return;
  document.body.classList.add("begun");
  document.querySelectorAll("[data-command]").forEach((button) => { button.hidden = Boolean(button.dataset.if && !state[button.dataset.if]); });
  keepAwake();
  if (source === "camera") frames();
  ear?.begin(`${base}/microphone?page=${me}`);
  watch();
}

// Before the take begins, the mirror says whether the face can be read. Nothing of it is kept.
async function check() {
  const leave = () => send("/api/mirror/leave", { page: me }).catch(() => {});
  try {
    await send("/api/mirror", { page: me });
  } catch { return; }
  if (begun) { leave(); return; }
  const halt = sendFrames(video, async (picture, age) => {
    try {
      const view = await send(`/api/mirror/frame?page=${me}`, picture, { "x-age-ms": age.toFixed(1) });
      if (!begun) put("reading", view.check);
    } catch { halt(); }
  });
  stopCheck = () => {
    halt();
    stopCheck = () => {};
    leave();
  };
}

// A browser lets the screen sleep again when the page was out of sight.
async function keepAwake() {
  try { await navigator.wakeLock?.request("screen"); } catch { /* the browser decides; the take goes on */ }
}

document.addEventListener("visibilitychange", () => { if (state && !over && !document.hidden) keepAwake(); });

async function prepare() {
  const known = sessionStorage.getItem("begun") === stage.dataset.take;
  if (source === "camera") {
    try {
      await camera();
    } catch (error) {
      put("line", error.message);
      put("next", "");
      begin.textContent = tr("Try again");
      begin.hidden = false;
      begin.onclick = () => { begin.hidden = true; prepare(); };
      return;
    }
    check();
    put("next", tr("Sit so that your face fills the frame, with the light in front of you."));
  }
  if ("listens" in stage.dataset) ear = await openEar();
  if (source === "recording" || known) return start();
  begin.textContent = tr("Begin");
  begin.hidden = false;
  begin.onclick = () => { sessionStorage.setItem("begun", stage.dataset.take); start(); };
  begin.focus();
}

// --- keys, taps, looks ---

const KEYS = { p: "pause", r: "repeat", d: "dispute", l: "line", s: "reveal", q: "quit", ArrowLeft: "back", ArrowRight: "next" };

function offered(name) {
  const button = document.querySelector(`[data-command="${name}"]`);
  return button && !button.hidden;
}

function forward() {
  command(offered("next") ? "next" : "pause");
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("select, input, textarea")) return;
  if (event.key === " " && !event.target.closest("button, a") && state) { event.preventDefault(); forward(); }
  const name = KEYS[event.key] ?? KEYS[event.key.toLowerCase()];
  if (name && offered(name)) { event.preventDefault(); command(name); }
});

// A tap goes on, a swipe back repeats the line, and a swipe forward asks for the next one.
let touchedAt = null;
at("tap").addEventListener("pointerdown", (event) => { touchedAt = event.clientX; });
at("tap").addEventListener("pointercancel", () => { touchedAt = null; });
at("tap").addEventListener("pointerup", (event) => {
  if (touchedAt === null || !state || over) return;
  const moved = event.clientX - touchedAt;
  touchedAt = null;
  if (Math.abs(moved) < 40) forward();
  else if (moved > 0 && offered("repeat")) command("repeat");
  else if (moved < 0 && offered("next")) command("next");
});

for (const button of document.querySelectorAll("[data-command]")) {
  button.addEventListener("click", () => command(button.dataset.command));
}

function look(id, apply) {
  const choice = at(id);
  if (!choice) return;
  choice.value = localStorage.getItem(id) ?? choice.value;
  const changed = () => { localStorage.setItem(id, choice.value); apply(choice.value); };
  choice.addEventListener("change", changed);
  apply(choice.value);
}

look("look-reading", () => { if (state) show(state); });
look("look-picture", (value) => { at("picture").className = `picture ${value}`; });
look("look-text", (value) => { stage.style.setProperty("--size", value); });

window.addEventListener("pagehide", () => {
  if (state && !over) navigator.sendBeacon(`${base}/leave`, JSON.stringify({ page: me }));
});

prepare();
