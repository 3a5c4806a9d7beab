// Values kept on this device, as JSON. Storage may be full or forbidden: reading then gives null and writing does nothing.

export function readJson(key) {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null;
  }
}

export function writeJson(key, value) {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // the page works without the copy
  }
}

export function remove(key) {
  try {
    localStorage.removeItem(key);
  } catch {
    // there is no copy, then
  }
}
