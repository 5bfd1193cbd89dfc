/** The mark: an initial with the stroke under it that nobody can sign for another. */
export function Logo({ className = 'size-7' }: { className?: string }) {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true" className={className} fill="none" strokeLinecap="round">
      <rect width="32" height="32" rx="8" className="fill-accent" />
      <path
        d="M11 26V8h5.600c3.7 0 6 2 6 5.100s-2.3 5.2-6 5.200h-3"
        className="stroke-on-accent"
        strokeWidth="2.6"
        strokeLinejoin="round"
      />
      <path d="M7 25.500c5.5-1 12-1.3 18.5-4.2" className="stroke-on-accent opacity-60" strokeWidth="2" />
    </svg>
  )
}
