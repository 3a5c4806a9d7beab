// figure[data-chart]: data from the JSON <script> that data-source names.
//
// "cutline": {rows: [{name, code, score, low, high, url, state: in|out|close, note}], cut: number|null, band: [low, high]|null,
//             labels: {axis, cut, band}} ordered best first. Dots with whiskers; a line where the money ends; a soft
//             band "too close to call". Arrow keys walk through the entries and name them; Enter opens one.
// "bars":    {rows: [{name, value, note}], labels: {axis}}     horizontal bars from zero
import { BarChart, CustomChart, ScatterChart } from "echarts/charts";
import { GridComponent, MarkAreaComponent, MarkLineComponent } from "echarts/components";
import * as echarts from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { enhance, one } from "../lib/dom.js";
import { locale, t } from "../lib/words.js";

echarts.use([BarChart, CustomChart, ScatterChart, GridComponent, MarkAreaComponent, MarkLineComponent, SVGRenderer]);

const MAX_NAMED_ROWS = 60; // whose names fit beside a plot; with more rows it is a profile without names
const digits = new Intl.NumberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)").matches;

function colours() {
  const style = getComputedStyle(document.documentElement);
  return Object.fromEntries(
    ["ink", "quiet", "line", "line-strong", "accent", "surface", "ground", "warn", "warn-wash", "warn-line", "sunken", "focus"]
      .map((name) => [name, style.getPropertyValue(`--${name}`).trim()]),
  );
}

const text = (c, extra = {}) => ({ color: c.quiet, fontFamily: getComputedStyle(document.body).fontFamily, fontSize: 13, ...extra });

function whisker(c, data) {
  return (params, api) => {
    const row = data.rows[api.value(2)];
    const [left, y] = api.coord([api.value(0), api.value(2)]);
    const [right] = api.coord([api.value(1), api.value(2)]);
    const stroke = row.state === "in" ? c.accent : row.state === "close" ? c.warn : c["line-strong"];
    const style = { stroke, lineWidth: 1.5, fill: "none" };
    return {
      type: "group",
      silent: true,
      children: [
        { type: "line", shape: { x1: left, y1: y, x2: right, y2: y }, style },
        { type: "line", shape: { x1: left, y1: y - 4, x2: left, y2: y + 4 }, style },
        { type: "line", shape: { x1: right, y1: y - 4, x2: right, y2: y + 4 }, style },
      ],
    };
  };
}

/** Filled, ringed or hollow as well as coloured: the plot must survive a grey printer. */
function dot(c, row) {
  if (row.state === "in") return { color: c.accent, borderColor: c.accent, borderWidth: 1.5, opacity: 1 };
  if (row.state === "close") return { color: c["warn-wash"], borderColor: c.warn, borderWidth: 2.5, opacity: 1 };
  return { color: c.surface, borderColor: c["line-strong"], borderWidth: 1.5, opacity: 1 };
}

function cutline(data, width) {
  const c = colours();
  const { rows, labels = {} } = data;
  const named = rows.length <= MAX_NAMED_ROWS; // by the short code where the names have no room
  const short = width <= 560;
  const values = rows.flatMap((row) => [row.low ?? row.score, row.high ?? row.score]).filter((value) => value != null);
  const low = Math.max(0, Math.floor((Math.min(...values) - 3) / 5) * 5);
  const high = Math.min(100, Math.ceil((Math.max(...values) + 2) / 5) * 5);
  return {
    animation: !reducedMotion,
    animationDuration: 160,
    animationDurationUpdate: 0,
    textStyle: text(c),
    grid: { left: named ? 8 : 36, right: 20, top: 34, bottom: 40, containLabel: named },
    xAxis: {
      type: "value", min: low, max: high, name: labels.axis || t("Score"), nameLocation: "middle", nameGap: 26, nameTextStyle: text(c),
      axisLine: { show: true, onZero: false, lineStyle: { color: c["line-strong"] } }, axisTick: { show: false },
      axisLabel: text(c), splitLine: { lineStyle: { color: c.line, width: 1 } },
    },
    yAxis: {
      // A number line, not categories: the cut runs between two entries.
      type: "value", inverse: true, min: -0.5, max: rows.length - 0.5, interval: 0.5, // names stand at the whole numbers
      axisLine: { show: false }, axisTick: { show: false }, splitLine: { show: false },
      axisLabel: named ? text(c, { color: c.ink, width: Math.min(260, width * 0.3), overflow: "truncate", formatter: (value) => (short ? rows[value]?.code : undefined) ?? rows[value]?.name ?? "" }) : { show: false },
    },
    series: [
      {
        type: "custom", renderItem: whisker(c, data), encode: { x: [0, 1], y: 2 }, z: 2, silent: true,
        data: rows.map((row, index) => [row.low ?? row.score, row.high ?? row.score, index]),
      },
      {
        type: "scatter", symbolSize: rows.length > MAX_NAMED_ROWS ? 6 : 11, z: 3, cursor: "pointer",
        data: rows.map((row, index) => ({ value: [row.score, index], itemStyle: dot(c, row) })),
        emphasis: { scale: 1.5, itemStyle: { borderColor: c.ink, borderWidth: 2.5 } },
        markLine: data.cut == null ? undefined : {
          silent: true, symbol: "none", animation: false,
          lineStyle: { color: c.ink, width: 2, type: "solid" },
          label: { ...text(c, { color: c.ink, fontWeight: 600 }), formatter: labels.cut || t("The money ends here"), position: "insideStartTop", distance: [4, 4] },
          data: [{ yAxis: data.cut - 0.5 }],
        },
        markArea: !data.band ? undefined : {
          silent: true, animation: false, itemStyle: { color: c["warn-wash"], opacity: 0.85 },
          label: { ...text(c, { color: c.warn, fontWeight: 600 }), position: "insideBottomLeft", distance: 6 },
          data: [[{ name: labels.band || t("too close to call"), yAxis: data.band[0] - 0.5 }, { yAxis: data.band[1] - 0.5 }]],
        },
      },
    ],
  };
}

function bars(data, width) {
  const c = colours();
  return {
    animation: !reducedMotion, animationDuration: 160, textStyle: text(c),
    grid: { left: 8, right: 48, top: 8, bottom: 36, containLabel: true },
    xAxis: { type: "value", min: 0, name: data.labels?.axis, nameLocation: "middle", nameGap: 24, nameTextStyle: text(c), axisLabel: text(c), splitLine: { lineStyle: { color: c.line } } },
    yAxis: { type: "category", inverse: true, data: data.rows.map((row) => row.name), axisLine: { lineStyle: { color: c["line-strong"] } }, axisTick: { show: false }, axisLabel: text(c, { color: c.ink, width: width * 0.35, overflow: "truncate" }) },
    series: [{
      type: "bar", barMaxWidth: 18, itemStyle: { color: c.accent }, data: data.rows.map((row) => row.value),
      label: { show: true, position: "right", ...text(c, { color: c.ink }), formatter: ({ dataIndex }) => data.rows[dataIndex].note ?? String(data.rows[dataIndex].value) },
    }],
  };
}

function valuesOf(row) {
  const parts = [digits.format(row.score)];
  if (row.low != null && row.high != null) parts.push(`${digits.format(row.low)} – ${digits.format(row.high)}`);
  if (row.note) parts.push(row.note);
  return parts.join(" · ");
}

/** Hover and focus name the entry; the arrows walk, Enter opens. */
function walk(figure, plot, chart, data) {
  const label = one("[data-name]", figure);
  let current = -1;
  const show = (index) => {
    chart.dispatchAction({ type: "downplay", seriesIndex: 1 });
    current = index;
    const row = data.rows[index];
    if (!row) {
      label.replaceChildren();
      return;
    }
    chart.dispatchAction({ type: "highlight", seriesIndex: 1, dataIndex: index });
    const name = document.createElement("b");
    name.textContent = row.code && row.code !== row.name ? `${row.name} (${row.code})` : row.name;
    label.replaceChildren(name, valuesOf(row));
    const [x, y] = chart.convertToPixel({ xAxisIndex: 0, yAxisIndex: 0 }, [row.score, index]);
    const side = x + 16 + label.offsetWidth > plot.clientWidth ? x - label.offsetWidth - 16 : x + 16;
    label.style.left = `${Math.max(0, side)}px`;
    label.style.top = `${Math.max(0, Math.min(plot.clientHeight - label.offsetHeight, y - label.offsetHeight / 2))}px`;
  };
  const open = () => data.rows[current]?.url && location.assign(data.rows[current].url);
  chart.on("mouseover", { seriesIndex: 1 }, (event) => show(event.dataIndex));
  chart.on("mouseout", { seriesIndex: 1 }, () => document.activeElement !== plot && show(-1));
  chart.on("click", { seriesIndex: 1 }, open);
  plot.tabIndex = 0;
  plot.setAttribute("role", "application");
  plot.setAttribute("aria-label", `${figure.getAttribute("aria-label")}. ${t("Arrow keys name each entry.")}`);
  plot.addEventListener("focus", () => show(Math.max(0, current)));
  plot.addEventListener("blur", () => show(-1));
  plot.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1, Home: -Infinity, End: Infinity }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      show(Math.max(0, Math.min(data.rows.length - 1, current + step)));
    } else if (event.key === "Enter") open();
    else if (event.key === "Escape") show(-1);
  });
}

function start(figure) {
  const plot = one("[data-plot]", figure);
  const source = document.getElementById(figure.dataset.source);
  if (!source || plot.firstChild) return;
  const data = JSON.parse(source.textContent);
  if (!data.rows?.length) {
    figure.hidden = true;
    return;
  }
  const build = figure.dataset.chart === "bars" ? bars : cutline;
  plot.style.height = `${Math.min(900, Math.max(220, 84 + data.rows.length * (data.rows.length > MAX_NAMED_ROWS ? 9 : 26)))}px`;
  const chart = echarts.init(plot, null, { renderer: "svg" });
  const draw = () => chart.setOption(build(data, plot.clientWidth), true);
  draw();
  if (build === cutline) walk(figure, plot, chart, data);
  new ResizeObserver(() => {
    chart.resize();
    draw();
  }).observe(figure);
  document.addEventListener("theme", draw);
  addEventListener("beforeprint", () => {
    const { dataset } = document.documentElement;
    const theme = dataset.theme;
    dataset.theme = "light"; // paper is white, whatever the theme of the screen
    chart.resize({ width: 640 });
    draw();
    if (theme) dataset.theme = theme;
    else delete dataset.theme;
  });
  addEventListener("afterprint", () => {
    chart.resize();
    draw();
  });
}

enhance("figure[data-chart]", start);
