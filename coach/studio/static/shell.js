// What every page has: the button that closes the studio, and buttons that start a take.
import { send, tell } from "/static/api.js";
import { tr } from "/static/messages.js";

const stop = document.getElementById("stop");
stop.disabled = false;
stop.addEventListener("click", async () => {
  try {
    await send("/api/stop");
    document.body.replaceChildren(Object.assign(document.createElement("p"), {
      className: "closed", textContent: tr("The studio is closed. You can close this tab."),
    }));
  } catch (error) { tell(error); }
});

for (const button of document.querySelectorAll("[data-language]")) {
  button.disabled = false;
  button.addEventListener("click", async () => {
    try {
      await send("/api/language", { language: button.dataset.language });
      location.reload();
    } catch (error) { tell(error); }
  });
}

// Only an encrypted address can be put on a home screen. Without trust in its certificate the browser refuses this.
if (location.protocol === "https:") navigator.serviceWorker?.register("/worker.js").catch(() => {});

for (const button of document.querySelectorAll("[data-start]")) {
  button.disabled = false;
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      location.assign((await send("/api/takes", JSON.parse(button.dataset.start))).path);
    } catch (error) {
      button.disabled = false;
      tell(error);
    }
  });
}
