// One phone on the page: shows what the server says of it, and posts what is done at it.
globalThis.practice = globalThis.practice || {};

practice.Card = class {
  static MOST_LINES = 150;
  static count = 0;

  // `post(path, form)` resolves to the answer, or to null where it was refused.
  constructor(phone, post) {
    this.number = phone.number;
    this.post = post;
    this.call = null;
    this.tape = null;
    this.keys = Promise.resolve();
    const copy = document.getElementById("handset").content.cloneNode(true);
    this.element = copy.querySelector(".handset");
    this.element.dataset.number = phone.number;
    const name = this.one(".name");
    name.id = `handset-${(practice.Card.count += 1)}`;
    for (const button of this.all("[data-act], .keypad, .ear"))
      button.setAttribute("aria-describedby", name.id);
    this.listen();
  }

  one(selector) {
    return this.element.querySelector(selector);
  }

  all(selector) {
    return this.element.querySelectorAll(selector);
  }

  listen() {
    for (const button of this.all("[data-act]"))
      button.addEventListener("click", () => this.act(button.dataset.act));
    for (const button of this.all("[data-key]"))
      button.addEventListener("click", () => this.press(button.dataset.key));
    this.element.addEventListener("keydown", (event) => this.typed(event));
    this.one(".ear").addEventListener("click", () => practice.ears.listenTo(this.number));
    this.one(".speak").addEventListener("submit", (event) => this.say(event));
    this.one(".microphone").addEventListener("click", () => this.toggleMicrophone());
    this.one(".does").addEventListener("change", (event) =>
      this.post("does", { number: this.number, does: event.target.value }));
    this.one(".text").addEventListener("submit", (event) => this.text(event));
  }

  // What the server says of it now.
  show(phone) {
    this.call = phone.call;
    this.one(".name").textContent = phone.name;
    this.one(".detail").textContent = phone.detail;
    this.one(".written").textContent = phone.written;
    this.one(".handset-state").textContent = phone.said;
    this.element.dataset.state = phone.state;
    this.one(".transcript").setAttribute(
      "aria-label", this.one(".transcript").dataset.label.replace("%", phone.name));
    const { rings = false, answered = false, talks = false, records = false } = phone.call || {};
    const outgoing = phone.call && !rings;
    this.toggle("[data-act=dial]", phone.call === null && !phone.agent);
    this.toggle("[data-act=answer]", rings);
    this.toggle("[data-act=decline]", rings);
    this.toggle("[data-act=hang-up]", Boolean(outgoing));
    this.toggle(".keypad", answered);
    this.toggle(".speak", talks || records);
    this.toggle(".microphone", records);
    this.toggle(".ear", answered);
    this.one(".ear").setAttribute("aria-pressed", practice.ears.number === this.number);
    if (this.one(".does") !== document.activeElement) this.one(".does").value = phone.does;
    this.showFile(phone.file);
    if (this.tape && !records) this.drop();
  }

  toggle(selector, shown) {
    this.one(selector).hidden = !shown;
  }

  showFile(file) {
    this.toggle(".file", file !== null);
    if (file === null) return;
    this.one(".file a").href = file.url;
    this.one(".file a").textContent = file.text;
  }

  // A line of what happened; keys that follow each other stand in one line.
  add(line) {
    const screen = this.one(".transcript");
    const list = screen.firstElementChild;
    const last = list.lastElementChild;
    screen.hidden = false;
    const goesOn = line.kind === "key" && last && last.dataset.kind === "key";
    if (goesOn && last.dataset.note === line.note) {
      last.querySelector("kbd:last-of-type").after(this.key(line.text));
    } else {
      list.append(this.line(line));
      while (list.children.length > practice.Card.MOST_LINES) list.firstElementChild.remove();
    }
    screen.scrollTop = screen.scrollHeight;
  }

  line(line) {
    const item = document.createElement("li");
    item.dataset.kind = line.kind;
    item.dataset.note = line.note || "";
    const who = document.createElement("span");
    who.className = line.kind.startsWith("text") ? "label" : "unseen";
    who.textContent = line.who ? `${line.who} ` : "";
    const words = document.createElement("p");
    if (line.lang) words.lang = line.lang;
    if (line.kind === "key") words.append(this.key(line.text));
    else words.textContent = line.text;
    const time = document.createElement("time");
    time.textContent = ` ${line.at}`;
    words.append(line.note ? ` ${line.note}` : "", time);
    item.append(who, words);
    return item;
  }

  key(text) {
    const key = document.createElement("kbd");
    key.textContent = text;
    return key;
  }

  forget() {
    this.one(".transcript ol").replaceChildren();
    this.one(".transcript").hidden = true;
  }

  async act(act) {
    if (act !== "decline") practice.ears.listenTo(this.number);
    if (act === "dial") return this.post("calls", { from: this.number });
    if (this.call === null) return null; // it ended in this very moment
    const { sid } = this.call;
    if (act === "hang-up" && this.tape) await this.send();
    return this.post(`calls/${sid}/${act}`, {});
  }

  // Key after key, as a hand presses them: each arrives before the next one is sent.
  press(key) {
    if (this.call === null) return;
    const { sid } = this.call;
    practice.ears.listenTo(this.number);
    practice.ears.silence();
    practice.ears.key(key);
    this.keys = this.keys.then(async () => {
      if (this.tape) await this.send();
      await this.post(`calls/${sid}/keys`, { keys: key });
    });
  }

  typed(event) {
    const field = event.target.closest("input, select, textarea");
    const known = event.key.length === 1 && "0123456789*#".includes(event.key);
    if (field || !known || event.ctrlKey || event.metaKey || event.altKey) return;
    if (this.call && this.call.answered) this.press(event.key);
  }

  async say(event) {
    event.preventDefault();
    const field = event.target.elements.words;
    const words = field.value.trim();
    if (words && this.call && (await this.post(`calls/${this.call.sid}/words`, { words }))) field.value = "";
  }

  async text(event) {
    event.preventDefault();
    const field = event.target.elements.body;
    if (await this.post("texts", { from: this.number, body: field.value })) field.value = "";
  }

  hint(name) {
    this.one(".hint").textContent = name ? this.one(".hint").dataset[name] : "";
  }

  // The line waits while the reader allows the microphone, and while it is open.
  async toggleMicrophone() {
    const { sid } = this.tape || this.call || {};
    if (!sid) return;
    if (this.tape) {
      if (await this.send()) await this.post(`calls/${sid}/keys`, { keys: "#" });
      return;
    }
    await this.post(`calls/${sid}/speaks`, { on: "1" });
    practice.ears.silence();
    try {
      this.tape = { sid, ...(await practice.microphone.open()) };
      this.hint("speaking");
    } catch {
      this.hint("refused");
      await this.post(`calls/${sid}/speaks`, { on: "0" });
    }
    this.markMicrophone();
  }

  markMicrophone() {
    const button = this.one(".microphone");
    button.setAttribute("aria-pressed", this.tape !== null);
    button.textContent = this.tape ? button.dataset.stop : button.dataset.start;
  }

  // What was said, to the line; false where it was nothing, and silence counts again.
  async send() {
    const { sid, stop } = this.tape;
    this.tape = null;
    this.markMicrophone();
    const file = await stop();
    this.hint(file ? "" : "silent");
    if (file) return (await this.post(`calls/${sid}/sound`, file)) !== null;
    await this.post(`calls/${sid}/speaks`, { on: "0" });
    return false;
  }

  // The line records no more: what the microphone still hears is for nobody.
  drop() {
    this.tape.stop();
    this.tape = null;
    this.hint("");
    this.markMicrophone();
  }
};
