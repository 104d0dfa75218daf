// What a learner has written, in the browser's own storage: one entry for each lesson.

const PREFIX = "streamlings/";
const KEPT_BACKUPS = 20;

/** The storage, or one that forgets with the page where the browser gives none. */
function openStorage() {
  try {
    const probe = `${PREFIX}probe`;
    localStorage.setItem(probe, "1");
    localStorage.removeItem(probe);
    return { storage: localStorage, lasts: true };
  } catch {
    const kept = new Map();
    return {
      lasts: false,
      storage: {
        getItem: (key) => kept.get(key) ?? null,
        setItem: (key, value) => kept.set(key, value),
        removeItem: (key) => kept.delete(key),
        key: (index) => [...kept.keys()][index] ?? null,
        get length() {
          return kept.size;
        },
      },
    };
  }
}

const { storage, lasts } = openStorage();

/** Whether what is saved outlives this page. */
export const storageLasts = lasts;

const isSaved = (found) =>
  found !== null && typeof found === "object" && typeof found.source === "string";

/** The answers to one lesson. */
export class SavedLesson {
  /** @param {string} slug */
  constructor(slug) {
    this.slug = slug;
    this.key = PREFIX + slug;
    this.revision = "";
  }

  /** Return what is saved, or null. What cannot be read is set aside, and `damaged` says so. */
  load() {
    const text = storage.getItem(this.key);
    this.damaged = false;
    if (text === null) return null;
    try {
      const found = JSON.parse(text);
      if (isSaved(found)) {
        this.revision = found.revision ?? "";
        return { verdicts: {}, hints: {}, ...found };
      }
    } catch {
      // It is set aside below.
    }
    this.damaged = true;
    this.#keep(`${PREFIX}damaged/${this.slug}/${new Date().toISOString()}`, text);
    storage.removeItem(this.key);
    return null;
  }

  /** Whether another tab has saved something since this one has read or saved. */
  get changedElsewhere() {
    try {
      const found = JSON.parse(storage.getItem(this.key) ?? "null");
      return found !== null && (found.revision ?? "") !== this.revision;
    } catch {
      return false;
    }
  }

  /** Save, and return whether that was possible. */
  save(state) {
    const revision = crypto.randomUUID?.() ?? String(Math.random());
    try {
      storage.setItem(this.key, JSON.stringify({ ...state, revision }));
    } catch {
      return false;
    }
    this.revision = revision;
    return true;
  }

  /** Keep a copy of answers that are about to be replaced. Return whether that was possible. */
  backUp(source) {
    const before = `${PREFIX}backup/${this.slug}/`;
    const old = keys().filter((key) => key.startsWith(before)).sort();
    for (const key of old.slice(0, Math.max(0, old.length - KEPT_BACKUPS + 1))) {
      storage.removeItem(key);
    }
    return this.#keep(before + new Date().toISOString(), source);
  }

  #keep(key, text) {
    try {
      storage.setItem(key, text);
      return true;
    } catch {
      return false;
    }
  }
}

function keys() {
  return Array.from({ length: storage.length }, (_, index) => storage.key(index));
}

/** All exercise files that have been begun, by their names, and the backups. */
export function everyFile() {
  const files = {};
  for (const key of keys()) {
    if (!key?.startsWith(PREFIX)) continue;
    const [kind, slug, when] = key.slice(PREFIX.length).split("/");
    if (kind === "backup" || kind === "damaged") {
      files[`${kind}/${slug}-${when.replaceAll(":", "-")}.${kind === "backup" ? "py" : "txt"}`] =
        storage.getItem(key);
      continue;
    }
    try {
      const found = JSON.parse(storage.getItem(key));
      if (isSaved(found)) files[`exercises/${kind}.py`] = found.source;
    } catch {
      // It is set aside when its lesson is opened.
    }
  }
  return files;
}
