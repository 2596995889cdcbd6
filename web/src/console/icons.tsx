/** Line drawings, 20 by 20; they say nothing that is not also said in words. */

const SHAPES = {
  inbox: "M3 11h4l1.5 2.5h3L13 11h4M5 4h10l2 7v5H3v-5z",
  ticket: "M3 6h14v3a1.5 1.5 0 0 0 0 3v3H3v-3a1.5 1.5 0 0 0 0-3zM12 6v9",
  book: "M4 4h5a2 2 0 0 1 1 2v11a2 2 0 0 0-1-2H4zM16 4h-5a2 2 0 0 0-1 2v11a2 2 0 0 1 1-2h5z",
  people: "M7 9a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM2.5 16c0-2.5 2-4.5 4.500-4.500s4.500 2 4.500 4.500M13 9a2 2 0 1 0 0-4M14 11.500c2 .3 3.500 2.200 3.500 4.500",
  chart: "M4 16V9M10 16V4M16 16v-5",
  shield: "M10 3l6 2v5c0 3.500-2.500 6-6 7-3.500-1-6-3.500-6-7V5z",
  sun: "M10 7a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM10 2v2M10 16v2M2 10h2M16 10h2M4.500 4.500l1.400 1.400M14.100 14.100l1.400 1.400M4.500 15.500l1.400-1.400M14.100 5.900l1.400-1.400",
  leave: "M8 4H4v12h4M12 7l3 3-3 3M15 10H8",
  filter: "M3 5h14M6 10h8M8.500 15h3",
  back: "M12 4l-6 6 6 6",
  search: "M9 4a5 5 0 1 0 0 10A5 5 0 0 0 9 4zM13 13l4 4",
  clock: "M10 3a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM10 6v4l3 2",
  upload: "M10 13V4M6 8l4-4 4 4M4 16h12",
  plus: "M10 4v12M4 10h12",
} as const;

export type IconName = keyof typeof SHAPES;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 20 20" width="18" height="18" aria-hidden="true" focusable="false">
      <path d={SHAPES[name]} fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round" />
    </svg>
  );
}
