/** Digits behind the point that the token has. */
const DECIMALS = 18;
const ONE = 10n ** BigInt(DECIMALS);
/** Digits behind the point that are shown where room is short. */
const SHOWN_DECIMALS = 4;
/** Longer than any amount there can be. */
const MAX_CHARS = 60;

export type ParsedAmount = { readonly amount: bigint } | { readonly problem: string };

/** Reads an amount as a person types it, to the last digit. A comma works as the decimal sign where it cannot be a group's. */
export function parseAmount(typed: string): ParsedAmount {
  const text = typed.trim();
  if (text === '') return { problem: 'Enter an amount.' };
  if (text.length > MAX_CHARS) return { problem: 'This is longer than any amount there is.' };
  if (/^\d{1,3}(,\d{3})+(\.\d*)?$/.test(text)) {
    return { problem: `Write the amount without a comma: ${text} can be read in two ways.` };
  }
  const match = /^(\d*)(?:[.,](\d*))?$/.exec(text);
  const [, whole = '', fraction = ''] = match ?? [];
  if (match === null || whole + fraction === '') return { problem: 'Enter a number, such as 12.5.' };
  if (fraction.length > DECIMALS) return { problem: `At most ${DECIMALS} digits may follow the point.` };
  const amount = BigInt(whole === '' ? '0' : whole) * ONE + BigInt(fraction.padEnd(DECIMALS, '0'));
  return amount === 0n ? { problem: 'Enter an amount above zero.' } : { amount };
}

/** The amount to the last digit, as {@link parseAmount} reads it. */
export function exactAmount(amount: bigint): string {
  const fraction = (amount % ONE).toString().padStart(DECIMALS, '0').replace(/0+$/, '');
  return fraction === '' ? `${amount / ONE}` : `${amount / ONE}.${fraction}`;
}

/** The amount for reading: never more than it is, so that nobody counts on what is not there. */
export function formatAmount(amount: bigint): string {
  const [whole = '', fraction = ''] = exactAmount(amount).split('.');
  const shown = fraction.slice(0, SHOWN_DECIMALS).replace(/0+$/, '');
  if (amount > 0n && whole === '0' && shown === '') return `less than 0.${'0'.repeat(SHOWN_DECIMALS - 1)}1`;
  const grouped = BigInt(whole).toLocaleString('en');
  return shown === '' ? grouped : `${grouped}.${shown}`;
}
