// The camera of the browser: its picture on the page, and its newest frame as JPEG, at most 15 a second.
import { tr } from "/static/messages.js";

export const FRAMES_PER_S = 15;
const WIDTH = 640;
const QUALITY = 0.85;

export async function openCamera(video, onLost) {
  if (!navigator.mediaDevices?.getUserMedia) throw new Error(tr("This browser gives pages no camera. Open the studio by the address that the terminal shows."));
  const wanted = { width: { ideal: WIDTH }, height: { ideal: 480 }, facingMode: "user", frameRate: { ideal: 30 } };
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: wanted, audio: false });
  } catch (error) {
    throw new Error(reason(error));
  }
  stream.getVideoTracks()[0].addEventListener("ended", onLost);
  video.srcObject = stream;
  await video.play();
  return () => stream.getTracks().forEach((track) => track.stop());
}

function reason(error) {
  if (error.name === "NotAllowedError") return tr("The browser does not let this page use the camera. Allow it beside the address, and try again.");
  if (error.name === "NotFoundError") return tr("There is no camera. Plug one in, and try again.");
  if (error.name === "NotReadableError") return tr("The camera is used by another program. Close that, and try again.");
  return tr("The camera cannot be opened ({error}).", { error: error.name });
}

// Sends frames one after the other: the next one is taken when the last was answered, so none piles up.
// All have the size of the first, also when a phone is turned.
export function sendFrames(video, send) {
  const canvas = document.createElement("canvas");
  let running = true;
  let last = -Infinity;

  function taken(now, frame) {
    if (!running) return;
    if (now - last < 1000 / FRAMES_PER_S - 4) return again();
    last = now;
    const captured = frame.captureTime ?? now;
    if (!canvas.width || canvas.dataset.set !== "yes") setSize();
    draw();
    canvas.toBlob(async (picture) => {
      if (!running) return;
      if (picture) await send(picture, Math.max(0, performance.now() - captured));
      again();
    }, "image/jpeg", QUALITY);
  }

  function setSize() {
    const scale = Math.min(1, WIDTH / Math.max(video.videoWidth, video.videoHeight));
    canvas.width = Math.round(video.videoWidth * scale);
    canvas.height = Math.round(video.videoHeight * scale);
    canvas.dataset.set = "yes";
  }

  function draw() {
    const scale = Math.min(canvas.width / video.videoWidth, canvas.height / video.videoHeight);
    const width = video.videoWidth * scale;
    const height = video.videoHeight * scale;
    canvas.getContext("2d", { alpha: false }).drawImage(video, (canvas.width - width) / 2, (canvas.height - height) / 2, width, height);
  }

  function again() {
    if (!running) return;
    if (video.requestVideoFrameCallback) video.requestVideoFrameCallback(taken);
    else setTimeout(() => taken(performance.now(), {}), 1000 / FRAMES_PER_S);
  }

  again();
  return () => { running = false; };
}
