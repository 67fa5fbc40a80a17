// Requests to the studio, and the one line at the bottom that says what went wrong.
import { tr } from "/static/messages.js";

export class Refused extends Error {
  constructor(status, answer) {
    super(answer.error || tr("The studio answered {status}.", { status }));
    this.status = status;
    this.answer = answer;
  }
}

async function answerOf(response) {
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused(response.status, answer);
  return answer;
}

export async function read(path, signal) {
  return answerOf(await fetch(path, { signal }));
}

export async function send(path, fields = {}, headers = {}) {
  const body = fields instanceof Blob ? fields : JSON.stringify(fields);
  return answerOf(await fetch(path, { method: "POST", body, headers }));
}

// Buttons wait for their script: a press before it has run would do nothing.
export function ready() {
  document.querySelectorAll("[data-wait]").forEach((button) => { button.disabled = false; });
}

let clearing = 0;

export function toast(text, seconds = 6) {
  const place = document.getElementById("toast");
  place.textContent = text;
  clearTimeout(clearing);
  clearing = setTimeout(() => { place.textContent = ""; }, seconds * 1000);
}

export function tell(error) {
  toast(error instanceof Refused ? error.message : tr("The studio does not answer. Is it still running in the terminal?"));
}
