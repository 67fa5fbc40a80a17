// Plays the sounds that the server names, through one element, and says when each begins and ends.
// Phones let a page sound only after a gesture, and only the elements that the gesture started.
import { send, toast } from "/static/api.js";
import { tr } from "/static/messages.js";

const SILENCE = "data:audio/wav;base64,UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQIAAAAAAA==";

// `base` is the address under which the sounds are found.
export function loudspeaker(base, me) {
  const audio = new Audio();
  audio.setAttribute("playsinline", "");
  let current = "";
  let waiting = 0;
  let refused = false;
  let unlocked = false;

  function tell(what) {
    send(`${base}/heard`, { page: me, sound: current, what }).catch(() => {});  // then it ends after its length
  }

  audio.addEventListener("playing", () => { if (current) tell("began"); });
  audio.addEventListener("ended", () => { if (current) tell("ended"); });

  async function play() {
    audio.src = `${base}/sound/${current}`;
    try {
      await audio.play();
      refused = false;
    } catch (error) {
      if (error.name !== "NotAllowedError" || refused) return;
      refused = true;
      toast(tr("The browser plays no sound before you tap the page or press a key."), 8);
    }
  }

  // Called in a gesture.
  function unlock() {
    if (refused && current) { play(); return; }
    if (unlocked || current) return;
    unlocked = true;
    audio.src = SILENCE;
    audio.play().catch(() => { unlocked = false; });
  }

  function follow(sound) {
    const next = sound?.id ?? "";
    if (next === current) return;
    clearTimeout(waiting);
    current = next;
    audio.pause();
    if (next) waiting = setTimeout(play, sound.wait_s * 1000);
  }

  for (const gesture of ["pointerup", "keydown"]) document.addEventListener(gesture, unlock);
  return follow;
}
