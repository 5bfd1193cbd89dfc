import { createLazyRoute } from '@tanstack/react-router'
import { changeLanguage } from '../shared/change-language.ts'
import { Page } from '../shared/page.tsx'
import { useAccount } from '../shared/session.ts'
import { CONTRASTS, changeSettings, PANEL_SIDES, THEMES, useSettings } from '../shared/settings.ts'
import { Choice } from '../shared/ui/choice.tsx'
import { useWords } from '../shared/words.ts'
import { accountWords } from './words.ts'

function SettingsScreen() {
  const words = useWords(accountWords)
  const { language, theme, contrast, panelSide } = useSettings()
  const role = useAccount()?.role
  return (
    <Page title={words.title} lead={words.lead}>
      <div className="flex flex-col gap-8 rounded-xl border border-line bg-surface p-6 shadow-card">
        <Choice
          legend={words.language}
          value={language}
          options={[
            { value: 'fr', label: 'Français', lang: 'fr' },
            { value: 'en', label: 'English', lang: 'en' },
          ]}
          onChange={(value) => void changeLanguage(value)}
        />
        <Choice
          legend={words.theme}
          value={theme}
          options={THEMES.map((value) => ({ value, label: words.themes[value] }))}
          onChange={(value) => changeSettings({ theme: value })}
        />
        <Choice
          legend={words.contrast}
          hint={words.contrastHint}
          value={contrast}
          options={CONTRASTS.map((value) => ({ value, label: words.contrasts[value] }))}
          onChange={(value) => changeSettings({ contrast: value })}
        />
        {(role === 'marker' || role === 'admin') && (
          <Choice
            legend={words.panelSide}
            hint={words.panelSideHint}
            value={panelSide}
            options={PANEL_SIDES.map((value) => ({ value, label: words.panelSides[value] }))}
            onChange={(value) => changeSettings({ panelSide: value })}
          />
        )}
      </div>
    </Page>
  )
}

export const route = createLazyRoute('/signed-in/settings')({ component: SettingsScreen })
