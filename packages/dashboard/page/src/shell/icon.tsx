/** Shapes on a grid of 16 by 16; drawn, as fonts do not have them everywhere. */
const shapes = {
  star: "M8 2l1.8 3.8 4.2.5-3.1 2.9.8 4.1L8 11.3l-3.7 2 .8-4.1L2 6.3l4.2-.5z",
  copy: "M6 6h7v7H6zM3 10V3h7",
  table: "M2.5 3.5h11v9h-11zM2.5 6.5h11M2.5 9.5h11M6.5 3.5v9",
  large: "M9.5 2.5h4v4M13.5 2.5l-4.5 4.5M6.5 13.5h-4v-4M2.5 13.5l4.5-4.5",
  lines: "M2 12l3-5 3 2 3-6 3 3",
  each: "M2 4h12M2 8h12M2 12h12",
  heat: "M2 10h4v4H2zM6 6h4v4H6zM10 2h4v4h-4z",
  pause: "M5 3v10M11 3v10",
  go: "M4.5 3l8 5-8 5z",
  back: "M10 3L5 8l5 5",
  forward: "M6 3l5 5-5 5",
  less: "M3 8h10",
  more: "M3 8h10M8 3v10",
  system: "M8 2.5a5.5 5.5 0 1 0 0 11zM8 2.5a5.5 5.5 0 0 1 0 11",
  dark: "M12.5 9.5A5 5 0 1 1 6.5 3.5a4 4 0 0 0 6 6z",
  light:
    "M8 5.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5M8 1.5v2M8 12.5v2M1.5 8h2M12.5 8h2M3.4 3.4l1.4 1.4M11.2 11.2l1.4 1.4M3.4 12.6l1.4-1.4M11.2 4.8l1.4-1.4",
} as const;

export type Shape = keyof typeof shapes;

export function Icon({ shape, isFilled = false }: { readonly shape: Shape; readonly isFilled?: boolean }) {
  return (
    <svg class={isFilled ? "filled" : ""} viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
      <path d={shapes[shape]} />
    </svg>
  );
}
