// What a plugin adds to the site's reports.

/** One number of a period, as the filter `report:figures` collects them. */
export interface Figure {
  /** Of its own among all: `email.delivered`. The figure of the same key in the period before is what it is compared with. */
  key: string;
  /** Its heading: `E-mail`. */
  section: string;
  label: string;
  value: number;
  unit: 'count' | 'bytes' | 'ms' | 'percent';
  /** Which way is an improvement. */
  better: 'more' | 'less' | 'neither';
  /** The value per day of the period, oldest first. */
  days?: number[];
}
