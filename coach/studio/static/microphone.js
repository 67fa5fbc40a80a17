// The microphone of the browser: its level, and its sound as 16-bit samples at 16 kHz.
// The server takes one request after the other, so sound that came meanwhile goes along with the next.
import { tr } from "/static/messages.js";

const LONGEST_S = 0.9;  // what a request takes; older sound is of no use any more
const BYTES_PER_S = 32000;
const QUIETEST_DB = -60;

function reason(error) {
  if (error.name === "NotAllowedError") return tr("The browser does not let this page use the microphone.");
  if (error.name === "NotFoundError") return tr("There is no microphone.");
  return tr("The microphone cannot be opened ({error}).", { error: error.name });
}

// A context at 16 kHz, where the browser takes a microphone of another rate into it; the worklet does it otherwise.
function context(stream) {
  try {
    const wanted = new AudioContext({ sampleRate: 16000 });
    return [wanted, wanted.createMediaStreamSource(stream)];
  } catch {
    const usual = new AudioContext();
    return [usual, usual.createMediaStreamSource(stream)];
  }
}

export async function openMicrophone(onLevel, onLost) {
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: true } });
  } catch (error) {
    throw new Error(reason(error));
  }
  const [sound, source] = context(stream);
  await sound.audioWorklet.addModule("/static/microphone-worklet.js");
  const samples = new AudioWorkletNode(sound, "samples", { numberOfOutputs: 0, channelCount: 1, channelCountMode: "explicit" });
  source.connect(samples);
  stream.getAudioTracks()[0].addEventListener("ended", () => onLost(new Error(tr("The microphone was unplugged."))));
  const resume = () => { if (sound.state === "suspended") sound.resume(); };
  for (const gesture of ["pointerup", "keydown"]) document.addEventListener(gesture, resume);

  let sending = null;
  let waiting = [];
  let busy = false;

  samples.port.onmessage = ({ data }) => {
    onLevel(level(new Int16Array(data)));
    if (!sending) return;
    waiting.push(data);
    while (bytes(waiting) > LONGEST_S * BYTES_PER_S) waiting.shift();
    flush();
  };

  async function flush() {
    if (busy || !sending || !waiting.length) return;
    busy = true;
    const block = new Blob(waiting);
    waiting = [];
    const taken = performance.now();
    try { await sending(block, () => performance.now() - taken); } finally { busy = false; }
  }

  return {
    send: (to) => { sending = to; },
    close: () => {
      sending = null;
      for (const gesture of ["pointerup", "keydown"]) document.removeEventListener(gesture, resume);
      stream.getTracks().forEach((track) => track.stop());
      sound.close();
    },
  };
}

function bytes(blocks) {
  return blocks.reduce((sum, block) => sum + block.byteLength, 0);
}

// From 0 for silence to 1 for full scale.
function level(samples) {
  const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length / 32768 ** 2;
  return power ? Math.max(0, 1 - (10 * Math.log10(power)) / QUIETEST_DB) : 0;
}
