// Builds the console into dist/console: everything that the page needs comes from its own host.
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const server = process.env.CLAWBACK_URL ?? 'http://127.0.0.1:3000';

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: '/',
  build: {
    outDir: fileURLToPath(new URL('../dist/console', import.meta.url)),
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1_500,
  },
  // `npx vite console`: the page with a server of one's own behind it.
  server: { proxy: { '/api': { target: server, changeOrigin: false } } },
});
