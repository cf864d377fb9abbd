// What is heard: the line's words by the browser's voices, what it plays, rings and key tones.
// One phone is listened to at a time, as a person has one ear at one of them.
globalThis.practice = globalThis.practice || {};

practice.ears = (() => {
  const KEPT = "practice.aloud";
  const LOCALES = { fr: ["fr-CA", "fr"], en: ["en-CA", "en-US", "en"] };
  const KEYS = "123456789*0#";
  const ROWS = [697, 770, 852, 941];
  const COLUMNS = [1209, 1336, 1477];
  const RING = [440, 480];
  const speech = globalThis.speechSynthesis;
  const ears = { aloud: localStorage.getItem(KEPT) !== "no", number: null };
  let audio = null;
  let player = null;
  let ringing = null;

  const voice = (language) => {
    const voices = speech ? speech.getVoices() : [];
    for (const locale of LOCALES[language] || []) {
      const found = voices.find((each) => each.lang.replace("_", "-").startsWith(locale));
      if (found) return found;
    }
    return null;
  };

  // Is there a voice for it? Some browsers know only after a while.
  ears.speaks = (language) => voice(language) !== null;

  const tone = (frequencies, seconds, loudness) => {
    if (!ears.aloud) return;
    audio = audio || new AudioContext();
    const gain = audio.createGain();
    const end = audio.currentTime + seconds;
    gain.gain.setValueAtTime(loudness, audio.currentTime);
    gain.gain.setTargetAtTime(0, end - 0.02, 0.01);
    gain.connect(audio.destination);
    for (const frequency of frequencies) {
      const source = audio.createOscillator();
      source.frequency.value = frequency;
      source.connect(gain);
      source.start();
      source.stop(end);
    }
  };

  ears.key = (key) => {
    const place = KEYS.indexOf(key);
    if (place >= 0) tone([ROWS[Math.floor(place / 3)], COLUMNS[place % 3]], 0.15, 0.05);
  };

  ears.silence = () => {
    if (speech) speech.cancel();
    if (player) player.pause();
    player = null;
  };

  ears.listenTo = (number) => {
    if (ears.number === number) return;
    ears.number = number;
    ears.silence();
  };

  ears.hear = (line) => {
    if (!ears.aloud || line.number !== ears.number) return;
    if (line.kind === "key" || line.about === "joined" || line.kind === "began") ears.silence();
    if (line.kind === "sound" && line.sound) {
      ears.silence();
      player = new Audio(line.sound);
      player.volume = 0.4;
      player.play().catch(() => {}); // not before the reader has pressed something
    }
    if ((line.kind === "line" || line.kind === "other") && speech) {
      if (player) player.pause();
      const language = line.lang || document.documentElement.lang;
      const words = new SpeechSynthesisUtterance(line.text);
      words.lang = LOCALES[language] ? LOCALES[language][0] : language;
      words.voice = voice(language);
      words.rate = speech.pending ? 1.3 : 1.05; // it lags behind the line: catch up
      speech.speak(words);
    }
  };

  ears.ring = (rings) => {
    if (!rings) {
      clearInterval(ringing);
      ringing = null;
    } else if (ringing === null) {
      tone(RING, 1.2, 0.04);
      ringing = setInterval(() => tone(RING, 1.2, 0.04), 4000);
    }
  };

  ears.setAloud = (aloud) => {
    ears.aloud = aloud;
    localStorage.setItem(KEPT, aloud ? "yes" : "no");
    if (!aloud) ears.silence();
  };

  return ears;
})();
