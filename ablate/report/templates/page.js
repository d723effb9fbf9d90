"use strict";
(() => {
const data = JSON.parse(document.getElementById("data").textContent);
const $ = (id) => document.getElementById(id);
const PAGE = 50, CHARS = 1294;
let shown = PAGE, sort = null, query = "", filters = new Map(), ending = "", opened = new Set();

function el(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name === "on") for (const [event, call] of Object.entries(value)) node.addEventListener(event, call);
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children) if (child !== null && child !== undefined) node.append(child);
  return node;
}
function svg(tag, attributes, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}
const percent = (share) => Math.round(100 * share) + " %";
const keys = data.keys, S = data.states;
// A row: the level of each key, trials per state, median time or null, low, high.
const level = (row, at) => keys[at].levels[row[at]];
const count = (row, state) => row[keys.length + S.indexOf(state)];
const total = (row) => S.reduce((sum, state) => sum + count(row, state), 0);
const tail = (row, at) => row[keys.length + S.length + at];
const rate = (row) => count(row, "escaped") / total(row);

// ---- filters, kept in the address so that a link or a reload shows the same rows
function matches(row) {
  for (const [at, wanted] of filters) if (wanted.size && !wanted.has(level(row, at))) return false;
  if (ending && !count(row, ending)) return false;
  if (!query) return true;
  const words = keys.map((key, at) => (key.name + "=" + level(row, at)).toLowerCase()).join(" ");
  return query.toLowerCase().split(/\s+/).every((word) => words.includes(word));
}
function address() {
  const params = new URLSearchParams();
  for (const [at, wanted] of filters) for (const name of wanted) params.append(keys[at].name, name);
  if (ending) params.set("state", ending);
  if (query) params.set("search", query);
  if (sort) params.set("sort", (sort.sign < 0 ? "-" : "") + columns[sort.at].title);
  for (const at of opened) params.append("open", at);
  const text = params.toString();
  try { history.replaceState(null, "", text ? "#settings?" + text : location.pathname + location.search); } catch (error) { /* a page in a frame */ }
}
function fromAddress() {
  const hash = location.hash;
  const part = document.getElementById(hash.slice(1).split("?")[0]);
  if (part) for (const fold of [part.querySelector(":scope > details.part"), part.closest("details")]) if (fold) fold.open = true;
  if (!hash.startsWith("#settings?")) { if (part && hash.length > 1) part.scrollIntoView(); return; }
  filters = new Map(); query = ""; ending = ""; sort = null; opened = new Set();
  for (const [name, value] of new URLSearchParams(hash.slice(10))) {
    const at = keys.findIndex((key) => key.name === name);
    if (at >= 0) filters.set(at, (filters.get(at) || new Set()).add(value));
    else if (name === "state" && S.includes(value)) ending = value;
    else if (name === "search") query = value;
    else if (name === "open") opened.add(Number(value));
    else if (name === "sort") {
      const column = columns.findIndex(({title}) => title === value.replace(/^-/, ""));
      if (column >= 0) sort = {at: column, sign: value.startsWith("-") ? -1 : 1};
    }
  }
  shown = PAGE;
  drawFilters(); drawTable();
  $("settings").scrollIntoView();
}
function drawFilters() {
  const box = $("filters");
  box.replaceChildren(el("label", {}, "search", el("input", {type: "search", value: query, placeholder: "loss=fused width=64",
    on: {input: (event) => { query = event.target.value; shown = PAGE; address(); drawTable(); }}})));
  const some = el("select", {on: {change: (event) => { ending = event.target.value; shown = PAGE; address(); drawTable(); }}},
    el("option", {value: ""}, "any end"));
  for (const state of data.order) some.append(el("option", {value: state, selected: state === ending}, state));
  box.append(el("label", {}, "with a trial that ended", some));
  const factors = keys.filter((key) => key.levels.length > 1).length > 4
    ? el("details", {open: [...filters.values()].some((wanted) => wanted.size)}, el("summary", {}, "filter by factor")) : null;
  const inside = factors ? el("div", {class: "controls"}) : box;
  keys.forEach((key, at) => {
    if (key.levels.length < 2) return;
    const wanted = filters.get(at) || new Set();
    const select = el("select", {on: {change: (event) => {
      const chosen = event.target.value;
      filters.set(at, chosen === "\u0000" ? new Set() : new Set([chosen]));
      shown = PAGE; address(); drawTable();
    }}}, el("option", {value: "\u0000"}, wanted.size > 1 ? [...wanted].join(" or ") : "all"));
    for (const name of key.levels) select.append(el("option", {value: name, selected: wanted.size === 1 && wanted.has(name)}, name));
    inside.append(el("label", {}, key.name, select));
  });
  box.append(el("button", {type: "button", class: "act", id: "clear", on: {click: () => {
    filters = new Map(); query = ""; ending = ""; sort = null; opened = new Set(); shown = PAGE; address(); drawFilters(); drawTable();
  }}}, "clear"));
  if (factors) { factors.append(inside); box.append(factors); }
}

// ---- the settings table
const changed = (row) => keys.map((_, at) => at).filter((at) => data.baseline[at] >= 0 && row[at] !== data.baseline[at]);
const range = (row, at) => tail(row, at) === null ? "" : percent(tail(row, at)) + " (" + percent(tail(row, at + 1)) + " to " + percent(tail(row, at + 2)) + ")";
const columns = [
  {title: "escaped", value: rate, cell: (row) => el("span", {class: "outcome"}, bar(row), el("span", {class: "fig"}, count(row, "escaped") + "/" + total(row)))},
  {title: "change", value: (row) => changed(row).length, cell: (row) => changed(row).map((at) => keys[at].name + "=" + level(row, at)).join(", ") || "baseline", wrap: true},
  {title: "95 % interval", value: (row) => tail(row, 1), cell: (row) => percent(tail(row, 1)) + " to " + percent(tail(row, 2)), numeric: true},
  {title: "accuracy at the end", value: (row) => tail(row, 3) ?? -1, cell: (row) => range(row, 3), numeric: true},
  {title: "collapsed", value: (row) => count(row, "collapsed"), cell: (row) => count(row, "collapsed"), numeric: true},
  {title: "median step", value: (row) => tail(row, 0) === null ? Infinity : tail(row, 0), cell: (row) => tail(row, 0) === null ? "" : tail(row, 0), numeric: true},
];
function bar(row) {
  const parts = S.filter((state) => count(row, state));
  const box = el("span", {class: "bar", role: "img", "aria-label": parts.map((state) => count(row, state) + " " + state).join(", "),
    title: parts.map((state) => count(row, state) + " " + state).join(", ")});
  for (const state of data.order) if (count(row, state)) {
    const part = el("i", {class: "s-" + state});
    part.style.width = 100 * count(row, state) / total(row) + "%";
    box.append(part);
  }
  return box;
}
function drawTable() {
  let rows = data.rows.map((row, at) => [row, at]).filter(([row]) => matches(row));
  if (sort) {
    const column = columns[sort.at];
    rows.sort(([a, i], [b, j]) => (column.value(a) - column.value(b)) * sort.sign || i - j);
  }
  const head = el("tr", {}, el("th", {scope: "col"}, el("span", {class: "vh"}, "details")));
  columns.forEach((column, at) => {
    const state = sort && sort.at === at ? (sort.sign > 0 ? "ascending" : "descending") : null;
    head.append(el("th", {scope: "col", "aria-sort": state, class: column.numeric ? "num" : null},
      el("button", {type: "button", "data-column": at, on: {click: () => {
        sort = {at, sign: sort && sort.at === at ? -sort.sign : 1}; address(); drawTable();
        document.querySelector(`#table [data-column="${at}"]`).focus();
      }}}, column.title)));
  });
  const body = el("tbody");
  for (const [row, at] of rows.slice(0, shown)) {
    const opener = el("button", {type: "button", class: "act", "aria-expanded": "false",
      "aria-label": "Curves and trials of " + keys.map((key, k) => key.name + "=" + level(row, k)).join(" ")}, "+");
    const line = el("tr", {}, el("td", {}, opener));
    for (const column of columns) line.append(el("td", {class: column.numeric ? "num" : column.wrap ? "message" : null}, column.cell(row)));
    opener.addEventListener("click", () => { opened[opened.has(at) ? "delete" : "add"](at); address(); toggle(opener, line, row, at); });
    body.append(line);
    if (opened.has(at)) toggle(opener, line, row, at);
  }
  const all = rows.reduce((sum, [row]) => sum + total(row), 0);
  $("table").replaceChildren(el("caption", {class: "vh"}, "Settings and how their trials ended"), el("thead", {}, head), body);
  $("shown").textContent = `${rows.length} of ${data.rows.length} settings, ${all.toLocaleString("en")} trials; ${Math.min(shown, rows.length)} rows shown.`;
  $("more").hidden = rows.length <= shown;
}
function toggle(opener, line, row, at) {
  const open = opener.getAttribute("aria-expanded") === "true";
  opener.setAttribute("aria-expanded", String(!open));
  opener.textContent = open ? "+" : "\u2212";
  if (open) line.nextSibling.remove();
  else line.after(el("tr", {class: "detail"}, el("td", {colspan: columns.length + 1}, detail(row, at))));
}
function detail(row, at) {
  const box = el("div", {});
  const trials = (data.details || {})[at], command = data.commands[at];
  box.append(el("p", {class: "soft"}, keys.map((key, k) => key.name + "=" + level(row, k)).filter((text) => !text.endsWith("=")).join(", ")));
  const cause = (data.causes || {})[at];
  if (cause) box.append(el("p", {}, "Cause of the trials at chance: " + cause + "."));
  if (command) box.append(el("p", {class: "soft"}, "The command that repeats it:"), el("pre", {}, command));
  if (!trials) { box.append(el("p", {}, data.omitted)); return box; }
  if (trials.some((trial) => trial[4])) box.append(plot(trials));
  const body = el("tbody");
  for (const [id, seed, state, time] of trials) body.append(el("tr", {}, el("td", {class: "num"}, seed), el("td", {}, S[state] || ""),
    el("td", {class: "num"}, time === null ? "" : time), el("td", {}, id ? el("code", {}, "ablate show " + id) : "")));
  box.append(el("details", {open: trials.length <= 24}, el("summary", {}, trials.length + " trials"), el("table", {},
    el("thead", {}, el("tr", {}, ...["seed", "state", "step of escape", "one trial"].map((name) => el("th", {scope: "col"}, name)))), body)));
  return box;
}
function plot(trials) {
  const W = 460, H = 190, L = 38, B = 28, steps = data.steps, last = steps[steps.length - 1];
  const x = (step) => L + (W - L - 8) * step / last, y = (share) => 8 + (H - 8 - B) * (1 - share);
  const root = svg("svg", {viewBox: `0 0 ${W} ${H}`, width: W, height: H, class: "spark", role: "img", "aria-label": "Accuracy on validation rows over training steps, one line a trial"});
  for (const share of [0, .5, 1]) root.append(svg("line", {x1: L, x2: W - 8, y1: y(share), y2: y(share), stroke: "currentColor", "stroke-opacity": .2}),
    svg("text", {x: L - 5, y: y(share) + 4, "text-anchor": "end", "font-size": 11, fill: "currentColor"}, String(share)));
  for (const step of [0, last]) root.append(svg("text", {x: x(step), y: H - 9, "text-anchor": step ? "end" : "start", "font-size": 11, fill: "currentColor"}, step + (step ? " steps" : "")));
  root.append(svg("text", {x: x(last / 2), y: H - 9, "text-anchor": "middle", "font-size": 11, fill: "currentColor"}, "accuracy, a line a trial"));
  for (const [, seed, state, , text] of trials) {
    if (!text) continue;
    const points = [];
    for (let at = 0; 2 * at < text.length; at++) {
      const value = parseInt(text.slice(2 * at, 2 * at + 2), 36);
      if (value <= CHARS) points.push(x(steps[at]).toFixed(1) + "," + y(value / CHARS).toFixed(1));
    }
    root.append(svg("polyline", {points: points.join(" "), fill: "none", stroke: data.colours[S[state]] || "currentColor", "stroke-width": 1.2, "stroke-opacity": .75,
      "stroke-dasharray": {collapsed: "6 2", stuck: "2 2", unclear: "4 4", slow: "1 3", diverged: "8 2 2 2"}[S[state]] || "none"}, svg("title", {}, "seed " + seed + ": " + S[state])));
  }
  return root;
}
$("more").addEventListener("click", () => { shown += 10 * PAGE; drawTable(); });

// ---- heat maps over any two factors, small multiples by a third
const CIVIDIS = [[0,34,78],[18,53,112],[59,73,108],[87,93,109],[112,113,115],[138,134,120],[165,156,116],[195,179,105],[225,204,85],[254,232,56]];
function tone(share) {
  const position = Math.min(.99999, Math.max(0, share)) * (CIVIDIS.length - 1), at = Math.floor(position);
  return CIVIDIS[at].map((value, k) => Math.round(value + (CIVIDIS[at + 1][k] - value) * (position - at)));
}
let heat = data.heats[0], able = heat.factors;
const picks = {part: 0, down: heat.first[0], across: heat.first[1], facet: -1, what: "escaped"};
function cellOf(levels) {
  const names = [...levels.keys()].sort((a, b) => a - b);
  const block = heat.blocks[names.join(",")];
  if (!block) return null;
  let at = 0;
  for (const name of names) at = at * able[name].levels.length + levels.get(name);
  const n = block.n[at];
  if (!n) return null;
  const part = block[picks.what];
  return {n, others: block.others, k: part.k[at], rate: part.rate[at] / 1000, low: part.low[at] / 1000, high: part.high[at] / 1000};
}
function heatTable(facet) {
  const down = able[picks.down], across = able[picks.across];
  const at = (i, j) => cellOf(new Map([[picks.down, i], [picks.across, j], ...(facet >= 0 ? [[picks.facet, facet]] : [])]));
  // Leave out levels without a trial: in the small multiples of a partial design, most levels have none.
  const rows = down.levels.map((_, i) => i).filter((i) => across.levels.some((_, j) => at(i, j)));
  const columns = across.levels.map((_, j) => j).filter((j) => rows.some((i) => at(i, j)));
  const head = el("tr", {}, el("th", {scope: "col"}, down.name + " \\ " + across.name));
  for (const j of columns) head.append(el("th", {scope: "col"}, across.levels[j]));
  const body = el("tbody");
  rows.forEach((i) => {
    const name = down.levels[i], line = el("tr", {}, el("th", {scope: "row"}, name));
    columns.forEach((j) => {
      const other = across.levels[j], cell = at(i, j);
      if (!cell) { line.append(el("td", {}, el("span", {class: "soft"}, "not run"))); return; }
      const open = cell.low < data.target && cell.high >= data.target && picks.what === "escaped";
      const rgb = tone(cell.rate), dark = .299 * rgb[0] + .587 * rgb[1] + .114 * rgb[2] < 110;
      const params = new URLSearchParams(heat.within);
      params.append(down.name, name); params.append(across.name, other);
      if (facet >= 0) params.append(able[picks.facet].name, able[picks.facet].levels[facet]);
      for (const [factor, level] of cell.others) params.append(factor, level);
      const link = el("a", {href: "#settings?" + params, title: "settings behind this cell"}, cell.k + "/" + cell.n);
      const td = el("td", {class: open ? "open" : null}, el("b", {}, link, open ? " ?" : ""), el("br"),
        el("span", {}, `${Math.round(100 * cell.low)}\u2013${Math.round(100 * cell.high)} %`), open ? el("span", {class: "vh"}, " undecided") : null);
      const ink = dark ? "#fff" : "#000", face = `rgb(${rgb})`;
      td.style.backgroundColor = face; td.style.color = ink; link.style.color = ink;
      for (const part of td.querySelectorAll("b,span:not(.vh)")) part.style.backgroundColor = face;
      line.append(td);
    });
    body.append(line);
  });
  const title = facet >= 0 ? able[picks.facet].name + " = " + able[picks.facet].levels[facet] : (picks.what === "escaped" ? "escape rate" : "collapse rate");
  return el("div", {class: "scroll", tabindex: 0, role: "region", "aria-label": "Heat map, " + title},
    el("table", {class: "heat"}, el("caption", {}, title), el("thead", {}, head), body));
}
function drawHeat() {
  const box = $("heatmaps");
  if (able.length < 2) { box.replaceChildren(el("p", {}, "Fewer than two factors vary.")); return; }
  if (picks.down === picks.across || picks.facet === picks.down || picks.facet === picks.across) {
    box.replaceChildren(el("p", {role: "alert"}, "Pick different factors.")); return;
  }
  const wanted = [picks.down, picks.across, ...(picks.facet >= 0 ? [picks.facet] : [])].sort((a, b) => a - b).join(",");
  if (!heat.blocks[wanted]) { box.replaceChildren(el("p", {}, heat.omitted)); return; }
  const facets = picks.facet < 0 ? [-1] : able[picks.facet].levels.map((_, at) => at);
  box.replaceChildren(...facets.map(heatTable));
}
function drawPickers() {
  const box = $("pickers");
  box.replaceChildren();
  const pick = (title, key, options) => {
    const select = el("select", {id: "pick-" + key, on: {change: (event) => {
      picks[key] = key === "what" ? event.target.value : Number(event.target.value);
      if (key === "part") { heat = data.heats[picks.part]; able = heat.factors; picks.down = heat.first[0]; picks.across = heat.first[1]; picks.facet = -1; drawPickers(); }
      drawHeat();
    }}});
    for (const [value, name] of options) select.append(el("option", {value, selected: String(picks[key]) === String(value)}, name));
    box.append(el("label", {}, title, select));
  };
  const names = able.map((factor, at) => [at, factor.name]);
  if (data.heats.length > 1) pick("question", "part", data.heats.map((one, at) => [at, one.title]));
  pick("rate", "what", [["escaped", "escape"], ["collapsed", "collapse"]]);
  pick("down", "down", names); pick("across", "across", names); pick("small multiples by", "facet", [[-1, "nothing"], ...names]);
}

// ---- curves over training steps, drawn when they come into view
const TALL = matchMedia("(max-width: 40rem)").matches ? 135 : 200, WIDE = 330;
function nice(low, high) {
  const raw = (high - low) / 4 || 1, unit = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((k) => k * unit).find((one) => one >= raw);
  const ticks = [];
  for (let at = Math.ceil(low / step); at * step <= high + step / 1e6; at++) ticks.push(Number((at * step).toPrecision(6)));
  return ticks;
}
function panelOf(panel) {
  const values = panel.curves.flatMap((curve) => [...curve.line, ...curve.bands.flat(2), ...(curve.rival || [])]).filter((value) => value !== null);
  const last = Math.max(...panel.curves.flatMap((curve) => curve.steps)), wide = Math.max(0, ...values.map(Math.abs)) > 100 && !panel.whole;
  const scale = wide ? (value) => Math.sign(value) * Math.log10(1 + Math.abs(value) / 10) : (value) => value;
  let low = panel.whole ? 0 : Math.min(...values), high = panel.whole ? 1 : Math.max(...values);
  if (!(high > low)) { low -= .5; high += .5; }
  const ticks = wide ? [-1e6, -1e4, -100, 0, 100, 1e4, 1e6, 1e8, 1e10, 1e14, 1e20, 1e30].filter((tick) => tick >= low && tick <= high) : nice(low, high);
  const L = 44, B = 24, x = (step) => L + (WIDE - L - 10) * step / last, y = (value) => 8 + (TALL - 8 - B) * (scale(high) - scale(value)) / (scale(high) - scale(low));
  const root = svg("svg", {viewBox: `0 0 ${WIDE} ${TALL}`, role: "img", "aria-label": panel.title + " over training steps: " + panel.curves.map((curve) => curve.label).join(", ")});
  const write = (text, at, anchor, up) => root.append(svg("text", {x: at, y: up, "text-anchor": anchor, "font-size": 12, fill: "currentColor"}, text));
  for (const tick of ticks) {
    root.append(svg("line", {x1: L, x2: WIDE - 10, y1: y(tick), y2: y(tick), stroke: "currentColor", "stroke-opacity": .15}));
    write(Math.abs(tick) >= 1e4 ? tick.toExponential(0).replace("+", "") : String(tick), L - 5, "end", y(tick) + 4);
  }
  for (const tick of nice(0, last)) write(String(tick), x(tick), tick ? "middle" : "start", TALL - 7);
  const between = (curve, at) => { const band = curve.bands[curve.bands.length - 1]; return band && band[0][at] !== null ? ` (${band[0][at]} to ${band[1][at]})` : ""; };
  const runs = (curve, line) => curve.steps.map((step, at) => line[at] === null ? null : [x(step), y(line[at])]);
  const path = (points) => points.reduce((text, point, at) => point ? text + (text && points[at - 1] ? "L" : "M") + point.map((one) => one.toFixed(1)).join(" ") : text, "");
  if (panel.reference !== null) root.append(svg("line", {x1: L, x2: WIDE - 10, y1: y(panel.reference), y2: y(panel.reference), stroke: "currentColor", "stroke-dasharray": "2 3", "stroke-opacity": .7}));
  for (const curve of panel.curves) for (const [under, over] of curve.bands) {
    const known = curve.steps.map((_, at) => at).filter((at) => under[at] !== null && over[at] !== null);
    const corner = (line) => (at) => x(curve.steps[at]).toFixed(1) + "," + y(line[at]).toFixed(1);
    root.append(svg("polygon", {points: [...known.map(corner(over)), ...known.reverse().map(corner(under))].join(" "), fill: curve.tone, "fill-opacity": .15}));
  }
  for (const curve of panel.curves) {
    root.append(svg("path", {d: path(runs(curve, curve.line)), fill: "none", stroke: curve.tone, "stroke-width": 2, "stroke-dasharray": curve.dash}));
    if (curve.rival) root.append(svg("path", {d: path(runs(curve, curve.rival)), fill: "none", stroke: curve.tone, "stroke-dasharray": "1 3"}));
    runs(curve, curve.line).forEach((point, at) => { if (point) root.append(svg("circle", {cx: point[0].toFixed(1), cy: point[1].toFixed(1), r: 5, fill: "transparent"},
      svg("title", {}, `${curve.label}, step ${curve.steps[at]}: ${curve.line[at]}` + between(curve, at) + (curve.risk ? `, ${curve.risk[at]} at risk` : "")))); });
  }
  return el("div", {}, el("h4", {}, panel.title), root);
}
function drawLines(box) {
  const {factor, panels} = data.lines[box.dataset.lines], seen = new Map();
  for (const panel of panels) for (const curve of panel.curves) if (!seen.has(curve.tone + curve.dash)) seen.set(curve.tone + curve.dash, curve);
  const key = el("ul", {class: "key", "aria-label": factor});
  for (const curve of seen.values()) key.append(el("li", {}, svg("svg", {viewBox: "0 0 32 12", "aria-hidden": "true"},
    svg("line", {x1: 0, x2: 32, y1: 6, y2: 6, stroke: curve.tone, "stroke-width": 3, "stroke-dasharray": curve.dash})), curve.label));
  box.replaceChildren(key, ...panels.filter((panel) => panel.curves.length).map(panelOf));
}
const undrawn = new Set(document.querySelectorAll("[data-lines]"));
const drawNow = (box) => { if (undrawn.delete(box)) { seenBox.unobserve(box); drawLines(box); } };
const seenBox = new IntersectionObserver((entries) => { for (const entry of entries) if (entry.isIntersecting) drawNow(entry.target); }, {rootMargin: "400px"});
for (const box of undrawn) seenBox.observe(box);
for (const box of [...undrawn]) if (!box.closest("details")) drawNow(box);

// ---- the section that is being read is marked in the side contents
const contents = new Map([...document.querySelectorAll("nav.side a")].map((link) => [link.hash.slice(1), link]));
const reading = new IntersectionObserver((entries) => { for (const {isIntersecting, target} of entries) if (isIntersecting) {
  for (const link of contents.values()) link.removeAttribute("aria-current");
  contents.get(target.id).setAttribute("aria-current", "true");
} }, {rootMargin: "-20% 0px -75% 0px"});
for (const id of contents.keys()) if ($(id)) reading.observe($(id));

// ---- figures by factor: one at a time on the screen, all of them on paper and without this script
for (const box of document.querySelectorAll("[data-picker]")) {
  const parts = [...box.parentElement.querySelectorAll("[data-choice]")].filter((part) => part.dataset.choice);
  const names = [...new Set(parts.map((part) => part.dataset.choice))];
  const show = (name) => parts.forEach((part) => { part.hidden = part.dataset.choice !== name; });
  if (names.length < 2) continue;
  const select = el("select", {on: {change: (event) => show(event.target.value)}});
  for (const name of names) select.append(el("option", {value: name}, name));
  box.append(el("label", {}, "by", select));
  show(names[0]);
}

drawFilters(); drawTable(); drawPickers(); drawHeat();
// ---- the page of a running sweep loads itself again, with the same folds open, until the reader says no
const again = $("again"), folds = [...document.querySelectorAll("details")];
if (again) {
  const kept = JSON.parse(sessionStorage.getItem("folds") || "null");
  if (kept && kept.length === folds.length) folds.forEach((fold, at) => { fold.open = kept[at]; });
  again.checked = sessionStorage.getItem("again") !== "no";
  again.addEventListener("change", () => sessionStorage.setItem("again", again.checked ? "yes" : "no"));
  setInterval(() => {
    if (!again.checked) return;
    sessionStorage.setItem("folds", JSON.stringify(folds.map((fold) => fold.open)));
    location.reload();
  }, 1000 * again.dataset.seconds);
}
// ---- folds open on paper, and close again
let closed = [];
window.addEventListener("beforeprint", () => { for (const box of [...undrawn]) drawNow(box); closed = [...document.querySelectorAll("details:not([open])")]; for (const fold of closed) fold.open = true; });
window.addEventListener("afterprint", () => { for (const fold of closed) fold.open = false; });
window.addEventListener("hashchange", fromAddress);
fromAddress();
})();
