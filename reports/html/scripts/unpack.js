// Data of the page: plain JSON, or packed with gzip and written as base64.

const embedded = (id) => JSON.parse(byId(id)?.textContent ?? "null");

async function unpack(text) {
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).text();
}
