// Messages in the user's language; one that the catalogue lacks stays in English.
import { messages } from "/messages.js";

export function tr(text, values = {}) {
  return (messages[text] ?? text).replace(/\{(\w+)\}/g, (braces, name) => values[name] ?? braces);
}
