// Runs beside the page, in the thread of the sound: hands on 16-bit samples at 16 kHz, in blocks of 128 ms.
const RATE = 16000;
const BLOCK = 2048;

class Samples extends AudioWorkletProcessor {
  constructor() {
    super();
    this.block = new Int16Array(BLOCK);
    this.filled = 0;
    this.sum = 0;
    this.count = 0;
    this.due = 0;  // how many samples of the output are due, where the device has another rate
  }

  process([input]) {
    for (const sample of input[0] ?? []) {
      this.sum += sample;
      this.count += 1;
      this.due += RATE / sampleRate;
      if (this.due < 1) continue;
      this.due -= 1;
      this.add(this.sum / this.count);  // the mean of what falls into one sample of the output
      this.sum = this.count = 0;
    }
    return true;
  }

  add(value) {
    this.block[this.filled] = Math.max(-1, Math.min(1, value)) * 32767;
    this.filled += 1;
    if (this.filled < BLOCK) return;
    this.port.postMessage(this.block.buffer, [this.block.buffer]);
    this.block = new Int16Array(BLOCK);
    this.filled = 0;
  }
}

registerProcessor("samples", Samples);
