// Announces a new P1, by sound and by the browser's notification: each only where it was asked
// for, which this browser remembers. What is new is told from what was there when one last looked.

(() => {
  const CHIME = [[880, 0], [1175, 0.16], [880, 0.5], [1175, 0.66], [880, 1], [1175, 1.16]];
  const NOTE = 0.14; // seconds
  const KEY = "p1line.alerts";
  const SEEN = "p1line.critical";

  const box = document.getElementById("alerts");
  const trouble = document.getElementById("alert-trouble");
  const ways = {
    sound: document.getElementById("alert-sound"),
    notification: document.getElementById("alert-notification"),
  };
  let context = null;
  let held = false;

  // A browser that keeps nothing for us forgets it with the page.
  function remembered(key, otherwise) {
    try {
      return JSON.parse(localStorage.getItem(key)) ?? otherwise;
    } catch {
      return otherwise;
    }
  }

  function remember(key, value) {
    try {
      localStorage.setItem(key, JSON.stringify(value));
    } catch {
      // as above
    }
  }

  function keep() {
    const wanted = Object.keys(ways).filter((name) => ways[name].checked);
    remember(KEY, wanted);
    document.documentElement.dataset.alerts = wanted.length ? "yes" : "no";
    document.dispatchEvent(new CustomEvent("list:alerts"));
  }

  // Sound -------------------------------------------------------------------------------------

  async function ready() {
    context ||= new AudioContext();
    if (context.state !== "running") {
      trouble.textContent = box.dataset.silent;
      await context.resume(); // until a click or a key: the browser's own rule
      if (trouble.textContent === box.dataset.silent) trouble.textContent = "";
    }
  }

  function chime() {
    for (const [frequency, start] of CHIME) {
      const at = context.currentTime + start;
      const tone = new OscillatorNode(context, { frequency });
      const volume = new GainNode(context, { gain: 0 });
      volume.gain.setValueAtTime(0, at);
      volume.gain.linearRampToValueAtTime(0.4, at + 0.02);
      volume.gain.exponentialRampToValueAtTime(0.001, at + NOTE);
      tone.connect(volume).connect(context.destination);
      tone.start(at);
      tone.stop(at + NOTE);
    }
  }

  // Held back by the browser, it sounds once when it may, however often it was wanted.
  async function sound() {
    if (held) return;
    held = true;
    await ready();
    held = false;
    chime();
  }

  // Notification ------------------------------------------------------------------------------

  async function permitted() {
    if (!("Notification" in window)) return false;
    return (await Notification.requestPermission()) === "granted";
  }

  function notify(item) {
    try {
      const note = new Notification(box.dataset.title, { body: item.textContent, tag: item.id });
      note.onclick = () => {
        focus();
        location.assign(item.dataset.url);
        note.close();
      };
    } catch {
      refuse(); // browsers of phones let only installed applications notify
    }
  }

  function refuse() {
    ways.notification.checked = false;
    trouble.textContent = box.dataset.refused;
    keep();
  }

  // What is new -------------------------------------------------------------------------------

  function announce() {
    const items = [...document.querySelectorAll("#critical > li")];
    const seen = remembered(SEEN, null);
    remember(SEEN, items.map((item) => item.id));
    const fresh = seen ? items.filter((item) => !seen.includes(item.id)) : [];
    if (!fresh.length) return;
    if (ways.sound.checked) sound();
    if (ways.notification.checked) fresh.forEach(notify);
  }

  ways.sound.addEventListener("change", () => {
    if (ways.sound.checked) sound(); // so that one knows it, and the browser lets it through
    keep();
  });
  ways.notification.addEventListener("change", async () => {
    trouble.textContent = "";
    if (ways.notification.checked && !(await permitted())) return refuse();
    keep();
  });
  for (const gesture of ["pointerdown", "keydown"]) {
    addEventListener(gesture, () => context && context.state !== "running" && context.resume());
  }

  for (const name of remembered(KEY, [])) if (name in ways) ways[name].checked = true;
  if (ways.notification.checked && window.Notification?.permission !== "granted") refuse();
  box.hidden = false;
  if (ways.sound.checked) ready();
  keep();
  announce();
  document.addEventListener("list:fresh", announce);
})();
