// What is said into the microphone, as the stand-in keeps it: a mono WAV file, 16 bits, 8 kHz.
globalThis.practice = globalThis.practice || {};

practice.microphone = (() => {
  const RATE = 8000;
  const FAINTEST = 0.01;
  const HEAD = 44;

  const wav = (samples) => {
    const file = new DataView(new ArrayBuffer(HEAD + samples.length * 2));
    const text = (at, letters) => [...letters].forEach((letter, n) => file.setUint8(at + n, letter.charCodeAt(0)));
    text(0, "RIFF");
    file.setUint32(4, file.byteLength - 8, true);
    text(8, "WAVEfmt ");
    file.setUint32(16, 16, true);
    file.setUint16(20, 1, true); // whole numbers
    file.setUint16(22, 1, true); // one channel
    file.setUint32(24, RATE, true);
    file.setUint32(28, RATE * 2, true);
    file.setUint16(32, 2, true);
    file.setUint16(34, 16, true);
    text(36, "data");
    file.setUint32(40, samples.length * 2, true);
    samples.forEach((sample, n) => file.setInt16(HEAD + n * 2, Math.max(-1, Math.min(1, sample)) * 32767, true));
    return file.buffer;
  };

  // The browser's own format, whichever it is, decoded and sampled anew.
  const samples = async (blob) => {
    const context = new AudioContext();
    try {
      const sound = await context.decodeAudioData(await blob.arrayBuffer());
      const offline = new OfflineAudioContext(1, Math.ceil(sound.duration * RATE), RATE);
      const source = offline.createBufferSource();
      source.buffer = sound;
      source.connect(offline.destination);
      source.start();
      return (await offline.startRendering()).getChannelData(0);
    } finally {
      context.close();
    }
  };

  // Opens it, after the reader's permission; `stop` answers the file, or null where all is silent.
  // Rejects where there is none, or it may not be used.
  const open = async () => {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    const recorder = new MediaRecorder(stream);
    const pieces = [];
    recorder.addEventListener("dataavailable", (event) => pieces.push(event.data));
    const ended = new Promise((done) => recorder.addEventListener("stop", done));
    recorder.start();
    return {
      stop: async () => {
        if (recorder.state !== "inactive") recorder.stop();
        await ended;
        stream.getTracks().forEach((track) => track.stop());
        try {
          const found = await samples(new Blob(pieces, { type: recorder.mimeType }));
          return found.some((sample) => Math.abs(sample) > FAINTEST) ? wav(found) : null;
        } catch {
          return null; // too short to hold anything
        }
      },
    };
  };

  return { open };
})();
