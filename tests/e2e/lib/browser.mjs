// browser.mjs - Debian's Chromium without a window.

import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

const kChromium = process.env.PUSHGATE_CHROMIUM ?? '/usr/bin/chromium';
const kFlags = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage',
];

/// A browser that ends with its test.
export async function launchBrowser(world) {
  if (!existsSync(kChromium)) throw new Error(`no browser at ${kChromium}`);
  const browser = await chromium.launch({ executablePath: kChromium, args: kFlags, timeout: 60_000 });
  world.defer(() => browser.close());
  return browser;
}
