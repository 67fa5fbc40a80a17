// The lines of a script as cards: words, tag, and what else a line can have. The server checks and keeps them.
import { Refused, read, ready, send, tell } from "/static/api.js";
import { tr } from "/static/messages.js";

const place = document.getElementById("script");
const items = document.getElementById("items");
const title = document.getElementById("title");
const role = document.getElementById("role");
const saved = document.getElementById("saved");
const UNSAVED = tr("not saved yet");
let script = { lines: [] };

const copyOf = (id) => document.getElementById(id).content.firstElementChild.cloneNode(true);

// --- showing ---

function partsOf(fields) {
  return fields.parts ?? [{ accepted: [], start: 0 }];
}

function card(fields) {
  const row = copyOf("line");
  row.fields = { ...fields, parts: partsOf(fields).map((part) => ({ accepted: [...part.accepted], start: part.start })) };
  row.querySelector(".who").textContent = [fields.role, fields.direction && `(${fields.direction})`].filter(Boolean).join(" ");
  row.querySelector(".text").value = fields.text ?? "";
  row.querySelector(".length").value = fields.duration_s ?? "";
  row.querySelector(".cue").value = fields.cue ?? "";
  row.querySelector(".mode").value = fields.mode ?? "tracked";
  showStrength(row, fields.intensity);
  row.querySelector(".mode").addEventListener("change", () => showParts(row));
  row.querySelector(".arc").addEventListener("click", () => addPart(row));
  row.querySelector(".remove").addEventListener("click", () => { row.remove(); changed(); });
  showParts(row);
  return row;
}

function showStrength(row, band) {
  const choice = row.querySelector(".strength");
  const value = band ? band.join(",") : "";
  if (![...choice.options].some((option) => option.value === value)) choice.append(new Option(tr("{low} to {high}", { low: band[0], high: band[1] }), value));
  choice.value = value;
}

function showParts(row) {
  const parts = row.fields.parts;
  const mode = row.querySelector(".mode").value;
  const set = row.querySelector(".parts");
  set.querySelectorAll(".part").forEach((part) => part.remove());
  parts.forEach((part, index) => set.append(partRow(row, part, index)));
  const own = row.fields.role && script.role && !plays(row.fields.role);
  row.classList.toggle("theirs", Boolean(own));
  set.hidden = Boolean(own);
  row.querySelector(".summary").textContent = own ? tr("your partner's line") : mode === "own way" ? tr("own way, never judged") : mode === "untracked" ? tr("not judged for now") : "";
}

function plays(name) {
  return name.toLowerCase() === script.role.toLowerCase() || name.toLowerCase().split(/\s*[/&+,]\s*|\s+and\s+|\s+și\s+/).includes(script.role.toLowerCase());
}

function partRow(row, part, index) {
  const line = copyOf("part");
  const own = line.querySelector(".own-way");
  const mode = row.querySelector(".mode");
  line.querySelector(".then").hidden = index === 0;
  own.hidden = index > 0;
  own.setAttribute("aria-pressed", String(mode.value === "own way"));
  own.addEventListener("click", () => { mode.value = mode.value === "own way" ? "tracked" : "own way"; showParts(row); changed(); });
  line.querySelector(".start").value = Math.round(part.start * 100) || 50;
  line.querySelector(".start").addEventListener("change", (event) => { part.start = Number(event.target.value) / 100; });
  for (const chip of line.querySelectorAll("[data-emotion]")) {
    const emotion = chip.dataset.emotion;
    chip.setAttribute("aria-pressed", String(part.accepted.includes(emotion) && mode.value !== "own way"));
    chip.addEventListener("click", () => {
      if (mode.value === "own way") mode.value = "tracked";
      part.accepted = part.accepted.includes(emotion) ? part.accepted.filter((each) => each !== emotion) : [...part.accepted, emotion];
      if (!part.accepted.length && index > 0) row.fields.parts.splice(index, 1);
      showParts(row);
      changed();
    });
  }
  return line;
}

function addPart(row) {
  const parts = row.fields.parts;
  parts.push({ accepted: ["neutral"], start: Math.min(0.99, Math.max(0.5, (parts.at(-1).start + 1) / 2)) });
  showParts(row);
  changed();
}

function aside(fields) {
  const row = document.createElement("li");
  row.className = "aside";
  row.fields = fields;
  row.textContent = fields.scene ?? fields.action ?? pauseText(fields);
  return row;
}

function pauseText({ beats, pause_s: seconds }) {
  if (!beats) return tr("pause of {seconds} s", { seconds });
  return beats > 1 ? tr("pause of {beats} beats", { beats }) : tr("pause of {beats} beat", { beats });
}

// --- keeping ---

function targetOf(parts) {
  return parts.filter((part) => part.accepted.length)
    .map((part, index) => part.accepted.join(", ") + (index ? ` @${Math.round(part.start * 1000) / 10}%` : "")).join(" > ");
}

function lineOf(row) {
  const { parts, ...fields } = row.fields;
  const value = (name) => row.querySelector(`.${name}`).value.trim();
  const target = targetOf(parts);
  const band = value("strength");
  const timed = value("length") === String(row.fields.duration_s ?? "") ? {} : { start_s: undefined, end_s: undefined };
  return {
    ...fields, ...timed, text: value("text"), emotion: target || undefined, cue: value("cue") || undefined, mode: value("mode"),
    duration_s: value("length") || undefined, intensity: target && band ? band.split(",").map(Number) : undefined,
  };
}

function whole() {
  const lines = [...items.children].map((row) => (row.classList.contains("item") ? lineOf(row) : row.fields));
  const field = document.getElementById("role-field");
  return { ...script, title: title.value, role: field.hidden ? script.role : role.value || undefined, lines };
}

const NAMES = { duration_s: tr("length"), text: tr("words"), emotion: tr("tag"), intensity: tr("Strength").toLowerCase() };

function changed() {
  saved.textContent = UNSAVED;
}

function showMistakes(mistakes) {
  document.querySelectorAll(".mistakes").forEach((note) => { note.hidden = true; note.textContent = ""; });
  for (const mistake of mistakes) {
    const note = items.children[mistake.item]?.querySelector(".mistakes");
    const text = [NAMES[mistake.field] ?? mistake.field, mistake.message].filter(Boolean).join(": ");
    if (!note) saved.textContent = text;
    else { note.hidden = false; note.textContent = [note.textContent, text].filter(Boolean).join("\n"); }
  }
  document.querySelector(".mistakes:not([hidden])")?.closest("li").scrollIntoView({ block: "center" });
}

async function save() {
  try {
    const answer = await send(`/api/scripts/${place.dataset.id}`, { script: whole() });
    showMistakes([]);
    if (answer.path !== location.pathname) return answer.path;
    saved.textContent = `${tr("Saved.")} ${answer.about}`;
    return answer.path;
  } catch (error) {
    if (error instanceof Refused && error.answer.mistakes) { saved.textContent = error.message; showMistakes(error.answer.mistakes); }
    else tell(error);
    return "";
  }
}

async function open() {
  const answer = await read(`/api/scripts/${place.dataset.id}`);
  script = answer.script;
  title.value = script.title;
  document.getElementById("about").textContent = answer.about;
  if (answer.roles.length > 1) {
    document.getElementById("role-field").hidden = false;
    role.append(new Option(tr("choose your part"), ""), ...answer.roles.map((name) => new Option(name)));
    role.value = script.role ?? "";
    role.addEventListener("change", () => { script.role = role.value; document.querySelectorAll(".item").forEach(showParts); changed(); });
  }
  items.replaceChildren(...script.lines.map((fields) => ("text" in fields ? card(fields) : aside(fields))));
  const report = sessionStorage.getItem(`report ${location.pathname}`);
  if (report) {
    document.getElementById("report").hidden = false;
    document.getElementById("rows").textContent = report;
  }
  place.addEventListener("input", changed);
}

document.getElementById("save")?.addEventListener("click", async () => {
  const path = await save();
  if (path && path !== location.pathname) location.assign(path);
});
document.getElementById("rehearse")?.addEventListener("click", async (event) => {
  if (saved.textContent !== UNSAVED) return;
  event.preventDefault();
  const path = await save();
  if (path) location.assign(`/rehearse?script=${path.split("/").pop()}`);
});
document.getElementById("add")?.addEventListener("click", () => {
  const row = card({ text: "", role: script.role });
  items.append(row);
  row.querySelector(".text").focus();
  changed();
});
const remove = document.getElementById("delete");
remove?.addEventListener("click", async () => {
  if (remove.dataset.sure !== "yes") {
    remove.dataset.sure = "yes";
    remove.textContent = tr("Yes, delete it; takes keep their copy");
    return;
  }
  try { await send(`/api/scripts/${place.dataset.id}/delete`); location.assign("/scripts"); } catch (error) { tell(error); }
});
if (items) open().then(ready, tell);
