// The texts of the scripts of the page, in its language; one that the page does not give stays in English.
const tr = (() => {
  "use strict";
  const texts = JSON.parse(document.getElementById("texts")?.textContent ?? "{}");
  return (text, values = {}) => (texts[text] ?? text).replace(/\{(\w+)\}/g, (braces, name) => values[name] ?? braces);
})();
