// Brings in a script, pasted or dropped.
import { Refused, ready, send, tell } from "/static/api.js";

const drop = document.getElementById("drop");
const mistakes = document.getElementById("mistakes");

async function bring(name, content) {
  mistakes.hidden = true;
  try {
    const answer = await send(`/api/scripts?name=${encodeURIComponent(name)}`, content);
    sessionStorage.setItem(`report ${answer.path}`, answer.rows.join("\n"));
    location.assign(answer.path);
  } catch (error) {
    if (!(error instanceof Refused)) return tell(error);
    mistakes.hidden = false;
    mistakes.textContent = error.message;
  }
}

document.getElementById("paste").addEventListener("submit", (event) => {
  event.preventDefault();
  bring("", new Blob([document.getElementById("text").value]));
});
document.getElementById("file").addEventListener("change", (event) => {
  const file = event.target.files[0];
  if (file) bring(file.name, file);
});
for (const name of ["dragover", "dragleave", "drop"]) {
  drop.addEventListener(name, (event) => {
    event.preventDefault();
    drop.classList.toggle("over", name === "dragover");
    const file = name === "drop" && event.dataTransfer.files[0];
    if (file) bring(file.name, file);
  });
}
ready();
