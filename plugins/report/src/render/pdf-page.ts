// The pages of a PDF: margins, fonts, and where there is still room.
import type PDFDocument from 'pdfkit';

export type Document = InstanceType<typeof PDFDocument>;

export const MARGIN = 48;
/** Names of the two fonts. */
export const FONT = { text: 'text', strong: 'strong' } as const;

export const widthOf = (doc: Document): number => doc.page.width - 2 * MARGIN;

/** A new page when this much does not fit any more; true when one was begun. */
export function makeRoom(doc: Document, height: number): boolean {
  if (doc.y + height <= doc.page.height - MARGIN) return false;
  doc.addPage();
  return true;
}

const NOT_LATIN = /[^\n\x20-\x7e\xa0-\xff]/gu;

/** The built-in fonts have Latin letters only. */
export const latin = (text: string): string => text.normalize('NFC').replace(NOT_LATIN, '?');
