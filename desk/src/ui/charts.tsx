/** Charts on visx's scales, axes and shapes: SVG whose marks say in words what they show. Colors by class: c0–c5, s0–s3. */
import { AxisBottom, AxisLeft } from "@visx/axis";
import { GridRows } from "@visx/grid";
import { Group } from "@visx/group";
import { ParentSize } from "@visx/responsive";
import { scaleBand, scaleLinear, scalePoint } from "@visx/scale";
import { AreaClosed, Bar, LinePath } from "@visx/shape";
import type { ReactNode } from "react";

export interface Point {
  /** What stands on the axis: "Mar", "$0–$500". */
  at: string;
  value: number;
  /** The cases behind it. */
  href?: string;
}
export interface Series {
  name: string;
  points: readonly Point[];
}
type Write = (value: number) => string;

const MARGIN = { top: 10, right: 12, bottom: 26, left: 56 };

function Sized({ height, children }: { height: number; children: (width: number) => ReactNode }) {
  return (
    <div style={{ height }}>
      <ParentSize debounceTime={50}>{({ width }) => (width > 80 ? children(width) : null)}</ParentSize>
    </div>
  );
}

export function Legend({ names }: { names: readonly string[] }) {
  return (
    <ul className="legend">
      {names.map((name, at) => (
        <li key={name}>
          <i className={`c${at % 6}`} />
          {name}
        </li>
      ))}
    </ul>
  );
}

const ticks = (labels: readonly string[], width: number): string[] => {
  const step = Math.max(1, Math.ceil((labels.length * 64) / Math.max(width, 1)));
  return labels.filter((_, at) => at % step === 0);
};

function Axes({
  x,
  y,
  width,
  height,
  labels,
  write,
}: {
  x: Parameters<typeof AxisBottom>[0]["scale"];
  y: ReturnType<typeof scaleLinear<number>>;
  width: number;
  height: number;
  labels: readonly string[];
  write: Write;
}) {
  return (
    <>
      <GridRows className="grid" scale={y} width={width} numTicks={4} />
      <AxisLeft
        axisClassName="axis"
        scale={y}
        numTicks={4}
        tickFormat={(value) => write(Number(value))}
        hideAxisLine
        hideTicks
      />
      <AxisBottom axisClassName="axis" scale={x} top={height} tickValues={ticks(labels, width)} hideTicks />
    </>
  );
}

/** Bars beside or on top of each other, one group for each label; every bar can lead to its cases. */
export function Bars({
  title,
  series,
  write,
  height = 220,
  unit,
}: {
  title: string;
  series: readonly Series[];
  write: Write;
  height?: number;
  unit: string;
}) {
  const labels = series[0]?.points.map((point) => point.at) ?? [];
  const sums = labels.map((_, at) => series.reduce((sum, one) => sum + Math.max(0, one.points[at]?.value ?? 0), 0));
  return (
    <figure className="stack tight">
      {series.length > 1 ? <Legend names={series.map((one) => one.name)} /> : null}
      <Sized height={height}>
        {(wide) => {
          const width = wide - MARGIN.left - MARGIN.right;
          const tall = height - MARGIN.top - MARGIN.bottom;
          const x = scaleBand({ domain: [...labels], range: [0, width], padding: 0.28 });
          const y = scaleLinear<number>({ domain: [0, Math.max(1, ...sums)], range: [tall, 0], nice: true });
          return (
            <svg className="chart" width={wide} height={height} role="group" aria-label={`${title}, ${unit}`}>
              <Group left={MARGIN.left} top={MARGIN.top}>
                <Axes x={x} y={y} width={width} height={tall} labels={labels} write={write} />
                {labels.map((label, at) => {
                  let base = 0;
                  return series.map((one, which) => {
                    const point = one.points[at];
                    const value = Math.max(0, point?.value ?? 0);
                    const low = y(base);
                    base += value;
                    const bar = (
                      <Bar
                        key={one.name}
                        className={`c${which % 6}`}
                        x={x(label) ?? 0}
                        y={y(base)}
                        width={x.bandwidth()}
                        height={Math.max(0, low - y(base))}
                      >
                        <title>{`${label}${series.length > 1 ? `, ${one.name}` : ""}: ${write(value)}`}</title>
                      </Bar>
                    );
                    return point?.href && value > 0 ? (
                      <a
                        key={one.name}
                        href={point.href}
                        aria-label={`${label} ${one.name}: ${write(value)}; open its cases`}
                      >
                        {bar}
                      </a>
                    ) : (
                      bar
                    );
                  });
                })}
              </Group>
            </svg>
          );
        }}
      </Sized>
    </figure>
  );
}

/** Lines over time; the first may be filled below, the second is what it is compared with (dashed). */
export function Lines({
  title,
  series,
  write,
  height = 200,
  unit,
}: {
  title: string;
  series: readonly Series[];
  write: Write;
  height?: number;
  unit: string;
}) {
  const labels = series[0]?.points.map((point) => point.at) ?? [];
  const most = Math.max(1, ...series.flatMap((one) => one.points.map((point) => point.value)));
  return (
    <figure className="stack tight">
      {series.length > 1 ? <Legend names={series.map((one) => one.name)} /> : null}
      <Sized height={height}>
        {(wide) => {
          const width = wide - MARGIN.left - MARGIN.right;
          const tall = height - MARGIN.top - MARGIN.bottom;
          const x = scalePoint({ domain: [...labels], range: [0, width], padding: 0.2 });
          const y = scaleLinear<number>({ domain: [0, most], range: [tall, 0], nice: true });
          const across = (point: Point): number => x(point.at) ?? 0;
          const up = (point: Point): number => y(point.value);
          return (
            <svg className="chart" width={wide} height={height} role="img" aria-label={`${title}, ${unit}`}>
              <Group left={MARGIN.left} top={MARGIN.top}>
                <Axes x={x} y={y} width={width} height={tall} labels={labels} write={write} />
                {series.slice(0, 1).map((one) => (
                  <AreaClosed
                    key={one.name}
                    className="c0"
                    fillOpacity={0.12}
                    data={[...one.points]}
                    x={across}
                    y={up}
                    yScale={y}
                  />
                ))}
                {series.map((one, which) => (
                  <Group key={one.name}>
                    <LinePath
                      className={`s${which % 4}`}
                      strokeWidth={2}
                      strokeDasharray={which ? "4 4" : ""}
                      data={[...one.points]}
                      x={across}
                      y={up}
                    />
                    {one.points.map((point) => (
                      <circle key={point.at} className={`c${which % 6}`} r={2.5} cx={across(point)} cy={up(point)}>
                        <title>{`${point.at}, ${one.name}: ${write(point.value)}`}</title>
                      </circle>
                    ))}
                  </Group>
                ))}
              </Group>
            </svg>
          );
        }}
      </Sized>
    </figure>
  );
}

/** A line in a row of a table: the last hour of a number, with its threshold. */
export function Spark({
  values,
  title,
  threshold,
  width = 120,
  height = 26,
}: {
  values: readonly number[];
  title: string;
  threshold?: number;
  width?: number;
  height?: number;
}) {
  const most = Math.max(1, threshold ?? 0, ...values);
  const x = scaleLinear<number>({ domain: [0, Math.max(1, values.length - 1)], range: [2, width - 2] });
  const y = scaleLinear<number>({ domain: [0, most], range: [height - 2, 2] });
  return (
    <svg className="chart" style={{ width }} width={width} height={height} role="img" aria-label={title}>
      {threshold === undefined ? null : (
        <line x1={0} x2={width} y1={y(threshold)} y2={y(threshold)} stroke="var(--bad)" strokeDasharray="3 3" />
      )}
      <LinePath className="s0" strokeWidth={1.5} data={[...values]} x={(_, at) => x(at)} y={(value) => y(value)} />
    </svg>
  );
}

export interface Estimate {
  name: string;
  value: number;
  low: number;
  high: number;
  /** How many it rests on. */
  of: number;
}

/** A point with its interval for each name, on one scale from 0 to 1: a scorecard. */
export function Estimates({ title, rows, write }: { title: string; rows: readonly Estimate[]; write: Write }) {
  const height = rows.length * 28 + 30;
  const left = 170;
  return (
    <Sized height={height}>
      {(wide) => {
        const x = scaleLinear<number>({ domain: [0, 1], range: [0, wide - left - 70] });
        return (
          <svg className="chart" width={wide} height={height} role="img" aria-label={title}>
            <Group left={left} top={6}>
              {rows.map((row, at) => (
                <Group key={row.name} top={at * 28 + 10}>
                  <text x={-12} dy="0.32em" textAnchor="end">
                    {row.name.length > 26 ? `${row.name.slice(0, 25)}…` : row.name}
                  </text>
                  <line x1={x(row.low)} x2={x(row.high)} className="s0" strokeWidth={2} strokeOpacity={0.45} />
                  <circle cx={x(row.value)} r={4} className="c0">
                    <title>{`${row.name}: ${write(row.value)}, between ${write(row.low)} and ${write(row.high)}, of ${row.of}`}</title>
                  </circle>
                  <text x={x(1) + 10} dy="0.32em">
                    {write(row.value)} of {row.of}
                  </text>
                </Group>
              ))}
              <AxisBottom
                axisClassName="axis"
                scale={x}
                top={rows.length * 28}
                numTicks={5}
                tickFormat={(value) => write(Number(value))}
              />
            </Group>
          </svg>
        );
      }}
    </Sized>
  );
}
