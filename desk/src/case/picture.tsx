/** Pictures of a decision: where the offer stands between what was allowed and what is fair, and the curve of our IDR offer. */
import { AxisBottom, AxisLeft, AxisRight } from "@visx/axis";
import { Group } from "@visx/group";
import { ParentSize } from "@visx/responsive";
import { scaleLinear } from "@visx/scale";
import { LinePath } from "@visx/shape";
import type { Idr, IdrPoint } from "../api/types.ts";
import { dollars, percent, usd } from "../format.ts";
import { useCase } from "./context.ts";

export interface Mark {
  name: string;
  amount: string;
  tone: string;
}

const LABEL = 108;

/** Which row of labels each mark stands in, so that none covers another: 0 is nearest to the scale. */
export function rowsOf(places: readonly number[], width = LABEL): number[] {
  const ends: number[] = [];
  return places.map((place) => {
    const from = place - width / 2;
    const free = ends.findIndex((end) => end <= from);
    const row = free < 0 ? ends.length : free;
    ends[row] = from + width;
    return row;
  });
}

export function Standing({ amount }: { amount: string }) {
  const { claim, row } = useCase();
  const range = claim.assessment;
  const marks: Mark[] = (
    [
      { name: "allowed", amount: row?.allowed ?? claim.amounts.allowed ?? "", tone: "var(--soft)" },
      { name: "offer", amount, tone: "var(--bad)" },
      { name: "fair", amount: row?.target ?? range?.target ?? "", tone: "var(--accent)" },
    ] satisfies Mark[]
  )
    .filter((mark) => mark.amount !== "" && Number.isFinite(Number(mark.amount)))
    .sort((one, other) => Number(one.amount) - Number(other.amount));
  if (marks.length < 2) return null;
  const ends = [...marks.map((mark) => mark.amount), range?.floor, range?.stretch].filter((one) => one).map(Number);
  const [least, most] = [Math.min(...ends), Math.max(...ends)];
  const words = marks.map((mark) => `${mark.name} ${usd(mark.amount)}`).join(", ");
  return (
    <div className="standing">
      <ParentSize debounceTime={30}>
        {({ width }) => {
          if (width < 120) return null;
          const x = scaleLinear<number>({
            domain: [least, most === least ? least + 1 : most],
            range: [46, width - 46],
          });
          const places = marks.map((mark) => x(Number(mark.amount)));
          const rows = rowsOf(places);
          const top = 8;
          const height = top + 18 + (Math.max(...rows) + 1) * 16;
          return (
            <svg
              className="chart"
              width={width}
              height={height}
              role="img"
              aria-label={`Where the offer stands: ${words}`}
            >
              <rect x={x(least)} y={top + 3} width={x(most) - x(least)} height={4} rx={2} fill="var(--line)" />
              {range?.floor && range.stretch ? (
                <rect
                  x={x(Number(range.floor))}
                  y={top}
                  width={Math.max(2, x(Number(range.stretch)) - x(Number(range.floor)))}
                  height={10}
                  rx={3}
                  fill="var(--accent)"
                  opacity={0.22}
                >
                  <title>{`Fair range: ${usd(range.floor)} to ${usd(range.stretch)}`}</title>
                </rect>
              ) : null}
              {marks.map((mark, at) => {
                const place = places[at] ?? 0;
                const line = rows[at] ?? 0;
                return (
                  <Group key={mark.name} left={place}>
                    <line y1={top - 4} y2={top + 14 + line * 16} stroke={mark.tone} strokeWidth={2} />
                    <text y={top + 26 + line * 16} textAnchor="middle">
                      {mark.name}{" "}
                      <tspan className="ink" fontWeight={600} fill="var(--ink)">
                        {dollars(mark.amount)}
                      </tspan>
                    </text>
                  </Group>
                );
              })}
            </svg>
          );
        }}
      </ParentSize>
    </div>
  );
}

const at = (point: IdrPoint): number => Number(point.offer);

export function IdrCurve({ idr }: { idr: Idr }) {
  const points = [...idr.curve].sort((one, other) => at(one) - at(other));
  const chosen = Number(idr.offer);
  return (
    <div className="stack tight">
      {points.length > 1 ? <Curve idr={idr} points={points} chosen={chosen} /> : null}
      <p className="soft">
        By {idr.record}. {idr.bound ? `Held by ${idr.bound}. ` : ""}
        {idr.why_target}
        {idr.at_target
          ? ` At the fair value of ${usd(idr.target)}: chance ${percent(idr.at_target.chance)}, worth ${usd(idr.at_target.value)}.`
          : ""}
        {idr.by ? ` Named by ${idr.by}: ${idr.reason}.` : ""}
      </p>
    </div>
  );
}

function Curve({ idr, points, chosen }: { idr: Idr; points: readonly IdrPoint[]; chosen: number }) {
  const height = 168;
  const label = `Offer in federal IDR, from ${usd(points[0]?.offer)} to ${usd(points.at(-1)?.offer)}: ours is ${usd(idr.offer)} with a chance of ${percent(idr.chance)}`;
  return (
    <div style={{ height }}>
      <ParentSize debounceTime={30}>
        {({ width: wide }) => {
          if (wide < 160) return null;
          const [width, tall] = [wide - 104, height - 48];
          const ends = [...points.map(at), chosen, Number(idr.target)];
          const x = scaleLinear<number>({ domain: [Math.min(...ends), Math.max(...ends)], range: [0, width] });
          const values = points.map((point) => Number(point.value));
          const y = scaleLinear<number>({
            domain: [Math.min(0, ...values), Math.max(1, ...values)],
            range: [tall, 0],
            nice: true,
          });
          const chance = scaleLinear<number>({ domain: [0, 1], range: [tall, 0] });
          return (
            <svg className="chart" width={wide} height={height} role="img" aria-label={label}>
              <Group left={56} top={14}>
                <AxisLeft
                  axisClassName="axis"
                  scale={y}
                  numTicks={4}
                  tickFormat={(value) => dollars(Number(value).toFixed(2))}
                  hideTicks
                />
                <AxisRight
                  axisClassName="axis"
                  scale={chance}
                  left={width}
                  numTicks={4}
                  tickFormat={(value) => percent(Number(value))}
                  hideTicks
                />
                <AxisBottom
                  axisClassName="axis"
                  scale={x}
                  top={tall}
                  numTicks={4}
                  tickFormat={(value) => dollars(Number(value).toFixed(2))}
                  hideTicks
                />
                <LinePath
                  className="s0"
                  strokeWidth={2}
                  data={[...points]}
                  x={(point) => x(at(point))}
                  y={(point) => y(Number(point.value))}
                />
                <LinePath
                  className="s1"
                  strokeWidth={1.5}
                  strokeDasharray="4 4"
                  data={[...points]}
                  x={(point) => x(at(point))}
                  y={(point) => chance(Number(point.chance))}
                />
                <line x1={x(chosen)} x2={x(chosen)} y1={-4} y2={tall} stroke="var(--accent)" strokeWidth={2} />
                <text x={x(chosen)} y={-6} textAnchor={x(chosen) > width * 0.7 ? "end" : "start"} className="ink">
                  ours {dollars(idr.offer)}
                </text>
                <line
                  x1={x(Number(idr.target))}
                  x2={x(Number(idr.target))}
                  y1={0}
                  y2={tall}
                  stroke="var(--edge)"
                  strokeDasharray="3 3"
                >
                  <title>{`Fair value ${usd(idr.target)}`}</title>
                </line>
              </Group>
            </svg>
          );
        }}
      </ParentSize>
      <ul className="legend">
        <li>
          <i className="c0" />
          expected value, dollars
        </li>
        <li>
          <i className="c1" />
          chance, percent
        </li>
      </ul>
    </div>
  );
}
