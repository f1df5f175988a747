// What a plugin shows in the administration: blocks, which the host renders.

/** A cell of a table: plain, or a link (relative to the mount point when it starts with `/`). */
export type Cell = string | number | null | { text: string; href: string };

/**
 * What a panel or the view of a job is made of. Stats, images, links and actions that follow each other stand side by side. A link leads below
 * the mount point when it begins with `/`, else to `http:` or `https:`. An image comes from below the mount point, or is a `data:` address.
 */
export type Block =
  | { type: 'stat'; label: string; value: string | number }
  | { type: 'text'; text: string; tone?: 'good' | 'warn' | 'bad' }
  | { type: 'link'; text: string; href: string }
  | { type: 'list'; items: Cell[] }
  | { type: 'table'; columns: string[]; rows: Cell[][] }
  | { type: 'image'; src: string; alt: string; caption?: string }
  | { type: 'action'; label: string; post: string; confirm?: string };
