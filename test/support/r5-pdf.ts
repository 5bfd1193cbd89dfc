import { createCipheriv, createHash, randomBytes } from 'node:crypto'
import { CATALOG, ONE_PAGE, PAGE, writePdf } from './raw-pdfs.ts'

const sha256 = (...parts: readonly (Uint8Array | string)[]) => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

function encrypt(key: Uint8Array, iv: Uint8Array, data: Uint8Array, isPadded: boolean): Buffer {
  const cipher = createCipheriv('aes-256-cbc', key, iv).setAutoPadding(isPadded)
  return Buffer.concat([cipher.update(data), cipher.final()])
}

const NO_IV = Buffer.alloc(16)

/**
 * A page with a grey box, encrypted as revision 5 has it (Adobe's extension level 3 of PDF 1.7, AES-256 with one round of
 * SHA-256), which the libraries here read and do not write. Without `userPassword` anybody opens it.
 */
export function makeR5Pdf(passwords: {
  readonly userPassword?: string
  readonly ownerPassword: string
}): Buffer {
  const { userPassword = '', ownerPassword } = passwords
  const fileKey = randomBytes(32)
  /** What checks a password, and the key of the file under it. */
  const lock = (password: string, more: Uint8Array) => {
    const [toCheck, toOpen] = [randomBytes(8), randomBytes(8)]
    const check = Buffer.concat([sha256(password, toCheck, more), toCheck, toOpen])
    return { check, key: encrypt(sha256(password, toOpen, more), NO_IV, fileKey, false) }
  }
  const user = lock(userPassword, Buffer.alloc(0))
  const owner = lock(ownerPassword, user.check)
  const rights = Buffer.concat([Buffer.from('fcffffffffffffff', 'hex'), Buffer.from('Tadb'), randomBytes(4)])
  const sealedRights = createCipheriv('aes-256-ecb', fileKey, null).setAutoPadding(false)
  const hex = (bytes: Uint8Array) => `<${Buffer.from(bytes).toString('hex')}>`
  const iv = randomBytes(16)
  const content = encrypt(fileKey, iv, Buffer.from('0.4 g 100 300 300 300 re f'), true)
  return writePdf(
    [
      CATALOG,
      ONE_PAGE,
      PAGE.replace('>>', '/Contents 4 0 R >>'),
      { dictionary: '', data: Buffer.concat([iv, content]) },
      `<< /Filter /Standard /V 5 /R 5 /Length 256 /P -4 /O ${hex(owner.check)} /OE ${hex(owner.key)}
        /U ${hex(user.check)} /UE ${hex(user.key)} /Perms ${hex(sealedRights.update(rights))}
        /CF << /StdCF << /CFM /AESV3 /AuthEvent /DocOpen /Length 32 >> >> /StmF /StdCF /StrF /StdCF >>`,
    ],
    `/Root 1 0 R /Encrypt 5 0 R /ID [${hex(randomBytes(16))} ${hex(randomBytes(16))}]`,
  )
}
