// usage: node page_in_node.mjs ADDRESS FIELDS: opens one of our pages, fills in its form, presses its button.
const [address, fields] = process.argv.slice(2);
const link = new URL(address);
const over = globalThis.fetch;
const html = await (await over(link.origin + link.pathname)).text();
const said = Object.fromEntries([...html.matchAll(/data-(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]));

let pressed;
const status = { textContent: "" };
const form = {
  dataset: said,
  hidden: false,
  querySelector: () => ({}),
  addEventListener: (_, listener) => { pressed = listener; },
};
globalThis.document = { querySelector: (what) => (what === "form" ? form : status) };
globalThis.location = link;
globalThis.history = { replaceState() {} };
globalThis.FormData = class { constructor() { return Object.entries(JSON.parse(fields)); } };
globalThis.fetch = (path, how) =>
  over(link.origin + path, { ...how, headers: { ...how.headers, Origin: link.origin } });

const source = html.match(/<script src="([^"]+)"/)[1];
(0, eval)(await (await over(link.origin + source)).text());
await pressed({ preventDefault() {} });
console.log(`${form.hidden ? "done" : "not done"}: ${status.textContent}`);
