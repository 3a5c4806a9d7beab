// The few parts of a browser that the modules under test use, for node. Import it before them.

class Storage {
  constructor() {
    this.values = new Map();
  }

  getItem(key) {
    return this.values.get(key) ?? null;
  }

  setItem(key, value) {
    this.values.set(key, String(value));
  }

  removeItem(key) {
    this.values.delete(key);
  }
}

/** An empty localStorage. */
export function resetStorage() {
  globalThis.localStorage = new Storage();
}

/** A localStorage as in a browser that forbids it. */
export function forbidStorage() {
  Object.defineProperty(globalThis, "localStorage", {
    configurable: true,
    get() {
      throw new DOMException("denied", "SecurityError");
    },
  });
}

export function allowStorage() {
  delete globalThis.localStorage;
  resetStorage();
}

const nothing = { querySelector: () => null, querySelectorAll: () => [], addEventListener() {} };

/** A page in this language, without any element. */
export function setPage(lang = "en") {
  globalThis.document = { ...nothing, documentElement: { lang } };
  globalThis.location = { href: "http://127.0.0.1/en/" };
}

/** A module of its own for a page in `lang`, since words.js reads the language once. */
export async function inLanguage(lang, name) {
  setPage(lang);
  const words = await import(`../../static/src/lib/${name}.js?${lang}`);
  setPage();
  return words;
}

setPage();
resetStorage();
