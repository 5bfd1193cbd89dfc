type MeterProps = { label: string; value: number; max: number; text: string }

/** How far something is, as a native bar and in words. */
export function Meter({ label, value, max, text }: MeterProps) {
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <progress
        aria-label={label}
        value={value}
        max={max}
        className="h-2 w-full appearance-none overflow-hidden rounded-full bg-sunken forced-colors:appearance-auto [&::-moz-progress-bar]:bg-accent [&::-webkit-progress-bar]:bg-sunken [&::-webkit-progress-value]:bg-accent"
      />
      <span className="text-muted text-sm tabular-nums">{text}</span>
    </div>
  )
}
