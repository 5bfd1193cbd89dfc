import './theme.css'
import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { createApplication } from './router.tsx'
import { Insecure } from './shared/notices.tsx'
import { applySettings, currentSettings } from './shared/settings.ts'
import { loadLanguage } from './shared/words.ts'

applySettings()
// Waited for in no `await` of the module: scripts that are fetched later import this one.
void loadLanguage(currentSettings().language).then(show)

function show(): void {
  const root = document.getElementById('root')
  if (!root) return
  const { router, queries } = createApplication()
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        {isSecureContext ? <RouterProvider router={router} /> : <Insecure />}
      </QueryClientProvider>
    </StrictMode>,
  )
}
