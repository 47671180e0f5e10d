import * as React from 'react';

const WIDTH = 240;
const HEIGHT = 34;
const TOP = 3;

/** The newest rates as a line; the figures beside it say the same, so it is hidden from screen readers. */
export function Sparkline(props: { values: number[] }): JSX.Element {
  const points = spread(props.values);
  const line = points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ');
  const last = points[points.length - 1];
  return (
    <svg
      className="swb-Spark"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      aria-hidden="true"
      focusable="false"
    >
      <line className="swb-Spark-base" x1={0} x2={WIDTH} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} />
      {points.length > 1 && (
        <>
          <polygon
            className="swb-Spark-area"
            points={`${points[0][0]},${HEIGHT} ${line} ${last[0]},${HEIGHT}`}
          />
          <polyline className="swb-Spark-line" points={line} vectorEffect="non-scaling-stroke" />
        </>
      )}
    </svg>
  );
}

/** Values as points of the drawing, from zero up to the largest. */
function spread(values: number[]): [number, number][] {
  const highest = Math.max(...values, 1e-9);
  const step = WIDTH / Math.max(values.length - 1, 1);
  return values.map((value, index) => [
    index * step,
    HEIGHT - (value / highest) * (HEIGHT - TOP)
  ]);
}
