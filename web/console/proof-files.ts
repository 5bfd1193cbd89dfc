import type { StreamProof } from '../../src/audit/contract.ts'

type Entry = StreamProof['entries'][number]

/**
 * All that proves the events of a stream, without what is sealed: whoever is given it can check it, and learns nothing
 * about a person.
 */
export function formatStreamProof(proof: StreamProof): string {
  const entries = proof.entries.map(({ disclosed: _, ...entry }) => entry)
  return `${JSON.stringify({ format: 'paraph-stream-proof', v: 1, ...proof, entries }, undefined, 2)}\n`
}

/** The proof of one event for software that is not ours (C2SP tlog-proof); undefined while there is none. */
export function formatEventProof({ leaf, quarantine, index, path }: Entry, checkpoint: string | null) {
  const entry = quarantine ?? leaf
  if (entry === null || index === null || path === null || checkpoint === null) return undefined
  const head = ['c2sp.org/tlog-proof@v1', `extra ${entry}`, `index ${index}`, ...path]
  return `${head.join('\n')}\n\n${checkpoint}`
}

/** How to check the proof of an event without us: POSIX shell, base64 and openssl. */
export const RECIPE = `# proof: the file of the event. vkey: the key of the log.
sed -n 's/^extra //p' "$proof" | base64 -d > entry
sed '1,/^$/d' "$proof" > checkpoint
node=$(sed -n 's/^index //p' "$proof")
last=$(( $(sed -n 2p checkpoint) - 1 ))

# 1. The bytes of the event lead to the root of the tree.
{ printf '\\000'; cat entry; } | openssl dgst -sha256 -binary > hash
for sibling in $(sed -n '/^index /,/^$/p' "$proof" | sed '1d;$d'); do
  echo "$sibling" | base64 -d > sibling
  if [ $((node % 2)) = 1 ] || [ $node = $last ]; then
    { printf '\\001'; cat sibling hash; } | openssl dgst -sha256 -binary > next
    while [ $((node % 2)) = 0 ] && [ $node != 0 ]; do
      node=$((node / 2)); last=$((last / 2))
    done
  else
    { printf '\\001'; cat hash sibling; } | openssl dgst -sha256 -binary > next
  fi
  mv next hash; node=$((node / 2)); last=$((last / 2))
done
test "$(base64 < hash)" = "$(sed -n 3p checkpoint)" && echo "included"

# 2. The key of the log signed that root.
sed '/^$/,$d' checkpoint > text
{ printf '\\060\\052\\060\\005\\006\\003\\053\\145\\160\\003\\041\\000'
  echo "\${vkey#*+*+}" | base64 -d | tail -c 32; } > key.der
grep "^— \${vkey%%+*} " checkpoint | head -n 1 | cut -d ' ' -f 3 | base64 -d | tail -c 64 > signature
openssl pkeyutl -verify -pubin -keyform DER -inkey key.der -rawin -in text -sigfile signature

# 3. What the event says.
cat entry`
