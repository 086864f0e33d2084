// See docs/how-to/add-a-search-box.md
const ENGLISH = {
  label: "Search",
  close: "Close",
  tags: "Tags",
  more: "More",
  results: "{n} results for “{q}”",
  "results-one": "{n} result for “{q}”",
  tagged: "with tag {tags}",
  none: "No results for “{q}”",
  respelt: "Results for “{q}”",
  excluded: "Without “{words}”",
  include: "Include",
  complete: "Search for “{q}”",
  all: "All {n} results",
  newest: "Newest posts",
  trouble: "The search did not work.",
  offline: "You are offline.",
  again: "Trying again in a moment.",
  page: "Open the search page",
  related: "See also",
};
const LANGUAGES = "de es fr it ja nl pl pt zh";
const PAUSE = 140; // ms without a key before a request
const SPEAK = 700; // ms before it is spoken
const PATIENCE = 4500; // ms for an answer

const answers = new Map(); // by address
const LINK = { target: "_self", "data-astro-reload": "", referrerpolicy: "no-referrer" }; // so that no router takes it
let boxes = 0;

function set(element, attributes) {
  for (const name in attributes) element.setAttribute(name, attributes[name]);
  return element;
}

function make(tag, attributes, ...children) {
  const element = set(document.createElement(tag), attributes);
  element.append(...children);
  return element;
}

function button(part, text, onclick) {
  return Object.assign(make("button", { part }, text), { onclick });
}

// In code points.
function cut(text, start, end) {
  return [...text].slice(start, end).join("");
}

function marked(text, spans) {
  let done = 0;
  const pieces = spans.flatMap(([start, end]) => {
    const before = cut(text, done, start);
    done = end;
    return [before, make("mark", {}, cut(text, start, end))];
  });
  return [...pieces, cut(text, done)];
}

function safe(address) {
  const url = URL.parse(address, location.origin);
  return url && (/^https?:/i.test(address) || (address[0] === "/" && url.origin === location.origin)) ? url.href : "";
}

function fragment({ text, spans: [[start, end]] }) {
  const [head] = /[\p{L}\p{N}]*$/u.exec(cut(text, 0, start));
  const [tail] = /^[\p{L}\p{N}]*( [\p{L}\p{N}]+){0,3}/u.exec(cut(text, end));
  return ":~:text=" + encodeURIComponent(head + cut(text, start, end) + tail).replaceAll("-", "%2D");
}

async function ask(address, signal) {
  const response = await fetch(address, {
    signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]),
    credentials: "omit",
    referrerPolicy: "no-referrer",
  });
  const { ok, status, headers } = response;
  if (ok) return response.json();
  throw { status, message: "HTTP " + status, wait: +headers.get("Retry-After") || 0 };
}

class SeeAlsoElement extends HTMLElement {
  texts = ENGLISH;

  get language() {
    return (this.closest("[lang]")?.lang || "en").replace("_", "-");
  }

  address(path) {
    const source = this.getAttribute("src") ?? new URL(".", import.meta.url).href;
    return new URL(source.replace(/\/*$/, "/") + path, location);
  }

  async loadTexts() {
    const name = this.language.slice(0, 2).toLowerCase();
    if (!LANGUAGES.includes(name)) return;
    this.texts = { ...ENGLISH, ...(await import(`./see-also.${name}.js`).catch(() => {}))?.default };
  }

  text(key, values = {}) {
    const find = (name) => this.getAttribute("text-" + name) ?? this.texts[name];
    const text = find(key + "-" + new Intl.PluralRules(this.language).select(values.n)) ?? find(key);
    return text.replace(/\{(\w+)\}/g, (_, name) => values[name].toLocaleString(this.language));
  }

  tell(name, detail) {
    const init = { detail, bubbles: true, composed: true, cancelable: true };
    return this.dispatchEvent(new CustomEvent("see-also:" + name, init));
  }
}

class SeeAlsoSearch extends SeeAlsoElement {
  #tags = []; // chosen
  #waiting = false; // for an answer
  #enter;
  #request = new AbortController();
  #page;
  #timers = {};
  #options = [];

  async connectedCallback() {
    const page = (this.#page = new AbortController());
    await (this.ready ??= this.#build());
    this.#listen(page);
    this.#restore();
  }

  disconnectedCallback() {
    this.#page.abort();
  }

  #makeForm() {
    const input = make("input", { type: "search", name: "q", placeholder: this.text("label") });
    const form = make("form", { class: "see-also-form", role: "search", action: this.address("") }, input);
    this.append(form);
    return form;
  }

  async #build() {
    const isModal = this.hasAttribute("modal");
    const own = this.querySelector("form");
    if (isModal || !own) await this.loadTexts();
    this.form = own ?? this.#makeForm();
    this.number = boxes++;
    const id = "see-also-" + this.number;
    const label = this.text("label");
    this.list = make("div", { id, slot: "list", role: "listbox", "aria-label": label });
    this.append(this.list);
    const input = (this.input = this.form.querySelector("[name=q]"));
    set(input, { role: "combobox", "aria-autocomplete": "list", "aria-expanded": false, "aria-controls": id });
    input.autocomplete = "off";
    if (!input.labels.length) input.ariaLabel ??= label;
    this.notes = make("div", { part: "notes" });
    this.filter = make("div", { part: "tags", role: "group" });
    this.more = button("more", "", () => {
      this.filter.className = "all";
      this.filter.children[6].focus();
    });
    this.panel = make("div", { part: "panel", hidden: "" }, this.notes, this.filter, make("slot", { name: "list" }));
    this.status = make("div", { role: "status" });
    const parts = [make("slot"), this.panel, this.status];
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [SHEET];
    const { adoptedStyleSheets } = this.getRootNode();
    if (!adoptedStyleSheets.includes(SHEET)) adoptedStyleSheets.push(SHEET);
    if (!isModal) return root.append(...parts);
    const close = button("close", this.text("close"), () => this.dialog.close());
    const open = button("button", label, () => this.show());
    const [key] = this.#keys();
    if (key) open.append(" ", make("kbd", { "aria-hidden": true }, key));
    this.dialog = make("dialog", { part: "dialog", "aria-label": label, closedby: "any" }, close, ...parts);
    this.dialog.onclose = () => {
      this.toggleAttribute("open", false);
      this.#forget();
    };
    root.append(open, this.dialog);
  }

  #listen({ signal }) {
    const { input, list, form } = this;
    const on = (target, name, listener) => target.addEventListener(name, listener, { signal });
    on(document, "keydown", (event) => this.#shortcut(event));
    on(document, "pointerdown", (event) => event.composedPath().includes(this) || this.#close());
    on(window, "popstate", () => this.#restore());
    on(input, "input", (event) => event.isComposing || this.#typed());
    on(input, "compositionend", () => this.#typed());
    on(input, "keydown", (event) => this.#key(event));
    on(input, "focus", () => {
      if (this.texts === ENGLISH) this.loadTexts();
      if (this.answer) this.#open();
    });
    on(this, "focusout", ({ relatedTarget: to }) => to && to !== this && !this.contains(to) && this.#close());
    on(this, "keydown", (event) => event.key === "Escape" && this.#escape(event));
    on(form, "formdata", ({ formData }) => this.#filter(formData));
    on(list, "mousedown", (event) => event.button || event.preventDefault()); // keeps the focus
    on(list, "click", (event) => this.#clicked(event));
  }

  show() {
    if (this.dialog && !this.dialog.open) {
      this.dialog.showModal();
      this.toggleAttribute("open", true);
    }
    this.input.focus();
  }

  #open() {
    const { style } = this.panel;
    this.panel.hidden = style.translate = "";
    this.input.ariaExpanded = this.#options.length > 0;
    if (this.dialog) return;
    const { left, right } = this.panel.getBoundingClientRect();
    style.translate = Math.max(8 - left, Math.min(0, document.documentElement.clientWidth - 8 - right)) + "px";
  }

  #close() {
    if (this.dialog && this.#text) return;
    this.panel.hidden = true;
    this.input.ariaExpanded = false;
    this.#choose();
    this.#forget();
  }

  #escape(event) {
    const { input, dialog } = this;
    event.preventDefault();
    if (event.target !== input) {
      input.focus();
      this.#close();
    } else if (input.value) this.#take("");
    else dialog?.close();
  }

  #keys() {
    return (this.getAttribute("keys") ?? "ctrl+k /").split(" ").filter(Boolean);
  }

  #shortcut(event) {
    const [target] = event.composedPath();
    const isTyping = target.isContentEditable || target.matches?.("input, textarea, select");
    const key = ((event.ctrlKey || event.metaKey ? "ctrl+" : "") + event.key).toLowerCase();
    if (isTyping || event.defaultPrevented || event.altKey || !this.#keys().includes(key)) return;
    event.preventDefault();
    this.show();
  }

  #restore() {
    const kept = history.state?.seeAlso;
    if (kept?.number !== this.number) return;
    this.input.value = kept.text;
    this.#tags = kept.tags;
    this.show();
    this.#search();
  }

  #forget() {
    if (history.state?.seeAlso) history.replaceState({ ...history.state, seeAlso: null }, "");
  }

  get #text() {
    return this.input.value.trimStart();
  }

  #filter(parameters) {
    const language = this.getAttribute("language");
    if (language) parameters.append("language", language);
    this.#tags.forEach((tag) => parameters.append("tag", tag));
  }

  #with(url, parameters) {
    url.search = new URLSearchParams(parameters);
    this.#filter(url.searchParams);
    return url.href;
  }

  #question() {
    const few = { prefix: true, per_page: 6, snippet: 100, complete: 3, newest: 4, max_facet_values: 30 };
    return this.#with(this.address("api/v1/search"), { q: this.#text, ...few });
  }

  #results(q = this.#text.trim()) {
    return this.#with(new URL(this.form.action), { q });
  }

  #stop() {
    Object.values(this.#timers).forEach(clearTimeout);
    this.#request.abort();
  }

  #typed() {
    const isNow = (!this.#waiting && !this.answer) || answers.has(this.#question());
    this.#stop();
    this.#enter = null;
    this.#waiting = !!this.#text;
    if (this.#waiting) {
      this.#timers.pause = setTimeout(() => this.#search(), isNow ? 0 : PAUSE);
      return;
    }
    this.#tags = [];
    this.answer = null;
    this.#close();
  }

  async #search(isAgain) {
    this.#stop();
    this.#request = new AbortController();
    const { signal } = this.#request;
    const address = this.#question();
    this.#waiting = this.list.ariaBusy = true;
    try {
      const answer = answers.get(address) ?? (await ask(address, signal));
      if (signal.aborted) return;
      this.#answered(answer);
      answers.set(address, answer);
      if (answers.size > 50) answers.clear();
    } catch (error) {
      if (!signal.aborted) this.#failed(error, isAgain);
    }
  }

  #answered(answer) {
    const { total, suggestion, excluded } = answer;
    const q = this.#text.trim();
    const found = this.text(total ? "results" : "none", { n: total, q: suggestion ?? q });
    const notes = [];
    if (suggestion) notes.push(this.text("respelt", { q: suggestion }));
    if (excluded.length) notes.push(this.text("excluded", { words: excluded.join("”, “") }), this.#include());
    if (!total) notes.push(found);
    if (answer.newest.length) notes.push(this.text("newest") + this.#tagged());
    this.answer = answer;
    this.toggleAttribute("trouble", false);
    this.#fill(answer);
    this.#done(notes, found + this.#tagged());
    this.tell("search", { q, tags: this.#tags, total });
  }

  #failed({ message, status = 0, wait = 0 }, isAgain) {
    const goesOn = !isAgain && wait <= 30;
    const text = this.text(navigator.onLine ? "trouble" : "offline") + (goesOn ? " " + this.text("again") : "");
    const link = make("a", { ...LINK, part: "page", href: this.#results() }, this.text("page"));
    this.toggleAttribute("trouble", true);
    this.#done([text, link], text);
    if (goesOn) this.#timers.again = setTimeout(() => this.#search(true), Math.max(1, wait) * 1000);
    this.tell("error", { status, message });
  }

  #done(notes, spoken) {
    this.#waiting = this.list.ariaBusy = false;
    this.notes.replaceChildren(...notes.map((note) => make("span", {}, note)));
    this.#open();
    this.#timers.speak = setTimeout(() => (this.status.textContent = spoken), SPEAK);
    if (!this.#enter) return;
    const first = this.hasAttribute("trouble") ? null : this.#options.find((option) => option.dataset.rank);
    if (first) this.#follow(first, this.#enter);
    else this.form.requestSubmit();
    this.#enter = null;
  }

  #include() {
    const included = () => this.#take(this.input.value.replace(/(^|\s)-(?=["\p{L}])/gu, "$1"));
    return button("include", this.text("include"), included);
  }

  #tagged() {
    return this.#tags[0] ? ", " + this.text("tagged", { tags: this.#tags.join(", ") }) : "";
  }

  #fill({ hits, newest, completions, tags, total }) {
    const chosen = this.chosen?.href;
    const known = [this.#text.trim(), ...hits.map((hit) => hit.title)].map((text) => text.toLowerCase());
    const entries = hits.flatMap((hit, place) => this.#hit(hit, place + 1));
    for (const text of completions) {
      if (known.includes(text.toLowerCase())) continue;
      entries.push(this.#option("complete", this.#results(text), { text }, this.text("complete", { q: text })));
    }
    if (total > hits.length) entries.push(this.#option("all", this.#results(), {}, this.text("all", { n: total })));
    const posts = newest.map((post) => this.#hit({ ...post, title_spans: [], snippets: [] }, ""));
    this.list.replaceChildren(...entries, ...posts);
    this.#options = [...this.list.children];
    this.#options.forEach((option, place) => (option.id = this.list.id + "-" + place));
    this.list.scrollTop = 0;
    this.#choose(this.#options.find((option) => option.href === chosen));
    this.#showTags(tags);
  }

  #option(kind, href, data, ...children) {
    const option = make("a", { ...LINK, role: "option", class: kind, tabindex: -1, "aria-selected": false }, ...children);
    if (href) option.href = href;
    Object.assign(option.dataset, data);
    return option;
  }

  // A matched title leads to the top, the next entry to its section.
  #hit({ url, title, title_spans, section, snippets, date }, rank) {
    const name = make("span", { class: "title" }, ...marked(title, title_spans));
    const more = snippets.flatMap(({ text, spans }) => [...marked(text, spans), " "]);
    const about = [make("span", { class: "text", "aria-hidden": true }, ...more), ...this.#date(date)];
    const match = snippets.find(({ spans }) => spans.length);
    const top = safe(url);
    const to = (section ? safe(section.url) : top && top + "#") + (match ? fragment(match) : "");
    const heading = section ? [make("span", { class: "section" }, section.heading)] : [];
    if (!title_spans.length) return this.#option("hit", to, { rank }, name, " ", ...heading, ...about);
    if (!section) return this.#option("hit", top, { rank }, name, ...about);
    return [this.#option("hit", top, { rank }, name), this.#option("under", to, { rank }, ...heading, ...about)];
  }

  #date(date) {
    if (!date) return [];
    const day = new Date(date).toLocaleDateString(this.language, { dateStyle: "medium", timeZone: "UTC" });
    return [make("time", { datetime: date, "aria-hidden": true }, day)];
  }

  #showTags(tags) {
    const { filter } = this;
    if (this.tagsOf !== this.#text) {
      filter.replaceChildren();
      this.buttons = new Map();
    }
    this.tagsOf = this.#text;
    const counts = new Map(tags.map(({ tag, count }) => [tag, count]));
    for (const tag of new Set([...this.buttons.keys(), ...this.#tags, ...counts.keys()])) {
      const one = this.buttons.get(tag) ?? button("tag", "", () => this.#toggle(tag));
      const count = (counts.get(tag) ?? 0).toLocaleString(this.language);
      if (!this.buttons.has(tag)) filter.append(one);
      this.buttons.set(tag, one);
      one.ariaPressed = this.#tags.includes(tag);
      one.replaceChildren(tag, " ", make("span", { part: "count" }, count));
    }
    this.more.textContent = this.text("more");
    filter.append(this.more);
    filter.ariaLabel = this.text("tags");
  }

  #toggle(tag) {
    this.#tags = this.#tags.includes(tag) ? this.#tags.filter((other) => other !== tag) : [...this.#tags, tag];
    this.#search();
  }

  #choose(option) {
    if (this.chosen) this.chosen.ariaSelected = false;
    this.chosen = option;
    if (option) option.ariaSelected = true;
    option?.scrollIntoView({ block: "nearest" });
    set(this.input, { "aria-activedescendant": option?.id ?? "" });
  }

  #key(event) {
    const { key } = event;
    const { chosen, input } = this;
    const options = this.panel.hidden ? [] : this.#options;
    const place = options.indexOf(chosen);
    if (event.isComposing || event.keyCode === 229) return;
    if (key === "Enter") return this.#entered(event);
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const step = { ArrowDown: 1, PageDown: 5, ArrowUp: chosen && -1 }[key];
    let text = chosen?.dataset.text;
    if (step) {
      if (this.answer) this.#open();
      this.#choose(options[Math.min(place + step, options.length - 1)]);
    } else if (key === "Tab" && text) this.#take(text);
    else if (key === "ArrowRight" && input.selectionStart === input.value.length) {
      const texts = options.map((option) => option.dataset.text ?? "");
      text ??= texts.find((one) => one.toLowerCase().startsWith(this.#text.toLowerCase()));
      if (!text) return;
      this.#take(text);
    } else return;
    event.preventDefault();
  }

  #take(text) {
    this.input.value = text;
    this.input.focus();
    this.#typed();
  }

  #entered(event) {
    if (!this.chosen && !this.#waiting && this.#text) return;
    event.preventDefault();
    if (this.chosen) return this.#follow(this.chosen, event);
    if (!this.#text) return;
    this.#enter = event;
    if (this.#request.signal.aborted) this.#search();
  }

  #follow(option, key) {
    option.dispatchEvent(new MouseEvent("click", key));
  }

  #clicked(event) {
    const option = event.target.closest("a");
    const isHere = !(event.ctrlKey || event.metaKey || event.shiftKey);
    if (!option) return;
    const { text, rank } = option.dataset;
    const detail = { q: this.#text.trim(), url: option.href, rank: +rank || 0 };
    if (rank && this.answer.clicks) navigator.sendBeacon(this.address("api/v1/click"), JSON.stringify(detail));
    if (text && isHere) {
      event.preventDefault();
      this.#take(text);
    } else if (!this.tell("select", detail)) {
      event.preventDefault();
    } else if (isHere) {
      const seeAlso = { number: this.number, text: this.input.value, tags: this.#tags };
      history.replaceState({ ...history.state, seeAlso }, "");
      if (option.origin + option.pathname !== location.origin + location.pathname) return;
      setTimeout(() => {
        this.dialog?.close();
        this.#close();
      });
    }
  }
}

class SeeAlsoList extends SeeAlsoElement {
  async connectedCallback() {
    this.hidden = !this.childElementCount;
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done))); // for a router to change the address
    const { origin, pathname } = new URL(document.querySelector("link[rel=canonical]")?.href ?? location);
    const address = this.address("api/v1/related");
    address.search = new URLSearchParams({ url: origin + pathname });
    try {
      const [{ related }] = await Promise.all([ask(address, new AbortController().signal), this.loadTexts()]);
      const list = this.querySelector("ul, ol") ?? make("ul");
      if (!list.parentNode) {
        list.style.lineHeight = 1.6;
        this.replaceChildren(make("h2", {}, this.text("related")), list);
      }
      const links = related.map(({ url, title }) => make("a", { href: safe(url), dir: "auto" }, title));
      list.replaceChildren(...links.map((link) => make("li", {}, link)));
      this.hidden = !related.length;
    } catch ({ message, status = 0 }) {
      this.tell("error", { status, message }); // what is inside stays
    }
  }
}

// Of the page too: a combobox cannot refer into a shadow tree.
const SHEET = new CSSStyleSheet();
SHEET.replaceSync(`
:host { display: block; position: relative; font-weight: 400; line-height: 1.5; letter-spacing: 0; text-transform: none; text-align: start; white-space: normal;
  [hidden] { display: none !important }
  button, a { font: inherit; color: inherit; background: none; border: 1px solid #0000; border-radius: 2em; padding: .1em .6em; min-block-size: 28px; cursor: pointer }
  :focus-visible { outline: 2px solid var(--see-also-accent) }
  [part=panel], dialog, [part=button] { color: var(--see-also-color); background: var(--see-also-background); border: 1px solid var(--see-also-line); border-radius: var(--see-also-radius) }
  [part=panel], [open] { display: flex; flex-direction: column; overflow: hidden; box-shadow: var(--see-also-shadow); max-block-size: var(--see-also-height) }
  [part=panel] { position: absolute; inset-block-start: calc(100% + .4em); inset-inline-start: 0; z-index: 1000; inline-size: max(100%, min(var(--see-also-width), 100vw - 1em)) }
  dialog { inline-size: var(--see-also-width); margin-block-start: min(10vh, 6em); padding: 0 }
  dialog ::slotted(form) { padding-inline-end: 5em !important; outline: 0 !important }
  dialog [part=panel] { position: static; inline-size: auto; border-width: 1px 0 0; border-radius: 0; box-shadow: none }
  [part=close] { position: absolute; inset-block-start: .6em; inset-inline-end: .6em; z-index: 1 }
  kbd { font: inherit; margin-inline-start: 1em; text-transform: capitalize }
  kbd, [part=close], [part=count], [part=more], [part=notes] { font-size: .88em; color: var(--see-also-quiet) }
  [part=notes], [part=tags] { display: flex; flex-wrap: wrap; flex: none; gap: .4em .6em; padding: .6em 1em; align-items: center; max-block-size: 9em; overflow: auto }
  [part=tags] { border-block-end: 1px solid var(--see-also-line) }
  a, [part=include] { color: var(--see-also-accent); text-decoration: underline }
  [part=tag] { border-color: var(--see-also-line); font-size: .88em }
  :not(.all) > [part=tag]:nth-child(n + 7), .all [part=more], [part=more]:nth-child(-n + 7), [part=tags]:not(:has([part=tag])), [part=notes]:empty { display: none }
  [aria-pressed=true] { background: var(--see-also-chosen); border-color: var(--see-also-accent) }
  [aria-pressed=true]::before { content: "✓ " / "" }
}
:host([modal]) { display: inline-block }
:where(see-also-search) {
  --see-also-background: Canvas;
  --see-also-color: CanvasText;
  --see-also-accent: light-dark(#2157a8, #93b8f4);
  --see-also-quiet: color-mix(in srgb, var(--see-also-color) 68%, var(--see-also-background));
  --see-also-line: color-mix(in srgb, var(--see-also-color) 18%, var(--see-also-background));
  --see-also-chosen: color-mix(in srgb, var(--see-also-accent) 12%, var(--see-also-background));
  --see-also-mark: color-mix(in srgb, var(--see-also-accent) 18%, #0000);
  --see-also-radius: .6em;
  --see-also-shadow: 0 .75em 2.5em #0003;
  --see-also-width: 40em;
  --see-also-height: min(36em, 80dvh);
}
see-also-search {
  [role=listbox] { overflow: auto; padding: .4em }
  [aria-busy=true] { opacity: .6; transition: .2s .5s }
  [role=listbox]:empty, .text:empty { display: none }
  [role=option] { all: unset; display: grid; grid-template-columns: 1fr auto; gap: .1em 1em; padding: .45em .7em; border-radius: .4em; color: var(--see-also-color); overflow-wrap: anywhere; cursor: pointer }
  :where([role=option] *) { grid-column: 1 / 3; font-size: .88em; color: var(--see-also-quiet) }
  :is(a:hover, [aria-selected=true]) { background: var(--see-also-chosen) }
  [aria-selected=true] { outline: 2px solid var(--see-also-accent); outline-offset: -2px }
  .title, .section { grid-column: 1 }
  .title { font-size: 1em; font-weight: 600; color: inherit }
  .section, .complete, .all { color: var(--see-also-accent) }
  .section::before { content: "# " / "" }
  [role=option] > * { unicode-bidi: plaintext }
  .text { display: -webkit-box; overflow: hidden; -webkit-box-orient: vertical; -webkit-line-clamp: 2 }
  time { grid-area: 1 / 2 }
  .under { margin-block-start: -.4em; padding-inline-start: 1.5em }
  mark { background: var(--see-also-mark); color: inherit; font-size: 1em; font-weight: 600 }
  @media (max-width: 30em) { time { grid-area: auto / 1 } }
}
:root:has(see-also-search[open]) { overflow: hidden }
:host [role=status] { position: absolute; inset: 0; clip-path: inset(50%) }
.see-also-form { display: flex; align-items: center; gap: .6em; padding-inline: .8em; color: var(--see-also-quiet); background: var(--see-also-background); border-radius: var(--see-also-radius) }
:not([modal]) > .see-also-form { border: 1px solid }
.see-also-form:focus-within { outline: 2px solid var(--see-also-accent) }
.see-also-form::before { content: "⌕" / ""; font-size: 1.8em; line-height: 1 }
.see-also-form input { all: unset; inline-size: 100%; block-size: 2.9em; color: var(--see-also-color) }
`);

customElements.define("see-also-search", SeeAlsoSearch);
customElements.define("see-also-list", SeeAlsoList);
