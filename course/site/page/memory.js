// What Python remembers of the course, in the browser's own cache: of one version of the site, and
// of one browser. Without it, a start only takes longer.

const CACHE = "memory-of-streamlings";

/**
 * Where the memory stands that belongs to these archives.
 * @returns {Promise<string | undefined>} nothing where a browser keeps nothing
 */
export async function placeOf(archives) {
  if (!self.isSecureContext) return undefined;
  const made = await new Blob(Object.values(archives)).arrayBuffer();
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", made));
  const name = [...hash].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return new URL(`${name}/${encodeURIComponent(navigator.userAgent)}`, self.location.href).href;
}

/** @returns {Promise<Uint8Array | undefined>} */
export async function remembered(place) {
  try {
    const found = await (await caches.open(CACHE)).match(place);
    return found && new Uint8Array(await found.arrayBuffer());
  } catch {
    return undefined; // the browser keeps nothing: a private window, for example
  }
}

/** Keep what Python remembers, and nothing older. */
export async function remember(place, memory) {
  try {
    await forget();
    await (await caches.open(CACHE)).put(place, new Response(memory));
  } catch {
    // There is no room for it, or nothing may be kept.
  }
}

export async function forget() {
  try {
    await caches.delete(CACHE);
  } catch {
    // There was nothing.
  }
}
