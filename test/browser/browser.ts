// A real Chromium for the tests of a file: started once, with pages of a chosen size and colour scheme.
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, onTestFinished, vi } from 'vitest';
import { findProgram } from '../server/binaries.ts';
import { skipWhere } from '../server/missing.ts';

const { CHROME_PATH } = process.env;

const program = CHROME_PATH || findProgram('chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome');

const NO_BROWSER = 'no Chromium: install it (chromium in PATH), or set CHROME_PATH to one';

const SCREENSHOTS = fileURLToPath(new URL('screenshots/', import.meta.url));

/** Milliseconds for what a page does at once, on a machine with much else to do. */
const PATIENCE = 15_000;

/** For `expect.poll()`. */
export const SOON = { timeout: PATIENCE, interval: 50 };

export interface Look {
  /** In pixels; 1280 by default. */
  width?: number;
  /** In pixels; 800 by default. */
  height?: number;
  /** What the person's system asks for; light by default. */
  dark?: boolean;
  /** Without it the page shows what the server sent. */
  javaScript?: boolean;
  /** Sent to the site, with its WebSocket too. */
  cookies?: Record<string, string>;
}

/** A page and what went wrong on it: uncaught errors, and errors on its console. */
export interface Visit {
  page: Page;
  context: BrowserContext;
  errors: string[];
}

export interface Chromium {
  /** A page of a new, empty profile; closed with the test. */
  open(url: string, look?: Look): Promise<Visit>;
  /** One more tab in the profile of another. */
  tab(beside: Visit, url: string): Promise<Visit>;
}

/** Called once at the top of a test file. Without a Chromium each of its tests is skipped, and says why. */
export function useChromium(): Chromium {
  let browser: Browser | undefined;
  vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });
  beforeAll(async () => {
    if (!program) return;
    // Chromium's sandbox does not work for root.
    const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    browser = await chromium.launch({ executablePath: program, args });
  });
  beforeEach((context) => skipWhere(!program, NO_BROWSER, context));
  afterAll(() => browser?.close());

  return {
    async open(url, { width = 1280, height = 800, dark = false, javaScript = true, cookies = {} } = {}) {
      if (!browser) throw new Error(NO_BROWSER);
      const context = await browser.newContext({
        viewport: { width, height },
        colorScheme: dark ? 'dark' : 'light',
        javaScriptEnabled: javaScript,
        reducedMotion: 'reduce',
      });
      onTestFinished(async () => {
        // A navigation in progress can keep Chromium from closing the context.
        for (const page of context.pages()) await page.goto('about:blank', { timeout: 5_000 }).catch(() => {});
        // At times Chromium never says that it has closed a context, which then ends with the browser.
        await Promise.race([context.close(), new Promise((resolve) => setTimeout(resolve, 10_000).unref())]);
      });
      await context.addCookies(
        Object.entries(cookies).map(([name, value]) => ({ name, value, url: new URL('/', url).href })),
      );
      return visit(context, url);
    },
    tab: ({ context }, url) => visit(context, url),
  };
}

async function visit(context: BrowserContext, url: string): Promise<Visit> {
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  await page.goto(url);
  return { page, context, errors };
}

const LOOKS = [
  { width: 1440, height: 900 },
  { width: 1280, height: 800 },
  { width: 768, height: 1024 },
  { width: 360, height: 740 },
];

/** With `JOBS_TEST_PICTURES=1` keeps the whole page as pictures, in four widths, light and dark. Leaves it 1280 pixels wide and light. */
export async function keepPictures({ page }: Visit, name: string): Promise<void> {
  if (process.env.JOBS_TEST_PICTURES !== '1') return;
  await mkdir(SCREENSHOTS, { recursive: true });
  for (const look of LOOKS) {
    await page.setViewportSize(look);
    for (const colorScheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme });
      const path = `${SCREENSHOTS}${name}-${look.width}-${colorScheme}.png`;
      await page.screenshot({ path, fullPage: true, animations: 'disabled' });
    }
  }
  await page.setViewportSize({ width: 1280, height: 800 });
}
