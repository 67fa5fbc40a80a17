// The page that pairs a phone: it is loaded anew when a phone was paired, so that it shows the next code.
import { read, ready, send, tell, toast } from "/static/api.js";

const shown = document.getElementById("paired").dataset.ids;

async function look() {
  if (document.hidden) return;
  try {
    if ((await read("/api/phone")).ids.join(" ") !== shown) location.reload();
  } catch (error) { tell(error); }
}

for (const button of document.querySelectorAll("[data-unpair]")) {
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      toast((await send("/api/phone/unpair", { id: button.dataset.unpair })).said);
      await look();
    } catch (error) { tell(error); }
  });
}

ready();
setInterval(look, 2000);
