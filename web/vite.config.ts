import tailwindcss from '@tailwindcss/vite'
import { defineConfig } from 'vite'

/** `src/bin/build-web.ts` calls it and says where to. Nothing is inlined: the policy of the pages refuses that. */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [tailwindcss()],
  // Written for React, run by Preact, which is a ninth of it (ADR 17).
  resolve: {
    alias: [
      { find: /^react(-dom)?$/, replacement: 'preact/compat' },
      { find: /^react-dom\/client$/, replacement: 'preact/compat/client' },
      { find: /^react\/jsx-runtime$/, replacement: 'preact/jsx-runtime' },
    ],
  },
  build: {
    target: ['chrome125', 'firefox128', 'safari18'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    manifest: 'manifest.json',
    reportCompressedSize: false,
    emptyOutDir: true,
  },
})
