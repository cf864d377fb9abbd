// Lets the browser speak what the line says, where it has a voice to speak with. A button says in
// `data-listen` which sentences are spoken, one after the other, each in the language it is marked
// with; pressed again, it stops.

const VOICES = { fr: "fr-CA", en: "en-CA" };
const FILLED_IN = /[‹›]/g; // the brackets around what is filled in are not read out

let speaking = null;

function voice(language) {
  const known = speechSynthesis.getVoices();
  const like = (each) => each.lang.replace("_", "-");
  return known.find((each) => like(each) === VOICES[language])
    || known.find((each) => like(each).startsWith(language));
}

function utterance(sentence) {
  const language = sentence.closest("[lang]").lang.slice(0, 2);
  const spoken = new SpeechSynthesisUtterance(sentence.textContent.replace(FILLED_IN, ""));
  spoken.lang = VOICES[language] || language;
  spoken.voice = voice(language) || null;
  spoken.onstart = () => sentence.classList.add("spoken");
  spoken.onend = spoken.onerror = () => sentence.classList.remove("spoken");
  return spoken;
}

function show(button, on) {
  button.setAttribute("aria-pressed", String(on));
  const label = button.querySelector("span");
  if (label) label.textContent = on ? button.dataset.stop : button.getAttribute("aria-label");
}

function stop() {
  if (speaking) show(speaking, false);
  speaking = null;
  speechSynthesis.cancel();
  for (const each of document.querySelectorAll(".spoken")) each.classList.remove("spoken");
}

function listen(button) {
  const again = speaking === button;
  stop();
  if (again) return;
  const sentences = [...document.querySelectorAll(button.dataset.listen)];
  const last = sentences.map(utterance).map((each) => (speechSynthesis.speak(each), each)).pop();
  if (!last) return;
  speaking = button;
  show(button, true);
  last.addEventListener("end", () => { if (speaking === button) stop(); });
}

if ("speechSynthesis" in window && "SpeechSynthesisUtterance" in window) {
  for (const button of document.querySelectorAll("[data-listen]")) {
    button.hidden = false;
    button.addEventListener("click", () => listen(button));
  }
  addEventListener("pagehide", stop);
}
