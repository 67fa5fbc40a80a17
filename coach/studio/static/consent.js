// The question about the camera. `ask` shows it, and resolves to whether the user agrees.
import { send } from "/static/api.js";

const dialog = document.getElementById("consent");

export function ask(text) {
  document.getElementById("consent-text").textContent = text;
  dialog.showModal();
  return new Promise((answer) => {
    const close = async (agreed) => {
      dialog.close();
      if (agreed) await send("/api/consent");
      answer(agreed);
    };
    document.getElementById("allow").onclick = () => close(true);
    document.getElementById("refuse").onclick = () => close(false);
    dialog.oncancel = () => answer(false);
  });
}
