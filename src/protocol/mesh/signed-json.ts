import { utf8ToBytes } from '@noble/hashes/utils.js';
import * as v from 'valibot';
import { recoverSigner } from '../eip712/signature.ts';
import { WeftError } from '../errors.ts';
import { fromHex, toHex } from '../ids.ts';
import type { Address } from '../ids.ts';
import { canonicalJson } from '../model-manifest/canonical-json.ts';
import { signedDigest } from './signed.ts';
import type { NodeSigner, SignedKind } from './signed.ts';

const signatureSchema = v.object({ signature: v.pipe(v.string(), v.regex(/^0x[0-9a-f]{128}$/)) });

/** A document that people may read, with a `signature` over its canonical JSON (RFC 8785) without that field. */
export function signJson<Document extends object>(
  kind: SignedKind,
  document: Document,
  signer: NodeSigner,
): Document & { readonly signature: string } {
  return { ...document, signature: toHex(signer.sign(digestOf(kind, document))) };
}

/** What {@link signJson} signed, and who did. Fields that the schema does not name are signed, too, and left out. */
export function openSignedJson<Schema extends v.GenericSchema>(
  kind: SignedKind,
  schema: Schema,
  json: unknown,
): { readonly value: v.InferOutput<Schema>; readonly signer: Address } {
  const parsed = v.safeParse(schema, json);
  const signed = v.safeParse(signatureSchema, json);
  if (!parsed.success || !signed.success) {
    const issue = parsed.issues?.[0] ?? signed.issues?.[0];
    throw new WeftError(
      'mesh/bad-message',
      `A signed ${kind.replace('-', ' ')} is not usable at ${(issue && v.getDotPath(issue)) ?? 'its top'}.`,
    );
  }
  const document = { ...(json as Record<string, unknown>) };
  delete document['signature'];
  const signer = recoverSigner(digestOf(kind, document), fromHex(signed.output.signature, 64));
  return { value: parsed.output, signer };
}

function digestOf(kind: SignedKind, document: object) {
  return signedDigest(kind, utf8ToBytes(canonicalJson(document)));
}
