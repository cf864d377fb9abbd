// The page of the practice phone: asks again and again what there is, and shows it.
(() => {
  const page = document.getElementById("practice");
  const { root, token, lost, failed, rings } = page.dataset;
  const SOON = 600; // milliseconds
  const LATER = 2500; // out of sight, or while nobody answers
  const PATIENCE = 6000;
  const STORY = "practice.story";
  const { ears } = practice;
  const cards = new Map();
  let seen = { next: "", run: "" };
  let story = JSON.parse(sessionStorage.getItem(STORY) || "null");
  let timer = null;
  let asking = false;
  let paused = false;
  let guided = null;
  let did = null;

  const one = (selector) => page.querySelector(selector);
  const all = (selector) => page.querySelectorAll(selector);

  const trouble = (words) => {
    const notice = document.getElementById("trouble");
    notice.hidden = !words;
    if (notice.textContent !== words) notice.textContent = words;
  };

  // The answer; null, and a sentence on the page, where it is refused.
  const post = async (path, form) => {
    const isFile = form instanceof ArrayBuffer;
    const headers = { "X-CSRFToken": token, Accept: "application/json" };
    if (isFile) headers["Content-Type"] = "audio/wav";
    const body = isFile ? form : new URLSearchParams(form);
    let answer = null;
    try {
      const response = await fetch(root + path, { method: "POST", headers, body });
      answer = await response.json();
      trouble(answer.error || "");
      if (!response.ok) answer = null;
    } catch {
      trouble(failed);
    }
    soon(0);
    return answer;
  };

  const soon = (milliseconds) => {
    clearTimeout(timer);
    timer = setTimeout(look, milliseconds);
  };

  const look = async () => {
    if (asking || paused) return soon(SOON);
    asking = true;
    let next = document.hidden ? LATER : SOON;
    try {
      const query = { since: seen.next, run: seen.run, ...(story || {}) };
      const response = await fetch(`${root}state?${new URLSearchParams(query)}`);
      if (response.redirected) return location.reload(); // the session is over
      const state = await response.json();
      if (!response.ok) throw new Error(state.error);
      if (one("#trouble").textContent === lost) trouble("");
      show(state);
    } catch {
      trouble(lost);
      next = LATER;
    } finally {
      asking = false;
    }
    soon(next);
  };

  const show = (state) => {
    if (state.anew && seen.run && seen.run !== state.run) leave();
    seen = { next: state.next, run: state.run };
    one("#clock-time").textContent = state.clock.time;
    one("#clock-day").textContent = state.clock.day;
    one("#clock-hours").textContent = state.clock.hours;
    one("#clock-hours").dataset.open = state.clock.open;
    state.phones.forEach(showPhone);
    if (state.anew) cards.forEach((card) => card.forget());
    for (const line of state.lines) {
      if (cards.has(line.number)) cards.get(line.number).add(line);
      if (!state.anew) ears.hear(line);
    }
    showAll(state.phones);
    tell(state.guide);
  };

  const showPhone = (phone) => {
    if (!cards.has(phone.number)) {
      const card = new practice.Card(phone, post);
      cards.set(phone.number, card);
      one(phone.agent ? "#agents" : "#callers").append(card.element);
    }
    const { element, call } = cards.get(phone.number);
    const begins = phone.call !== null && call === null && !phone.agent;
    if (begins && !element.contains(document.activeElement)) one("#callers").prepend(element);
    cards.get(phone.number).show(phone);
  };

  // What concerns all phones: which ring, who answers, and which one is listened to.
  const showAll = (phones) => {
    const ringing = phones.filter((phone) => phone.call && phone.call.rings);
    const byHand = ringing.filter((phone) => phone.does === "manual");
    const news = byHand.map((phone) => rings.replace("%", phone.name)).join(" ");
    if (one("#news").textContent !== news) one("#news").textContent = news;
    ears.ring(byHand.length > 0);
    const talking = phones.filter((phone) => phone.call && phone.call.answered);
    if (talking.length && !talking.some((phone) => phone.number === ears.number))
      ears.listenTo(talking[0].number);
    const agents = phones.filter((phone) => phone.agent);
    for (const button of all("[data-all]"))
      button.setAttribute("aria-pressed", agents.every((phone) => phone.does === button.dataset.all));
  };

  // The story ---------------------------------------------------------------------------------

  const tell = (guide) => {
    one("#stories").hidden = guide !== null;
    one("#task-bar").hidden = guide === null;
    for (const each of all("[data-guide]"))
      each.hidden = guide === null || each.dataset.guide !== story.story;
    const changed = JSON.stringify(guide) !== JSON.stringify(guided);
    if (changed) guided = guide;
    for (const card of cards.values())
      card.element.classList.toggle("wanted", guide !== null && guide.numbers.includes(card.number));
    if (guide === null || !changed) return;
    comeIntoView(guide.numbers[0]);
    one("#task").textContent = guide.text;
    one("[data-do]").hidden = guide.does.length === 0;
    one("#task-file").hidden = !guide.file;
    if (guide.file) one("#task-file").href = guide.file;
    one(`[data-guide="${story.story}"]`).querySelectorAll(".chapters li").forEach((item, place) => {
      const state = place < guide.chapter ? "done" : place === guide.chapter ? "current" : "next";
      if (state === "current") item.setAttribute("aria-current", "step");
      else item.removeAttribute("aria-current");
      item.classList.toggle("done", state === "done");
      item.querySelector("span").textContent = item.dataset[state];
    });
  };

  // On a small screen the next phone may be far from the last one.
  const comeIntoView = (number) => {
    if (!cards.has(number)) return;
    const { element } = cards.get(number);
    const { top, bottom } = element.getBoundingClientRect();
    const isCut = bottom > innerHeight && top > innerHeight * 0.4;
    if (bottom < 0 || isCut) element.scrollIntoView({ block: "start" });
  };

  const begin = async (name) => {
    const answer = await wait(() => post("stories", { story: name }));
    if (answer === null) return;
    story = { story: name, began: answer.began };
    sessionStorage.setItem(STORY, JSON.stringify(story));
  };

  const leave = () => {
    story = null;
    sessionStorage.removeItem(STORY);
    tell(null);
  };

  // Once for each thing to do: what it does shows only when the line has answered.
  const doIt = async () => {
    if (guided === did) return;
    did = guided;
    setTimeout(() => (did = null), PATIENCE);
    for (const { path, form } of guided ? guided.does : []) {
      const [, sid, act] = path.split("/");
      const at = [...cards.values()].find((card) => card.call && card.call.sid === sid);
      if (at) ears.listenTo(at.number);
      if (at && act === "keys") {
        for (const key of form.keys) at.press(key);
        await at.keys;
      } else if ((await (path === "clock" ? move(form) : post(path, form))) === null) return;
    }
  };

  // The clock: nothing is asked meanwhile, for much may happen at once.
  const wait = async (act) => {
    paused = true;
    page.setAttribute("aria-busy", "true");
    try {
      return await act();
    } finally {
      paused = false;
      page.removeAttribute("aria-busy");
      soon(0);
    }
  };
  const move = (form) => wait(() => post("clock", form));

  const once = (button, act) => button.addEventListener("click", async () => {
    if (button.getAttribute("aria-disabled")) return;
    button.setAttribute("aria-disabled", "true");
    await act();
    button.removeAttribute("aria-disabled");
  });

  for (const button of all("[data-to]")) once(button, () => move({ to: button.dataset.to }));
  for (const button of all("[data-by]")) once(button, () => move({ by: button.dataset.by }));
  for (const button of all("[data-story]")) once(button, () => begin(button.dataset.story));
  for (const button of all("[data-do]")) once(button, doIt);
  for (const button of all("[data-leave]")) once(button, async () => leave());
  for (const button of all("[data-all]")) {
    once(button, () => {
      const agents = [...one("#agents").children].map((item) => ["number", item.dataset.number]);
      return post("does", [["does", button.dataset.all], ...agents]);
    });
  }
  one("#set-clock").addEventListener("submit", (event) => {
    event.preventDefault();
    move({ to: event.target.elements.to.value });
  });
  one("#dial").addEventListener("submit", async (event) => {
    event.preventDefault();
    const from = event.target.elements.from.value;
    ears.listenTo(from);
    await post("calls", { from });
  });

  const aloud = document.getElementById("aloud");
  aloud.checked = ears.aloud;
  aloud.addEventListener("change", () => ears.setAloud(aloud.checked));
  setTimeout(() => {
    one("#voiceless").hidden = ears.speaks(document.documentElement.lang);
  }, LATER);
  document.addEventListener("visibilitychange", () => document.hidden || soon(0));
  look();
})();
