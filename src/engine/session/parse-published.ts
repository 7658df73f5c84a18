import * as v from 'valibot';

/** Longest account of what is wrong: both the place and the value are the publisher's own words. */
const MAX_ISSUE_CHARS = 300;

/** What a publisher wrote, in our form, or what is first wrong with it: "records.3.nbytes: Invalid type …". */
export type Published<Output> =
  { readonly success: true; readonly output: Output } | { readonly success: false; readonly issue: string };

/**
 * Reads JSON that somebody else wrote. It ends at the first wrong value: a list of millions of them would otherwise become
 * as many reports, which no browser has the memory for.
 */
export function parsePublished<Schema extends v.GenericSchema>(
  schema: Schema,
  json: unknown,
): Published<v.InferOutput<Schema>> {
  const parsed = v.safeParse(schema, json, { abortEarly: true });
  if (parsed.success) return { success: true, output: parsed.output };
  const [issue] = parsed.issues;
  const text = `${v.getDotPath(issue) ?? 'the top level'}: ${issue.message}`;
  if (text.length <= MAX_ISSUE_CHARS) return { success: false, issue: text };
  return { success: false, issue: `${text.slice(0, MAX_ISSUE_CHARS - 1).toWellFormed()}…` };
}
