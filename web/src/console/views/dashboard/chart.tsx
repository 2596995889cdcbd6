/** A small plot of a period's days, drawn as SVG; the same figures stand in a table below it. */
import { day } from "../../words";
import { niceTop, STEPS } from "./scale";

const WIDTH = 520;
const HEIGHT = 180;
const LEFT = 52;
const BOTTOM = 22;
const TOP = 8;
const MOST_LABELS = 7;

export interface Series {
  name: string;
  /** A value a day; null where there is none. */
  values: (number | null)[];
}

interface Props {
  title: string;
  kind: "bars" | "lines";
  days: string[];
  series: Series[];
  write(value: number): string;
}

export function Chart({ title, kind, days, series, write }: Props) {
  const top = niceTop(Math.max(0, ...series.flatMap(({ values }) => values.map((value) => value ?? 0))));
  const width = (WIDTH - LEFT) / Math.max(1, days.length);
  const y = (value: number) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / top);
  const every = Math.ceil(days.length / MOST_LABELS);
  return (
    <figure class="chart">
      <figcaption>
        <span class="chart-title">{title}</span>
        <span class="legend">
          {series.map(({ name }, place) => (
            <span>
              <svg viewBox="0 0 10 10" width="10" height="10" aria-hidden="true">
                <rect width="10" height="10" rx="2" class={`series-${place}`} />
              </svg>
              {name}
            </span>
          ))}
        </span>
      </figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={said(title, days, series, write)}>
        {Array.from({ length: STEPS + 1 }, (_, step) => (top * step) / STEPS).map((value) => (
          <g>
            <line class="grid" x1={LEFT} x2={WIDTH} y1={y(value)} y2={y(value)} />
            <text class="tick" x={LEFT - 6} y={y(value) + 3} text-anchor="end">
              {write(value)}
            </text>
          </g>
        ))}
        {days.map((one, place) =>
          place % every === 0 ? (
            <text class="tick" x={LEFT + width * (place + 0.5)} y={HEIGHT - 6} text-anchor="middle">
              {day(one)}
            </text>
          ) : null,
        )}
        {kind === "bars"
          ? series.map((one, place) => <Bars of={one} place={place} all={series.length} width={width} y={y} />)
          : series.map((one, place) => <Line of={one} place={place} width={width} y={y} />)}
      </svg>
      <details>
        <summary>Show as a table</summary>
        <div class="table" tabIndex={0} role="region" aria-label={`${title} by day`}>
          <table>
            <thead>
              <tr>
                <th scope="col">Day</th>
                {series.map(({ name }) => (
                  <th scope="col">{name}</th>
                ))}
              </tr>
            </thead>
            <tbody>
              {days.map((one, place) => (
                <tr>
                  <th scope="row">{day(one)}</th>
                  {series.map(({ values }) => (
                    <td>{written(values[place], write)}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </figure>
  );
}

interface MarkProps {
  of: Series;
  place: number;
  width: number;
  y(value: number): number;
}

function Bars({ of, place, all, width, y }: MarkProps & { all: number }) {
  const gap = Math.min(6, width * 0.2);
  const bar = (width - gap) / all;
  return (
    <g class={`series-${place}`}>
      {of.values.map((value, number) =>
        value ? (
          <rect x={LEFT + width * number + gap / 2 + bar * place} y={y(value)} width={Math.max(1, bar - 1)} height={y(0) - y(value)} rx={Math.min(2, bar / 2)} />
        ) : null,
      )}
    </g>
  );
}

function Line({ of, place, width, y }: MarkProps) {
  const points = of.values.map((value, number) => (value === null ? null : ([LEFT + width * (number + 0.5), y(value)] as const)));
  // A day without a value is a gap, not a zero.
  const path = points
    .map((point, number) => (point ? `${points[number - 1] ? "L" : "M"}${point[0].toFixed(1)} ${point[1].toFixed(1)}` : ""))
    .join("");
  return (
    <g class={`line series-${place}`}>
      <path d={path} />
      {points.map((point) => point && <circle cx={point[0]} cy={point[1]} r={2.5} />)}
    </g>
  );
}

function written(value: number | null | undefined, write: (value: number) => string): string {
  return value === null || value === undefined ? "–" : write(value);
}

/** What the plot shows, for those who cannot see it: the last day and the highest one. */
function said(title: string, days: string[], series: Series[], write: (value: number) => string): string {
  const parts = series.map(({ name, values }) => {
    const known = values.map((value, place) => ({ value: value ?? 0, place }));
    const highest = known.reduce((best, one) => (one.value > best.value ? one : best), { value: 0, place: 0 });
    const when = days[highest.place];
    return when ? `${name}: at most ${write(highest.value)} on ${day(when)}, ${written(values.at(-1), write)} on the last day` : name;
  });
  return `${title} by day. ${parts.join(". ")}.`;
}
