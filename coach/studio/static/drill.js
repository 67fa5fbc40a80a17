// A drill: its passages are played one after the other, each as a take of its own; this tab remembers how far it is.
const KEY = "drill";

function stored() {
  return JSON.parse(sessionStorage.getItem(KEY) || "null");
}

export function beginDrill(wanted, passages) {
  sessionStorage.setItem(KEY, JSON.stringify({ wanted, passages, at: 0, path: "" }));
}

export function endDrill() {
  sessionStorage.removeItem(KEY);
}

// The passage to play now: what to ask the server for, and how it is called; null without a drill.
export function passage() {
  const drill = stored();
  if (!drill || drill.at >= drill.passages.length) return null;
  const { lines, text } = drill.passages[drill.at];
  return { wanted: { ...drill.wanted, lines }, text, number: drill.at + 1, count: drill.passages.length };
}

export function played(path) {
  const drill = stored();
  if (drill) sessionStorage.setItem(KEY, JSON.stringify({ ...drill, path }));
}

// Called when the take at `path` is over. Returns where to go for the next passage; empty for the report of this one.
export function afterTake(path) {
  const drill = stored();
  if (drill?.path !== path) return "";
  sessionStorage.setItem(KEY, JSON.stringify({ ...drill, at: drill.at + 1, path: "" }));
  if (passage()) return "/rehearse#drill";
  endDrill();
  return "/takes";
}
