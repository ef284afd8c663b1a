"use strict";

const recording = JSON.parse(document.getElementById("recording").textContent);

/* ---- numbers ---- */

const UNITS = [[1e9, "s"], [1e6, "ms"], [1e3, "µs"]];

/** Nanoseconds in the largest unit that leaves a number of at least 1, with three digits. */
function duration(time) {
  for (const [size, unit] of UNITS) {
    if (time >= size) {
      const number = time / size;
      return `${number.toFixed(number < 9.995 ? 2 : number < 99.95 ? 1 : 0)} ${unit}`;
    }
  }
  return `${Math.round(time)} ns`;
}

/** A moment in milliseconds, exact to the nanosecond unless `most` digits are fewer. */
function moment(time, least = 3, most = 6) {
  return `${(time / 1e6).toLocaleString("en", { minimumFractionDigits: least, maximumFractionDigits: most })} ms`;
}

/** The first index in `list` whose `key` is not below `value`; `list` is in the order of `key`. */
function firstNotBelow(list, key, value, from = 0) {
  let low = from;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle][key] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function element(tag, text) {
  const made = document.createElement(tag);
  made.textContent = text;
  return made;
}

/* ---- tables that sort ---- */

function sortableTable(table) {
  const headers = [...table.tHead.rows[0].cells];
  headers.forEach((header, column) => {
    if (header.className === "spread") return;
    const button = element("button", header.textContent);
    button.type = "button";
    button.addEventListener("click", () => sortBy(table, headers, column));
    header.replaceChildren(button);
  });
}

function sortBy(table, headers, column) {
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const byNumber = rows.some((row) => "key" in row.cells[column].dataset);
  const previous = headers[column].getAttribute("aria-sort");
  const descending = previous ? previous === "ascending" : byNumber;
  const key = (row) => (byNumber ? Number(row.cells[column].dataset.key) : row.cells[column].textContent);
  const compare = byNumber ? (a, b) => a - b : new Intl.Collator("en", { numeric: true }).compare;
  const keyed = rows.map((row) => [key(row), row]);
  keyed.sort((a, b) => (descending ? compare(b[0], a[0]) : compare(a[0], b[0])));
  body.append(...keyed.map(([, row]) => row));
  headers.forEach((header) => header.removeAttribute("aria-sort"));
  headers[column].setAttribute("aria-sort", descending ? "descending" : "ascending");
}

document.querySelectorAll("table").forEach(sortableTable);

/* ---- the rows of the timeline ----

A row has `segments`, which follow each other without overlapping, and `marks` on top of them. The recording tells when a
coroutine was suspended and resumed. It runs from there to its next wait. After its start and after a preemption it may
first have been ready for a while; it ran from when another coroutine last gave up the thread. */

const [WAIT, CALL, SPAWN, END, BLOCKED, PREEMPT] = [0, 1, 2, 3, 4, 5]; // the order of KINDS
const [RUNNING, LATE, HELD, WAITING] = [0, 1, 2, 3]; // styles; WAITING + n is the wait in call n
const COLOURS = 8;
const MAIN = 1;

const callColour = new Map(recording.calls.map((call, place) => [call, Math.min(place, COLOURS - 1)]));

function colourOf(site) {
  return callColour.get(site[0]) ?? COLOURS - 1;
}

const UNKNOWN_SITE = ["", ""];

function readEvents({ events, sites }) {
  return events.kind.map((kind, i) => {
    const start = events.start[i];
    const ready = start + events.ready[i];
    return {
      kind, start, ready, end: ready + events.end[i], coroutine: events.coroutine[i],
      site: sites[events.site[i]] ?? UNKNOWN_SITE, waker: events.waker[i], fd: events.fd[i],
      value: events.value[i], text: events.texts[events.text[i]],
    };
  });
}

function readRows(recording) {
  const rows = new Map();
  for (const [number, name, start, end, state, since, site] of recording.coroutines) {
    rows.set(number, {
      number, name, start, end, state, since, site: recording.sites[site] ?? UNKNOWN_SITE,
      turns: [], marks: [], segments: [], starter: null,
    });
  }
  const handovers = []; // when a coroutine gave up the thread, in the order of time
  for (const event of readEvents(recording)) {
    const row = rows.get(event.coroutine);
    if (event.kind === SPAWN) row.starter = event.waker;
    else if (event.kind === CALL || event.kind === BLOCKED) row.marks.push(mark(row, event));
    else {
      if (event.kind !== END) row.turns.push(event);
      handovers.push({ at: event.start, row });
    }
  }
  handovers.sort((a, b) => a.at - b.at);
  for (const row of rows.values()) {
    row.segments = segmentsOf(row, handovers);
    row.marks.sort((a, b) => a.start - b.start);
  }
  return [...rows.values()];
}

function mark(row, event) {
  const style = event.kind === BLOCKED ? HELD : WAITING + colourOf(event.site);
  return { row, start: event.start, end: event.end, style, event };
}

function segmentsOf(row, handovers) {
  const segments = [];
  const add = (start, end, style, event) => {
    if (end > start) segments.push({ row, start, end, style, event });
  };
  const run = (start, end, resumed) => {
    const since = resumed ? start : Math.max(start, lastHandover(handovers, row, start, end));
    add(start, since, LATE, null);
    add(since, end, RUNNING, null);
  };
  let at = Math.max(row.start, recording.horizon);
  let resumed = row.number === MAIN && !recording.horizon;
  for (const turn of row.turns.sort((a, b) => a.start - b.start)) {
    const start = segments.length ? Math.max(turn.start, at) : turn.start;
    run(at, start, resumed);
    resumed = turn.kind === WAIT;
    if (resumed) {
      add(start, turn.ready, WAITING + colourOf(turn.site), turn);
      add(Math.max(start, turn.ready), turn.end, LATE, turn);
    }
    at = Math.max(start, turn.end);
  }
  const unfinished = row.state === "waiting" || row.state === "ready";
  const last = unfinished ? Math.max(at, row.since) : row.end;
  run(at, last, resumed);
  if (unfinished) add(last, recording.wall, row.state === "ready" ? LATE : WAITING + colourOf(row.site), null);
  return segments;
}

/** When somebody else last gave up the thread, between `start` and `end`; else `start`. */
function lastHandover(handovers, row, start, end) {
  let i = firstNotBelow(handovers, "at", end) - 1;
  while (i >= 0 && handovers[i].at > start && handovers[i].row === row) i--;
  return i >= 0 ? Math.max(start, handovers[i].at) : start;
}

/** One row for all: who was on the thread. What stays empty is idle. */
function threadRow(rows) {
  const thread = { number: 0, name: "the thread", segments: [], marks: [], starter: null };
  const running = rows.flatMap((row) => row.segments.filter((segment) => segment.style === RUNNING));
  let free = 0;
  for (const segment of running.sort((a, b) => a.start - b.start)) {
    if (segment.end > free) thread.segments.push({ ...segment, start: Math.max(segment.start, free) });
    free = Math.max(free, segment.end);
  }
  thread.marks = rows.flatMap((row) => row.marks.filter((each) => each.style === HELD));
  thread.marks.sort((a, b) => a.start - b.start);
  return thread;
}

/* ---- the timeline: what is shown ---- */

const SHORTEST = 100; // nanoseconds that the whole width shows at least
const ZOOM_STEP = 1.5;
const canvas = document.getElementById("canvas");
const scroller = document.getElementById("scroller");
const spacer = document.getElementById("spacer");
const range = document.getElementById("range");
const panel = document.getElementById("panel");
const context = canvas.getContext("2d");
const rows = readRows(recording);
const byNumber = new Map(rows.map((row) => [row.number, row]));
const thread = threadRow(rows);
const view = { from: 0, to: recording.wall, rows, selected: null };
let size = {};
let theme = {};
let isDrawPending = false;

function change() {
  if (isDrawPending) return;
  isDrawPending = true;
  requestAnimationFrame(() => {
    isDrawPending = false;
    draw();
  });
}

function measure() {
  const style = getComputedStyle(document.documentElement);
  const number = (name) => Number(style.getPropertyValue(name));
  const top = number("--axis") + number("--row") + 6;
  const content = top + view.rows.length * number("--row") + 4;
  const limit = parseFloat(getComputedStyle(scroller).maxHeight) - 2;
  size = {
    gutter: number("--gutter"), axis: number("--axis"), row: number("--row"), top,
    width: scroller.clientWidth, height: Math.min(content, Number.isNaN(limit) ? content : limit),
  };
  canvas.style.height = `${size.height}px`;
  spacer.style.height = `${content - size.height}px`;
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.round(size.width * ratio);
  canvas.height = Math.round(size.height * ratio);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  theme = readTheme(style);
  change();
}

function readTheme(style) {
  const colour = (name) => style.getPropertyValue(`--${name}`).trim();
  const waits = Array.from({ length: COLOURS }, (_, place) => colour(`wait-${place}`));
  return {
    styles: [colour("running"), colour("late"), colour("blocked"), ...waits],
    tint: Number(colour("tint")), ink: colour("ink"), soft: colour("soft"), line: colour("line"),
    raised: colour("raised"), accent: colour("accent"), font: getComputedStyle(document.body).fontFamily,
  };
}

const chartWidth = () => Math.max(1, size.width - size.gutter);
const perPixel = () => (view.to - view.from) / chartWidth();
const xOf = (time) => size.gutter + (time - view.from) / perPixel();
const timeAt = (x) => view.from + (x - size.gutter) * perPixel();
const topOf = (place) => size.top + place * size.row - scroller.scrollTop;

/** Show `from` to `to`, moved and limited to what the run has. */
function show(from, to) {
  const length = Math.min(Math.max(to - from, SHORTEST), recording.wall);
  const start = Math.min(Math.max(from, 0), recording.wall - length);
  view.from = start;
  view.to = start + length;
  change();
}

function zoom(factor, x = size.gutter + chartWidth() / 2) {
  const fixed = timeAt(x);
  const length = Math.min(Math.max((view.to - view.from) * factor, SHORTEST), recording.wall);
  const share = (fixed - view.from) / (view.to - view.from);
  show(fixed - share * length, fixed + (1 - share) * length);
}

const pan = (pixels) => show(view.from + pixels * perPixel(), view.to + pixels * perPixel());
const reset = () => show(0, recording.wall);

/* ---- the timeline: how it is drawn ---- */

function draw() {
  const digits = Math.min(Math.max(4 - Math.floor(Math.log10((view.to - view.from) / 1e6)), 0), 6);
  range.textContent = `${moment(view.from, digits, digits)} to ${moment(view.to, digits, digits)}`;
  context.clearRect(0, 0, size.width, size.height);
  context.textBaseline = "middle";
  drawAxis();
  drawRow(thread, size.axis + 2);
  drawLine(0, size.top - 2.5, size.width);
  context.save();
  context.beginPath();
  context.rect(0, size.top - 2, size.width, size.height - size.top + 2);
  context.clip();
  const first = Math.max(0, Math.floor(scroller.scrollTop / size.row));
  const last = Math.min(view.rows.length, first + Math.ceil((size.height - size.top) / size.row) + 1);
  for (let place = first; place < last; place++) drawRow(view.rows[place], topOf(place));
  drawSelection();
  context.restore();
  drawUnrecorded();
}

function setFont(pixels, weight = 400) {
  context.font = `${weight} ${pixels}px ${theme.font}`;
}

function drawLine(x, y, width) {
  context.fillStyle = theme.line;
  context.fillRect(x, Math.floor(y), width, 1);
}

/** The distance of two labels: 1, 2 or 5 times a power of ten, about 120 pixels. */
function tickStep() {
  const wanted = perPixel() * 120;
  const power = 10 ** Math.floor(Math.log10(wanted));
  return Math.max(1, power * ([1, 2, 5].find((factor) => factor * power >= wanted) ?? 10));
}

function drawAxis() {
  const step = tickStep();
  const [unit, name] = UNITS.find(([each]) => view.to >= each) ?? [1, "ns"];
  const digits = Math.max(0, Math.ceil(Math.log10(unit / step) - 1e-9));
  setFont(11);
  for (let i = Math.ceil(view.from / step); i * step <= view.to; i++) {
    const x = Math.round(xOf(i * step));
    context.fillStyle = theme.line;
    context.fillRect(x, size.axis - 8, 1, size.height);
    const label = i === 0 ? "0" : `${((i * step) / unit).toFixed(digits)} ${name}`;
    const width = context.measureText(label).width;
    context.fillStyle = theme.soft;
    if (x + 4 + width < size.width) context.fillText(label, x + 4, size.axis / 2 - 2);
  }
}

function drawRow(row, top) {
  const isSelected = view.selected?.row === row;
  setFont(12, row === thread || isSelected ? 600 : 400);
  context.fillStyle = theme.ink;
  context.fillText(fitted(row.name, size.gutter - 24), 14, top + size.row / 2);
  context.save();
  context.beginPath();
  context.rect(size.gutter, top, chartWidth(), size.row);
  context.clip();
  drawIntervals(row.segments, top + 4, size.row - 8, true);
  drawIntervals(row.marks, top + 4, size.row - 8, false);
  context.restore();
}

const fittedNames = new Map();

/** `text` cut so that it fits into `width` pixels of the present font. */
function fitted(text, width) {
  const key = `${context.font}|${width}|${text}`;
  if (!fittedNames.has(key)) fittedNames.set(key, cut(text, width));
  return fittedNames.get(key);
}

function cut(text, width) {
  if (context.measureText(text).width <= width) return text;
  const letters = [...text.slice(0, 200)];
  let low = 0;
  let high = letters.length;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (context.measureText(`${letters.slice(0, middle).join("")}…`).width <= width) low = middle;
    else high = middle - 1;
  }
  return `${letters.slice(0, low).join("").trimEnd()}…`;
}

/** Only what is in view. Intervals shorter than a pixel share one: it has the colour that most of their time has, and is
 the fainter, the less of the pixel they cover. */
function drawIntervals(list, top, height, hasLabels) {
  const pixel = perPixel();
  let i = firstNotBelow(list, "end", view.from);
  while (i < list.length && list[i].start < view.to) {
    const each = list[i];
    if (each.end - each.start >= pixel) {
      drawInterval(each, top, height, hasLabels);
      i++;
    } else {
      const x = Math.floor(xOf(each.start));
      const edge = timeAt(x + 1);
      let next = firstNotBelow(list, "start", edge, i);
      if (next > i && list[next - 1].end > edge) next--; // it goes on beyond this pixel
      next = Math.max(i + 1, next);
      const { style, covered } = prevailing(list, i, next);
      fillInterval(style, x, top, 1, height, Math.min(Math.max(covered / pixel, FAINTEST), 1));
      i = next;
    }
  }
}

const SAMPLES = 24; // of intervals that share a pixel
const FAINTEST = 0.25;

/** The style that most of the time has, but blocked in any case; and about how much time they cover together. */
function prevailing(list, from, to) {
  const times = new Map();
  const stride = Math.max(1, Math.floor((to - from) / SAMPLES));
  let covered = 0;
  for (let i = from; i < to; i += stride) {
    const { style, start, end } = list[i];
    if (style === HELD) return { style, covered: Infinity };
    times.set(style, (times.get(style) ?? 0) + end - start);
    covered += (end - start) * stride;
  }
  const [style] = [...times].reduce((most, each) => (each[1] > most[1] ? each : most));
  return { style, covered };
}

function drawInterval(each, top, height, hasLabels) {
  const left = Math.max(xOf(each.start), size.gutter - 2);
  const right = Math.min(xOf(each.end), size.width + 2);
  const gap = right - left > 3 ? 0.5 : 0;
  fillInterval(each.style, left, top, right - left - gap, height);
  if (hasLabels && each.style >= WAITING && right - left > 44) {
    const call = each.event ? each.event.site[0] : each.row.site[0];
    setFont(11);
    context.fillStyle = theme.ink;
    const start = Math.max(left, size.gutter);
    context.fillText(fitted(call, Math.round(Math.min(right - start, 400)) - 12), start + 6, top + height / 2 - 0.5);
  }
}

/** Waiting and late are pale with a stronger line below, so that what is on the thread stands out, also without colours. */
function fillInterval(style, x, top, width, height, strength = 1) {
  const isPale = style >= WAITING || style === LATE;
  const tint = style === LATE ? 2 * theme.tint : theme.tint;
  context.fillStyle = theme.styles[style];
  context.globalAlpha = isPale ? strength * tint : strength;
  context.fillRect(x, top, width, height);
  context.globalAlpha = strength;
  if (isPale) context.fillRect(x, top + height - 2, width, 2);
  context.globalAlpha = 1;
}

function drawSelection() {
  const { selected } = view;
  const place = selected ? view.rows.indexOf(selected.row) : -1;
  if (place < 0) return;
  const left = Math.max(xOf(selected.start), size.gutter - 4);
  const right = Math.min(xOf(selected.end), size.width + 4);
  if (right < size.gutter || left > size.width) return;
  drawWaker(selected, place);
  context.strokeStyle = theme.ink;
  context.lineWidth = 1.5;
  context.strokeRect(left - 0.5, topOf(place) + 2.5, Math.max(right - left, 3), size.row - 5);
}

/** A line from whoever made the selected coroutine ready, at that moment. */
function drawWaker(selected, place) {
  const waker = view.rows.indexOf(byNumber.get(selected.event?.waker));
  const x = xOf(selected.event?.ready);
  if (waker < 0 || selected.event.kind !== WAIT || x < size.gutter || x > size.width) return;
  const [from, to] = [topOf(waker) + size.row / 2, topOf(place) + size.row / 2];
  context.strokeStyle = context.fillStyle = theme.ink;
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(x, from);
  context.lineTo(x, to);
  context.stroke();
  context.beginPath();
  context.arc(x, from, 3, 0, 2 * Math.PI);
  context.fill();
}

function drawUnrecorded() {
  const right = Math.min(xOf(recording.horizon), size.width);
  if (!recording.horizon || right <= size.gutter) return;
  context.globalAlpha = 0.5;
  context.fillStyle = theme.line;
  context.fillRect(size.gutter, size.axis, right - size.gutter, size.height);
  context.globalAlpha = 1;
  setFont(11);
  context.fillStyle = theme.soft;
  const label = "not recorded any more";
  if (right - size.gutter > context.measureText(label).width + 16) {
    context.fillText(label, size.gutter + 8, size.axis + 2 + size.row / 2);
  }
}

/* ---- the panel: what is selected ---- */

function select(interval) {
  view.selected = interval;
  const { heading, text, facts } = interval ? describe(interval) : { heading: "", text: "", facts: [] };
  const list = document.createElement("dl");
  for (const [name, value] of facts) {
    const pair = document.createElement("div");
    pair.className = name;
    pair.append(element("dt", name), element("dd", value));
    list.append(pair);
  }
  const what = element("p", "");
  what.className = "what";
  what.append(element("strong", heading), text ? " " : "", ...(text ? [element("code", text)] : []));
  panel.replaceChildren(what, list);
  change();
}

const STATES = ["running", "late", "blocked"];

function describe(interval) {
  const { row, start, end, style, event } = interval;
  const site = event?.site ?? (style >= WAITING ? row.site : UNKNOWN_SITE);
  const isCall = event?.kind === CALL;
  const state = isCall ? `${site[0]}, without waiting` : STATES[style] ?? `waiting in ${site[0]}`;
  const facts = [["from", moment(start)], ["to", moment(end)], ["for", duration(end - start)]];
  if (site[1]) facts.unshift(["place", site[1]]);
  if (event?.kind === WAIT) {
    facts.unshift(["call", site[0]]);
    facts.push(["made ready by", nameOf(event.waker)]);
    facts.push(["ready", moment(event.ready)], ["late", duration(event.end - event.ready)]);
  }
  if (event?.kind === BLOCKED) facts.push(["ready meanwhile", `${event.value} coroutine${event.value === 1 ? "" : "s"}`]);
  if (event && event.fd >= 0) facts.push(["fd", String(event.fd)]);
  if (row.starter !== null) facts.push(["started by", nameOf(row.starter)]);
  return { heading: `${row.name}: ${state}`, text: event?.text, facts };
}

function nameOf(number) {
  if (number === 0) return "the kernel: fd ready, or time over";
  if (number < 0) return "another thread";
  return byNumber.get(number)?.name ?? `coroutine ${number}`;
}

/** The interval at a point of the canvas. One that is narrow may be missed by two pixels. */
function intervalAt(x, y) {
  const place = Math.floor((y - size.top + scroller.scrollTop) / size.row);
  const row = y < size.top ? (y > size.axis ? thread : undefined) : view.rows[place];
  if (!row || x < size.gutter) return null;
  return nearest(row.marks, timeAt(x)) ?? nearest(row.segments, timeAt(x));
}

function nearest(list, time) {
  const reach = 2 * perPixel();
  const i = firstNotBelow(list, "end", time);
  const around = list.slice(Math.max(0, i - 1), i + 2);
  const distance = ({ start, end }) => Math.max(start - time, time - end, 0);
  const best = around.sort((a, b) => distance(a) - distance(b))[0];
  return best && distance(best) <= (best.start <= time && time <= best.end ? 0 : reach) ? best : null;
}

/** Select the next or previous interval of the row, or the one at the same time some rows further. */
function step(sideways, down) {
  const { selected } = view;
  const place = selected ? view.rows.indexOf(selected.row) : -1;
  if (place < 0) {
    const first = view.rows[Math.floor(scroller.scrollTop / size.row)];
    if (first) reveal(first.segments[firstNotBelow(first.segments, "end", view.from)]);
    return;
  }
  const row = view.rows[Math.min(Math.max(place + down, 0), view.rows.length - 1)];
  const list = down ? row.segments : intervalsOf(row);
  const i = down ? firstNotBelow(list, "end", selected.start) : list.indexOf(selected) + sideways;
  reveal(list[Math.min(Math.max(i, 0), list.length - 1)]);
}

function intervalsOf(row) {
  row.intervals ??= [...row.segments, ...row.marks].sort((a, b) => a.start - b.start || b.end - a.end);
  return row.intervals;
}

/** Select `interval` and bring it into view. */
function reveal(interval) {
  if (!interval) return;
  select(interval);
  if (interval.end < view.from || interval.start > view.to) {
    const half = (view.to - view.from) / 2;
    show(interval.start - half, interval.start + half);
  }
  const top = view.rows.indexOf(interval.row) * size.row;
  const visible = size.height - size.top - size.row;
  scroller.scrollTop = Math.min(Math.max(scroller.scrollTop, top - visible), top);
}

/* ---- the timeline: wheel, pointer, keys ---- */

function onWheel(event) {
  const isOverNames = event.offsetX < size.gutter;
  const isWhole = view.to - view.from >= recording.wall;
  if (isOverNames || event.shiftKey || (isWhole && event.deltaY > 0 && !event.ctrlKey)) return; // the browser scrolls
  event.preventDefault();
  if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) pan(event.deltaX);
  else zoom(Math.exp(Math.sign(event.deltaY) * Math.min(Math.abs(event.deltaY), 120) * 0.003), event.offsetX);
}

let drag = null;

function onPointerDown(event) {
  if (event.button !== 0) return;
  drag = { x: event.offsetX, y: event.offsetY, hasMoved: false };
  canvas.setPointerCapture(event.pointerId);
}

function onPointerMove(event) {
  if (!drag) return;
  const [right, down] = [event.offsetX - drag.x, event.offsetY - drag.y];
  if (!drag.hasMoved && Math.hypot(right, down) < 4) return;
  canvas.classList.add("dragging");
  pan(-right);
  scroller.scrollTop -= down;
  drag = { x: event.offsetX, y: event.offsetY, hasMoved: true };
}

function onPointerUp(event) {
  if (drag && !drag.hasMoved && event.type === "pointerup") select(intervalAt(event.offsetX, event.offsetY));
  drag = null;
  canvas.classList.remove("dragging");
}

const KEYS = {
  "+": () => zoom(1 / ZOOM_STEP),
  "=": () => zoom(1 / ZOOM_STEP),
  "-": () => zoom(ZOOM_STEP),
  "0": reset,
  ArrowLeft: () => pan(-chartWidth() / 8),
  ArrowRight: () => pan(chartWidth() / 8),
  ArrowUp: () => { scroller.scrollTop -= size.row; },
  ArrowDown: () => { scroller.scrollTop += size.row; },
  Escape: () => select(null),
};
const KEYS_WITH_SHIFT = {
  ...KEYS,
  ArrowLeft: () => step(-1, 0),
  ArrowRight: () => step(1, 0),
  ArrowUp: () => step(0, -1),
  ArrowDown: () => step(0, 1),
};

function onKey(event) {
  const action = (event.shiftKey ? KEYS_WITH_SHIFT : KEYS)[event.key];
  if (!action || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  action();
}

function onFilter(event) {
  const wanted = event.target.value.trim().toLowerCase();
  view.rows = rows.filter((row) => row.name.toLowerCase().includes(wanted) || String(row.number) === wanted);
  scroller.scrollTop = 0;
  measure();
}

document.getElementById("timeline").hidden = false;
canvas.addEventListener("wheel", onWheel, { passive: false });
canvas.addEventListener("pointerdown", onPointerDown);
canvas.addEventListener("pointermove", onPointerMove);
canvas.addEventListener("pointerup", onPointerUp);
canvas.addEventListener("pointercancel", onPointerUp);
canvas.addEventListener("keydown", onKey);
scroller.addEventListener("scroll", change);
document.getElementById("zoom-in").addEventListener("click", () => zoom(1 / ZOOM_STEP));
document.getElementById("zoom-out").addEventListener("click", () => zoom(ZOOM_STEP));
document.getElementById("reset").addEventListener("click", reset);
document.getElementById("filter").addEventListener("input", onFilter);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", measure);
addEventListener("resize", measure);
measure();
