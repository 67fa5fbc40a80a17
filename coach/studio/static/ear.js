// The microphone of a take: its level on the page, and its sound on the way to the server.
import { openMicrophone } from "/static/microphone.js";
import { send, toast } from "/static/api.js";
import { tr } from "/static/messages.js";

// Null where the microphone is missing or not allowed: space or a tap ends a line then.
export async function openEar() {
  const row = document.getElementById("ear");
  const meter = document.getElementById("level");
  const lost = (error) => {
    row.hidden = true;
    toast(`${error.message} ${tr("Space or a tap ends a line.")}`, 8);
  };
  let microphone;
  try {
    microphone = await openMicrophone((level) => { meter.value = level; }, lost);
  } catch (error) {
    lost(error);
    return null;
  }
  row.hidden = false;
  const begin = (path) => microphone.send(async (samples, age) => {
    try { await send(path, samples, { "x-age-ms": age().toFixed(1) }); } catch { /* the take says that it waits */ }
  });
  return { begin, close: microphone.close };
}
